//! What several connectors share of requirements and checks: Azure's built-in roles by name ([`role`]), looking
//! at each subscription of a connection ([`subscriptions`]), and what Kubernetes clusters tell of themselves
//! ([`clusters`]).

pub mod clusters;
#[cfg(feature = "page")]
pub mod page;
pub mod role;
pub mod subscriptions;

use fairlead_connector::{Api, ApiNeed, Failure, Method, Mode, Need, Requirement};

/// A delegated permission that the portal adds to every registration it makes. It is nobody's excess.
pub const ADDED_BY_THE_PORTAL: &str = "User.Read";

/// What a connector says to a sync when this version of it has none yet.
pub fn no_sync_yet(connector: &str) -> Failure {
    Failure::Settings(format!(
        "this version of the {connector} connector checks the onboarding; collecting comes with a later one"
    ))
}

/// A way of integration, for a description.
pub fn mode(name: &str, title: &str, summary: &str) -> Mode {
    Mode { name: name.to_owned(), title: title.to_owned(), summary: summary.to_owned() }
}

/// Paths that a check reads, for a description.
pub fn reads(api: Api, paths: &[&str], why: &str) -> ApiNeed {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    ApiNeed { api, methods: vec![Method::Get], paths, why: why.to_owned() }
}

/// A few names for a sentence, however many there are.
pub fn few<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 5;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len().checked_sub(MOST) {
        None | Some(0) => names.join(", "),
        Some(others) => format!("{} and {others} more", names[..MOST].join(", ")),
    }
}

/// The same requirements for a connection that only reads, where the vendor has one set for all: whoever is
/// content with reading may do with less.
pub fn less_for_reading(requirements: &mut [Requirement], instead: &[&str], why: &str) {
    for requirement in requirements {
        let is_enough = requirement.name().is_none_or(|name| instead.contains(&name));
        if !is_enough && matches!(requirement.need, Need::GraphPermission(_) | Need::AzureRole(_)) {
            *requirement = requirement.clone().smaller(instead, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use fairlead_connector::requirement::{application, principal_enabled};

    use super::*;

    #[test]
    fn a_sentence_names_a_few() {
        assert_eq!(few(["a", "b"]), "a, b");
        assert_eq!(few(["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e and 2 more");
    }

    #[test]
    fn whoever_reads_may_do_with_less_than_a_set_for_all() {
        let mut all = [
            application("User.ReadWrite.All").why("Users."),
            application("User.Read.All").why("Users."),
            principal_enabled().why("Sign-in."),
        ];
        less_for_reading(&mut all, &["User.Read.All"], "It reads.");
        let instead = |index: usize| all[index].smaller.as_ref().map(|smaller| smaller.instead.as_slice());
        assert_eq!(instead(0), Some(&["User.Read.All".to_owned()][..]));
        assert_eq!((instead(1), instead(2)), (None, None));
    }
}
