//! `microsoft.graph.user`.

use std::borrow::Cow;

use super::{properties, security_identifier};
use crate::odata::entity::graph_time;
use crate::odata::{Entity, JsonWriter, Property, Value};
use crate::world::users::{OnPremises, SignInActivity, User};

/// The user type.
#[derive(Debug)]
pub enum UserType {}

impl Entity for UserType {
    type Item<'w> = Cow<'w, User>;
    const TYPE: &'static str = "user";
    // Unasked, v1.0 shows the eleven properties marked `Always` (azure.md 2.4).
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "businessPhones" |user| Value::texts(&user.business_phones);
        Always "displayName" |user| Value::text(&*user.display_name);
        Always "givenName" |user| Value::optional_text(user.given_name.as_deref());
        Always "jobTitle" |user| Value::optional_text(user.job_title.as_deref());
        Always "mail" |user| Value::optional_text(user.mail.as_deref());
        Always "mobilePhone" |user| Value::optional_text(user.mobile_phone.as_deref());
        Always "officeLocation" |user| Value::optional_text(user.office_location.as_deref());
        Always "preferredLanguage" |user| Value::optional_text(user.preferred_language.as_deref());
        Always "surname" |user| Value::optional_text(user.surname.as_deref());
        Always "userPrincipalName" |user| Value::text(&*user.user_principal_name);
        Always "id" |user| Value::Guid(user.id);
        InBeta "accountEnabled" |user| Value::Bool(user.account_enabled);
        InBeta "ageGroup" |_| Value::Null;
        InBeta "assignedLicenses" |user| Value::json(|json| licences(json, user));
        InBeta "assignedPlans" |_| Value::empty();
        InBeta "authorizationInfo" |_| Value::json(|json| json.object(|json| {
            json.strings_member("certificateUserIds", [""; 0]);
        }));
        InBeta "city" |_| Value::Null;
        InBeta "companyName" |user| Value::optional_text(user.company_name.as_deref());
        InBeta "consentProvidedForMinor" |_| Value::Null;
        InBeta "country" |_| Value::Null;
        InBeta "createdDateTime" |user| Value::Time(user.created);
        InBeta "creationType" |user| Value::optional_text(user.external_user_state.as_ref().map(|_| "Invitation"));
        Selected "customSecurityAttributes" |_| Value::Null;
        InBeta "deletedDateTime" |_| Value::Null;
        InBeta "department" |user| Value::optional_text(user.department.as_deref());
        InBeta "employeeHireDate" |_| Value::Null;
        InBeta "employeeId" |user| Value::optional_text(user.employee_id.as_deref());
        Selected "employeeLeaveDateTime" |_| Value::Null;
        InBeta "employeeOrgData" |_| Value::Null;
        InBeta "employeeType" |_| Value::Null;
        InBeta "externalUserState" |user| Value::optional_text(user.external_user_state.as_deref());
        InBeta "externalUserStateChangeDateTime" |user| {
            Value::optional_text(user.external_user_state.as_ref().map(|_| graph_time(user.created)))
        };
        InBeta "faxNumber" |_| Value::Null;
        InBeta "identities" |user| Value::json(|json| identities(json, user));
        InBeta "imAddresses" |_| Value::empty();
        InBeta "infoCatalogs" |_| Value::empty();
        InBeta "isManagementRestricted" |_| Value::Null;
        InBeta "isResourceAccount" |_| Value::Null;
        InBeta "lastPasswordChangeDateTime" |user| Value::Time(user.last_password_change);
        InBeta "legalAgeGroupClassification" |_| Value::Null;
        InBeta "licenseAssignmentStates" |_| Value::empty();
        InBeta "mailNickname" |user| Value::text(&*user.mail_nickname);
        InBeta "onPremisesDistinguishedName" |_| Value::Null;
        InBeta "onPremisesDomainName" |user| on_premises(user, |found| Value::text(&*found.domain_name));
        InBeta "onPremisesExtensionAttributes" |_| Value::Null;
        InBeta "onPremisesImmutableId" |_| Value::Null;
        InBeta "onPremisesLastSyncDateTime" |user| on_premises(user, |found| Value::Time(found.last_sync));
        InBeta "onPremisesProvisioningErrors" |_| Value::empty();
        InBeta "onPremisesSamAccountName" |user| on_premises(user, |found| Value::text(&*found.sam_account_name));
        InBeta "onPremisesSecurityIdentifier" |user| on_premises(user, |found| Value::text(&*found.security_identifier));
        InBeta "onPremisesSyncEnabled" |user| on_premises(user, |_| Value::Bool(true));
        InBeta "onPremisesUserPrincipalName" |user| on_premises(user, |_| Value::text(&*user.user_principal_name));
        InBeta "otherMails" |user| Value::texts(&user.other_mails);
        InBeta "passwordPolicies" |_| Value::Null;
        InBeta "passwordProfile" |_| Value::Null;
        InBeta "postalCode" |_| Value::Null;
        InBeta "preferredDataLocation" |_| Value::Null;
        InBeta "provisionedPlans" |_| Value::empty();
        InBeta "proxyAddresses" |user| Value::Texts(
            user.mail.iter().map(|mail| Cow::Owned(format!("SMTP:{mail}"))).collect()
        );
        InBeta "refreshTokensValidFromDateTime" |user| Value::Time(user.last_password_change);
        InBeta "securityIdentifier" |user| Value::text(security_identifier(user.id));
        InBeta "serviceProvisioningErrors" |_| Value::empty();
        InBeta "showInAddressList" |_| Value::Null;
        Selected "signInActivity" |user| match &user.sign_in_activity {
            // The property is absent when the user never signed in (azure.md 2.4).
            None => Value::Absent,
            Some(activity) => Value::json(|json| sign_in_activity(json, activity)),
        };
        InBeta "signInSessionsValidFromDateTime" |user| Value::Time(user.last_password_change);
        InBeta "state" |_| Value::Null;
        InBeta "streetAddress" |_| Value::Null;
        InBeta "usageLocation" |user| Value::optional_text(user.usage_location.as_deref());
        InBeta "userType" |user| Value::text(user.user_type.as_str());
    };
}

fn on_premises<'a>(user: &'a User, read: impl Fn(&'a OnPremises) -> Value<'a>) -> Value<'a> {
    user.on_premises.as_ref().map_or(Value::Null, read)
}

fn licences(json: &mut JsonWriter, user: &User) {
    json.begin_array();
    for sku in &user.assigned_licenses {
        json.object(|json| {
            json.strings_member("disabledPlans", [""; 0]);
            json.guid_member("skuId", *sku);
        });
    }
    json.end_array();
}

fn identities(json: &mut JsonWriter, user: &User) {
    let domain = user.user_principal_name.rsplit('@').next().unwrap_or_default();
    json.begin_array();
    json.object(|json| {
        json.string_member("signInType", "userPrincipalName");
        json.string_member("issuer", domain);
        json.string_member("issuerAssignedId", &user.user_principal_name);
    });
    json.end_array();
}

fn sign_in_activity(json: &mut JsonWriter, activity: &SignInActivity) {
    let request = activity.last_request;
    json.object(|json| {
        for (name, time) in [
            ("lastSignIn", activity.last),
            ("lastNonInteractiveSignIn", activity.last_non_interactive),
            ("lastSuccessfulSignIn", activity.last_successful),
        ] {
            json.string_member(&format!("{name}DateTime"), &graph_time(time));
            json.guid_member(&format!("{name}RequestId"), request);
        }
    });
}
