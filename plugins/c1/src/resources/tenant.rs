//! Tenants.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, or_empty, resource};
use crate::{
    proto::{AppTrait, Packed, Profile, Resource},
    publish::time,
};

/// A tenant as Resource Manager returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Tenant<'a> {
    #[serde(borrow)]
    pub(crate) tenant_id: Option<Text<'a>>,
    display_name: Option<Text<'a>>,
    default_domain: Option<Text<'a>>,
    tenant_category: Option<Text<'a>>,
    tenant_type: Option<Text<'a>>,
    country_code: Option<Text<'a>>,
}

/// The tenant's organisation as Microsoft Graph returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Organization<'a> {
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    country_letter_code: Option<Text<'a>>,
    tenant_type: Option<Text<'a>>,
    created_date_time: Option<Text<'a>>,
    verified_domains: Vec<Domain<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Domain<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    is_default: bool,
}

/// The resource of a tenant, from what either service said of it. `gaps` are sentences on what of the tenant
/// could not be seen, so that a reader of the file knows.
pub(crate) fn tenant(
    id: &str,
    tenant: &Tenant<'_>,
    organization: Option<&Organization<'_>>,
    gaps: &[String],
) -> Resource {
    let own = Organization::default();
    let organization = organization.unwrap_or(&own);
    let names = [&organization.display_name, &tenant.display_name, &tenant.default_domain];
    let name = names.into_iter().flatten().find(|name| !name.is_empty());
    let domain = organization.verified_domains.iter().find(|domain| domain.is_default);
    let domain = domain.and_then(|domain| domain.name.as_ref()).or(tenant.default_domain.as_ref());
    let mut profile = Profile::new();
    profile
        .text("tenantId", id)
        .text("displayName", name)
        .text("defaultDomain", domain)
        .text("tenantCategory", tenant.tenant_category.as_ref())
        .text("tenantType", tenant.tenant_type.as_ref().or(organization.tenant_type.as_ref()))
        .text("countryCode", tenant.country_code.as_ref().or(organization.country_letter_code.as_ref()));
    if !gaps.is_empty() {
        profile.list("not_seen", gaps.iter().map(String::as_str));
    }
    let profile = profile.encode();
    let mut made = resource(Kind::Tenant, id, or_empty(name), None);
    made.annotations.push(AppTrait { profile: profile.clone(), ..AppTrait::default() }.pack());
    let created_at = organization.created_date_time.as_deref().and_then(time::timestamp);
    Resource { profile, created_at, ..made }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    const ARM: &str = r#"{"id": "/tenants/t1", "tenantId": "t1", "displayName": "Contoso (ARM)",
        "tenantCategory": "Home", "defaultDomain": "contoso.example", "countryCode": "DE"}"#;
    const GRAPH: &str = r#"{"id": "t1", "displayName": "Contoso",
        "verifiedDomains": [{"name": "x.example", "isDefault": false}, {"name": "c.example", "isDefault": true}]}"#;

    #[test]
    fn defect_31_a_tenant_is_called_by_its_organisation_s_name() {
        let arm: Tenant<'_> = serde_json::from_str(ARM).unwrap();
        let graph: Organization<'_> = serde_json::from_str(GRAPH).unwrap();
        assert_eq!(tenant("t1", &arm, Some(&graph), &[]).display_name, "Contoso");
        assert_eq!(tenant("t1", &arm, None, &[]).display_name, "Contoso (ARM)");
        assert_eq!(tenant("t1", &Tenant::default(), None, &[]).display_name, "t1");
    }

    #[test]
    fn the_profile_says_what_its_keys_say() {
        let arm: Tenant<'_> = serde_json::from_str(ARM).unwrap();
        let graph: Organization<'_> = serde_json::from_str(GRAPH).unwrap();
        let read: AppTrait = trait_of(&tenant("t1", &arm, Some(&graph), &[]));
        let profile = fields(&read.profile);
        assert_eq!(profile["tenantId"], "t1");
        assert_eq!(profile["tenantCategory"], "Home");
        assert_eq!(profile["defaultDomain"], "c.example");
        assert!(!profile.contains_key("not_seen"));
    }

    #[test]
    fn defect_32_the_file_says_what_could_not_be_seen() {
        let gaps = ["role-assignment in s1: denied".to_owned()];
        let read: AppTrait = trait_of(&tenant("t1", &Tenant::default(), None, &gaps));
        assert_eq!(fields(&read.profile)["not_seen"], "[role-assignment in s1: denied]");
    }
}
