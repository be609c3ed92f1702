//! Role assignments: a role, a scope, and who has it there.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, Offer, entitlement, or_empty, resource, resource_id, role_guid};
use crate::{
    proto::{Entitlement, Packed, Profile, Purpose, Resource, ScopeBindingTrait},
    publish::time,
};

/// A role assignment as Resource Manager returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RoleAssignment<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    properties: Properties<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties<'a> {
    #[serde(borrow)]
    role_definition_id: Option<Text<'a>>,
    principal_id: Option<Text<'a>>,
    principal_type: Option<Text<'a>>,
    scope: Option<Text<'a>>,
    condition: Option<Text<'a>>,
    condition_version: Option<Text<'a>>,
    description: Option<Text<'a>>,
    delegated_managed_identity_resource_id: Option<Text<'a>>,
    created_on: Option<Text<'a>>,
    created_by: Option<Text<'a>>,
}

impl RoleAssignment<'_> {
    /// The object id of who has the role.
    pub(crate) fn principal(&self) -> &str {
        or_empty(self.properties.principal_id.as_ref())
    }

    /// The id of the role's definition.
    pub(crate) fn role_definition_id(&self) -> &str {
        or_empty(self.properties.role_definition_id.as_ref())
    }

    /// The GUID of the role.
    pub(crate) fn role(&self) -> String {
        role_guid(self.role_definition_id())
    }

    /// Where it holds: what it says, else what its own path says.
    pub(crate) fn scope<'b>(&'b self, id: &'b str) -> &'b str {
        match or_empty(self.properties.scope.as_ref()) {
            "" => {
                let path = self.id.as_deref().unwrap_or(id);
                let own =
                    path.to_ascii_lowercase().rfind("/providers/microsoft.authorization/roleassignments/");
                own.map_or("/", |end| &path[..end])
            }
            scope => scope,
        }
    }

    /// The id in the file: the assignment's name and its principal.
    pub(crate) fn key(&self, id: &str) -> String {
        let name = match or_empty(self.name.as_ref()) {
            "" => id.rsplit('/').next().unwrap_or(id),
            name => name,
        };
        [name, "@", self.principal()].concat()
    }

    /// The resource. `bound` is the resource that stands for the scope.
    pub(crate) fn resource(&self, id: &str, key: &str, role: &str, bound: Option<(Kind, &str)>) -> Resource {
        let scope = self.scope(id);
        let properties = &self.properties;
        let binding = ScopeBindingTrait {
            role_id: Some(resource_id(Kind::Role, role)),
            scope_resource_id: bound.map(|(kind, id)| resource_id(kind, id)),
        };
        let profile = Profile::new()
            .text("id", self.id.as_deref().unwrap_or(id))
            .text("scope", scope)
            .text("role_definition_id", self.role_definition_id())
            .text("principal_id", self.principal())
            .text("principal_type", properties.principal_type.as_ref())
            .text("condition", properties.condition.as_ref())
            .text("condition_version", properties.condition_version.as_ref())
            .text("delegated_managed_identity", properties.delegated_managed_identity_resource_id.as_ref())
            .text("created_by", properties.created_by.as_ref())
            .encode();
        let mut made = resource(Kind::RoleAssignment, key, &display_name(role, scope), None);
        made.annotations.push(binding.pack());
        Resource {
            description: or_empty(properties.description.as_ref()).to_owned(),
            created_at: properties.created_on.as_deref().and_then(time::timestamp),
            profile,
            ..made
        }
    }

    /// What can be had from it: the role, at its scope.
    pub(crate) fn entitlement(&self, id: &str, key: &str, role: &str) -> Entitlement {
        let scope = self.scope(id);
        let name = display_name(role, scope);
        let offer = Offer {
            name: "assigned",
            slug: "assigned",
            title: format!("{name} Assigned"),
            description: format!("Has role {role} at {scope}"),
            purpose: Purpose::Assignment,
            holders: &[Kind::User, Kind::Group, Kind::ManagedIdentity, Kind::EnterpriseApplication],
        };
        entitlement(Kind::RoleAssignment, key, &name, offer)
    }
}

fn display_name(role: &str, scope: &str) -> String {
    format!("Role {role} @ {scope}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    const ID: &str =
        "/subscriptions/s1/resourceGroups/web/providers/Microsoft.Authorization/roleAssignments/a1";

    fn parse(scope: &str) -> String {
        format!(
            r#"{{"id": "{ID}", "name": "a1", "properties": {{{scope}
                "roleDefinitionId": "/subscriptions/s1/providers/Microsoft.Authorization/roleDefinitions/R1",
                "principalId": "p1", "principalType": "Group", "condition": "@Resource[x] StringEquals 'y'",
                "conditionVersion": "2.0", "description": "for the web team"}}}}"#
        )
    }

    #[test]
    fn an_assignment_is_its_name_and_principal_and_binds_role_to_scope() {
        let body = parse(r#""scope": "/subscriptions/s1/resourceGroups/web","#);
        let assignment: RoleAssignment<'_> = serde_json::from_str(&body).unwrap();
        let key = assignment.key(ID);
        assert_eq!(key, "a1@p1");
        let made = assignment.resource(ID, &key, "r1", Some((Kind::ResourceGroup, "s1:web")));
        assert_eq!(made.display_name, "Role r1 @ /subscriptions/s1/resourceGroups/web");
        let binding: ScopeBindingTrait = trait_of(&made);
        assert_eq!(binding.role_id, Some(resource_id(Kind::Role, "r1")));
        assert_eq!(binding.scope_resource_id, Some(resource_id(Kind::ResourceGroup, "s1:web")));
        let entitlement = assignment.entitlement(ID, &key, "r1");
        assert_eq!(entitlement.id, "role_assignment:a1@p1:assigned");
        assert_eq!(entitlement.purpose, i32::from(Purpose::Assignment));
    }

    #[test]
    fn an_assignment_without_a_scope_holds_where_it_lies() {
        let body = parse("");
        let assignment: RoleAssignment<'_> = serde_json::from_str(&body).unwrap();
        assert_eq!(assignment.scope(ID), "/subscriptions/s1/resourceGroups/web");
        assert_eq!(RoleAssignment::default().scope("whatever"), "/");
    }

    #[test]
    fn defect_20_conditions_are_not_lost() {
        let body = parse("");
        let assignment: RoleAssignment<'_> = serde_json::from_str(&body).unwrap();
        let made = assignment.resource(ID, "a1@p1", "r1", None);
        let profile = fields(&made.profile);
        assert_eq!(profile["condition"], "@Resource[x] StringEquals 'y'");
        assert_eq!(profile["principal_type"], "Group");
        assert_eq!(made.description, "for the web team");
    }

    #[test]
    fn defect_21_groups_can_be_assigned() {
        let entitlement = RoleAssignment::default().entitlement(ID, "a1@p1", "r1");
        assert!(entitlement.grantable_to.iter().any(|kind| kind.id == "group"));
    }
}
