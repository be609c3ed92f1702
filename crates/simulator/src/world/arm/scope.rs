//! Scopes of Azure Resource Manager: parsed, compared without regard to letter case, printed as Azure does.

use std::fmt;
use std::hash::{Hash, Hasher};

use uuid::Uuid;

/// A place where a role can be assigned.
#[derive(Clone, Debug)]
pub enum Scope {
    /// `/`
    Root,
    /// `/providers/Microsoft.Management/managementGroups/{name}`
    ManagementGroup(String),
    /// `/subscriptions/{id}`
    Subscription(Uuid),
    /// `/subscriptions/{id}/resourceGroups/{name}`
    ResourceGroup {
        /// The subscription.
        subscription: Uuid,
        /// The resource group's name.
        name: String,
    },
    /// `/subscriptions/{id}/resourceGroups/{name}/providers/{path}`
    Resource {
        /// The subscription.
        subscription: Uuid,
        /// The resource group's name.
        resource_group: String,
        /// What follows `/providers/`: namespace, types and names.
        path: String,
    },
}

impl Scope {
    /// Reads a scope path; trailing slashes do not matter. None when it is no scope.
    pub fn parse(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let is =
            |index: usize, word: &str| segments.get(index).is_some_and(|it| it.eq_ignore_ascii_case(word));
        match segments.as_slice() {
            [] => Some(Self::Root),
            [_, _, _, name]
                if is(0, "providers") && is(1, "Microsoft.Management") && is(2, "managementGroups") =>
            {
                Some(Self::ManagementGroup((*name).to_owned()))
            }
            [_, id] if is(0, "subscriptions") => Some(Self::Subscription(Uuid::try_parse(id).ok()?)),
            [_, id, _, name] if is(0, "subscriptions") && is(2, "resourceGroups") => {
                Some(Self::ResourceGroup {
                    subscription: Uuid::try_parse(id).ok()?,
                    name: (*name).to_owned(),
                })
            }
            [_, id, _, name, _, rest @ ..]
                if is(0, "subscriptions")
                    && is(2, "resourceGroups")
                    && is(4, "providers")
                    && rest.len() >= 3 =>
            {
                Some(Self::Resource {
                    subscription: Uuid::try_parse(id).ok()?,
                    resource_group: (*name).to_owned(),
                    path: rest.join("/"),
                })
            }
            _ => None,
        }
    }

    /// The subscription that a scope is, or lies in.
    pub fn subscription(&self) -> Option<Uuid> {
        match self {
            Self::Root | Self::ManagementGroup(_) => None,
            Self::Subscription(id)
            | Self::ResourceGroup { subscription: id, .. }
            | Self::Resource { subscription: id, .. } => Some(*id),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("/"),
            Self::ManagementGroup(name) => {
                write!(f, "/providers/Microsoft.Management/managementGroups/{name}")
            }
            Self::Subscription(id) => write!(f, "/subscriptions/{id}"),
            Self::ResourceGroup { subscription, name } => {
                write!(f, "/subscriptions/{subscription}/resourceGroups/{name}")
            }
            Self::Resource { subscription, resource_group, path } => {
                write!(f, "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/{path}")
            }
        }
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Root, Self::Root) => true,
            (Self::ManagementGroup(a), Self::ManagementGroup(b)) => a.eq_ignore_ascii_case(b),
            (Self::Subscription(a), Self::Subscription(b)) => a == b,
            (
                Self::ResourceGroup { subscription: a, name: x },
                Self::ResourceGroup { subscription: b, name: y },
            ) => a == b && x.eq_ignore_ascii_case(y),
            (
                Self::Resource { subscription, resource_group, path },
                Self::Resource { subscription: b, resource_group: y, path: other_path },
            ) => {
                subscription == b
                    && resource_group.eq_ignore_ascii_case(y)
                    && path.eq_ignore_ascii_case(other_path)
            }
            _ => false,
        }
    }
}

impl Eq for Scope {}

impl Hash for Scope {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_string().to_ascii_lowercase().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSCRIPTION: &str = "8f0d7c51-2f4e-4a6b-9f6e-0d1f2a3b4c5d";

    #[test]
    fn scopes_print_as_they_are_read() {
        for path in [
            "/".to_owned(),
            "/providers/Microsoft.Management/managementGroups/emea".to_owned(),
            format!("/subscriptions/{SUBSCRIPTION}"),
            format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-1"),
            format!(
                "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-1/providers/Microsoft.Storage/storageAccounts/a"
            ),
        ] {
            assert_eq!(Scope::parse(&path).map(|scope| scope.to_string()), Some(path));
        }
    }

    #[test]
    fn letter_case_does_not_matter() {
        let upper = Scope::parse(&format!("/SUBSCRIPTIONS/{SUBSCRIPTION}/resourcegroups/RG-1/"));
        assert_eq!(upper, Scope::parse(&format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-1")));
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        for path in ["/subscriptions", "/subscriptions/x", "/tenants", "/providers/Microsoft.Management"] {
            assert_eq!(Scope::parse(path), None, "{path}");
        }
    }
}
