//! Applications and tenants that are the same everywhere.
//! Source: github.com/merill/microsoft-info, MicrosoftApps.json.

use fairlead_model::{Cloud, Plan};
use uuid::{Uuid, uuid};

/// Microsoft Graph.
pub const GRAPH: Uuid = uuid!("00000003-0000-0000-c000-000000000000");
/// Azure AD Graph, retired. Its permissions have the same names as Microsoft Graph's and give nothing.
pub const AZURE_AD_GRAPH: Uuid = uuid!("00000002-0000-0000-c000-000000000000");
/// Azure Resource Manager ("Windows Azure Service Management API").
pub const RESOURCE_MANAGER: Uuid = uuid!("797f4846-ba00-4fd7-ba43-dac1f8f63013");
/// Azure Storage.
pub const STORAGE: Uuid = uuid!("e406a681-f3d4-42a8-90b6-c2b029497af1");
/// Azure Kubernetes Service, where Entra ID decides on who may enter a cluster ("Azure Kubernetes Service AAD Server").
pub const KUBERNETES: Uuid = uuid!("6dae42f8-4368-4678-94ff-3960e28e3630");
/// Azure Resource Graph.
pub const RESOURCE_GRAPH: Uuid = uuid!("509e4652-da8d-478d-a730-e9d4a1996ca4");
/// Privileged Identity Management.
pub const PIM: Uuid = uuid!("01fc33a7-78ba-4d2f-a4b7-768e336e890e");
/// Azure CLI.
pub const AZURE_CLI: Uuid = uuid!("04b07795-8ddb-461a-bbee-02f9e1bf7b46");
/// Azure PowerShell.
pub const AZURE_POWERSHELL: Uuid = uuid!("1950a258-227b-4e31-a9cf-717495945fc2");
/// Microsoft Graph's command-line tools.
pub const GRAPH_COMMAND_LINE: Uuid = uuid!("14d82eec-204b-4c2f-b7e8-296a70dab67e");
/// Graph Explorer.
pub const GRAPH_EXPLORER: Uuid = uuid!("de8bc8b5-d9f9-48b1-a8ad-b748da725064");

/// Tenants that own Microsoft's applications: today's, and an older one. A connection's tenant is neither.
pub const MICROSOFT_TENANTS: [Uuid; 2] =
    [uuid!("f8cdef31-a31e-4b4a-93e4-5f571e91255a"), uuid!("72f988bf-86f1-41af-91ab-2d7cd011db47")];

const AAD_PREMIUM: Uuid = uuid!("41781fb2-bc02-4b7c-bd55-b576c07bb09d");
const AAD_PREMIUM_P2: Uuid = uuid!("eec0eb4f-6444-4f95-aba0-50c24d67f998");
const ENTRA_IDENTITY_GOVERNANCE: Uuid = uuid!("e866a266-3cff-43a3-acca-0c90a7e00c8b");

/// Whether a tenant that has this service plan has this licence: P2 contains P1, and Entra ID Governance does for
/// P2. Source: learn.microsoft.com/entra/identity/users/licensing-service-plan-reference.
pub fn licences(service_plan: Uuid, plan: Plan) -> bool {
    match plan {
        Plan::P1 => [AAD_PREMIUM, AAD_PREMIUM_P2].contains(&service_plan),
        Plan::P2 => [AAD_PREMIUM_P2, ENTRA_IDENTITY_GOVERNANCE].contains(&service_plan),
    }
}

/// To whom Entra ID recommends that federated assertions are addressed. Source:
/// learn.microsoft.com/graph/api/resources/federatedidentitycredential.
pub fn federated_audience(cloud: &Cloud) -> &'static str {
    match cloud {
        Cloud::Public | Cloud::Custom(_) => "api://AzureADTokenExchange",
        Cloud::UsGovernment | Cloud::UsDod => "api://AzureADTokenExchangeUSGov",
        Cloud::China => "api://AzureADTokenExchangeChina",
    }
}

const APPLICATIONS: &[(Uuid, &str)] = &[
    (GRAPH, "Microsoft Graph"),
    (AZURE_AD_GRAPH, "Azure AD Graph"),
    (RESOURCE_MANAGER, "Azure Resource Manager"),
    (STORAGE, "Azure Storage"),
    (RESOURCE_GRAPH, "Azure Resource Graph"),
    (PIM, "Privileged Identity Management"),
    (AZURE_CLI, "Azure CLI"),
    (AZURE_POWERSHELL, "Azure PowerShell"),
    (GRAPH_COMMAND_LINE, "Microsoft Graph's command-line tools"),
    (GRAPH_EXPLORER, "Graph Explorer"),
];

/// The name of an application of Microsoft's own: no customer's client id is one of these.
pub fn application(id: Uuid) -> Option<&'static str> {
    APPLICATIONS.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_graphs_are_told_apart() {
        assert_eq!(application(uuid!("00000003-0000-0000-c000-000000000000")), Some("Microsoft Graph"));
        assert_eq!(application(uuid!("00000002-0000-0000-c000-000000000000")), Some("Azure AD Graph"));
        assert_eq!(application(Uuid::nil()), None);
    }

    #[test]
    fn p2_brings_p1_and_not_the_other_way_round() {
        assert!(licences(AAD_PREMIUM_P2, Plan::P1) && licences(AAD_PREMIUM_P2, Plan::P2));
        assert!(licences(AAD_PREMIUM, Plan::P1) && !licences(AAD_PREMIUM, Plan::P2));
        assert!(licences(ENTRA_IDENTITY_GOVERNANCE, Plan::P2));
    }
}
