//! What would stop an acquisition although every role is there: a provider that is not registered, accounts that
//! take no keys or shut others out, clusters that give no credential, a resource group that is not there.
//!
//! At most four requests a subscription, all side by side; each capability brings its own.

mod accounts;
mod group;
mod kubernetes;
mod providers;

use fairlead_connector::{Azure, Context, Finding};
use fairlead_onboarding::{
    clusters,
    subscriptions::{self, Probe, check_each},
};

use crate::settings::Settings;

/// Path patterns of all looks, for the description.
pub const PATHS: [&str; 5] =
    [subscriptions::PATH, providers::PATH, group::PATH, accounts::PATH, clusters::PATH];

const PROBES: [Probe<Settings>; 4] = [providers::PROBE, group::PROBE, accounts::PROBE, kubernetes::PROBE];

/// Looks at each subscription.
pub fn check(context: &Context<Settings>, azure: &impl Azure) -> Vec<Finding> {
    check_each(context, &PROBES, azure)
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{Connection, FindingOutcome, testing::Canned};

    use super::*;

    const SUBSCRIPTION: &str = "/subscriptions/s1";

    fn path(of: &Probe<Settings>, settings: &Settings) -> String {
        format!("{SUBSCRIPTION}{}", (of.path)(settings).unwrap())
    }

    /// A subscription in which nothing is wrong.
    fn sound() -> Canned {
        let settings = Settings::default();
        Canned::new()
            .ok(
                &path(&providers::PROBE, &settings),
                r#"{"value":[
                    {"namespace":"Microsoft.Compute","registrationState":"Registered"},
                    {"namespace":"microsoft.storage","registrationState":"Registered"},
                    {"namespace":"Microsoft.ContainerService","registrationState":"Registering"}]}"#,
            )
            .ok(
                &path(&accounts::PROBE, &settings),
                r#"{"value":[{"name":"logs","properties":{"allowSharedKeyAccess":true,
                    "networkAcls":{"defaultAction":"Allow"}}},{"name":"old","properties":{}}]}"#,
            )
            .ok(&path(&kubernetes::PROBE, &settings), r#"{"value":[{"name":"web","properties":{}}]}"#)
    }

    fn checked(settings: &str, azure: &Canned) -> Vec<Finding> {
        let connection = Connection {
            name: "contoso".into(),
            tenant_id: "t".into(),
            mode: "read-write".into(),
            settings: settings.into(),
            subscriptions: vec!["s1".into()],
            management_group: None,
            entra_portal: String::new(),
        };
        check(&Context::new(connection).unwrap(), azure)
    }

    fn outcomes(findings: &[Finding]) -> Vec<(&str, FindingOutcome)> {
        findings.iter().map(|finding| (finding.id.as_str(), finding.outcome)).collect()
    }

    #[test]
    fn a_sound_subscription_passes_with_three_requests() {
        let azure = sound();
        let findings = checked("{}", &azure);
        assert_eq!(azure.asked().len(), 3);
        assert_eq!(
            outcomes(&findings),
            [
                ("provider.registered", FindingOutcome::Pass),
                ("storage.takes-keys", FindingOutcome::Pass),
                ("kubernetes.reachable", FindingOutcome::Pass),
            ]
        );
        assert!(findings.iter().all(|finding| finding.evidence.len() == 1 && finding.subject == "s1"));
    }

    #[test]
    fn only_what_is_acquired_is_looked_at() {
        let azure = sound();
        let findings = checked(r#"{"capabilities":["storage"]}"#, &azure);
        assert_eq!(azure.asked().len(), 2);
        assert_eq!(findings.len(), 2);
    }

    #[test]
    fn a_provider_that_is_not_registered_is_named() {
        let settings = Settings::default();
        let azure = sound().ok(
            &path(&providers::PROBE, &settings),
            r#"{"value":[{"namespace":"Microsoft.Compute","registrationState":"Registered"},
                {"namespace":"Microsoft.Storage","registrationState":"Registered"},
                {"namespace":"Microsoft.ContainerService","registrationState":"NotRegistered"}]}"#,
        );
        let findings = checked("{}", &azure);
        assert_eq!(outcomes(&findings)[0], ("provider.unregistered", FindingOutcome::Warn));
        assert!(findings[0].sentence.starts_with("Microsoft.ContainerService is not registered"));
    }

    /// A role is missing, and the requirement for it says so.
    #[test]
    fn what_may_not_be_looked_at_is_not_told_a_second_time() {
        let settings = Settings::default();
        let mut azure = Canned::new();
        for probe in [&providers::PROBE, &accounts::PROBE, &kubernetes::PROBE] {
            azure = azure.error(&path(probe, &settings), 403, "AuthorizationFailed", "No.");
        }
        assert_eq!(checked("{}", &azure), []);
        assert_eq!(azure.asked().len(), 3);
    }

    #[test]
    fn what_could_not_be_looked_at_is_unknown() {
        let settings = Settings::default();
        let mut azure = Canned::new();
        for probe in [&providers::PROBE, &accounts::PROBE, &kubernetes::PROBE] {
            azure = azure.error(&path(probe, &settings), 429, "TooManyRequests", "Later.");
        }
        let unknown = |id| (id, FindingOutcome::Unknown);
        assert_eq!(
            outcomes(&checked("{}", &azure)),
            ["provider.unknown", "storage.unknown", "kubernetes.unknown"].map(unknown)
        );
    }

    #[test]
    fn accounts_without_keys_and_closed_ones_are_warned_of_by_name() {
        let settings = Settings::default();
        let azure = sound().ok(
            &path(&accounts::PROBE, &settings),
            r#"{"value":[{"name":"keyless","properties":{"allowSharedKeyAccess":false}},
                {"name":"walled","properties":{"networkAcls":{"defaultAction":"Deny"}}},
                {"name":"private","properties":{"publicNetworkAccess":"Disabled"}},{"name":"open"}]}"#,
        );
        let findings = checked(r#"{"capabilities":["storage"]}"#, &azure);
        assert_eq!(
            outcomes(&findings)[1..],
            [("storage.keys-off", FindingOutcome::Warn), ("storage.closed", FindingOutcome::Warn)]
        );
        assert!(findings[1].sentence.contains("(keyless)"), "{}", findings[1].sentence);
        assert!(findings[2].sentence.contains("(walled, private)"), "{}", findings[2].sentence);
    }

    #[test]
    fn clusters_that_give_no_credential_or_are_private_say_what_else_is_needed() {
        let settings = Settings::default();
        let azure = sound().ok(
            &path(&kubernetes::PROBE, &settings),
            r#"{"value":[{"name":"strict","properties":{"disableLocalAccounts":true}},
                {"name":"inner","properties":{"apiServerAccessProfile":{"enablePrivateCluster":true}}}]}"#,
        );
        let findings = checked(r#"{"capabilities":["kubernetes"]}"#, &azure);
        assert_eq!(
            outcomes(&findings)[1..],
            [
                ("kubernetes.local-accounts-off", FindingOutcome::Warn),
                ("kubernetes.private", FindingOutcome::Warn)
            ]
        );
        let action = |index: usize| findings[index].remedy.as_ref().unwrap().action.clone();
        assert!(action(1).contains("Azure Kubernetes Service RBAC Cluster Admin"));
        assert!(action(2).contains("Reader"));
    }

    #[test]
    fn the_acquisition_group_has_to_be_there_since_no_role_can_make_it() {
        let settings = r#"{"capabilities":["disks"],"acquisition-resource-group":"evidence"}"#;
        let given: Settings = serde_json::from_str(settings).unwrap();
        let group = path(&group::PROBE, &given);
        let found = checked(settings, &sound().ok(&group, r#"{"name":"evidence"}"#));
        assert_eq!(outcomes(&found)[1], ("acquisition-group.found", FindingOutcome::Pass));
        let missing = checked(settings, &sound().error(&group, 404, "ResourceGroupNotFound", "Not there."));
        assert_eq!(outcomes(&missing)[1], ("acquisition-group.missing", FindingOutcome::Fail));
        let command = missing[1].remedy.as_ref().unwrap().command.as_deref().unwrap();
        assert!(command.starts_with("az group create --name evidence --subscription s1"), "{command}");
        let odd = checked(settings, &sound().error(&group, 500, "InternalServerError", "Odd."));
        assert_eq!(outcomes(&odd)[1], ("acquisition-group.unknown", FindingOutcome::Unknown));
    }

    #[test]
    fn an_answer_that_is_not_understood_is_unknown_and_costs_nothing_else() {
        let settings = Settings::default();
        let azure = sound().ok(&path(&accounts::PROBE, &settings), "<html>");
        let findings = checked("{}", &azure);
        assert_eq!(outcomes(&findings)[1], ("storage.unknown", FindingOutcome::Unknown));
        assert_eq!(outcomes(&findings)[2], ("kubernetes.reachable", FindingOutcome::Pass));
    }
}
