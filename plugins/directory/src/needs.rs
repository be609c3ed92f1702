//! The calls these collectors make, for the connector's description: exactly these.

use fairlead_connector::{Api, ApiNeed, Method};

use crate::{Collector, Selection};

/// What one collector calls: service, method, path pattern, and what for.
type Call = (Collector, Api, Method, &'static str, &'static str);

const CALLS: [Call; 21] = [
    (Collector::Organization, Api::Graph, Method::Get, "/v1.0/organization", DIRECTORY),
    (Collector::Users, Api::Graph, Method::Get, "/v1.0/users", DIRECTORY),
    // Read beside the users, by $expand.
    (Collector::Users, Api::Graph, Method::Get, MANAGER, DIRECTORY),
    (Collector::Groups, Api::Graph, Method::Get, "/v1.0/groups", DIRECTORY),
    (Collector::GroupLinks, Api::Graph, Method::Get, "/beta/groups/*/members", DIRECTORY),
    (Collector::GroupLinks, Api::Graph, Method::Get, "/beta/groups/*/owners", DIRECTORY),
    (Collector::ServicePrincipals, Api::Graph, Method::Get, "/v1.0/servicePrincipals", DIRECTORY),
    (
        Collector::AppRoleAssignments,
        Api::Graph,
        Method::Get,
        "/v1.0/servicePrincipals/*/appRoleAssignedTo",
        DIRECTORY,
    ),
    (
        Collector::ServicePrincipalOwners,
        Api::Graph,
        Method::Get,
        "/v1.0/servicePrincipals/*/owners",
        DIRECTORY,
    ),
    (Collector::Applications, Api::Graph, Method::Get, "/v1.0/applications", DIRECTORY),
    (Collector::Tenants, Api::ResourceManager, Method::Get, "/tenants", RESOURCES),
    (Collector::Hierarchy, Api::ResourceManager, Method::Get, "/subscriptions", RESOURCES),
    (
        Collector::Hierarchy,
        Api::ResourceManager,
        Method::Post,
        "/providers/Microsoft.Management/getEntities",
        "Sees which subscription lies in which management group; Azure answers this question by POST.",
    ),
    (
        Collector::ResourceGroups,
        Api::ResourceManager,
        Method::Get,
        "/subscriptions/*/resourcegroups",
        RESOURCES,
    ),
    (
        Collector::RoleDefinitions,
        Api::ResourceManager,
        Method::Get,
        "/providers/Microsoft.Authorization/roleDefinitions",
        RESOURCES,
    ),
    (
        Collector::RoleDefinitions,
        Api::ResourceManager,
        Method::Get,
        "/subscriptions/*/providers/Microsoft.Authorization/roleDefinitions",
        RESOURCES,
    ),
    (
        Collector::RoleAssignments,
        Api::ResourceManager,
        Method::Get,
        "/providers/Microsoft.Authorization/roleAssignments",
        RESOURCES,
    ),
    (
        Collector::RoleAssignments,
        Api::ResourceManager,
        Method::Get,
        "/providers/Microsoft.Management/managementGroups/*/providers/Microsoft.Authorization/roleAssignments",
        RESOURCES,
    ),
    (
        Collector::RoleAssignments,
        Api::ResourceManager,
        Method::Get,
        "/subscriptions/*/providers/Microsoft.Authorization/roleAssignments",
        RESOURCES,
    ),
    (
        Collector::StorageAccounts,
        Api::ResourceManager,
        Method::Get,
        "/subscriptions/*/providers/Microsoft.Storage/storageAccounts",
        RESOURCES,
    ),
    (
        Collector::Containers,
        Api::ResourceManager,
        Method::Get,
        "/subscriptions/*/resourceGroups/*/providers/Microsoft.Storage/storageAccounts/*/blobServices/default/containers",
        RESOURCES,
    ),
];

const MANAGER: &str = "/v1.0/users/*/manager";

const DIRECTORY: &str = "Lists who is in the directory and what belongs to whom.";
const RESOURCES: &str = "Lists Azure's hierarchy and who has which role where.";

impl Selection {
    /// The calls, grouped as a description wants them.
    pub fn needs(&self) -> Vec<ApiNeed> {
        let mut needs: Vec<ApiNeed> = Vec::new();
        let made = |call: &&Call| self.has(call.0) && (call.3 != MANAGER || self.expands_managers());
        for (_, api, method, path, why) in CALLS.iter().filter(made) {
            let same = needs.iter_mut().find(|need| need.api == *api && need.why == *why);
            match same {
                Some(need) => need.paths.push((*path).to_owned()),
                None => needs.push(ApiNeed {
                    api: *api,
                    methods: vec![*method],
                    paths: vec![(*path).to_owned()],
                    why: (*why).to_owned(),
                }),
            }
        }
        needs
    }
}
