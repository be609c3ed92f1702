//! Where a delta stands: what its links carry. Options are frozen into the token, as in Graph.

use jiff::SignedDuration;

use super::super::ask::Ask;
use super::super::error::{Answer, GraphError};
use crate::odata::token;

/// How long a delta token is good for (azure.md 2.6).
const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// Nothing: the caller wants only what changes from now on.
    Now,
    /// All objects from a position on; of the first one the members from a slot on.
    All { position: u32, slot: u32 },
    /// What changed from a sequence number on, from the index-th changed object on.
    Since { sequence: u64, index: u64 },
}

/// A delta between two requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) round: Round,
    /// Changes before this sequence number are covered when the round ends.
    pub(super) head: u64,
    /// The query options of the first request.
    pub(super) options: String,
}

impl State {
    /// What a request continues, or a beginning.
    pub(super) fn of(ask: &Ask<'_>, set: &str) -> Answer<Self> {
        let head = ask.tenant.changes.head() as u64;
        let begin = |round| Self { round, head, options: own_options(ask) };
        let all = Round::All { position: 0, slot: 0 };
        match (ask.options.skip_token.as_deref(), ask.options.delta_token.as_deref()) {
            (Some(token), _) => Self::continued(ask, set, token, head),
            (None, None | Some("")) => Ok(begin(all)),
            (None, Some(latest)) if latest.eq_ignore_ascii_case("latest") => Ok(begin(Round::Now)),
            (None, Some(token)) => {
                let ([sequence, issued], options) =
                    token::decode_with::<2>(&format!("delta-{set}"), token).ok_or_else(badly_formed)?;
                check_age(ask, set, issued, sequence, head)?;
                Ok(Self { round: Round::Since { sequence, index: 0 }, head, options })
            }
        }
    }

    fn continued(ask: &Ask<'_>, set: &str, token: &str, now: u64) -> Answer<Self> {
        let ([phase, first, second, head, issued], options) =
            token::decode_with::<5>(&format!("skip-{set}"), token).ok_or_else(badly_formed)?;
        check_age(ask, set, issued, head, now)?;
        let narrow = |number: u64| u32::try_from(number).map_err(|_| badly_formed());
        let round = match phase {
            0 => Round::All { position: narrow(first)?, slot: narrow(second)? },
            _ => Round::Since { sequence: first, index: second },
        };
        Ok(Self { round, head, options })
    }

    /// The address that continues from here.
    pub(super) fn link(&self, ask: &Ask<'_>, set: &str) -> String {
        let issued = u64::try_from(ask.call.clock.now().as_second()).unwrap_or(0);
        let skip = |parts: [u64; 3]| {
            let [phase, first, second] = parts;
            let parts = [phase, first, second, self.head, issued];
            ("$skiptoken", token::encode_with(&format!("skip-{set}"), &parts, &self.options))
        };
        let (name, token) = match self.round {
            Round::Now => {
                let parts = [self.head, issued];
                ("$deltatoken", token::encode_with(&format!("delta-{set}"), &parts, &self.options))
            }
            Round::All { position, slot } => skip([0, u64::from(position), u64::from(slot)]),
            Round::Since { sequence, index } => skip([1, sequence, index]),
        };
        format!("{}{}?{name}={token}", ask.call.request.base_url, ask.call.request.path())
    }
}

/// A token that is too old, or newer than the directory itself, asks for a full resynchronisation.
fn check_age(ask: &Ask<'_>, set: &str, issued: u64, sequence: u64, head: u64) -> Answer<()> {
    let now = ask.call.clock.now().as_second();
    let age = now.saturating_sub(i64::try_from(issued).unwrap_or(i64::MAX));
    if age > LIFETIME.as_secs() || sequence > head {
        return Err(GraphError::gone(format!("{}/{set}/delta?$deltatoken=", ask.root())));
    }
    Ok(())
}

fn badly_formed() -> GraphError {
    GraphError::request("Badly formed token.")
}

fn own_options(ask: &Ask<'_>) -> String {
    let mut options = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &ask.call.request.query {
        if !name.trim_start_matches('$').eq_ignore_ascii_case("deltatoken") {
            options.append_pair(name, value);
        }
    }
    options.finish()
}
