//! Licences of the tenant, and mailboxes, which Exchange guards by itself.

use fairlead_model::{Api, Grant, Plan, Weight};

use super::{Case, Told as _, absent, finding, pass, unknown};
use crate::validate::{facts::Look, report::Judged};

pub(super) fn licence(
    case: &Case<'_>,
    plan: Plan,
    skipped_by: Option<&str>,
    weight: Weight,
) -> Option<Judged> {
    case.facts.token(Api::Graph)?;
    let look = case.facts.licences.get(&plan)?;
    let told = match look {
        Look::Seen(true, _) => pass("licence.present", format!("the tenant has {plan}")),
        Look::Seen(false, _) => {
            let action = without(format!("buy {plan} for the tenant"), skipped_by);
            finding("licence.missing", absent(weight), format!("the tenant has no {plan}"))
                .mended_by(case.remedies.licence(action))
        }
        Look::Lacks(permission) => {
            let sentence = format!("whether the tenant has {plan} could not be seen without {permission}");
            let told = unknown("licence.unknown", sentence).about(plan.to_string());
            let remedy = case.remedies.permission(permission, Grant::Application);
            return Some(Judged { finding: told.mended_by(remedy), lacks: Some(permission) });
        }
        Look::Refused { message: why, .. } | Look::Unanswered { why, .. } => {
            unknown("licence.unknown", format!("whether the tenant has {plan} could not be seen: {why}"))
                .mended_by(case.remedies.later())
        }
        Look::NotAsked => return None,
    };
    Some(told.about(plan.to_string()).resting_on(look.evidence()).into())
}

pub(super) fn mailbox(case: &Case<'_>, skipped_by: Option<&str>, weight: Weight) -> Option<Judged> {
    case.facts.token(Api::Graph)?;
    let look = &case.facts.mailbox;
    let told = match look {
        Look::Seen(Some(_), _) => pass("mailbox.readable", "mailbox settings can be read"),
        Look::Seen(None, _) => {
            unknown("mailbox.unknown", "no user with a mailbox in Exchange Online was found to try")
                .mended_by(
                    case.remedies
                        .plain(without("try again once users have mailboxes".to_owned(), skipped_by)),
                )
        }
        Look::Refused { message, evidence } if evidence.status == Some(403) => {
            let sentence =
                format!("Exchange denies mailbox settings although Graph's permission is there: {message}");
            let action =
                "include the application in Exchange Online's application access policy or role assignment";
            finding("mailbox.denied", absent(weight), sentence)
                .mended_by(case.remedies.plain(without(action.to_owned(), skipped_by)))
        }
        Look::Lacks(permission) => {
            let sentence =
                format!("whether mailbox settings can be read could not be seen without {permission}");
            let remedy = case.remedies.permission(permission, Grant::Application);
            let finding = unknown("mailbox.unknown", sentence).mended_by(remedy);
            return Some(Judged { finding, lacks: Some(permission) });
        }
        Look::Refused { message: why, .. } | Look::Unanswered { why, .. } => unknown(
            "mailbox.unknown",
            format!("whether mailbox settings can be read could not be seen: {why}"),
        )
        .mended_by(case.remedies.later()),
        Look::NotAsked => return None,
    };
    Some(told.resting_on(look.evidence()).into())
}

fn without(action: String, skipped_by: Option<&str>) -> String {
    match skipped_by {
        Some(setting) => format!("{action}, or set {setting} to do without"),
        None => action,
    }
}
