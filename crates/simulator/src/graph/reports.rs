//! Reports: sign-ins and registered authentication methods.

use std::borrow::Cow;

use jiff::SignedDuration;

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::page::MAXIMUM;
use super::permission;
use super::rows::{self, Paging};
use super::types::properties;
use crate::odata::{Entity, Property, Value};
use crate::world::users::{SignInActivity, User};

/// How long a tenant with P1 keeps its sign-ins (azure.md 2.4).
const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// `microsoft.graph.signIn`
#[derive(Debug)]
enum SignInType {}

/// The last sign-in of a user.
struct SignInRow<'w> {
    user: Cow<'w, User>,
    activity: SignInActivity,
}

impl Entity for SignInType {
    type Item<'w> = SignInRow<'w>;
    const TYPE: &'static str = "signIn";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |row| Value::Guid(row.activity.last_request);
        Always "createdDateTime" |row| Value::Time(row.activity.last);
        Always "userDisplayName" |row| Value::text(&*row.user.display_name);
        Always "userPrincipalName" |row| Value::text(row.user.user_principal_name.to_lowercase());
        Always "userId" |row| Value::Guid(row.user.id);
        Always "appId" |_| Value::text("c44b4083-3bb0-49c1-b47d-974e53cbdf3c");
        Always "appDisplayName" |_| Value::text("Azure Portal");
        Always "ipAddress" |_| Value::text("192.0.2.1");
        Always "clientAppUsed" |_| Value::text("Browser");
        Always "correlationId" |row| Value::Guid(row.activity.last_request);
        Always "conditionalAccessStatus" |_| Value::text("notApplied");
        Always "isInteractive" |_| Value::Bool(true);
        Always "riskDetail" |_| Value::text("none");
        Always "riskLevelAggregated" |_| Value::text("none");
        Always "riskLevelDuringSignIn" |_| Value::text("none");
        Always "riskState" |_| Value::text("none");
        Always "riskEventTypes_v2" |_| Value::empty();
        Always "resourceDisplayName" |_| Value::text("Windows Azure Service Management API");
        Always "resourceId" |_| Value::text("797f4846-ba00-4fd7-ba43-dac1f8f63013");
        Always "status" |_| Value::json(|json| json.object(|json| {
            json.integer_member("errorCode", 0);
            json.string_member("failureReason", "Other.");
            json.null_member("additionalDetails");
        }));
        Always "appliedConditionalAccessPolicies" |_| Value::empty();
    };
}

/// `microsoft.graph.userRegistrationDetails`
#[derive(Debug)]
enum RegistrationType {}

impl Entity for RegistrationType {
    type Item<'w> = Cow<'w, User>;
    const TYPE: &'static str = "userRegistrationDetails";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |user| Value::Guid(user.id);
        Always "isAdmin" |_| Value::Bool(false);
        Always "isMfaCapable" |user| Value::Bool(user.mfa_registered);
        Always "isMfaRegistered" |user| Value::Bool(user.mfa_registered);
        Always "isPasswordlessCapable" |_| Value::Bool(false);
        Always "isSsprCapable" |user| Value::Bool(user.mfa_registered);
        Always "isSsprEnabled" |_| Value::Bool(true);
        Always "isSsprRegistered" |user| Value::Bool(user.mfa_registered);
        Always "isSystemPreferredAuthenticationMethodEnabled" |_| Value::Bool(true);
        Always "lastUpdatedDateTime" |user| Value::Time(user.last_password_change);
        Always "methodsRegistered" |user| Value::Texts(methods(user));
        Always "systemPreferredAuthenticationMethods" |_| Value::empty();
        Always "userDisplayName" |user| Value::text(&*user.display_name);
        Always "userPreferredMethodForSecondaryAuthentication" |user| {
            Value::text(if user.mfa_registered { "push" } else { "none" })
        };
        Always "userPrincipalName" |user| Value::text(&*user.user_principal_name);
        Always "userType" |user| Value::text(user.user_type.as_str().to_lowercase());
        Selected "defaultMfaMethod" |_| Value::Null;
    };
}

fn methods(user: &User) -> Vec<Cow<'static, str>> {
    if user.mfa_registered { vec!["microsoftAuthenticatorPush".into()] } else { Vec::new() }
}

/// `GET /auditLogs/signIns`: the last sign-in of each user, newest first.
pub(super) fn sign_ins(ask: &Ask<'_>) -> Answer {
    check(ask)?;
    let since = ask.call.clock.now() - RETENTION;
    let mut recent: Vec<(u32, SignInActivity)> = users(ask)
        .filter_map(|(position, user)| Some((position, user.sign_in_activity?)))
        .filter(|(_, activity)| activity.last >= since)
        .collect();
    recent.sort_by_key(|(position, activity)| (std::cmp::Reverse(activity.last), *position));
    let source = || {
        recent.iter().filter_map(|(position, activity)| {
            Some(SignInRow { user: ask.tenant.users.at(*position)?, activity: *activity })
        })
    };
    rows::list::<SignInType, _>(ask, "auditLogs/signIns", Paging::UpTo(1_000), source, |_, _| ())
}

/// `GET /reports/authenticationMethods/userRegistrationDetails`
pub(super) fn registrations(ask: &Ask<'_>) -> Answer {
    check(ask)?;
    let fragment = "reports/authenticationMethods/userRegistrationDetails";
    let source = || users(ask).map(|(_, user)| user);
    rows::list::<RegistrationType, _>(ask, fragment, Paging::UpTo(MAXIMUM), source, |_, _| ())
}

fn users<'a>(ask: &Ask<'a>) -> impl Iterator<Item = (u32, Cow<'a, User>)> + use<'a> {
    let users = &ask.tenant.users;
    (0..users.slots()).filter_map(|position| Some((position, users.at(position)?)))
}

/// The permission is looked at before the licence.
fn check(ask: &Ask<'_>) -> Answer<()> {
    if !ask.may(permission::AUDIT) {
        return Err(GraphError::report_denied());
    }
    if ask.tenant.licences.reports() { Ok(()) } else { Err(GraphError::needs_p1()) }
}
