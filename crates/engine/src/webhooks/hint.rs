//! Azure says that something in a tenant has changed. It is a hint and no more: what is true is found by a sync.
//!
//! By what such a hint is known is derived from one key of the installation and the connection's name. So nothing
//! is kept for each connection, and a name nobody has connected takes the same time as one somebody has.

use std::fmt;

use fairlead_model::{ConnectionId, Message};
use fairlead_secrets::{KeptKey, KeysOf, SecretStore, WebhookKey, WebhookKeys};
use fairlead_store::{State, StoreError};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::{WebhookError, keys::given_or_new};
use crate::{EngineError, Queue};

/// Hints of a connection that come within this time are one.
const WINDOW: SignedDuration = SignedDuration::from_mins(1);

/// Where a hint comes from. Each has its own values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintSource {
    /// Change notifications of Microsoft Graph.
    Graph,
    /// Events of Azure Event Grid.
    EventGrid,
}

impl fmt::Display for HintSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Graph => "graph",
            Self::EventGrid => "event-grid",
        })
    }
}

/// What became of a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hinted {
    /// A sync was asked for.
    Asked,
    /// One was asked for a moment ago that will see this too.
    Known,
    /// The connection is left out of the schedule.
    Disabled,
}

/// The value by which this source's hints of a connection are known: 64 hex digits, for whoever subscribes. The
/// first time, the key it is derived from is made.
///
/// # Errors
/// What the secret store says.
pub async fn hint_value(
    secrets: &dyn SecretStore,
    source: HintSource,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<SecretString, EngineError> {
    let mut keys = secrets.webhook_keys(KeysOf::Hints).await?;
    if keys.is_empty() {
        let kept = KeptKey { sender: None, added_at: now, key: given_or_new(None)? };
        keys.add(kept).map_err(WebhookError::from)?;
        secrets.set_webhook_keys(KeysOf::Hints, &keys).await?;
    }
    let newest =
        keys.newest().ok_or_else(|| EngineError::Defect("a key that was added is gone".to_owned()))?;
    Ok(hex::encode(derived(&newest.key, source, connection.as_str())).into())
}

/// Whether a value is one of a connection's. It takes the same time for any name and any value.
pub fn is_hint_value(keys: &WebhookKeys, source: HintSource, connection: &str, given: &str) -> bool {
    let mut value = [0; 32];
    let is_hex = hex::decode_to_slice(given, &mut value).is_ok();
    let source = source.to_string();
    let made = |kept: &KeptKey| kept.key.made(&parts(&source, connection), &[value]);
    keys.iter().fold(false, |found, kept| found | made(kept)) && is_hex
}

fn derived(key: &WebhookKey, source: HintSource, connection: &str) -> [u8; 32] {
    key.mac(&parts(&source.to_string(), connection))
}

/// A name has no zero byte, so no two of these run together to the same.
fn parts<'a>(source: &'a str, connection: &'a str) -> [&'a [u8]; 4] {
    [b"hint\0", source.as_bytes(), b"\0", connection.as_bytes()]
}

/// Asks for a sync of a connection, once for all hints of a minute: at the minute's end, so that it sees what any of
/// them was about.
///
/// The message is sent before that is remembered. Dying in between, a second hint sends it again, which does no harm;
/// the other way round the hint would be lost.
///
/// # Errors
/// `UnknownConnection`, or what a store or the queue says.
pub async fn hint(
    state: &State,
    queue: &dyn Queue,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<Hinted, EngineError> {
    let Some(found) = state.connection(connection).await? else {
        return Err(StoreError::UnknownConnection(connection.clone()).into());
    };
    if !found.value.enabled {
        return Ok(Hinted::Disabled);
    }
    let window = now.as_second().div_euclid(WINDOW.as_secs());
    if state.was_hinted(connection, window).await? {
        return Ok(Hinted::Known);
    }
    let end = Timestamp::from_second((window + 1) * WINDOW.as_secs())
        .map_err(|error| EngineError::Defect(format!("the clock is beyond all times ({error})")))?;
    let message = Message::Sync { connection: connection.clone(), scheduled_for: None, asked_at: end };
    queue.send(&[message]).await?;
    state.save_hint(connection, window).await?;
    Ok(Hinted::Asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: usize) -> WebhookKeys {
        let mut keys = WebhookKeys::default();
        for _ in 0..count {
            let key = WebhookKey::generate().unwrap();
            keys.add(KeptKey { sender: None, added_at: Timestamp::UNIX_EPOCH, key }).unwrap();
        }
        keys
    }

    #[test]
    fn a_value_is_good_for_one_connection_and_one_source_while_its_key_is_kept() {
        let keys = keys(2);
        for kept in &keys {
            let value = hex::encode(derived(&kept.key, HintSource::Graph, "contoso"));
            assert!(is_hint_value(&keys, HintSource::Graph, "contoso", &value));
            assert!(!is_hint_value(&keys, HintSource::Graph, "fabrikam", &value));
            assert!(!is_hint_value(&keys, HintSource::EventGrid, "contoso", &value));
            assert!(!is_hint_value(&self::keys(1), HintSource::Graph, "contoso", &value));
        }
        for wrong in ["", "0", "zz", &"0".repeat(64), &"f".repeat(10_000)] {
            assert!(!is_hint_value(&keys, HintSource::Graph, "contoso", wrong), "{wrong}");
            assert!(!is_hint_value(&WebhookKeys::default(), HintSource::Graph, "contoso", wrong), "{wrong}");
        }
    }
}
