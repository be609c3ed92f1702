//! Keys of those who may ask, as they are kept and as they are used.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use fairlead_model::Sender;
use fairlead_secrets::{KeptKey, KeysOf, SecretError, SecretStore, WebhookKey, WebhookKeys};
use jiff::{SignedDuration, Timestamp};

use super::WebhookError;
use crate::EngineError;

/// How long keys are used before they are read again: a key that was removed is refused everywhere after this.
const KEEP: SignedDuration = SignedDuration::from_mins(1);

/// Adds a key of a sender: the one given, or a new one. Those it has stay in use beside it.
///
/// # Errors
/// `Webhook` when there is no place for it, or what the secret store says.
pub async fn add_sender_key(
    secrets: &dyn SecretStore,
    sender: &Sender,
    given: Option<WebhookKey>,
    now: Timestamp,
) -> Result<KeptKey, EngineError> {
    let kept = KeptKey { sender: Some(sender.clone()), added_at: now, key: given_or_new(given)? };
    let mut keys = secrets.webhook_keys(KeysOf::Senders).await?;
    keys.add(kept.clone()).map_err(WebhookError::from)?;
    secrets.set_webhook_keys(KeysOf::Senders, &keys).await?;
    Ok(kept)
}

/// Removes a sender's key, by its id.
///
/// # Errors
/// `Webhook` when there is none, or what the secret store says.
pub async fn remove_sender_key(secrets: &dyn SecretStore, id: &str) -> Result<(), EngineError> {
    let mut keys = secrets.webhook_keys(KeysOf::Senders).await?;
    if keys.retain(|kept| kept.key.id() != id) == 0 {
        return Err(WebhookError::UnknownKey(id.to_owned()).into());
    }
    Ok(secrets.set_webhook_keys(KeysOf::Senders, &keys).await?)
}

pub(super) fn given_or_new(given: Option<WebhookKey>) -> Result<WebhookKey, WebhookError> {
    given.or_else(WebhookKey::generate).ok_or(WebhookError::NoRandomness)
}

/// Keys for those who use them with every request: read anew once a minute, so that a flood of bad signatures does
/// not become one of the secret store's.
pub struct Keyring {
    secrets: Arc<dyn SecretStore>,
    kept: Mutex<BTreeMap<KeysOf, (Timestamp, Arc<WebhookKeys>)>>,
}

impl Keyring {
    /// Reads from this store.
    pub fn new(secrets: Arc<dyn SecretStore>) -> Self {
        Self { secrets, kept: Mutex::default() }
    }

    /// The keys there are; none is an answer too, and kept like any other.
    ///
    /// # Errors
    /// What the secret store says.
    pub async fn keys(&self, of: KeysOf, now: Timestamp) -> Result<Arc<WebhookKeys>, SecretError> {
        if let Some(keys) = self.kept(of, now) {
            return Ok(keys);
        }
        let keys = Arc::new(self.secrets.webhook_keys(of).await?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(of, (now, keys.clone()));
        Ok(keys)
    }

    fn kept(&self, of: KeysOf, now: Timestamp) -> Option<Arc<WebhookKeys>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, keys) = kept.get(&of)?;
        // A clock that was set back makes no key live longer.
        let age = now.duration_since(*at);
        (SignedDuration::ZERO <= age && age < KEEP).then(|| keys.clone())
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("secrets", &self.secrets).finish_non_exhaustive()
    }
}
