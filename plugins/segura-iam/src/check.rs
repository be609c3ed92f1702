//! Whether users are managed in this directory, or come from an on-premises one: those cannot be changed here,
//! whatever permission there is.

use fairlead_connector::{
    Api, Azure, Finding, Remedy, Request,
    finding::{Seen, Unseen, look},
};
use fairlead_onboarding::subscriptions::page;
use serde::Deserialize;

use crate::settings::{Managed, Settings};

/// Path pattern, for the description.
pub const PATH: &str = "/v1.0/organization";

const WHAT: &str = "the organisation";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    /// Null, or absent, in a directory that was never synchronised.
    on_premises_sync_enabled: Option<bool>,
}

/// Asks for the organisation, if users are managed.
pub fn directory(settings: &Settings, azure: &impl Azure) -> Option<Finding> {
    if !settings.has(Managed::Users) {
        return None;
    }
    let request = Request::get(Api::Graph, format!("{PATH}?$select=id,onPremisesSyncEnabled"));
    match look(WHAT, request, azure).and_then(|seen| judge(&seen)) {
        Ok(finding) => Some(finding),
        Err(unseen) => unseen.finding("directory.unknown"),
    }
}

fn judge(seen: &Seen) -> Result<Finding, Box<Unseen>> {
    let organizations = page::<Organization>(WHAT, seen)?.value;
    let is_synchronised = organizations.iter().any(|it| it.on_premises_sync_enabled == Some(true));
    let finding = if is_synchronised {
        let sentence = "The directory is synchronised from an on-premises Active Directory: users and groups that come \
                        from there cannot be changed here.";
        let remedy = Remedy::new(
            "Manage those users in Active Directory, and in Cloud IAM only those made in Entra ID.",
        );
        Finding::warn("directory.synchronised", sentence).remedy(remedy)
    } else {
        Finding::pass("directory.own", "Users are managed in this directory and not in an on-premises one.")
    };
    Ok(finding.shown_by([seen.evidence.clone()]))
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{FindingOutcome, testing::Canned};

    use super::*;

    const ASKED: &str = "/v1.0/organization?$select=id,onPremisesSyncEnabled";

    fn found(azure: &Canned) -> (String, FindingOutcome) {
        let finding = directory(&Settings::default(), azure).unwrap();
        (finding.id, finding.outcome)
    }

    #[test]
    fn a_synchronised_directory_is_warned_of() {
        for (value, id, outcome) in [
            ("true", "directory.synchronised", FindingOutcome::Warn),
            ("false", "directory.own", FindingOutcome::Pass),
            ("null", "directory.own", FindingOutcome::Pass),
        ] {
            let body = format!(r#"{{"value":[{{"id":"1","onPremisesSyncEnabled":{value}}}]}}"#);
            assert_eq!(found(&Canned::new().ok(ASKED, body)), (id.to_owned(), outcome));
        }
    }

    #[test]
    fn what_cannot_be_looked_at_is_unknown_and_what_need_not_be_is_not_asked() {
        let throttled = Canned::new().error(ASKED, 429, "TooManyRequests", "Later.");
        assert_eq!(found(&throttled), ("directory.unknown".into(), FindingOutcome::Unknown));
        let denied = Canned::new().error(ASKED, 403, "Authorization_RequestDenied", "No.");
        assert_eq!(directory(&Settings::default(), &denied), None, "the requirement says so");
        let azure = Canned::new();
        let accounts = Settings { iam_permissions: [Managed::Accounts].into() };
        assert_eq!(directory(&accounts, &azure), None);
        assert!(azure.asked().is_empty());
    }
}
