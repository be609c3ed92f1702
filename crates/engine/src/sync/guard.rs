//! The shrink guard: a collection that has lost most of a tenant is held back until somebody says that it is right.
//!
//! What a connector's product takes for gone it takes away: accesses, findings, a map. A tenant rarely shrinks so,
//! and an answer of Azure that leaves things out without saying so looks the same.

use std::{collections::BTreeMap, fmt};

use fairlead_model::{Coverage, RunRecord};
use fairlead_store::{State, StoreError};
use serde::{Deserialize, Serialize};

use crate::EngineError;

/// Fewer records than this may go unasked, of a kind or of all: small tenants change by leaps.
const SOME: u64 = 50;

/// Kinds that are named when it is told what shrank.
const NAMED: usize = 4;

/// The part of what the latest complete run has below which a collection is held; 0: nothing is ever held.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct HoldBelow(f64);

impl Default for HoldBelow {
    fn default() -> Self {
        Self(0.5)
    }
}

impl TryFrom<f64> for HoldBelow {
    type Error = String;

    fn try_from(part: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&part) {
            Ok(Self(part))
        } else {
            Err(format!("{part} is no part of anything: write a number from 0 (hold nothing) to 1"))
        }
    }
}

impl From<HoldBelow> for f64 {
    fn from(HoldBelow(part): HoldBelow) -> Self {
        part
    }
}

/// Compares a run that has collected everything with the connection's latest complete one.
///
/// # Errors
/// `Held`, or what the store says.
pub(super) async fn check(
    state: &State,
    record: &RunRecord,
    hold_below: HoldBelow,
) -> Result<(), EngineError> {
    if record.smaller_accepted || hold_below.0 <= 0.0 {
        return Ok(());
    }
    let Some(before) = latest(state, record).await? else { return Ok(()) };
    match shrunk(&before, record, hold_below) {
        None => Ok(()),
        Some(shrunk) => {
            Err(EngineError::Held { connection: record.connection.clone(), shrunk: shrunk.to_string() })
        }
    }
}

/// The latest complete run's record. One that cannot be read compares to nothing, and is replaced by publishing.
async fn latest(state: &State, record: &RunRecord) -> Result<Option<RunRecord>, EngineError> {
    let Some(run) = state.latest(&record.connection).await? else { return Ok(None) };
    match state.run(Some(&record.connection), run).await {
        Err(error @ (StoreError::DamagedRecord { .. } | StoreError::Newer { .. })) => {
            tracing::warn!(%error, "there is nothing to compare the collection with");
            Ok(None)
        }
        read => Ok(read?),
    }
}

/// What became of which kinds.
struct Shrunk<'a> {
    before: &'a RunRecord,
    total: (u64, u64),
    /// Largest loss first.
    kinds: Vec<(&'a str, u64, u64)>,
    /// Whether something else was collected, or in another way.
    other_inputs: bool,
}

fn shrunk<'a>(before: &'a RunRecord, now: &'a RunRecord, HoldBelow(part): HoldBelow) -> Option<Shrunk<'a>> {
    let counted = |record: &RunRecord| -> u64 {
        let left_out = |kind: &String| coverage(now, kind) == Coverage::Skipped;
        record.items.iter().filter(|(kind, _)| !left_out(kind)).map(|(_, count)| count).sum()
    };
    let total = (counted(before), counted(now));
    let mut kinds: Vec<_> = losses(&before.items, &now.items).collect();
    // Of links only that all are gone is told: how many there are says little of a tenant.
    kinds.extend(losses(&before.links, &now.links).filter(|(_, _, left)| *left == 0));
    kinds.sort_by_key(|(_, had, left)| std::cmp::Reverse(had - left));
    let has_vanished = |(kind, had, left): &(&str, u64, u64)| {
        *left == 0 && *had >= SOME && coverage(now, kind) == Coverage::Complete
    };
    #[expect(clippy::cast_precision_loss, reason = "a tenant has far fewer than 2^52 items")]
    let most_is_gone = total.0.saturating_sub(total.1) > SOME && (total.1 as f64) < total.0 as f64 * part;
    let is_held = most_is_gone || kinds.iter().any(has_vanished);
    is_held.then(|| Shrunk { before, total, kinds, other_inputs: before.inputs != now.inputs })
}

/// The kinds with less than before: what there was, and what is left.
fn losses<'a>(
    before: &'a BTreeMap<String, u64>,
    now: &'a BTreeMap<String, u64>,
) -> impl Iterator<Item = (&'a str, u64, u64)> {
    before.iter().filter_map(|(kind, had)| {
        let left = now.get(kind).copied().unwrap_or(0);
        (left < *had).then_some((kind.as_str(), *had, left))
    })
}

/// How much was seen of a kind: the worst of its scopes decides, and without a word it is all there is.
fn coverage(record: &RunRecord, kind: &str) -> Coverage {
    let notes = record.coverage.iter().filter(|note| note.kind == kind);
    notes.map(|note| note.coverage).max().unwrap_or(Coverage::Complete)
}

impl fmt::Display for Shrunk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} items became {}", self.total.0, self.total.1)?;
        for (index, (kind, had, left)) in self.kinds.iter().take(NAMED).enumerate() {
            write!(f, "{}{kind} {had} to {left}", if index == 0 { " (" } else { ", " })?;
        }
        if !self.kinds.is_empty() {
            f.write_str(")")?;
        }
        write!(f, " since the run of {}", self.before.started_at.strftime("%Y-%m-%d %H:%M"))?;
        if self.other_inputs {
            f.write_str(", and its settings or its connector changed in between")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fairlead_model::CoverageNote;

    /// A run that collected so many of each kind.
    fn run(items: &[(&str, u64)], links: &[(&str, u64)]) -> RunRecord {
        let counts = |of: &[(&str, u64)]| {
            of.iter()
                .filter(|(_, count)| *count > 0)
                .map(|(kind, count)| (kind.to_string(), *count))
                .collect()
        };
        let text = serde_json::json!({
            "schema": 1, "id": uuid::Uuid::nil(), "connection": "contoso", "connector": "x",
            "connector-version": "1", "connector-digest": "", "started-at": "2026-01-02T03:04:05Z",
            "outcome": "complete",
        });
        let empty: RunRecord = serde_json::from_value(text).unwrap();
        RunRecord { items: counts(items), links: counts(links), ..empty }
    }

    fn with(mut run: RunRecord, kind: &str, coverage: Coverage) -> RunRecord {
        let (scope, reason) = (String::new(), "because".to_owned());
        run.coverage.push(CoverageNote { kind: kind.to_owned(), scope, coverage, reason });
        run
    }

    fn is_held(before: &RunRecord, now: &RunRecord) -> bool {
        shrunk(before, now, HoldBelow::default()).is_some()
    }

    #[test]
    fn what_grows_or_shrinks_a_little_is_published() {
        let before = run(&[("user", 1000), ("group", 100)], &[("member", 5000)]);
        assert!(!is_held(&before, &before));
        assert!(!is_held(&before, &run(&[("user", 9000), ("group", 100)], &[("member", 5000)])));
        assert!(!is_held(&before, &run(&[("user", 500), ("group", 60)], &[("member", 1)])));
    }

    #[test]
    fn more_than_half_of_everything_is_not_gone_without_a_word() {
        let before = run(&[("user", 1000), ("group", 100)], &[]);
        assert!(is_held(&before, &run(&[("user", 449), ("group", 100)], &[])));
        assert!(is_held(&before, &run(&[], &[])));
        // Also when it is known why: what is published is taken for all there is.
        let denied = with(run(&[("group", 100)], &[]), "user", Coverage::Denied);
        assert!(is_held(&before, &denied));
    }

    #[test]
    fn a_small_tenant_may_change_by_leaps() {
        assert!(!is_held(&run(&[("user", 50)], &[]), &run(&[("user", 1)], &[])));
        assert!(!is_held(&run(&[("user", 49), ("group", 1)], &[]), &run(&[], &[])));
        assert!(is_held(&run(&[("user", 60)], &[]), &run(&[("user", 5)], &[])));
    }

    #[test]
    fn a_kind_that_is_all_gone_is_believed_only_if_it_could_not_be_seen() {
        let before = run(&[("user", 10_000), ("device", 60)], &[("owner", 70)]);
        let without = run(&[("user", 10_000)], &[("owner", 70)]);
        assert!(is_held(&before, &without));
        assert!(!is_held(&before, &with(without.clone(), "device", Coverage::Denied)));
        assert!(!is_held(&before, &with(without, "device", Coverage::Skipped)));
        assert!(is_held(&before, &run(&[("user", 10_000), ("device", 60)], &[])), "links are a kind, too");
        assert!(!is_held(&run(&[("user", 10_000), ("device", 49)], &[]), &run(&[("user", 10_000)], &[])));
    }

    #[test]
    fn what_is_left_out_on_request_is_not_missed() {
        let before = run(&[("user", 100), ("resource", 9000)], &[]);
        let now = with(run(&[("user", 90)], &[]), "resource", Coverage::Skipped);
        assert!(!is_held(&before, &now));
    }

    #[test]
    fn it_says_from_what_to_what() {
        let before = run(&[("user", 1000), ("group", 100), ("device", 3)], &[("member", 70)]);
        let mut now = run(&[("group", 10), ("device", 3)], &[]);
        let told = shrunk(&before, &now, HoldBelow::default()).unwrap().to_string();
        assert_eq!(
            told,
            "1103 items became 13 (user 1000 to 0, group 100 to 10, member 70 to 0) since the run of \
             2026-01-02 03:04"
        );
        now.inputs = "others".to_owned();
        let told = shrunk(&before, &now, HoldBelow::default()).unwrap().to_string();
        assert!(told.ends_with("changed in between"), "{told}");
    }

    #[test]
    fn the_part_is_a_part() {
        let before = run(&[("user", 1000)], &[]);
        let at = |part: f64| shrunk(&before, &run(&[("user", 300)], &[]), HoldBelow(part)).is_some();
        assert!(at(0.5) && at(0.31) && !at(0.3) && !at(0.1));
        for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(HoldBelow::try_from(wrong).is_err(), "{wrong}");
        }
        assert_eq!(serde_json::from_str::<HoldBelow>("0").unwrap(), HoldBelow(0.0));
        assert!(serde_json::from_str::<HoldBelow>("2").is_err());
    }
}
