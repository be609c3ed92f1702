//! Enterprise applications: service principals of applications, this tenant's own and others'.

use std::collections::BTreeSet;

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, Offer, entitlement, link, or_empty, resource};
use crate::proto::{AppFlag, AppTrait, AssetRef, Entitlement, Packed, Profile, Purpose, Resource, Status};

/// The app role that stands for access without a role.
pub(crate) const DEFAULT_ROLE: &str = "00000000-0000-0000-0000-000000000000";

/// A service principal as Microsoft Graph returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Application<'a> {
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    app_display_name: Option<Text<'a>>,
    pub(super) app_id: Option<Text<'a>>,
    app_owner_organization_id: Option<Text<'a>>,
    pub(super) account_enabled: Option<bool>,
    service_principal_type: Option<Text<'a>>,
    description: Option<Text<'a>>,
    homepage: Option<Text<'a>>,
    info: Option<Info<'a>>,
    tags: Vec<Text<'a>>,
    pub(super) alternative_names: Vec<Text<'a>>,
    app_roles: Vec<AppRole<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Info<'a> {
    #[serde(borrow)]
    logo_url: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AppRole<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    value: Option<Text<'a>>,
    display_name: Option<Text<'a>>,
    description: Option<Text<'a>>,
    allowed_member_types: Vec<Text<'a>>,
    is_enabled: Option<bool>,
}

impl AppRole<'_> {
    fn allows(&self, member: &str) -> bool {
        self.allowed_member_types.iter().any(|allowed| allowed.eq_ignore_ascii_case(member))
    }

    /// Users can be given it, and it can be given at all.
    fn is_offered(&self) -> bool {
        self.allows("User") && self.is_enabled != Some(false)
    }

    fn holders(&self) -> Vec<Kind> {
        let mut holders = Vec::new();
        if self.allows("User") {
            holders.extend([Kind::User, Kind::Group]);
        }
        if self.allows("Application") {
            holders.extend([Kind::EnterpriseApplication, Kind::ManagedIdentity]);
        }
        holders
    }
}

impl Application<'_> {
    /// Whether this is a managed identity: a resource type of its own.
    pub(crate) fn is_managed_identity(&self) -> bool {
        self.service_principal_type
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("ManagedIdentity"))
    }

    /// Its name for people.
    pub(super) fn name(&self) -> &str {
        match or_empty(self.display_name.as_ref()) {
            "" => or_empty(self.app_display_name.as_ref()),
            name => name,
        }
    }

    /// The address of its picture.
    pub(super) fn logo(&self) -> Option<&str> {
        self.info.as_ref()?.logo_url.as_deref().filter(|url| !url.is_empty())
    }

    /// Adds the address of its page.
    pub(super) fn link(&self, resource: &mut Resource, id: &str, portal: &str) {
        let parts = [
            "/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Overview/objectId/",
            id,
            "/appId/",
            or_empty(self.app_id.as_ref()),
            "/preferredSingleSignOnMode~/null/servicePrincipalType/",
            or_empty(self.service_principal_type.as_ref()),
        ];
        link(resource, portal, &parts);
    }

    /// The resource of an enterprise application.
    pub(crate) fn resource(&self, id: &str, portal: &str) -> Resource {
        let is_hidden = self.has_tag("HideApp");
        let mut profile = Profile::new();
        profile
            .text("id", id)
            .text("app_id", self.app_id.as_ref())
            .text("app_owner_organization_id", self.app_owner_organization_id.as_ref())
            .text("service_principal_type", self.service_principal_type.as_ref())
            .flag("account_enabled", self.account_enabled)
            .flag("is_integrated", self.has_tag("WindowsAzureActiveDirectoryIntegratedApp").then_some(true))
            .flag("hidden_app", is_hidden.then_some(true));
        let profile = profile.encode();
        let icon = self.logo().map(|id| AssetRef { id: id.to_owned() });
        let is_disabled = self.account_enabled == Some(false);
        let flags = [(is_hidden, AppFlag::Hidden), (is_disabled, AppFlag::Inactive)];
        let annotation = AppTrait {
            help_url: or_empty(self.homepage.as_ref()).to_owned(),
            logo: icon.clone(),
            profile: profile.clone(),
            flags: flags.iter().filter(|(set, _)| *set).map(|(_, flag)| i32::from(*flag)).collect(),
        };
        let mut made = resource(Kind::EnterpriseApplication, id, self.name(), None);
        made.annotations.push(annotation.pack());
        self.link(&mut made, id, portal);
        Resource {
            description: or_empty(self.description.as_ref()).to_owned(),
            status: self.account_enabled.map(Status::of),
            profile,
            icon,
            ..made
        }
    }

    /// What can be had from it: ownership, access without a role, each role that users can be given, and each
    /// role that somebody has. `assigned` are the ids of those.
    pub(crate) fn entitlements(&self, id: &str, assigned: &BTreeSet<&str>) -> Vec<Entitlement> {
        let name = if self.name().is_empty() { id } else { self.name() };
        let owners = Offer {
            name: "owners",
            slug: "owner",
            title: format!("{name} Application Owner"),
            description: format!("Owner of {name} application"),
            purpose: Purpose::Permission,
            holders: &[Kind::User, Kind::EnterpriseApplication, Kind::ManagedIdentity],
        };
        let access = Offer {
            name: &role_entitlement(DEFAULT_ROLE),
            slug: "assigned",
            title: format!("{name} Application Assignment"),
            description: format!("Assigned to {name} application"),
            purpose: Purpose::Assignment,
            holders: ANYBODY,
        };
        let mut made: Vec<Entitlement> = [owners, access]
            .into_iter()
            .map(|offer| entitlement(Kind::EnterpriseApplication, id, name, offer))
            .collect();
        let mut seen = BTreeSet::from([DEFAULT_ROLE]);
        for role in &self.app_roles {
            let Some(role_id) = role.id.as_deref() else { continue };
            if (role.is_offered() || assigned.contains(role_id)) && seen.insert(role_id) {
                made.push(Self::role_entitlement(id, name, role_id, role));
            }
        }
        for role_id in assigned.iter().filter(|role_id| !seen.contains(*role_id)) {
            // Somebody still has a role that the application no longer lists.
            let gone = AppRole { allowed_member_types: Vec::new(), ..AppRole::default() };
            made.push(Self::role_entitlement(id, name, role_id, &gone));
        }
        made
    }

    fn role_entitlement(id: &str, name: &str, role_id: &str, role: &AppRole<'_>) -> Entitlement {
        let title = role.display_name.as_deref().filter(|title| !title.is_empty()).unwrap_or(role_id);
        let slug = role.value.as_deref().filter(|value| !value.is_empty()).unwrap_or(title);
        let description = match or_empty(role.description.as_ref()) {
            "" => format!("{title} role of {name} application"),
            description => description.to_owned(),
        };
        let holders = role.holders();
        let offer = Offer {
            name: &role_entitlement(role_id),
            slug,
            title: format!("{title} Role Assignment"),
            description,
            purpose: Purpose::Assignment,
            holders: if holders.is_empty() { ANYBODY } else { &holders },
        };
        entitlement(Kind::EnterpriseApplication, id, name, offer)
    }

    fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|found| found.eq_ignore_ascii_case(tag))
    }
}

const ANYBODY: &[Kind] = &[Kind::User, Kind::Group, Kind::EnterpriseApplication, Kind::ManagedIdentity];

/// The name of the entitlement to an app role.
fn role_entitlement(role_id: &str) -> String {
    ["assignment:", role_id].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    const APP: &str = r#"{"displayName": "Pay", "appId": "a1", "accountEnabled": true,
        "servicePrincipalType": "Application", "homepage": "https://pay.example", "description": "Wages",
        "appOwnerOrganizationId": "t2", "info": {"logoUrl": "https://pay.example/logo"},
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp", "HideApp"],
        "appRoles": [
            {"id": "r1", "value": "Clerk", "displayName": "Clerks", "allowedMemberTypes": ["User"], "isEnabled": true},
            {"id": "r2", "value": null, "displayName": "Boss", "allowedMemberTypes": ["User", "Application"]},
            {"id": "r3", "value": "Read.All", "displayName": "Read", "allowedMemberTypes": ["Application"]},
            {"id": "r4", "value": "Old", "displayName": "Old", "allowedMemberTypes": ["User"], "isEnabled": false}]}"#;

    fn parse(body: &str) -> Application<'_> {
        serde_json::from_str(body).unwrap()
    }

    fn offered(assigned: &[&str]) -> Vec<(String, String, Vec<String>)> {
        let made = parse(APP).entitlements("s1", &assigned.iter().copied().collect());
        made.into_iter()
            .map(|made| (made.id, made.slug, made.grantable_to.into_iter().map(|kind| kind.id).collect()))
            .collect()
    }

    #[test]
    fn an_application_has_the_profile_that_c1_knows() {
        let made = parse(APP).resource("s1", "https://entra.example");
        let read: AppTrait = trait_of(&made);
        let profile = fields(&read.profile);
        assert_eq!(profile["id"], "s1");
        assert_eq!(profile["app_id"], "a1");
        assert_eq!(profile["is_integrated"], "true");
        assert_eq!(profile["hidden_app"], "true");
        assert_eq!(read.help_url, "https://pay.example");
        assert_eq!(read.logo.unwrap().id, "https://pay.example/logo");
        assert_eq!(read.flags, [i32::from(AppFlag::Hidden)]);
        assert_eq!(made.display_name, "Pay");
    }

    #[test]
    fn an_application_offers_ownership_access_and_its_users_roles() {
        let ids: Vec<_> = offered(&[]).into_iter().map(|(id, slug, _)| (id, slug)).collect();
        let expected = [
            ("enterprise_application:s1:owners", "owner"),
            ("enterprise_application:s1:assignment:00000000-0000-0000-0000-000000000000", "assigned"),
            ("enterprise_application:s1:assignment:r1", "Clerk"),
            ("enterprise_application:s1:assignment:r2", "Boss"),
        ];
        assert_eq!(ids, expected.map(|(id, slug)| (id.to_owned(), slug.to_owned())));
    }

    #[test]
    fn defect_23_disabled_and_third_party_applications_are_in_the_file() {
        let body = r#"{"accountEnabled": false, "appOwnerOrganizationId": "somebody-else"}"#;
        let made = parse(body).resource("s1", "");
        let read: AppTrait = trait_of(&made);
        assert_eq!(read.flags, [i32::from(AppFlag::Inactive)]);
        assert_eq!(made.status, Some(Status::of(false)));
        assert_eq!(fields(&read.profile)["app_owner_organization_id"], "somebody-else");
    }

    #[test]
    fn defect_23_an_assigned_role_has_an_entitlement_even_if_only_applications_can_have_it() {
        let made = offered(&["r3", "r4", "gone"]);
        let find = |role: &str| {
            let id = format!("enterprise_application:s1:assignment:{role}");
            made.iter().find(|(found, _, _)| *found == id).unwrap_or_else(|| panic!("{role} is missing"))
        };
        assert_eq!(find("r3").1, "Read.All");
        assert_eq!(find("r3").2, ["enterprise_application", "managed_identity"]);
        assert_eq!(find("r4").1, "Old");
        assert_eq!(find("gone").2.len(), 4, "nobody knows any more who could have it");
        assert_eq!(made.len(), 7);
    }

    #[test]
    fn defect_10_only_managed_identities_are_managed_identities() {
        assert!(parse(r#"{"servicePrincipalType": "ManagedIdentity"}"#).is_managed_identity());
        for other in ["Application", "Legacy", "SocialIdp"] {
            assert!(!parse(&format!(r#"{{"servicePrincipalType": "{other}"}}"#)).is_managed_identity());
        }
    }
}
