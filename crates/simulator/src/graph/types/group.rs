//! `microsoft.graph.group`.

use super::{properties, security_identifier};
use crate::odata::{Entity, Property, Value};
use crate::world::groups::Group;
use crate::world::users::OnPremises;

/// The group type.
#[derive(Debug)]
pub enum GroupType {}

impl Entity for GroupType {
    type Item<'w> = &'w Group;
    const TYPE: &'static str = "group";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |group| Value::Guid(group.id);
        Always "deletedDateTime" |_| Value::Null;
        Always "classification" |_| Value::Null;
        Always "createdDateTime" |group| Value::Time(group.created);
        Always "creationOptions" |_| Value::empty();
        Always "description" |group| Value::optional_text(group.description.as_deref());
        Always "displayName" |group| Value::text(&*group.display_name);
        Always "expirationDateTime" |group| Value::optional_time(group.expires);
        Always "groupTypes" |group| Value::Texts(group_types(group).map(Into::into).collect());
        Always "isAssignableToRole" |group| {
            if group.is_assignable_to_role { Value::Bool(true) } else { Value::Null }
        };
        Always "mail" |group| Value::optional_text(group.mail.as_deref());
        Always "mailEnabled" |group| Value::Bool(group.mail_enabled);
        Always "mailNickname" |group| Value::text(&*group.mail_nickname);
        Always "membershipRule" |group| Value::optional_text(group.membership_rule.as_deref());
        Always "membershipRuleProcessingState" |group| {
            Value::optional_text(group.membership_rule.as_ref().map(|_| "On"))
        };
        Always "onPremisesDomainName" |group| on_premises(group, |found| Value::text(&*found.domain_name));
        Always "onPremisesLastSyncDateTime" |group| on_premises(group, |found| Value::Time(found.last_sync));
        Always "onPremisesNetBiosName" |_| Value::Null;
        Always "onPremisesSamAccountName" |group| on_premises(group, |found| Value::text(&*found.sam_account_name));
        Always "onPremisesSecurityIdentifier" |group| {
            on_premises(group, |found| Value::text(&*found.security_identifier))
        };
        Always "onPremisesSyncEnabled" |group| on_premises(group, |_| Value::Bool(true));
        Always "preferredDataLocation" |_| Value::Null;
        Always "preferredLanguage" |_| Value::Null;
        Always "proxyAddresses" |group| Value::Texts(
            group.mail.iter().map(|mail| format!("SMTP:{mail}").into()).collect()
        );
        Always "renewedDateTime" |group| Value::Time(group.created);
        Always "resourceBehaviorOptions" |_| Value::empty();
        Always "resourceProvisioningOptions" |_| Value::empty();
        Always "securityEnabled" |group| Value::Bool(group.security_enabled);
        Always "securityIdentifier" |group| Value::text(security_identifier(group.id));
        Always "theme" |_| Value::Null;
        Always "uniqueName" |_| Value::Null;
        Always "visibility" |group| Value::optional_text(group.visibility);
        Always "onPremisesProvisioningErrors" |_| Value::empty();
        Always "serviceProvisioningErrors" |_| Value::empty();
        Selected "assignedLabels" |_| Value::empty();
        Selected "assignedLicenses" |_| Value::empty();
        Selected "hasMembersWithLicenseErrors" |_| Value::Null;
        InBeta "isManagementRestricted" |_| Value::Null;
        Selected "licenseProcessingState" |_| Value::Null;
    };
}

fn group_types(group: &Group) -> impl Iterator<Item = &'static str> {
    let unified = group.unified.then_some("Unified");
    let dynamic = group.membership_rule.as_ref().map(|_| "DynamicMembership");
    unified.into_iter().chain(dynamic)
}

fn on_premises<'a>(group: &'a Group, read: impl Fn(&'a OnPremises) -> Value<'a>) -> Value<'a> {
    group.on_premises.as_ref().map_or(Value::Null, read)
}
