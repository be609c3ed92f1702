//! Who may use the app registration.

use fairlead_model::{Audience, FindingOutcome, Weight};

use super::{Case, Told as _, absent, finding, pass, unknown};
use crate::validate::{facts::Look, report::Judged};

/// Without a permission to read applications there is no way to see it; where no requirement gives that, the
/// tenant is not at fault, and nothing is said.
pub(super) fn judge(case: &Case<'_>, wanted: Audience, weight: Weight) -> Option<Judged> {
    case.facts.token(fairlead_model::Api::Graph)?;
    if wanted == Audience::Either {
        return Some(
            pass("audience.as-required", "both account types of the app registration will do").into(),
        );
    }
    let directory = &case.facts.directory;
    let application = directory.application.seen().and_then(|it| it.sign_in_audience.as_deref());
    let principal = directory.principal.seen().and_then(|it| it.sign_in_audience.as_deref());
    let Some(seen) = application.or(principal) else { return not_seen(case, &directory.application) };
    let evidence = match application {
        Some(_) => directory.application.evidence(),
        None => directory.principal.evidence(),
    };
    let multiple = seen != "AzureADMyOrg";
    let told = match (wanted, multiple) {
        (Audience::Multiple, false) => finding(
            "audience.single",
            absent(weight),
            "the app registration is for its own tenant only, and the vendor needs one for several",
        )
        .mended_by(case.remedies.audience(
            "AzureADMultipleOrgs",
            "set \"Supported account types\" to accounts in any organizational directory",
        )),
        (Audience::Single, true) => finding(
            "audience.multiple",
            FindingOutcome::Warn,
            "the app registration is open to other tenants, and the vendor needs it in this one only",
        )
        .mended_by(case.remedies.audience(
            "AzureADMyOrg",
            "set \"Supported account types\" to accounts in this organizational directory only",
        )),
        _ => pass("audience.as-required", "the app registration is for the tenants the vendor needs it for"),
    };
    Some(told.resting_on(evidence).into())
}

fn not_seen<T>(case: &Case<'_>, look: &Look<T>) -> Option<Judged> {
    let (why, lacks) = match look {
        Look::Lacks(permission) if case.would_see(permission) => {
            (format!("the application lacks {permission}"), Some(*permission))
        }
        Look::Unanswered { why, .. } | Look::Refused { message: why, .. } => (why.clone(), None),
        Look::Seen(..) => ("the directory does not say".to_owned(), None),
        Look::NotAsked | Look::Lacks(_) => return None,
    };
    let told =
        unknown("audience.unknown", format!("the app registration's audience could not be read: {why}"));
    let remedy = match lacks {
        Some(permission) => case.remedies.permission(permission, fairlead_model::Grant::Application),
        None => case.remedies.later(),
    };
    Some(Judged { finding: told.resting_on(look.evidence()).mended_by(remedy), lacks })
}
