//! Whether last sign-ins can be told. Without a licence for that, nobody may be called inactive.

use fairlead_connector::{Api, Azure, Finding, Remedy, Request, finding::look};

/// Path pattern, for the description.
pub const PATH: &str = "/v1.0/auditLogs/signIns";

/// Asks for one sign-in.
pub fn sign_ins(azure: &impl Azure) -> Option<Finding> {
    let request = Request::get(Api::Graph, format!("{PATH}?$top=1"));
    match look("the sign-in log", request, azure) {
        Ok(seen) => {
            let sentence = "The sign-in log can be read: last sign-ins can be told.";
            Some(Finding::pass("sign-ins.readable", sentence).shown_by([seen.evidence]))
        }
        Err(unseen) if unseen.is_about_licence() => {
            let sentence = "The tenant has no Entra ID P1, without which there is no sign-in log to read: the last \
                            sign-in of every identity stays unknown, and none is reported as inactive.";
            let remedy =
                Remedy::new("Get Entra ID P1 for the tenant, or do without findings on inactive identities.")
                    .needs_role("Billing Administrator");
            Some(Finding::warn("sign-ins.unlicensed", sentence).shown_by([unseen.evidence]).remedy(remedy))
        }
        Err(unseen) => unseen.finding("sign-ins.unknown"),
    }
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{FindingOutcome, testing::Canned};

    use super::*;

    const ASKED: &str = "/v1.0/auditLogs/signIns?$top=1";

    fn found(azure: &Canned) -> Option<(String, FindingOutcome)> {
        let finding = sign_ins(azure);
        assert_eq!(azure.asked().len(), 1);
        finding.map(|finding| (finding.id, finding.outcome))
    }

    #[test]
    fn a_log_that_can_be_read_passes_even_when_it_is_empty() {
        let azure = Canned::new().ok(ASKED, r#"{"value":[]}"#);
        assert_eq!(found(&azure), Some(("sign-ins.readable".into(), FindingOutcome::Pass)));
    }

    #[test]
    fn a_missing_licence_is_told_from_a_missing_permission() {
        let code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
        let unlicensed = Canned::new().error(ASKED, 403, code, "Neither tenant is B2C nor premium.");
        assert_eq!(found(&unlicensed), Some(("sign-ins.unlicensed".into(), FindingOutcome::Warn)));
        let denied = Canned::new().error(ASKED, 403, "Authentication_MSGraphPermissionMissing", "No.");
        assert_eq!(found(&denied), None, "the requirement says that the permission is missing");
        let throttled = Canned::new().error(ASKED, 429, "TooManyRequests", "Later.");
        assert_eq!(found(&throttled), Some(("sign-ins.unknown".into(), FindingOutcome::Unknown)));
    }
}
