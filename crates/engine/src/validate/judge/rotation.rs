//! May the application change its own secrets? The permission for it is judged like any other; it is for the
//! registrations that the application owns.

use fairlead_model::Weight;

use super::{Case, Told as _, pass, unknown};
use crate::validate::{facts::Look, report::Judged};

pub(super) fn owns_itself(case: &Case<'_>, weight: Weight) -> Option<Judged> {
    let principal = case.facts.principal_id()?;
    let owners = &case.facts.directory.owners;
    let remedy = || case.remedies.own(principal);
    let why = match owners {
        Look::NotAsked => return None,
        Look::Seen(ids, _) if ids.contains(&principal) => {
            let told = pass("rotation.owned", "the application is an owner of itself");
            return Some(told.resting_on(owners.evidence()).into());
        }
        Look::Seen(..) => {
            let sentence = "the application is not an owner of itself, so it cannot rotate its client secret: its end \
                            is told in time, but nothing replaces it";
            let told = case.missing("rotation.not-owned", weight, sentence);
            return Some(told.resting_on(owners.evidence()).mended_by(remedy()).into());
        }
        Look::Lacks(permission) => {
            let sentence =
                format!("whether the application is an owner of itself cannot be seen without {permission}");
            let finding = unknown("rotation.unknown", sentence).mended_by(remedy());
            return Some(Judged { finding, lacks: Some(permission) });
        }
        Look::Refused { message: why, .. } | Look::Unanswered { why, .. } => why,
    };
    let sentence = format!("whether the application is an owner of itself could not be seen: {why}");
    Some(unknown("rotation.unknown", sentence).resting_on(owners.evidence()).mended_by(remedy()).into())
}
