//! What keeps the inside of Kubernetes clusters out of a diagram although the role is there. The role only gives a
//! credential: whether it opens anything is the cluster's to decide.

use fairlead_connector::{
    Azure, Context, Finding, Remedy,
    finding::{Seen, Unseen},
};
use fairlead_onboarding::{
    clusters::{self, Cluster},
    few,
    subscriptions::{self, Probe, check_each},
};

use crate::settings::Settings;

/// Path patterns of all looks, for the description.
pub const PATHS: [&str; 2] = [subscriptions::PATH, clusters::PATH];

const PROBE: Probe<Settings> = Probe {
    what: clusters::WHAT,
    path: |settings| settings.scan_kubernetes.then(|| clusters::LIST.to_owned()),
    judge: |_, subscription, seen| {
        let findings = seen.and_then(|seen| judge(subscription, &seen));
        let findings =
            findings.unwrap_or_else(|unseen| unseen.finding("kubernetes.unknown").into_iter().collect());
        findings.into_iter().map(|finding| finding.about(subscription)).collect()
    },
};

/// Looks at each subscription, if clusters are scanned at all: one request each.
pub fn check(context: &Context<Settings>, azure: &impl Azure) -> Vec<Finding> {
    check_each(context, &[PROBE], azure)
}

/// What keeps a scan out, with what to do about it.
struct Obstacle {
    id: &'static str,
    is_met: fn(&Cluster) -> bool,
    /// What follows "Kubernetes clusters of subscription X ".
    what: &'static str,
    remedy: &'static str,
    needs_role: &'static str,
}

/// A private cluster is shut whoever asks, so what it asks for beside that does not matter.
const OBSTACLES: [Obstacle; 4] = [
    Obstacle {
        id: "kubernetes.private",
        is_met: |cluster| cluster.is_private,
        what: "are private: Cloudcraft cannot reach their API servers, and draws them without their inside",
        remedy: "Leave them out of cluster scanning, or give their API servers a public address with a list of those \
                 who may use it.",
        needs_role: "Azure Kubernetes Service Contributor Role",
    },
    Obstacle {
        id: "kubernetes.azure-roles",
        is_met: |cluster| !cluster.is_private && cluster.azure_roles_decide,
        what: "leave to Azure roles who may read inside: the credential alone opens nothing",
        remedy: "Assign the application the role Azure Kubernetes Service RBAC Reader at these clusters too, if it \
                 does not have it there.",
        needs_role: "User Access Administrator",
    },
    Obstacle {
        id: "kubernetes.own-bindings",
        is_met: |cluster| !cluster.is_private && cluster.own_bindings_decide,
        what: "know Entra's principals and have bindings of their own: the credential alone opens nothing",
        remedy: "Bind the cluster role \"view\" to the object id of the enterprise application inside these clusters.",
        needs_role: "Azure Kubernetes Service Cluster Admin Role",
    },
    Obstacle {
        id: "kubernetes.stopped",
        is_met: |cluster| cluster.is_stopped,
        what: "are stopped: there is nothing inside to draw until they are started",
        remedy: "Start them before a scan, if their inside is to be drawn.",
        needs_role: "Azure Kubernetes Service Contributor Role",
    },
];

fn judge(subscription: &str, seen: &Seen) -> Result<Vec<Finding>, Box<Unseen>> {
    let clusters = clusters::read(seen)?;
    let met = OBSTACLES.iter().filter_map(|obstacle| obstacle.finding(subscription, &clusters));
    let mut findings: Vec<Finding> = met.collect();
    if findings.is_empty() {
        let sentence = match clusters.len() {
            0 => format!("Subscription {subscription} has no Kubernetes cluster."),
            count => {
                format!("The {count} Kubernetes clusters of subscription {subscription} can be scanned.")
            }
        };
        findings.push(Finding::pass("kubernetes.reachable", sentence));
    }
    Ok(findings.into_iter().map(|finding| finding.shown_by([seen.evidence.clone()])).collect())
}

impl Obstacle {
    fn finding(&self, subscription: &str, clusters: &[Cluster]) -> Option<Finding> {
        let names: Vec<&str> =
            clusters.iter().filter(|cluster| (self.is_met)(cluster)).map(|it| it.name.as_str()).collect();
        if names.is_empty() {
            return None;
        }
        let sentence =
            format!("Kubernetes clusters of subscription {subscription} ({}) {}.", few(names), self.what);
        Some(Finding::warn(self.id, sentence).remedy(Remedy::new(self.remedy).needs_role(self.needs_role)))
    }
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{Connection, FindingOutcome, testing::Canned};

    use super::*;

    fn checked(settings: &str, azure: &Canned) -> Vec<Finding> {
        let connection = Connection {
            name: "contoso".into(),
            tenant_id: "t".into(),
            mode: "read".into(),
            settings: settings.into(),
            subscriptions: vec!["s1".into()],
            management_group: None,
            entra_portal: String::new(),
        };
        check(&Context::new(connection).unwrap(), azure)
    }

    fn scanned(clusters: &str) -> Vec<Finding> {
        let list = format!("/subscriptions/s1{}", clusters::LIST);
        checked(
            r#"{"scan-kubernetes":true}"#,
            &Canned::new().ok(&list, format!(r#"{{"value":[{clusters}]}}"#)),
        )
    }

    #[test]
    fn without_cluster_scanning_nothing_is_asked() {
        let azure = Canned::new();
        assert!(checked("{}", &azure).is_empty());
        assert!(azure.asked().is_empty());
    }

    #[test]
    fn open_clusters_pass_and_so_does_having_none() {
        for clusters in ["", r#"{"name":"web","properties":{}}"#] {
            let findings = scanned(clusters);
            let [passed] = findings.as_slice() else { panic!("{findings:?}") };
            assert_eq!((passed.id.as_str(), passed.outcome), ("kubernetes.reachable", FindingOutcome::Pass));
        }
    }

    #[test]
    fn each_obstacle_is_named_with_the_clusters_that_have_it() {
        let private = r#""apiServerAccessProfile":{"enablePrivateCluster":true}"#;
        let azure_roles = r#""aadProfile":{"managed":true,"enableAzureRBAC":true}"#;
        for (properties, id) in [
            (private.to_owned(), "kubernetes.private"),
            (format!("{private},{azure_roles}"), "kubernetes.private"),
            (azure_roles.to_owned(), "kubernetes.azure-roles"),
            (r#""aadProfile":{"managed":true}"#.to_owned(), "kubernetes.own-bindings"),
            (r#""powerState":{"code":"Stopped"}"#.to_owned(), "kubernetes.stopped"),
        ] {
            let findings =
                scanned(&format!(r#"{{"name":"web","properties":{{{properties}}}}},{{"name":"open"}}"#));
            let [warned] = findings.as_slice() else { panic!("{findings:?}") };
            assert_eq!((warned.id.as_str(), warned.outcome), (id, FindingOutcome::Warn));
            assert!(warned.sentence.contains("(web)"), "{}", warned.sentence);
            assert!(warned.remedy.is_some());
        }
    }

    #[test]
    fn clusters_that_cannot_be_listed_are_unknown() {
        let list = format!("/subscriptions/s1{}", clusters::LIST);
        let azure = Canned::new().error(&list, 429, "TooManyRequests", "Later.");
        let findings = checked(r#"{"scan-kubernetes":true}"#, &azure);
        assert_eq!(
            (findings[0].id.as_str(), findings[0].outcome),
            ("kubernetes.unknown", FindingOutcome::Unknown)
        );
    }
}
