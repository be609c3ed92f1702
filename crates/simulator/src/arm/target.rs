//! What a path of Resource Manager names.

use http::Method;
use uuid::Uuid;

use super::authorization::AuthorizationTarget;
use super::error::ArmError;
use super::version::Family;
use crate::server::call::{Quota, Request, Route, RouteKind};
use crate::world::arm::Scope;

/// What a request is about. Names keep the letters that the client typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Tenants,
    Subscriptions,
    Subscription(Uuid),
    Locations(Uuid),
    ResourceGroups(Uuid),
    ResourceGroup(Uuid, String),
    /// Of a subscription, or of one resource group in it.
    Resources(Uuid, Option<String>),
    /// Of a subscription, or of the tenant.
    Providers(Option<Uuid>),
    Provider(Option<Uuid>, String),
    /// Where the outcome of a long-running operation is, by its token.
    OperationResult(Uuid, String),
    /// Where its progress is.
    OperationStatus(Uuid, String),
    ManagementGroups,
    ManagementGroup(String),
    Descendants(String),
    ManagementGroupSubscriptions(String),
    Entities,
    /// Something of `Microsoft.Authorization` at a scope.
    Authorization(Scope, AuthorizationTarget),
    /// Of a subscription, or of one resource group in it.
    StorageAccounts(Uuid, Option<String>),
    StorageAccount(AccountPath),
    Containers(AccountPath),
    Container(AccountPath, String),
    /// Of a subscription, or of one resource group in it.
    Clusters(Uuid, Option<String>),
    /// By resource group and name.
    Cluster(Uuid, String, String),
}

/// A storage account by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AccountPath {
    pub(super) subscription: Uuid,
    pub(super) resource_group: String,
    pub(super) name: String,
}

const AUTHORIZATION: &str = "microsoft.authorization";
const CONTAINER_SERVICE: &str = "microsoft.containerservice";

impl Target {
    /// What a request's path names.
    pub(super) fn of(request: &Request) -> Result<Self, ArmError> {
        let lower: Vec<String> = request.segments.iter().map(|it| it.to_ascii_lowercase()).collect();
        let words: Vec<&str> = lower.iter().map(String::as_str).collect();
        if let Some(at) = authorization_at(&words) {
            let scope = scope_of(&request.segments[..at])?;
            let target = AuthorizationTarget::of(&words[at + 2..], &request.segments[at + 2..])
                .ok_or_else(|| unknown_type(request, "Microsoft.Authorization", at + 2))?;
            return Ok(Self::Authorization(scope, target));
        }
        match words.as_slice() {
            ["tenants"] => Ok(Self::Tenants),
            ["subscriptions"] => Ok(Self::Subscriptions),
            ["subscriptions", id, rest @ ..] => {
                let subscription = Uuid::try_parse(id)
                    .map_err(|_| ArmError::InvalidSubscriptionId(request.segment(1).to_owned()))?;
                Self::in_subscription(request, subscription, rest)
            }
            ["providers", rest @ ..] => Self::in_tenant(request, rest),
            _ => Err(ArmError::MissingSubscription),
        }
    }

    fn in_tenant(request: &Request, words: &[&str]) -> Result<Self, ArmError> {
        let name = || request.segment(3).to_owned();
        Ok(match words {
            [] => Self::Providers(None),
            ["microsoft.management", "managementgroups"] => Self::ManagementGroups,
            ["microsoft.management", "managementgroups", _] => Self::ManagementGroup(name()),
            ["microsoft.management", "managementgroups", _, "descendants"] => Self::Descendants(name()),
            ["microsoft.management", "managementgroups", _, "subscriptions"] => {
                Self::ManagementGroupSubscriptions(name())
            }
            ["microsoft.management", "getentities"] => Self::Entities,
            [_] => Self::Provider(None, request.segment(1).to_owned()),
            _ => return Err(unknown_type(request, request.segment(1), 2)),
        })
    }

    fn in_subscription(request: &Request, subscription: Uuid, words: &[&str]) -> Result<Self, ArmError> {
        Ok(match words {
            [] => Self::Subscription(subscription),
            ["locations"] => Self::Locations(subscription),
            ["resourcegroups"] => Self::ResourceGroups(subscription),
            ["resources"] => Self::Resources(subscription, None),
            ["operationresults", _] => Self::OperationResult(subscription, request.segment(3).to_owned()),
            ["operationstatuses", _] => Self::OperationStatus(subscription, request.segment(3).to_owned()),
            ["providers"] => Self::Providers(Some(subscription)),
            ["providers", _] => Self::Provider(Some(subscription), request.segment(3).to_owned()),
            ["providers", "microsoft.storage", "storageaccounts"] => {
                Self::StorageAccounts(subscription, None)
            }
            ["providers", CONTAINER_SERVICE, "managedclusters"] => Self::Clusters(subscription, None),
            ["providers", ..] => return Err(unknown_type(request, request.segment(3), 4)),
            ["resourcegroups", _, rest @ ..] => {
                return Self::in_resource_group(request, subscription, rest);
            }
            _ => return Err(unknown_type(request, "Microsoft.Resources", 2)),
        })
    }

    fn in_resource_group(request: &Request, subscription: Uuid, words: &[&str]) -> Result<Self, ArmError> {
        let resource_group = request.segment(3).to_owned();
        let account = || AccountPath {
            subscription,
            resource_group: resource_group.clone(),
            name: request.segment(7).to_owned(),
        };
        Ok(match words {
            [] => Self::ResourceGroup(subscription, resource_group),
            ["resources"] => Self::Resources(subscription, Some(resource_group)),
            ["providers", "microsoft.storage", "storageaccounts"] => {
                Self::StorageAccounts(subscription, Some(resource_group))
            }
            ["providers", "microsoft.storage", "storageaccounts", _] => Self::StorageAccount(account()),
            [
                "providers",
                "microsoft.storage",
                "storageaccounts",
                _,
                "blobservices",
                "default",
                "containers",
            ] => Self::Containers(account()),
            [
                "providers",
                "microsoft.storage",
                "storageaccounts",
                _,
                "blobservices",
                "default",
                "containers",
                _,
            ] => Self::Container(account(), request.segment(11).to_owned()),
            ["providers", CONTAINER_SERVICE, "managedclusters"] => {
                Self::Clusters(subscription, Some(resource_group))
            }
            ["providers", CONTAINER_SERVICE, "managedclusters", _] => {
                Self::Cluster(subscription, resource_group, request.segment(7).to_owned())
            }
            ["providers", ..] => return Err(unknown_type(request, request.segment(5), 6)),
            _ => return Err(unknown_type(request, "Microsoft.Resources", 4)),
        })
    }

    /// The subscription that the request is about.
    pub(super) fn subscription(&self) -> Option<Uuid> {
        match self {
            Self::Subscription(id)
            | Self::Locations(id)
            | Self::ResourceGroups(id)
            | Self::ResourceGroup(id, _)
            | Self::Resources(id, _)
            | Self::OperationResult(id, _)
            | Self::OperationStatus(id, _)
            | Self::StorageAccounts(id, _)
            | Self::Clusters(id, _)
            | Self::Cluster(id, ..) => Some(*id),
            Self::Providers(id) | Self::Provider(id, _) => *id,
            Self::Authorization(scope, _) => scope.subscription(),
            Self::StorageAccount(path) | Self::Containers(path) | Self::Container(path, _) => {
                Some(path.subscription)
            }
            Self::Tenants
            | Self::Subscriptions
            | Self::ManagementGroups
            | Self::ManagementGroup(_)
            | Self::Descendants(_)
            | Self::ManagementGroupSubscriptions(_)
            | Self::Entities => None,
        }
    }

    /// Whose api-versions apply.
    pub(super) fn family(&self) -> Family {
        match self {
            Self::Tenants | Self::Subscriptions | Self::Subscription(_) | Self::Locations(_) => {
                Family::Subscriptions
            }
            Self::ResourceGroups(_)
            | Self::ResourceGroup(..)
            | Self::Resources(..)
            | Self::Providers(_)
            | Self::Provider(..)
            | Self::OperationResult(..)
            | Self::OperationStatus(..) => Family::Resources,
            Self::ManagementGroups
            | Self::ManagementGroup(_)
            | Self::Descendants(_)
            | Self::ManagementGroupSubscriptions(_)
            | Self::Entities => Family::Management,
            Self::Authorization(_, AuthorizationTarget::PolicyAssignments) => Family::Policy,
            Self::Authorization(_, AuthorizationTarget::Schedules(_) | AuthorizationTarget::Schedule(..)) => {
                Family::Schedules
            }
            Self::Authorization(..) => Family::Authorization,
            Self::StorageAccounts(..)
            | Self::StorageAccount(_)
            | Self::Containers(_)
            | Self::Container(..) => Family::Storage,
            Self::Clusters(..) | Self::Cluster(..) => Family::ContainerService,
        }
    }

    /// How the request counts: its template, its kind, its limit.
    pub(super) fn route(&self, method: &Method) -> Route {
        let (template, list) = self.template();
        let kind = match *method {
            // getEntities reads by POST.
            Method::GET | Method::HEAD | Method::POST if list => RouteKind::List,
            Method::GET | Method::HEAD => RouteKind::Read,
            Method::DELETE => RouteKind::Delete,
            _ => RouteKind::Write,
        };
        let quota = self.subscription().map_or(Quota::Tenant, Quota::Subscription);
        Route { template, cost: 1, kind, quota }
    }

    /// The path with placeholders, and whether it is a collection.
    fn template(&self) -> (&'static str, bool) {
        match self {
            Self::Tenants => ("/tenants", true),
            Self::Subscriptions => ("/subscriptions", true),
            Self::Subscription(_) => ("/subscriptions/{id}", false),
            Self::Locations(_) => ("/subscriptions/{id}/locations", true),
            Self::ResourceGroups(_) => ("/subscriptions/{id}/resourceGroups", true),
            Self::ResourceGroup(..) => ("/subscriptions/{id}/resourceGroups/{name}", false),
            Self::Resources(..) => ("{scope}/resources", true),
            Self::Providers(_) => ("{scope}/providers", true),
            Self::Provider(..) => ("{scope}/providers/{namespace}", false),
            Self::OperationResult(..) => ("/subscriptions/{id}/operationResults/{token}", false),
            Self::OperationStatus(..) => ("/subscriptions/{id}/operationStatuses/{token}", false),
            Self::ManagementGroups => ("/managementGroups", true),
            Self::ManagementGroup(_) => ("/managementGroups/{name}", false),
            Self::Descendants(_) => ("/managementGroups/{name}/descendants", true),
            Self::ManagementGroupSubscriptions(_) => ("/managementGroups/{name}/subscriptions", true),
            Self::Entities => ("/getEntities", true),
            Self::Authorization(_, target) => target.template(),
            Self::StorageAccounts(..) => ("{scope}/storageAccounts", true),
            Self::StorageAccount(_) => ("{scope}/storageAccounts/{name}", false),
            Self::Containers(_) => ("{scope}/storageAccounts/{name}/containers", true),
            Self::Container(..) => ("{scope}/storageAccounts/{name}/containers/{name}", false),
            Self::Clusters(..) => ("{scope}/managedClusters", true),
            Self::Cluster(..) => ("{scope}/managedClusters/{name}", false),
        }
    }
}

/// Where `providers/Microsoft.Authorization/{type}` begins, the last time it occurs: before it is the scope.
fn authorization_at(words: &[&str]) -> Option<usize> {
    (0..words.len().saturating_sub(2))
        .rev()
        .find(|at| words[*at] == "providers" && words[at + 1] == AUTHORIZATION)
}

fn scope_of(segments: &[String]) -> Result<Scope, ArmError> {
    Scope::parse(&segments.join("/")).ok_or_else(|| match segments {
        [first, id, ..] if first.eq_ignore_ascii_case("subscriptions") && Uuid::try_parse(id).is_err() => {
            ArmError::InvalidSubscriptionId(id.clone())
        }
        _ => ArmError::MissingSubscription,
    })
}

/// The refusal of a path that no provider serves; the type begins at the given segment.
fn unknown_type(request: &Request, namespace: &str, at: usize) -> ArmError {
    const KNOWN: [&str; 5] = [
        "Microsoft.Authorization",
        "Microsoft.ContainerService",
        "Microsoft.Management",
        "Microsoft.Resources",
        "Microsoft.Storage",
    ];
    if !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(namespace)) {
        return ArmError::InvalidResourceNamespace(namespace.to_owned());
    }
    let types: Vec<&str> = request.segments.iter().skip(at).step_by(2).map(String::as_str).collect();
    ArmError::InvalidResourceType {
        namespace: namespace.to_owned(),
        resource_type: types.join("/"),
        version: request.option("api-version").unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    const ID: &str = "8f0d7c51-2f4e-4a6b-9f6e-0d1f2a3b4c5d";

    fn target(path: &str) -> Result<Target, ArmError> {
        let path = path.replace("{s}", ID);
        Target::of(&Request::new(
            Method::GET,
            &path,
            HeaderMap::new(),
            Bytes::new(),
            "https://arm",
            Uuid::nil(),
        ))
    }

    #[test]
    fn letter_case_does_not_matter_but_names_keep_theirs() {
        let id = Uuid::try_parse(ID).expect("an id");
        assert_eq!(
            target("/Subscriptions/{s}/RESOURCEGROUPS/Rg-One"),
            Ok(Target::ResourceGroup(id, "Rg-One".to_owned()))
        );
        assert_eq!(
            target("/subscriptions/{s}/resourcegroups/rg/providers/MICROSOFT.storage/StorageAccounts/Acct"),
            Ok(Target::StorageAccount(AccountPath {
                subscription: id,
                resource_group: "rg".to_owned(),
                name: "Acct".to_owned(),
            }))
        );
    }

    #[test]
    fn authorization_is_found_at_every_scope() {
        for scope in [
            "",
            "/providers/Microsoft.Management/managementGroups/emea",
            "/subscriptions/{s}",
            "/subscriptions/{s}/resourceGroups/rg",
            "/subscriptions/{s}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm",
        ] {
            let found = target(&format!("{scope}/providers/Microsoft.Authorization/roleAssignments"));
            let expected = Scope::parse(&scope.replace("{s}", ID)).expect("a scope");
            assert_eq!(
                found,
                Ok(Target::Authorization(expected, AuthorizationTarget::RoleAssignments)),
                "{scope}"
            );
        }
    }

    #[test]
    fn unknown_paths_say_what_is_unknown() {
        for (path, code) in [
            ("/nothing", "MissingSubscription"),
            ("/subscriptions/x/resourceGroups", "InvalidSubscriptionId"),
            ("/subscriptions/{s}/providers/Contoso.Widgets/widgets", "InvalidResourceNamespace"),
            ("/subscriptions/{s}/providers/Microsoft.Storage/queues", "InvalidResourceType"),
            ("/providers/Microsoft.Authorization/wishes", "InvalidResourceType"),
        ] {
            assert_eq!(target(path).map_err(|error| error.code()), Err(code), "{path}");
        }
    }

    #[test]
    fn limits_are_those_of_the_subscription_or_the_tenant() {
        let id = Uuid::try_parse(ID).expect("an id");
        let route = |path: &str, method: Method| target(path).expect("known").route(&method);
        assert_eq!(route("/subscriptions", Method::GET).quota, Quota::Tenant);
        let delete = route("/subscriptions/{s}/resourceGroups/rg", Method::DELETE);
        assert_eq!((delete.quota, delete.kind), (Quota::Subscription(id), RouteKind::Delete));
        assert_eq!(route("/providers/Microsoft.Management/getEntities", Method::POST).kind, RouteKind::List);
    }
}
