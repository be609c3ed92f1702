//! Whether blobs can be read with the keys of storage accounts: no role of Cado's reads them without.

use fairlead_connector::{
    Finding, Page, Remedy, Text,
    finding::{Seen, Unseen},
};
use fairlead_onboarding::{
    few,
    subscriptions::{Probe, page},
};
use serde::Deserialize;

use crate::settings::{Capability, Settings};

/// Path pattern.
pub(super) const PATH: &str = "/subscriptions/*/providers/Microsoft.Storage/storageAccounts";

pub(super) const PROBE: Probe<Settings> = Probe {
    what: WHAT,
    path: |settings| {
        let list = "/providers/Microsoft.Storage/storageAccounts?api-version=2024-01-01";
        settings.has(Capability::Storage).then(|| list.to_owned())
    },
    judge: |_, subscription, seen| {
        let findings = seen.and_then(|seen| judge(subscription, &seen));
        let findings = findings.unwrap_or_else(|unseen| unseen_findings(subscription, *unseen));
        findings.into_iter().map(|finding| finding.about(subscription)).collect()
    },
};

const WHAT: &str = "the storage accounts";

#[derive(Deserialize)]
struct Account<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(default)]
    properties: Properties<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties<'a> {
    /// Absent on accounts older than the property, which take keys.
    allow_shared_key_access: Option<bool>,
    #[serde(borrow)]
    public_network_access: Option<Text<'a>>,
    network_acls: Option<NetworkAcls<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NetworkAcls<'a> {
    #[serde(borrow)]
    default_action: Option<Text<'a>>,
}

impl Account<'_> {
    fn takes_keys(&self) -> bool {
        self.properties.allow_shared_key_access != Some(false)
    }

    /// Whether it lets others in than those it lists, or than its own networks.
    fn is_open(&self) -> bool {
        let Properties { public_network_access, network_acls, .. } = &self.properties;
        let is = |text: &Option<Text<'_>>, word: &str| {
            text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        let denies = |acls: &NetworkAcls<'_>| is(&acls.default_action, "Deny");
        !is(public_network_access, "Disabled") && !network_acls.as_ref().is_some_and(denies)
    }
}

fn judge(subscription: &str, seen: &Seen) -> Result<Vec<Finding>, Box<Unseen>> {
    let accounts = page::<Account<'_>>(WHAT, seen)?;
    let names = |which: fn(&Account<'_>) -> bool| {
        let those: Vec<&str> = accounts.value.iter().filter(|it| which(it)).map(|it| &*it.name).collect();
        (those.len(), few(those))
    };
    let mut findings = Vec::new();
    let (count, keyless) = names(|account| !account.takes_keys());
    if count > 0 {
        findings.push(keys_off(subscription, count, &keyless));
    }
    let (count, closed) = names(|account| !account.is_open());
    if count > 0 {
        findings.push(shut(subscription, count, &closed));
    }
    if findings.is_empty() {
        findings.push(Finding::pass("storage.takes-keys", all_sound(subscription, &accounts)));
    }
    Ok(findings.into_iter().map(|finding| finding.shown_by([seen.evidence.clone()])).collect())
}

fn all_sound(subscription: &str, accounts: &Page<'_, Account<'_>>) -> String {
    let more = if accounts.next().is_some() { "first " } else { "" };
    match accounts.value.len() {
        0 => format!("Subscription {subscription} has no storage account."),
        count => format!(
            "The {more}{count} storage accounts of subscription {subscription} can be read with their keys."
        ),
    }
}

fn keys_off(subscription: &str, count: usize, names: &str) -> Finding {
    let sentence = format!(
        "{count} storage accounts of subscription {subscription} take no keys ({names}): their blobs cannot be read, \
         because none of Cado's roles reads blobs without a key."
    );
    let remedy = Remedy::new(
        "Assign the application the role Storage Blob Data Reader at these accounts, or allow access by key there \
         while evidence is acquired.",
    )
    .needs_role("User Access Administrator");
    Finding::warn("storage.keys-off", sentence).remedy(remedy)
}

fn shut(subscription: &str, count: usize, names: &str) -> Finding {
    let sentence = format!(
        "{count} storage accounts of subscription {subscription} are closed to other networks ({names}): Cado reads \
         their blobs only from an address that they let in."
    );
    let remedy =
        Remedy::new("Let the Cado platform's addresses in under the account's networking, before acquiring.")
            .needs_role("Storage Account Contributor");
    Finding::warn("storage.closed", sentence).remedy(remedy)
}

/// A subscription that never used storage has no accounts; the look at the providers says so.
fn unseen_findings(subscription: &str, unseen: Unseen) -> Vec<Finding> {
    if unseen.is(&["MissingSubscriptionRegistration"]) {
        let sentence = format!("Subscription {subscription} has never used storage: there are no accounts.");
        return vec![Finding::pass("storage.takes-keys", sentence).shown_by([unseen.evidence])];
    }
    unseen.finding("storage.unknown").into_iter().collect()
}
