//! Whether the containers of Kubernetes clusters can be entered with the administrator's credential.

use fairlead_connector::{
    Finding, Remedy,
    finding::{Seen, Unseen},
};
use fairlead_onboarding::{
    clusters::{self, Cluster},
    few,
    subscriptions::Probe,
};

use crate::settings::{Capability, Settings};

pub(super) const PROBE: Probe<Settings> = Probe {
    what: clusters::WHAT,
    path: |settings| settings.has(Capability::Kubernetes).then(|| clusters::LIST.to_owned()),
    judge: |_, subscription, seen| {
        let findings = seen.and_then(|seen| judge(subscription, &seen));
        let findings =
            findings.unwrap_or_else(|unseen| unseen.finding("kubernetes.unknown").into_iter().collect());
        findings.into_iter().map(|finding| finding.about(subscription)).collect()
    },
};

fn judge(subscription: &str, seen: &Seen) -> Result<Vec<Finding>, Box<Unseen>> {
    let clusters = clusters::read(seen)?;
    let names = |which: fn(&Cluster) -> bool| {
        let those: Vec<&str> = clusters.iter().filter(|it| which(it)).map(|it| it.name.as_str()).collect();
        (!those.is_empty()).then(|| few(those))
    };
    let no_credential =
        names(|cluster| cluster.local_accounts_off).map(|names| no_credential(subscription, &names));
    let private = names(|cluster| cluster.is_private).map(|names| private(subscription, &names));
    let mut findings: Vec<Finding> = no_credential.into_iter().chain(private).collect();
    if findings.is_empty() {
        let sentence = match clusters.len() {
            0 => format!("Subscription {subscription} has no Kubernetes cluster."),
            count => {
                format!("The {count} Kubernetes clusters of subscription {subscription} can be entered.")
            }
        };
        findings.push(Finding::pass("kubernetes.reachable", sentence));
    }
    Ok(findings.into_iter().map(|finding| finding.shown_by([seen.evidence.clone()])).collect())
}

/// The administrator's credential is a local account's.
fn no_credential(subscription: &str, names: &str) -> Finding {
    let sentence = format!(
        "Kubernetes clusters of subscription {subscription} have no local accounts ({names}): the administrator's \
         credential, which Cado enters containers with, is refused there."
    );
    let remedy = Remedy::new(
        "Assign the application the role Azure Kubernetes Service RBAC Cluster Admin at these clusters; Cado then \
         enters them by running commands through Azure.",
    )
    .needs_role("User Access Administrator");
    Finding::warn("kubernetes.local-accounts-off", sentence).remedy(remedy)
}

/// The role may start a command in a private cluster, and not read what came of it (`commandResults/read`).
fn private(subscription: &str, names: &str) -> Finding {
    let sentence = format!(
        "Kubernetes clusters of subscription {subscription} are private ({names}): Cado runs its commands there \
         through Azure, and its role may not read what came of them."
    );
    let remedy = Remedy::new("Assign the application the role Reader at these clusters too.")
        .needs_role("User Access Administrator");
    Finding::warn("kubernetes.private", sentence).remedy(remedy)
}
