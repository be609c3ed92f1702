//! Permissions of Microsoft Graph: their ids, which contains which, and which make their holder an administrator.

mod closure;
mod table;
mod tier;

use std::{collections::BTreeMap, sync::LazyLock};

use uuid::Uuid;

pub use closure::satisfied_by;
pub use tier::{escalation, is_tier_0};

/// A permission of Microsoft Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its value, such as `User.Read.All`.
    pub name: &'static str,
    /// Its id as an application permission (an app role); absent: there is none, it can only be delegated.
    pub application: Option<Uuid>,
    /// Its id as a delegated permission (a scope); absent: there is none.
    pub delegated: Option<Uuid>,
    /// How much it lets one do as Microsoft rates it: 1 (least) to 5; 0: not rated.
    pub level: u8,
}

static TABLE: LazyLock<Vec<Permission>> = LazyLock::new(table::read);
static BY_NAME: LazyLock<BTreeMap<String, &'static Permission>> =
    LazyLock::new(|| TABLE.iter().map(|it| (it.name.to_ascii_lowercase(), it)).collect());
static BY_APPLICATION_ID: LazyLock<BTreeMap<Uuid, &'static Permission>> =
    LazyLock::new(|| TABLE.iter().filter_map(|it| Some((it.application?, it))).collect());
static BY_DELEGATED_ID: LazyLock<BTreeMap<Uuid, &'static Permission>> =
    LazyLock::new(|| TABLE.iter().filter_map(|it| Some((it.delegated?, it))).collect());

/// All of them, in the order of their names.
pub fn all() -> &'static [Permission] {
    &TABLE
}

/// The permission of this name, in any case.
pub fn find(name: &str) -> Option<&'static Permission> {
    BY_NAME.get(&name.to_ascii_lowercase()).copied()
}

/// The application permission (app role) with this id.
pub fn by_application_id(id: Uuid) -> Option<&'static Permission> {
    BY_APPLICATION_ID.get(&id).copied()
}

/// The delegated permission (scope) with this id.
pub fn by_delegated_id(id: Uuid) -> Option<&'static Permission> {
    BY_DELEGATED_ID.get(&id).copied()
}

/// What somebody who wrote this name may have meant: the nearest known name, if one is near at all. Of two that
/// are equally near, the first by name.
pub fn nearest(name: &str) -> Option<&'static Permission> {
    // Three slips, or one in four characters of a short name: beyond that it is another word.
    let allowed = (name.len() / 4).min(3);
    let wanted = name.to_ascii_lowercase();
    let distance = |known: &String| strsim::osa_distance(&wanted, known);
    BY_NAME
        .iter()
        .map(|(known, permission)| (distance(known), *permission))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, permission)| (*distance, permission.name))
        .map(|(_, permission)| permission)
}

#[cfg(test)]
mod tests {
    use uuid::uuid;

    use super::*;

    #[test]
    fn ids_are_those_of_microsoft_graph() {
        let read = find("application.READ.all").unwrap();
        assert_eq!(read.name, "Application.Read.All");
        assert_eq!(read.application, Some(uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30")));
        assert_eq!(read.delegated, Some(uuid!("c79f8feb-a9db-4090-85f9-90d820caa0eb")));
        assert_eq!(read.level, 3);
        assert_eq!(
            by_application_id(uuid!("06b708a9-e830-4db3-a914-8e69da51d44f")).unwrap().name,
            "AppRoleAssignment.ReadWrite.All"
        );
        assert_eq!(by_delegated_id(uuid!("e1fe6dd8-ba31-4d61-89e7-88639da4683d")).unwrap().name, "User.Read");
    }

    #[test]
    fn acting_as_the_signed_in_person_is_never_an_application_s_own_right() {
        let permission = find("Directory.AccessAsUser.All").unwrap();
        assert_eq!(permission.application, None);
        assert!(permission.delegated.is_some());
    }

    #[test]
    fn a_slip_of_the_pen_leads_to_the_permission_that_was_meant() {
        for (written, meant) in [
            ("AuditLog.Real.All", "AuditLog.Read.All"),
            ("Directory.Read.Al", "Directory.Read.All"),
            ("user.raed.all", "User.Read.All"),
            ("RoleManagment.Read.Directory", "RoleManagement.Read.Directory"),
            ("User.Read.All", "User.Read.All"),
        ] {
            assert_eq!(nearest(written).map(|it| it.name), Some(meant), "{written}");
        }
    }

    #[test]
    fn what_resembles_nothing_is_left_alone() {
        for written in
            ["", "x", "Reader", "Storage Account Contributor", "https://graph.microsoft.com/.default"]
        {
            assert_eq!(nearest(written), None, "{written}");
        }
    }
}
