//! Requirements, put together so that a connector's list reads like its vendor's.
//!
//! ```
//! use fairlead_connector::requirement::{application, azure_role};
//! use fairlead_connector::RoleScope;
//!
//! let requirements = [
//!     application("User.Read.All").why("Lists people."),
//!     azure_role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", RoleScope::EachSubscription)
//!         .actions(&["*/read"])
//!         .why("Lists resources."),
//! ];
//! # assert_eq!(requirements.len(), 2);
//! ```

use crate::{
    Audience, AzureRole, CredentialKind, CredentialNeed, Grant, GraphPermission, Licence, Need, Plan,
    Requirement, RoleScope, Smaller, UniqueBy, Weight,
};

/// A need whose reason is still to be given: it becomes a requirement with [`why`](Asked::why).
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Asked(Need);

impl Asked {
    /// What the connector does with it, as a sentence.
    pub fn why(self, why: &str) -> Requirement {
        Requirement { need: self.0, why: why.to_owned(), weight: Weight::Required, smaller: None }
    }
}

/// An Azure role whose reason is still to be given.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct AskedRole(AzureRole);

impl AskedRole {
    /// The actions the connector needs of the role: who may do all of them by other roles has what it takes.
    pub fn actions(mut self, actions: &[&str]) -> Self {
        self.0.actions = owned(actions);
        self
    }

    /// What the connector does with it, as a sentence.
    pub fn why(self, why: &str) -> Requirement {
        Asked(Need::AzureRole(self.0)).why(why)
    }
}

/// A Microsoft Graph permission of the application's own ("application permission").
pub fn application(name: &str) -> Asked {
    graph(name, Grant::Application)
}

/// A Microsoft Graph permission of a signed-in person ("delegated permission").
pub fn delegated(name: &str) -> Asked {
    graph(name, Grant::Delegated)
}

fn graph(name: &str, grant: Grant) -> Asked {
    Asked(Need::GraphPermission(GraphPermission { name: name.to_owned(), grant }))
}

/// A built-in Azure role by its definition id; all that it allows, unless [`AskedRole::actions`] says less.
pub fn azure_role(id: &str, name: &str, scope: RoleScope) -> AskedRole {
    AskedRole(AzureRole { role: id.to_owned(), name: name.to_owned(), scope, actions: Vec::new() })
}

/// The enterprise application is enabled for sign-in.
pub fn principal_enabled() -> Asked {
    Asked(Need::PrincipalEnabled)
}

/// Which tenants the app registration is for.
pub fn audience(audience: Audience) -> Asked {
    Asked(Need::Audience(audience))
}

/// Kinds of credentials that will do, and how many days the vendor proposes one to live.
pub fn credential(kinds: &[CredentialKind], lifetime_days: Option<u32>) -> Asked {
    Asked(Need::Credential(CredentialNeed { kinds: kinds.to_vec(), lifetime_days }))
}

/// The connection's subscriptions are visible, enabled and of its tenant.
pub fn active_subscription() -> Asked {
    Asked(Need::ActiveSubscription)
}

/// There is no second connection of this connector that is alike in this respect.
pub fn unique(by: UniqueBy) -> Asked {
    Asked(Need::Unique(by))
}

/// Nothing more is held than what is asked for and what is tolerated, by name.
pub fn no_excess(tolerated: &[&str]) -> Asked {
    Asked(Need::NoExcess(owned(tolerated)))
}

/// A licence; `skipped_by` is the setting that does without it, as "name=value".
pub fn licence(plan: Plan, skipped_by: Option<&str>) -> Asked {
    Asked(Need::Licence(Licence { plan, skipped_by: skipped_by.map(str::to_owned) }))
}

/// Mailbox settings can be read; `skipped_by` is the setting that does without them, as "name=value".
pub fn mailbox_settings(skipped_by: Option<&str>) -> Asked {
    Asked(Need::MailboxSettings(skipped_by.map(str::to_owned)))
}

impl Requirement {
    /// The vendor asks for it, and little or nothing is lost without it: its absence is a warning.
    #[must_use]
    pub fn recommended(mut self) -> Self {
        self.weight = Weight::Recommended;
        self
    }

    /// What would do instead of it, by name (nothing: none is needed at all), and why.
    #[must_use]
    pub fn smaller(mut self, instead: &[&str], why: &str) -> Self {
        self.smaller = Some(Smaller { instead: owned(instead), why: why.to_owned() });
        self
    }

    /// The name of the permission or role it asks for, if it is one.
    pub fn name(&self) -> Option<&str> {
        match &self.need {
            Need::GraphPermission(permission) => Some(&permission.name),
            Need::AzureRole(role) => Some(&role.name),
            _ => None,
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_says_what_why_how_much_and_what_would_do() {
        let requirement = application("Group.ReadWrite.All")
            .why("Adds members.")
            .recommended()
            .smaller(&["GroupMember.ReadWrite.All"], "Only members are changed.");
        assert_eq!(requirement.name(), Some("Group.ReadWrite.All"));
        assert_eq!((requirement.weight, requirement.why.as_str()), (Weight::Recommended, "Adds members."));
        assert_eq!(requirement.smaller.unwrap().instead, ["GroupMember.ReadWrite.All"]);
        assert_eq!(principal_enabled().why("It signs in.").name(), None);
    }

    #[test]
    fn a_role_asks_for_all_it_allows_unless_told_less() {
        let role =
            || azure_role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", RoleScope::EachSubscription);
        let actions = |requirement: Requirement| match requirement.need {
            Need::AzureRole(role) => role.actions,
            other => panic!("{other:?}"),
        };
        assert!(actions(role().why("Reads.")).is_empty());
        assert_eq!(actions(role().actions(&["*/read"]).why("Reads.")), ["*/read"]);
    }
}
