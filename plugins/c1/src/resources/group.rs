//! Groups: members and owners.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, Offer, entitlement, link, or_empty, resource};
use crate::{
    proto::{Entitlement, GroupTrait, Packed, Profile, Purpose, Resource},
    publish::time,
};

/// A group as Microsoft Graph returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Group<'a> {
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    description: Option<Text<'a>>,
    group_types: Vec<Text<'a>>,
    mail: Option<Text<'a>>,
    mail_enabled: Option<bool>,
    security_enabled: Option<bool>,
    security_identifier: Option<Text<'a>>,
    classification: Option<Text<'a>>,
    on_premises_security_identifier: Option<Text<'a>>,
    on_premises_sync_enabled: Option<bool>,
    is_assignable_to_role: Option<bool>,
    created_date_time: Option<Text<'a>>,
}

impl Group<'_> {
    /// The resource.
    pub(crate) fn resource(&self, id: &str, portal: &str) -> Resource {
        let mut profile = Profile::new();
        profile
            .text("object_id", id)
            .text("group_type", self.group_type())
            .text("membership_type", if self.has_type("DynamicMembership") { "dynamic" } else { "assigned" })
            .flag("mail_enabled", self.mail_enabled)
            .flag("security_enabled", self.security_enabled)
            .text("security_identifier", self.security_identifier.as_ref())
            .text("mail", self.mail.as_ref())
            .text("classification", self.classification.as_ref())
            .text("on_premises_security_identifier", self.on_premises_security_identifier.as_ref())
            .flag("on_premises_sync_enabled", self.on_premises_sync_enabled)
            .flag("is_assignable_to_role", self.is_assignable_to_role);
        let profile = profile.encode();
        let mut made = resource(Kind::Group, id, or_empty(self.display_name.as_ref()), None);
        made.annotations.push(GroupTrait { profile: profile.clone() }.pack());
        link(&mut made, portal, &["/#view/Microsoft_AAD_IAM/GroupDetailsMenuBlade/~/Overview/groupId/", id]);
        Resource {
            description: or_empty(self.description.as_ref()).to_owned(),
            created_at: self.created_date_time.as_deref().and_then(time::timestamp),
            profile,
            ..made
        }
    }

    /// What can be had from it. Azure lets service principals own groups and be in them, so they are named too.
    pub(crate) fn entitlements(&self, id: &str) -> [Entitlement; 2] {
        let name = self.display_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(id);
        let owners = Offer {
            name: "owners",
            slug: "owners",
            title: format!("{name} Group Owner"),
            description: format!("Owner of {name} group"),
            purpose: Purpose::Permission,
            holders: &[Kind::User, Kind::EnterpriseApplication, Kind::ManagedIdentity],
        };
        let members = Offer {
            name: "members",
            slug: "members",
            title: format!("{name} Group Member"),
            description: format!("Member of {name} group"),
            purpose: Purpose::Assignment,
            holders: &[Kind::User, Kind::Group, Kind::EnterpriseApplication, Kind::ManagedIdentity],
        };
        [owners, members].map(|offer| entitlement(Kind::Group, id, name, offer))
    }

    fn group_type(&self) -> &'static str {
        if self.has_type("Unified") {
            return "microsoft_365";
        }
        match (self.mail_enabled.unwrap_or(false), self.security_enabled.unwrap_or(false)) {
            (true, true) => "mail_enabled_security",
            (false, true) => "security",
            (true, false) => "distribution",
            (false, false) => "",
        }
    }

    fn has_type(&self, name: &str) -> bool {
        self.group_types.iter().any(|found| found.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    fn parse(body: &str) -> Group<'_> {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn a_group_has_the_profile_that_c1_knows() {
        let body = r#"{"displayName": "Staff", "description": "All of us", "groupTypes": ["DynamicMembership"],
            "mailEnabled": false, "securityEnabled": true, "securityIdentifier": "S-1-12", "mail": null,
            "onPremisesSyncEnabled": true, "onPremisesSecurityIdentifier": "S-1-5", "isAssignableToRole": false}"#;
        let made = parse(body).resource("g1", "");
        let read: GroupTrait = trait_of(&made);
        let expected = [
            ("group_type", "security"),
            ("is_assignable_to_role", "false"),
            ("mail_enabled", "false"),
            ("membership_type", "dynamic"),
            ("object_id", "g1"),
            ("on_premises_security_identifier", "S-1-5"),
            ("on_premises_sync_enabled", "true"),
            ("security_enabled", "true"),
            ("security_identifier", "S-1-12"),
        ];
        assert_eq!(fields(&read.profile), expected.map(|(key, value)| (key.into(), value.into())).into());
        assert_eq!((made.display_name.as_str(), made.description.as_str()), ("Staff", "All of us"));
        assert_eq!(made.annotations.len(), 1, "no link while the portal is not known");
    }

    #[test]
    fn group_types_are_told_apart() {
        let group_type = |types: &str, mail: bool, security: bool| {
            parse(&format!(
                r#"{{"groupTypes": [{types}], "mailEnabled": {mail}, "securityEnabled": {security}}}"#
            ))
            .group_type()
        };
        assert_eq!(group_type("\"Unified\"", true, true), "microsoft_365");
        assert_eq!(group_type("", true, true), "mail_enabled_security");
        assert_eq!(group_type("", false, true), "security");
        assert_eq!(group_type("", true, false), "distribution");
        assert_eq!(group_type("", false, false), "");
    }

    #[test]
    fn a_group_offers_ownership_and_membership() {
        let [owners, members] = parse(r#"{"displayName": "Staff"}"#).entitlements("g1");
        assert_eq!(owners.id, "group:g1:owners");
        assert_eq!((owners.slug.as_str(), owners.purpose), ("owners", 2));
        assert_eq!(owners.display_name, "Staff Group Owner");
        assert_eq!(owners.description, "Owner of Staff group");
        assert_eq!(members.id, "group:g1:members");
        assert_eq!((members.slug.as_str(), members.purpose), ("members", 1));
        assert_eq!(members.display_name, "Staff Group Member");
    }

    #[test]
    fn defect_09_service_principals_can_own_groups_and_be_in_them() {
        for entitlement in parse("{}").entitlements("g1") {
            let holders: Vec<_> = entitlement.grantable_to.iter().map(|kind| kind.id.as_str()).collect();
            assert!(holders.contains(&"enterprise_application") && holders.contains(&"managed_identity"));
        }
    }
}
