//! From a scope of Resource Manager to the resource of the file that stands for it.

use std::collections::HashMap;

use crate::resources::Kind;

/// The resources that role assignments can hold at, by their path in lower case: Azure's services write the
/// same path in different cases.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    known: HashMap<String, (Kind, String)>,
    tenant: Option<String>,
}

impl Scopes {
    /// The tenant at the top.
    pub(crate) fn set_tenant(&mut self, id: &str) {
        self.tenant = Some(id.to_owned());
    }

    /// Adds the resource at a path; false when there was one already.
    pub(crate) fn add(&mut self, path: &str, kind: Kind, id: &str) -> bool {
        self.known.insert(path.trim_end_matches('/').to_ascii_lowercase(), (kind, id.to_owned())).is_none()
    }

    /// The resource at exactly this path.
    pub(crate) fn get(&self, path: &str) -> Option<(Kind, &str)> {
        let (kind, id) = self.known.get(&path.trim_end_matches('/').to_ascii_lowercase())?;
        Some((*kind, id))
    }

    /// The resource of the file at this scope, or the nearest above it: the file has no virtual machines, say,
    /// but it has their resource group.
    pub(crate) fn nearest(&self, scope: &str) -> Option<(Kind, &str)> {
        let scope = scope.to_ascii_lowercase();
        let mut path = scope.trim_end_matches('/');
        while !path.is_empty() {
            if let Some((kind, id)) = self.known.get(path) {
                return Some((*kind, id));
            }
            path = &path[..path.rfind('/')?];
        }
        Some((Kind::Tenant, self.tenant.as_deref()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes() -> Scopes {
        let mut scopes = Scopes::default();
        scopes.set_tenant("t1");
        scopes.add("/providers/Microsoft.Management/managementGroups/Prod", Kind::ManagementGroup, "mg");
        scopes.add("/subscriptions/s1", Kind::Subscription, "s1");
        scopes.add("/subscriptions/s1/resourceGroups/Web", Kind::ResourceGroup, "s1:Web");
        let account = "/subscriptions/s1/resourceGroups/Web/providers/Microsoft.Storage/storageAccounts/acct";
        scopes.add(account, Kind::StorageAccount, "acct");
        scopes
    }

    #[test]
    fn a_scope_leads_to_the_nearest_resource_of_the_file() {
        let scopes = scopes();
        let web = "/subscriptions/S1/resourcegroups/web";
        for (scope, expected) in [
            ("/".to_owned(), (Kind::Tenant, "t1")),
            (
                "/providers/microsoft.management/managementgroups/prod".to_owned(),
                (Kind::ManagementGroup, "mg"),
            ),
            ("/providers/Microsoft.Management/managementGroups/other".to_owned(), (Kind::Tenant, "t1")),
            ("/subscriptions/s1/".to_owned(), (Kind::Subscription, "s1")),
            ("/subscriptions/s2".to_owned(), (Kind::Tenant, "t1")),
            ("/subscriptions/s1/resourceGroups/gone".to_owned(), (Kind::Subscription, "s1")),
            (web.to_owned(), (Kind::ResourceGroup, "s1:Web")),
        ] {
            assert_eq!(scopes.nearest(&scope), Some(expected), "{scope}");
        }
        assert_eq!(Scopes::default().nearest("/"), None);
    }

    #[test]
    fn defect_12_an_assignment_below_a_subscription_is_not_shown_at_the_subscription() {
        let scopes = scopes();
        let web = "/subscriptions/s1/resourceGroups/Web/providers";
        let machine = format!("{web}/Microsoft.Compute/virtualMachines/vm");
        assert_eq!(scopes.nearest(&machine), Some((Kind::ResourceGroup, "s1:Web")));
        let share = format!("{web}/Microsoft.Storage/storageAccounts/acct/fileServices/default/shares/x");
        assert_eq!(scopes.nearest(&share), Some((Kind::StorageAccount, "acct")));
    }

    #[test]
    fn paths_are_the_same_in_any_case() {
        let mut scopes = scopes();
        assert!(!scopes.add("/SUBSCRIPTIONS/s1", Kind::Subscription, "s1"));
        assert_eq!(scopes.get("/Subscriptions/S1"), Some((Kind::Subscription, "s1")));
        assert_eq!(scopes.get("/subscriptions/s1/resourceGroups"), None);
    }
}
