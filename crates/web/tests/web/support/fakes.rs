//! Stores and a queue in memory, which can be told to fail.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use fairlead_engine::{EngineError, Queue};
use fairlead_model::{ConnectionId, Message};
use fairlead_secrets::{
    FileError, Kept, KeysOf, Made, RotationStore, RotationToken, Secret, SecretError, SecretStore, Stage,
    Standing, Version, VersionStanding, WebhookKeys,
};
use fairlead_store::StoreError;

/// Secrets in memory.
#[derive(Debug, Default)]
pub(crate) struct Safe {
    keys: Mutex<BTreeMap<KeysOf, WebhookKeys>>,
    secrets: Mutex<BTreeMap<ConnectionId, Secret>>,
    writes: Mutex<Vec<String>>,
    pub(crate) broken: AtomicBool,
}

impl Safe {
    pub(crate) fn keys<T>(&self, of: KeysOf, change: impl FnOnce(&mut WebhookKeys) -> T) -> T {
        change(self.keys.lock().unwrap().entry(of).or_default())
    }

    /// Whose secrets were written.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.writes.lock().unwrap().clone()
    }

    pub(crate) fn secret(&self, of: &str) -> Option<Secret> {
        self.secrets.lock().unwrap().get(&of.parse::<ConnectionId>().unwrap()).cloned()
    }

    fn works(&self) -> Result<(), SecretError> {
        if self.broken.load(Ordering::SeqCst) {
            let waited = Duration::from_secs(10);
            return Err(FileError::Locked { path: PathBuf::from("secrets.age"), holder: None, waited }.into());
        }
        Ok(())
    }
}

#[async_trait]
impl SecretStore for Safe {
    async fn get(&self, of: &ConnectionId, _: Stage) -> Result<Option<Secret>, SecretError> {
        self.works()?;
        Ok(self.secrets.lock().unwrap().get(of).cloned())
    }

    async fn set(&self, of: &ConnectionId, secret: &Secret) -> Result<(), SecretError> {
        self.works()?;
        self.writes.lock().unwrap().push(of.to_string());
        self.secrets.lock().unwrap().insert(of.clone(), secret.clone());
        Ok(())
    }

    async fn stage(&self, of: &ConnectionId, _: &Secret) -> Result<Version, SecretError> {
        Err(SecretError::NoCurrent(of.clone()))
    }

    async fn promote(&self, of: &ConnectionId, _: &Version) -> Result<(), SecretError> {
        Err(SecretError::NothingPending(of.clone()))
    }

    async fn discard(&self, _: &ConnectionId, _: &Version) -> Result<(), SecretError> {
        Ok(())
    }

    async fn remove(&self, of: &ConnectionId) -> Result<bool, SecretError> {
        Ok(self.secrets.lock().unwrap().remove(of).is_some())
    }

    async fn fingerprint(&self, _: &Secret) -> Result<String, SecretError> {
        Ok("f".repeat(64))
    }

    async fn webhook_keys(&self, of: KeysOf) -> Result<WebhookKeys, SecretError> {
        self.works()?;
        Ok(self.keys(of, |keys| keys.clone()))
    }

    async fn set_webhook_keys(&self, of: KeysOf, given: &WebhookKeys) -> Result<(), SecretError> {
        self.works()?;
        self.keys(of, |keys| *keys = given.clone());
        Ok(())
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}

/// Nothing in memory is ever rotated.
#[async_trait]
impl RotationStore for Safe {
    fn connection_of(&self, _: &str) -> Option<ConnectionId> {
        None
    }

    async fn standing(&self, _: &ConnectionId, _: &RotationToken) -> Result<Standing, SecretError> {
        Ok(Standing { scheduled: false, version: VersionStanding::Unknown })
    }

    async fn unfinished(&self, _: &ConnectionId) -> Result<Option<RotationToken>, SecretError> {
        Ok(None)
    }

    async fn kept(&self, of: &ConnectionId, stage: Stage) -> Result<Option<Kept>, SecretError> {
        Ok(self.get(of, stage).await?.map(|secret| Kept { secret, origin: None }))
    }

    async fn made(&self, _: &ConnectionId, _: &RotationToken) -> Result<Option<Made>, SecretError> {
        Ok(None)
    }

    async fn keep(&self, of: &ConnectionId, _: &Made) -> Result<(), SecretError> {
        Err(SecretError::NoCurrent(of.clone()))
    }

    async fn finish(&self, of: &ConnectionId, _: &RotationToken) -> Result<(), SecretError> {
        Err(SecretError::NothingPending(of.clone()))
    }
}

/// Keeps messages.
#[derive(Debug, Default)]
pub(crate) struct Pigeonhole {
    messages: Mutex<Vec<Message>>,
    pub(crate) arrived: tokio::sync::Notify,
    pub(crate) broken: AtomicBool,
}

impl Pigeonhole {
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }

    pub(crate) fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.messages.lock().unwrap())
    }
}

#[async_trait]
impl Queue for Pigeonhole {
    async fn send(&self, messages: &[Message]) -> Result<(), EngineError> {
        if self.broken.load(Ordering::SeqCst) {
            let (place, reason) = ("the queue".to_owned(), "it is not there".to_owned());
            return Err(StoreError::Access { place, reason }.into());
        }
        self.messages.lock().unwrap().extend_from_slice(messages);
        self.arrived.notify_one();
        Ok(())
    }
}
