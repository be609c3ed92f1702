//! Whether the resource group that snapshots are put into is there.

use fairlead_connector::{Finding, Remedy, encode, finding::Look};
use fairlead_onboarding::subscriptions::Probe;

use crate::settings::{Capability, Settings};

/// Path pattern.
pub(super) const PATH: &str = "/subscriptions/*/resourcegroups/*";

pub(super) const PROBE: Probe<Settings> = Probe {
    what: "the acquisition resource group",
    path: |settings| {
        let group = &settings.acquisition_resource_group;
        let is_used = !group.is_empty() && settings.has(Capability::Disks);
        is_used.then(|| format!("/resourcegroups/{}?api-version=2021-04-01", encode(group)))
    },
    judge: |settings, subscription, seen| {
        let finding = judge(settings, subscription, seen);
        finding.map(|finding| finding.about(subscription)).into_iter().collect()
    },
};

fn judge(settings: &Settings, subscription: &str, seen: Look) -> Option<Finding> {
    let group = &settings.acquisition_resource_group;
    match seen {
        Ok(seen) => {
            let sentence =
                format!("Resource group {group} is there for snapshots in subscription {subscription}.");
            Some(Finding::pass("acquisition-group.found", sentence).shown_by([seen.evidence]))
        }
        Err(unseen) if unseen.is(&["ResourceGroupNotFound"]) => {
            let sentence = format!(
                "There is no resource group {group} in subscription {subscription}, and none of Cado's roles can \
                 make one: snapshots would fail."
            );
            let remedy =
                Remedy::new("Make the resource group in the region of the disks, or correct the setting.")
                    .command(format!(
                        "az group create --name {group} --subscription {subscription} --location REGION"
                    ))
                    .needs_role("Contributor");
            Some(
                Finding::fail("acquisition-group.missing", sentence)
                    .shown_by([unseen.evidence])
                    .remedy(remedy),
            )
        }
        Err(unseen) => unseen.finding("acquisition-group.unknown"),
    }
}
