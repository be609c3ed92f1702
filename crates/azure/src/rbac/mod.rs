//! What Azure roles allow: actions, less those excepted, of all roles that somebody holds.
//! Source: learn.microsoft.com/azure/role-based-access-control/role-definitions.

mod pattern;

use serde::{Deserialize, Serialize};

pub use pattern::{covers, meet};

/// One set of permissions of a role, as Azure writes it in role definitions, in the permissions of a scope, and in
/// deny assignments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entry {
    /// Patterns of control-plane actions it allows.
    pub actions: Vec<String>,
    /// Patterns it excepts from them. They take nothing away from other entries.
    pub not_actions: Vec<String>,
    /// Patterns of data-plane actions it allows.
    pub data_actions: Vec<String>,
    /// Patterns it excepts from them.
    pub not_data_actions: Vec<String>,
}

impl Entry {
    /// Whether it allows a control-plane action; of a pattern, all it matches.
    pub fn allows(&self, action: &str) -> bool {
        allows(&self.actions, &self.not_actions, action)
    }

    /// Whether it allows a data-plane action; of a pattern, all it matches.
    pub fn allows_data(&self, action: &str) -> bool {
        allows(&self.data_actions, &self.not_data_actions, action)
    }

    /// Whether it names a control-plane action or, of a pattern, anything it matches: what a deny assignment with
    /// this entry takes away.
    pub fn touches(&self, action: &str) -> bool {
        self.actions.iter().any(|pattern| meet(pattern, action))
            && !self.not_actions.iter().any(|pattern| covers(pattern, action))
    }
}

fn allows(patterns: &[String], excepted: &[String], action: &str) -> bool {
    patterns.iter().any(|pattern| covers(pattern, action))
        && !excepted.iter().any(|pattern| meet(pattern, action))
}

/// What somebody may do at a place: all entries of the roles held there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants {
    /// One or more for each role.
    pub entries: Vec<Entry>,
}

impl Grants {
    /// Whether one entry allows a control-plane action; of a pattern, all it matches.
    pub fn allows(&self, action: &str) -> bool {
        self.entries.iter().any(|entry| entry.allows(action))
    }

    /// Whether one entry allows a data-plane action; of a pattern, all it matches.
    pub fn allows_data(&self, action: &str) -> bool {
        self.entries.iter().any(|entry| entry.allows_data(action))
    }

    /// Those of the control-plane actions that no entry allows.
    pub fn lacks<'a>(&self, actions: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        actions.into_iter().filter(|action| !self.allows(action)).collect()
    }

    /// Whether whoever has these may do everything that a role's entry allows.
    pub fn contain(&self, role: &Entry) -> bool {
        let of = |pick: fn(&Entry) -> (&[String], &[String])| {
            let (wanted, excepted) = pick(role);
            wanted.iter().all(|action| {
                self.entries.iter().map(pick).any(|(allowed, but)| contains(allowed, but, action, excepted))
            })
        };
        of(|entry| (&entry.actions, &entry.not_actions))
            && of(|entry| (&entry.data_actions, &entry.not_data_actions))
    }
}

impl FromIterator<Entry> for Grants {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

/// Whether an action is allowed but for what is not wanted of it either.
fn contains(allowed: &[String], but: &[String], action: &str, unwanted: &[String]) -> bool {
    let unwanted = |excepted: &String| unwanted.iter().any(|pattern| covers(pattern, excepted));
    allowed.iter().any(|pattern| covers(pattern, action))
        && but.iter().filter(|excepted| meet(excepted, action)).all(unwanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles;

    fn holding(names: &[&str]) -> Grants {
        names.iter().map(|name| roles::by_name(name).unwrap().entry()).collect()
    }

    #[test]
    fn an_exception_holds_for_its_own_entry_only() {
        let contributor = holding(&["Contributor"]);
        assert!(contributor.allows("Microsoft.Compute/disks/delete"));
        assert!(!contributor.allows("Microsoft.Authorization/roleAssignments/write"));
        let both = holding(&["Contributor", "User Access Administrator"]);
        assert!(both.allows("microsoft.authorization/roleassignments/WRITE"));
    }

    #[test]
    fn a_wanted_pattern_is_allowed_only_if_nothing_of_it_is_excepted() {
        let contributor = holding(&["Contributor"]);
        assert!(contributor.allows("Microsoft.Storage/*"));
        // It may not share galleries.
        assert!(!contributor.allows("Microsoft.Compute/*"));
        assert!(contributor.allows("*/read"));
        assert!(!contributor.allows("Microsoft.Authorization/*"));
        assert!(!contributor.allows("*"));
    }

    #[test]
    fn reading_everything_is_no_right_to_keys_or_blobs() {
        let reader = holding(&["Reader"]);
        assert_eq!(
            reader.lacks([
                "Microsoft.Compute/disks/read",
                "Microsoft.Storage/storageAccounts/listKeys/action",
                "Microsoft.Compute/snapshots/write",
            ]),
            ["Microsoft.Storage/storageAccounts/listKeys/action", "Microsoft.Compute/snapshots/write"]
        );
        assert!(!reader.allows_data("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"));
        assert!(!holding(&["Owner"]).allows_data("Microsoft.Compute/disks/download/action"));
    }

    #[test]
    fn a_stronger_role_contains_a_weaker_one() {
        for (held, wanted, expected) in [
            ("Contributor", "Reader", true),
            ("Owner", "Contributor", true),
            ("Owner", "User Access Administrator", true),
            ("User Access Administrator", "Role Based Access Control Administrator", true),
            ("Role Based Access Control Administrator", "Reader", true),
            ("Contributor", "Disk Snapshot Contributor", true),
            ("Contributor", "Contributor", true),
            ("Contributor", "Owner", false),
            ("Reader", "Contributor", false),
            ("Disk Snapshot Contributor", "Virtual Machine Contributor", false),
            ("Owner", "Storage Blob Data Reader", false),
            ("Storage Blob Data Contributor", "Storage Blob Data Reader", true),
        ] {
            let role = roles::by_name(wanted).unwrap().entry();
            assert_eq!(holding(&[held]).contain(&role), expected, "{held} {wanted}");
        }
    }

    #[test]
    fn a_denial_of_a_part_touches_the_whole() {
        let denied = Entry {
            actions: vec!["Microsoft.Compute/*".into()],
            not_actions: vec!["Microsoft.Compute/*/read".into()],
            ..Entry::default()
        };
        assert!(denied.touches("Microsoft.Compute/snapshots/write"));
        assert!(denied.touches("*"));
        assert!(!denied.touches("Microsoft.Compute/snapshots/read"));
        assert!(!denied.touches("Microsoft.Storage/storageAccounts/write"));
    }

    #[test]
    fn azure_s_own_answer_is_read_as_it_comes() {
        let entry: Entry = serde_json::from_str(
            r#"{"actions":["*"],"notActions":["Microsoft.Authorization/*/Write"],"dataActions":[],"condition":null}"#,
        )
        .unwrap();
        assert!(entry.allows("Microsoft.Resources/deployments/write"));
        assert!(!entry.allows("Microsoft.Authorization/locks/write"));
    }
}
