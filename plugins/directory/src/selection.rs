//! What a connector wants collected.

use std::collections::BTreeSet;

use fairlead_connector::{Connection, Kind};

use crate::{kind, scope::Scope};

/// One thing that can be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collector {
    /// The tenant as its directory describes it.
    Organization,
    /// Users.
    Users,
    /// Links from users to their managers; they come with the users.
    Managers,
    /// Groups.
    Groups,
    /// Links from groups to members and owners; they follow from the groups.
    GroupLinks,
    /// Service principals, managed identities among them.
    ServicePrincipals,
    /// Links from service principals to who is assigned to them; they follow from the service principals.
    AppRoleAssignments,
    /// Links from service principals to their owners; they follow from the service principals.
    ServicePrincipalOwners,
    /// App registrations.
    Applications,
    /// Tenants as Resource Manager lists them.
    Tenants,
    /// Management groups, subscriptions, and which lies in which.
    Hierarchy,
    /// Resource groups; they follow from the hierarchy, as do all below.
    ResourceGroups,
    /// Azure roles, built-in and custom.
    RoleDefinitions,
    /// Azure role assignments at every scope.
    RoleAssignments,
    /// Storage accounts.
    StorageAccounts,
    /// Blob containers; they follow from the storage accounts.
    Containers,
}

impl Collector {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Organization,
        Self::Users,
        Self::Managers,
        Self::Groups,
        Self::GroupLinks,
        Self::ServicePrincipals,
        Self::AppRoleAssignments,
        Self::ServicePrincipalOwners,
        Self::Applications,
        Self::Tenants,
        Self::Hierarchy,
        Self::ResourceGroups,
        Self::RoleDefinitions,
        Self::RoleAssignments,
        Self::StorageAccounts,
        Self::Containers,
    ];

    /// What has to be collected for it to have something to follow from.
    fn follows(self) -> Option<Self> {
        match self {
            Self::Managers => Some(Self::Users),
            Self::GroupLinks => Some(Self::Groups),
            Self::AppRoleAssignments | Self::ServicePrincipalOwners => Some(Self::ServicePrincipals),
            Self::ResourceGroups | Self::RoleDefinitions | Self::RoleAssignments | Self::StorageAccounts => {
                Some(Self::Hierarchy)
            }
            Self::Containers => Some(Self::StorageAccounts),
            _ => None,
        }
    }

    fn items(self) -> &'static [&'static str] {
        match self {
            Self::Organization => &[kind::ORGANIZATION],
            Self::Users => &[kind::USER],
            Self::Groups => &[kind::GROUP],
            Self::ServicePrincipals => &[kind::SERVICE_PRINCIPAL],
            Self::Applications => &[kind::APPLICATION],
            Self::Tenants => &[kind::TENANT],
            Self::Hierarchy => &[kind::MANAGEMENT_GROUP, kind::SUBSCRIPTION],
            Self::ResourceGroups => &[kind::RESOURCE_GROUP],
            Self::RoleDefinitions => &[kind::ROLE_DEFINITION],
            Self::RoleAssignments => &[kind::ROLE_ASSIGNMENT],
            Self::StorageAccounts => &[kind::STORAGE_ACCOUNT],
            Self::Containers => &[kind::CONTAINER],
            Self::Managers | Self::GroupLinks | Self::AppRoleAssignments | Self::ServicePrincipalOwners => {
                &[]
            }
        }
    }

    fn links(self) -> &'static [&'static str] {
        match self {
            Self::Managers => &[kind::MANAGER],
            Self::GroupLinks => &[kind::MEMBER, kind::OWNER],
            Self::AppRoleAssignments => &[kind::APP_ROLE_ASSIGNMENT],
            Self::ServicePrincipalOwners => &[kind::OWNER],
            _ => &[],
        }
    }
}

/// What a connector wants collected, and how.
#[derive(Debug, Clone)]
pub struct Selection {
    collectors: BTreeSet<Collector>,
    pub(crate) scope: Scope,
    /// Kinds the connector cannot do without: being denied one of them fails the sync instead of being noted.
    pub required: BTreeSet<&'static str>,
    /// Objects a page of Graph holds, 1 to 999.
    pub page_size: u16,
    /// Properties of a user. Here as below `id` and what the collectors need is added.
    pub user_properties: Vec<&'static str>,
    /// Properties of a user's manager, put into the user's body. Empty: no manager there, unless
    /// [`Collector::Managers`] asks for its id.
    pub manager_properties: Vec<&'static str>,
    /// Properties of a group.
    pub group_properties: Vec<&'static str>,
    /// Properties of a service principal.
    pub service_principal_properties: Vec<&'static str>,
    /// Properties of an app registration.
    pub application_properties: Vec<&'static str>,
}

impl Selection {
    /// These collectors and those they follow from, with the properties most connectors want.
    pub fn of(collectors: impl IntoIterator<Item = Collector>) -> Self {
        let mut all = BTreeSet::new();
        for collector in collectors {
            let mut next = Some(collector);
            while let Some(wanted) = next.filter(|wanted| all.insert(*wanted)) {
                next = wanted.follows();
            }
        }
        Self {
            collectors: all,
            scope: Scope::default(),
            required: BTreeSet::new(),
            page_size: 999,
            user_properties: words(
                "id displayName givenName surname mail userPrincipalName jobTitle department employeeId \
                 accountEnabled userType createdDateTime",
            ),
            manager_properties: words("id displayName mail employeeId"),
            group_properties: words(
                "id displayName description groupTypes mail mailEnabled securityEnabled securityIdentifier \
                 classification onPremisesSecurityIdentifier onPremisesSyncEnabled isAssignableToRole \
                 visibility createdDateTime",
            ),
            service_principal_properties: words(
                "id displayName appDisplayName appId appOwnerOrganizationId accountEnabled \
                 servicePrincipalType description homepage info tags alternativeNames appRoles",
            ),
            application_properties: words(
                "id displayName appId signInAudience identifierUris publisherDomain tags createdDateTime",
            ),
        }
    }

    /// Everything.
    pub fn all() -> Self {
        Self::of(Collector::ALL)
    }

    /// With a kind the connector cannot do without.
    #[must_use]
    pub fn require(mut self, kind: &'static str) -> Self {
        self.required.insert(kind);
        self
    }

    /// Only the subscriptions that a connection is about, and what is in them.
    #[must_use]
    pub fn within(mut self, connection: &Connection) -> Self {
        self.scope = Scope::of(connection);
        self
    }

    /// Whether something is collected.
    pub fn has(&self, collector: Collector) -> bool {
        self.collectors.contains(&collector)
    }

    /// Whether managers come along with their users.
    pub(crate) fn expands_managers(&self) -> bool {
        self.has(Collector::Users) && (self.has(Collector::Managers) || !self.manager_properties.is_empty())
    }

    /// Kinds of items and kinds of links, for the connector's description.
    pub fn kinds(&self) -> (Vec<Kind>, Vec<Kind>) {
        (self.kinds_of(Collector::items), self.kinds_of(Collector::links))
    }

    fn kinds_of(&self, names: fn(Collector) -> &'static [&'static str]) -> Vec<Kind> {
        let unique: BTreeSet<_> =
            self.collectors.iter().flat_map(|collector| names(*collector)).copied().collect();
        let kind = |name: &str| Kind { name: name.to_owned(), title: kind::title(name).to_owned() };
        unique.into_iter().map(kind).collect()
    }
}

fn words(list: &'static str) -> Vec<&'static str> {
    list.split_ascii_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_brings_along_what_it_follows_from() {
        let selection = Selection::of([Collector::Containers, Collector::Managers]);
        for collector in [Collector::StorageAccounts, Collector::Hierarchy, Collector::Users] {
            assert!(selection.has(collector), "{collector:?}");
        }
        assert!(!selection.has(Collector::Groups));
    }

    #[test]
    fn kinds_are_those_of_the_collectors_each_once() {
        let (items, links) = Selection::all().kinds();
        assert_eq!(items.len(), 13);
        let names: Vec<_> = links.iter().map(|kind| kind.name.as_str()).collect();
        assert_eq!(names, ["app-role-assignment", "manager", "member", "owner"]);
        assert!(items.iter().chain(&links).all(|kind| kind.title != "Others"));
    }
}
