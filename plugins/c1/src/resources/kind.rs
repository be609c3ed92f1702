//! The resource types of C1's file.

use crate::proto::{OptInRequired, Packed, ResourceType, SkipEntitlementsAndGrants, TraitKind};

/// A resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    User,
    Group,
    ManagedIdentity,
    EnterpriseApplication,
    Tenant,
    ManagementGroup,
    Subscription,
    ResourceGroup,
    Role,
    RoleAssignment,
    StorageAccount,
    Container,
}

impl Kind {
    /// All of them, in the order in which the file lists them.
    pub const ALL: [Self; 12] = [
        Self::User,
        Self::Group,
        Self::ManagedIdentity,
        Self::EnterpriseApplication,
        Self::Tenant,
        Self::ManagementGroup,
        Self::Subscription,
        Self::ResourceGroup,
        Self::Role,
        Self::RoleAssignment,
        Self::StorageAccount,
        Self::Container,
    ];

    /// Its id in the file.
    pub const fn id(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::ManagedIdentity => "managed_identity",
            Self::EnterpriseApplication => "enterprise_application",
            Self::Tenant => "tenant",
            Self::ManagementGroup => "management_group",
            Self::Subscription => "subscription",
            Self::ResourceGroup => "resource_group",
            Self::Role => "role",
            Self::RoleAssignment => "role_assignment",
            Self::StorageAccount => "storage_account",
            Self::Container => "container",
        }
    }

    /// Its name for people, the one the vendor's own connector gives.
    const fn title(self) -> &'static str {
        match self {
            Self::User => "User of Azure Infrastructure",
            Self::Group => "Group of Azure Infrastructure",
            Self::ManagedIdentity => "Managed Identity of Azure Infrastructure",
            Self::EnterpriseApplication => "Enterprise Application of Azure Infrastructure",
            Self::Tenant => "Tenant of Azure Infrastructure",
            Self::ManagementGroup => "Management Group",
            Self::Subscription => "Subscription of Azure Infrastructure",
            Self::ResourceGroup => "Resource Group of Azure Infrastructure",
            Self::Role => "Role",
            Self::RoleAssignment => "Role Assignment",
            Self::StorageAccount => "Storage Account",
            Self::Container => "Container",
        }
    }

    /// What its resources are to C1.
    const fn trait_kind(self) -> Option<TraitKind> {
        match self {
            Self::User | Self::ManagedIdentity => Some(TraitKind::User),
            Self::Group | Self::ResourceGroup => Some(TraitKind::Group),
            Self::EnterpriseApplication | Self::Subscription | Self::StorageAccount | Self::Container => {
                Some(TraitKind::App)
            }
            Self::Role => Some(TraitKind::Role),
            Self::RoleAssignment => Some(TraitKind::ScopeBinding),
            Self::Tenant | Self::ManagementGroup => None,
        }
    }

    /// Whether nothing can be had from its resources: C1 then asks nothing about each of them.
    pub const fn is_leaf(self) -> bool {
        !matches!(self, Self::Group | Self::EnterpriseApplication | Self::RoleAssignment)
    }

    /// The type as it stands among an entitlement's possible holders.
    pub fn reference(self) -> ResourceType {
        ResourceType {
            id: self.id().to_owned(),
            display_name: self.title().to_owned(),
            traits: self.trait_kind().map(i32::from).into_iter().collect(),
            annotations: Vec::new(),
            description: String::new(),
        }
    }

    /// The type as the file lists it.
    pub fn resource_type(self) -> ResourceType {
        let mut annotations = Vec::new();
        if self.is_leaf() {
            annotations.push(SkipEntitlementsAndGrants {}.pack());
        }
        if matches!(self, Self::ManagementGroup | Self::RoleAssignment) {
            annotations.push(OptInRequired {}.pack());
        }
        let description = if self == Self::Role { "Role of Azure Infrastructure" } else { "" };
        ResourceType { annotations, description: description.to_owned(), ..self.reference() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_carry_the_traits_and_annotations_that_c1_expects() {
        let shapes = Kind::ALL.map(|kind| {
            let made = kind.resource_type();
            let annotations: Vec<_> = made
                .annotations
                .iter()
                .map(|any| any.type_url.rsplit('.').next().unwrap().to_owned())
                .collect();
            (made.id, made.traits, annotations.join("+"))
        });
        let skip = "SkipEntitlementsAndGrants";
        let expected = [
            ("user", vec![1], skip),
            ("group", vec![2], ""),
            ("managed_identity", vec![1], skip),
            ("enterprise_application", vec![4], ""),
            ("tenant", vec![], skip),
            ("management_group", vec![], "SkipEntitlementsAndGrants+OptInRequired"),
            ("subscription", vec![4], skip),
            ("resource_group", vec![2], skip),
            ("role", vec![3], skip),
            ("role_assignment", vec![7], "OptInRequired"),
            ("storage_account", vec![4], skip),
            ("container", vec![4], skip),
        ];
        assert_eq!(shapes, expected.map(|(id, traits, notes)| (id.to_owned(), traits, notes.to_owned())));
    }

    #[test]
    fn defect_05_leaf_types_say_that_nothing_can_be_had_from_them() {
        for kind in [Kind::User, Kind::Tenant, Kind::Subscription, Kind::ResourceGroup] {
            assert!(kind.is_leaf(), "{} costs a caller two questions a resource", kind.id());
        }
    }
}
