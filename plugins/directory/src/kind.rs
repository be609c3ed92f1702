//! The kinds of items and links, and what people call them.

use std::borrow::Cow;

/// A user.
pub const USER: &str = "user";
/// A group of any sort.
pub const GROUP: &str = "group";
/// A service principal: an enterprise application or a managed identity.
pub const SERVICE_PRINCIPAL: &str = "service-principal";
/// An app registration.
pub const APPLICATION: &str = "application";
/// The tenant as its directory describes it.
pub const ORGANIZATION: &str = "organization";
/// A tenant as Resource Manager lists it.
pub const TENANT: &str = "tenant";
/// A management group.
pub const MANAGEMENT_GROUP: &str = "management-group";
/// A subscription.
pub const SUBSCRIPTION: &str = "subscription";
/// A resource group.
pub const RESOURCE_GROUP: &str = "resource-group";
/// A role of Azure's role-based access control, built-in or custom.
pub const ROLE_DEFINITION: &str = "role-definition";
/// Somebody has a role at a scope.
pub const ROLE_ASSIGNMENT: &str = "role-assignment";
/// A storage account.
pub const STORAGE_ACCOUNT: &str = "storage-account";
/// A blob container.
pub const CONTAINER: &str = "container";

/// Link from a group to who is in it.
pub const MEMBER: &str = "member";
/// Link from a group or service principal to who owns it.
pub const OWNER: &str = "owner";
/// Link from a service principal to who is assigned to it; the label is the app role.
pub const APP_ROLE_ASSIGNMENT: &str = "app-role-assignment";
/// Link from a user to their manager.
pub const MANAGER: &str = "manager";

/// A kind's name for people, in the plural.
pub(crate) fn title(kind: &str) -> &'static str {
    match kind {
        USER => "Users",
        GROUP => "Groups",
        SERVICE_PRINCIPAL => "Service principals",
        APPLICATION => "App registrations",
        ORGANIZATION => "Organizations",
        TENANT => "Tenants",
        MANAGEMENT_GROUP => "Management groups",
        SUBSCRIPTION => "Subscriptions",
        RESOURCE_GROUP => "Resource groups",
        ROLE_DEFINITION => "Azure roles",
        ROLE_ASSIGNMENT => "Azure role assignments",
        STORAGE_ACCOUNT => "Storage accounts",
        CONTAINER => "Blob containers",
        MEMBER => "Group memberships",
        OWNER => "Ownerships",
        APP_ROLE_ASSIGNMENT => "App role assignments",
        MANAGER => "Managers",
        _ => "Others",
    }
}

/// The kind of a directory object by its type in Graph. A type that is not known keeps its name, in kebab case.
pub(crate) fn of_type(odata_type: &str) -> Cow<'static, str> {
    let name = odata_type.rsplit('.').next().unwrap_or_default().trim_start_matches('#');
    match name {
        "user" => Cow::Borrowed(USER),
        "group" => Cow::Borrowed(GROUP),
        "servicePrincipal" => Cow::Borrowed(SERVICE_PRINCIPAL),
        "application" => Cow::Borrowed(APPLICATION),
        // A member whose type the caller may not see still is one.
        "" => Cow::Borrowed("directory-object"),
        other => Cow::Owned(kebab(other)),
    }
}

fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_of_graph_is_a_kind_whether_or_not_it_is_known() {
        for (odata_type, kind) in [
            ("#microsoft.graph.user", USER),
            ("#microsoft.graph.servicePrincipal", SERVICE_PRINCIPAL),
            ("microsoft.graph.group", GROUP),
            ("#microsoft.graph.orgContact", "org-contact"),
            ("#microsoft.graph.device", "device"),
            ("#microsoft.graph.somethingQuiteNew", "something-quite-new"),
            ("ServicePrincipal", "service-principal"),
            ("", "directory-object"),
        ] {
            assert_eq!(of_type(odata_type), kind, "{odata_type}");
        }
    }
}
