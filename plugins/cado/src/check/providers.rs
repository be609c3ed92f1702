//! Whether the resource providers of what is acquired are registered.

use fairlead_connector::{
    Finding, Page, Remedy, Text,
    finding::{Seen, Unseen},
};
use fairlead_onboarding::subscriptions::{Probe, page};
use serde::Deserialize;

use crate::settings::{Capability, Settings};

/// Path pattern.
pub(super) const PATH: &str = "/subscriptions/*/providers";

pub(super) const PROBE: Probe<Settings> = Probe {
    what: WHAT,
    path: |_| Some("/providers?api-version=2021-04-01".to_owned()),
    judge: |settings, subscription, seen| match seen {
        Ok(seen) => judge(settings, subscription, seen),
        Err(unseen) => unknown(subscription, *unseen),
    },
};

/// None of the four roles may read the providers, which is nobody's mistake; whoever has Reader or Monitoring
/// Contributor too, as the vendor's newer guide asks, may.
fn unknown(subscription: &str, unseen: Unseen) -> Vec<Finding> {
    unseen.finding("provider.unknown").map(|finding| finding.about(subscription)).into_iter().collect()
}

const WHAT: &str = "the resource providers";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provider<'a> {
    #[serde(borrow)]
    namespace: Text<'a>,
    registration_state: Option<Text<'a>>,
}

impl Provider<'_> {
    fn is(&self, namespace: &str) -> bool {
        self.namespace.eq_ignore_ascii_case(namespace)
    }

    /// One that is being registered will be there by the time it is used.
    fn is_registered(&self) -> bool {
        let state = self.registration_state.as_deref().unwrap_or_default();
        ["Registered", "Registering"].iter().any(|registered| state.eq_ignore_ascii_case(registered))
    }
}

/// The providers that what is acquired belongs to.
fn wanted(settings: &Settings) -> Vec<&'static str> {
    let compute = settings.has(Capability::Disks) || settings.has(Capability::RunCommand);
    [
        ("Microsoft.Compute", compute),
        ("Microsoft.Storage", settings.has(Capability::Storage)),
        ("Microsoft.ContainerService", settings.has(Capability::Kubernetes)),
    ]
    .into_iter()
    .filter_map(|(namespace, is_wanted)| is_wanted.then_some(namespace))
    .collect()
}

fn judge(settings: &Settings, subscription: &str, seen: Seen) -> Vec<Finding> {
    let page: Page<'_, Provider<'_>> = match page(WHAT, &seen) {
        Ok(page) => page,
        Err(unseen) => return unknown(subscription, *unseen),
    };
    let wanted = wanted(settings);
    let missing: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|namespace| page.value.iter().any(|it| it.is(namespace) && !it.is_registered()))
        .collect();
    let finding = if let Some(first) = missing.first() {
        let are = if missing.len() == 1 { "is" } else { "are" };
        let sentence = format!(
            "{} {are} not registered in subscription {subscription}: there is nothing of that kind to acquire, and \
             nothing can be made.",
            missing.join(" and ")
        );
        let remedy =
            Remedy::new("Register the resource provider, if there will be something of it to acquire.")
                .command(format!("az provider register --namespace {first} --subscription {subscription}"))
                .needs_role("Contributor");
        Finding::warn("provider.unregistered", sentence).remedy(remedy)
    } else {
        let sentence = format!(
            "The resource providers of what is acquired ({}) are registered in subscription {subscription}.",
            wanted.join(", ")
        );
        Finding::pass("provider.registered", sentence)
    };
    vec![finding.about(subscription).shown_by([seen.evidence])]
}
