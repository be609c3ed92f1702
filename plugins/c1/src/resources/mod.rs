//! The resource types of C1's file, one module each: from what Azure said to what C1 reads.

#![allow(clippy::struct_field_names, reason = "fields have the names that Azure gives them")]

mod application;
mod container;
mod group;
mod kind;
mod managed_identity;
mod management_group;
mod resource_group;
mod role;
mod role_assignment;
mod storage_account;
mod subscription;
mod tenant;
#[cfg(test)]
pub(crate) mod tests_support;
mod user;

pub(crate) use application::Application;
pub(crate) use container::Container;
pub(crate) use group::Group;
pub use kind::Kind;
pub(crate) use managed_identity::managed_identity;
pub(crate) use management_group::ManagementGroup;
pub(crate) use resource_group::ResourceGroup;
pub(crate) use role::{Role, role_known_by_id};
pub(crate) use role_assignment::RoleAssignment;
pub(crate) use storage_account::StorageAccount;
pub(crate) use subscription::Subscription;
pub(crate) use tenant::{Organization, Tenant, tenant};
pub(crate) use user::User;

use fairlead_connector::Text;

use crate::proto::{Entitlement, ExternalLink, Packed, Purpose, Resource, ResourceId, ResourceReference};

/// The string in an optional field, or an empty one.
pub(crate) fn or_empty<'a>(text: Option<&'a Text<'_>>) -> &'a str {
    text.map_or("", |text| &**text)
}

/// A resource's parent: resource type and id.
pub(crate) type Parent = Option<(Kind, String)>;

/// A resource's identity.
pub(crate) fn resource_id(kind: Kind, id: &str) -> ResourceId {
    ResourceId { resource_type: kind.id().to_owned(), resource: id.to_owned() }
}

/// A resource without annotations. One without a name is called by its id.
pub(crate) fn resource(kind: Kind, id: &str, name: &str, parent: Parent) -> Resource {
    Resource {
        id: Some(resource_id(kind, id)),
        parent_resource_id: parent.map(|(kind, id)| resource_id(kind, &id)),
        display_name: if name.is_empty() { id } else { name }.to_owned(),
        ..Resource::default()
    }
}

/// Adds the address of the resource's page, made of the parts given; nothing while the portal is not known.
pub(crate) fn link(resource: &mut Resource, portal: &str, parts: &[&str]) {
    let portal = portal.trim_end_matches('/');
    if !portal.is_empty() {
        let url = [&[portal], parts].concat().concat();
        resource.annotations.push(ExternalLink { url }.pack());
    }
}

/// What an entitlement says beside its resource.
pub(crate) struct Offer<'a> {
    pub(crate) name: &'a str,
    pub(crate) slug: &'a str,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) purpose: Purpose,
    pub(crate) holders: &'a [Kind],
}

/// An entitlement: its id is the resource's and its name.
pub(crate) fn entitlement(kind: Kind, id: &str, display_name: &str, offer: Offer<'_>) -> Entitlement {
    let resource = ResourceReference { id: resource_id(kind, id), display_name: display_name.to_owned() };
    Entitlement {
        resource: Some(resource),
        id: [kind.id(), ":", id, ":", offer.name].concat(),
        display_name: offer.title,
        description: offer.description,
        grantable_to: offer.holders.iter().map(|kind| kind.reference()).collect(),
        annotations: Vec::new(),
        purpose: offer.purpose.into(),
        slug: offer.slug.to_owned(),
    }
}

/// The GUID at the end of a role definition's id, in lower case: at different scopes the same role has
/// different ids, and Azure's services disagree about their case.
pub(crate) fn role_guid(role_definition_id: &str) -> String {
    role_definition_id.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}

/// The value after a segment of an ARM id, whatever the segment's case: the name of a subscription or of a
/// resource group.
pub(crate) fn segment<'a>(arm_id: &'a str, name: &str) -> Option<&'a str> {
    let mut segments = arm_id.split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case(name))?;
    segments.next().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_of_an_arm_id_are_found_in_any_case() {
        let id = "/subscriptions/S1/resourcegroups/Rg/providers/Microsoft.Storage/storageAccounts/acct";
        assert_eq!(segment(id, "subscriptions"), Some("S1"));
        assert_eq!(segment(id, "resourceGroups"), Some("Rg"));
        assert_eq!(segment(id, "containers"), None);
        assert_eq!(segment("/subscriptions/", "subscriptions"), None);
    }

    #[test]
    fn a_role_is_known_by_its_guid_alone() {
        let guid = "b24988ac-6180-42a0-ab88-20f7382dd24c";
        for id in [
            format!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{guid}"),
            format!("/providers/Microsoft.Authorization/roleDefinitions/{}", guid.to_uppercase()),
            guid.to_owned(),
        ] {
            assert_eq!(role_guid(&id), guid);
        }
    }
}
