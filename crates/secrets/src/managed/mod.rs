//! AWS Secrets Manager: one secret for each connection, its versions at AWS's own stages.

mod cache;
mod calls;
mod error;
mod options;
mod rotation;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{Client, config};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use fairlead_model::ConnectionId;
use serde::Serialize;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

pub use error::ManagedError;
pub use options::{ManagedOptions, Removal};

use self::{
    cache::Cache,
    calls::{CURRENT, Calls, PENDING, PREVIOUS, Read},
    error::Refusal,
};
use crate::{
    KeysOf, Secret, SecretError, SecretStore, Stage, Version, WebhookKeys, aws, fingerprint, secret::Stored,
    webhook::StoredKeys,
};

/// The longest value AWS takes, in bytes.
const LONGEST: usize = 65_536;
/// Keeps secrets in AWS Secrets Manager. Clones are the same store.
///
/// Whoever only syncs needs the IAM actions `secretsmanager:GetSecretValue`, and for fingerprints `CreateSecret` and
/// `TagResource`; whoever sets, rotates and removes secrets needs `DescribeSecret`, `PutSecretValue`,
/// `UpdateSecretVersionStage`, `DeleteSecret` and `RestoreSecret` too, all on `…:secret:<prefix>*`. A KMS key of one's
/// own needs `kms:Decrypt`, and for setting `kms:GenerateDataKey`.
#[derive(Clone)]
pub struct ManagedStore {
    inner: Arc<Inner>,
}

struct Inner {
    calls: Calls,
    options: ManagedOptions,
    cache: Cache,
    fingerprint_key: OnceCell<Zeroizing<Vec<u8>>>,
}

impl ManagedStore {
    /// Sets a store up with the credentials and region AWS's own tools would use. No secret is asked for yet.
    ///
    /// # Errors
    /// Options that cannot work, or no region.
    pub async fn connect(options: ManagedOptions) -> Result<Self, ManagedError> {
        let config = aws::configuration(options.region.as_deref(), options.profile.as_deref()).await;
        Self::with_config(&config, options)
    }

    /// Sets a store up with a configuration that is shared with other clients, or was made by hand; of the options,
    /// region and profile do not count then.
    ///
    /// # Errors
    /// Options that cannot work, or no region.
    pub fn with_config(config: &SdkConfig, options: ManagedOptions) -> Result<Self, ManagedError> {
        options.check()?;
        let region = config.region().ok_or(ManagedError::NoRegion)?;
        let mut builder = config::Builder::from(config);
        let endpoint = match &options.endpoint {
            Some(endpoint) => {
                builder = builder.endpoint_url(endpoint.as_str());
                endpoint.to_string()
            }
            None => format!("Secrets Manager in {region}"),
        };
        let calls = Calls::new(Client::from_conf(builder.build()), endpoint);
        let cache = Cache::new(options.cache_for);
        Ok(Self { inner: Arc::new(Inner { calls, options, cache, fingerprint_key: OnceCell::new() }) })
    }
}

impl Inner {
    /// The secret at a stage, from AWS.
    async fn read(&self, name: &str, stage: &str) -> Result<Option<Secret>, Refusal> {
        match self.calls.get(name, stage).await {
            Ok(read) if is_leftover(&read, stage) => Ok(None),
            Ok(read) => secret(&read, name).map(Some).map_err(Refusal::Other),
            Err(Refusal::NotFound) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    async fn set(&self, of: &ConnectionId, secret: &Secret) -> Result<(), ManagedError> {
        let name = self.options.name_of(of);
        let value = value(&Stored::from(secret), &name)?;
        let done = match self.calls.get(&name, CURRENT).await {
            // What somebody else put there is replaced like any other.
            Ok(current) => match self::secret(&current, &name) {
                Ok(current) if current.is(secret) => return Ok(()),
                _ => self.replace(&name, &value, &current).await,
            },
            Err(Refusal::NotFound) => self.create(&name, &value, of).await,
            Err(Refusal::BeingDeleted) => self.revive(&name, &value).await,
            Err(refusal) => Err(refusal),
        };
        done.map_err(|refusal| refusal.unexpected(&name))
    }

    /// Puts a value in place of the current one. AWSPENDING, where a rotation that was broken off left it on that,
    /// would make the old secret look like one that waits to be used.
    async fn replace(&self, name: &str, value: &str, current: &Read) -> Result<(), Refusal> {
        if current.is_at(PENDING) {
            match self.calls.move_stage(name, PENDING, current.id.as_deref(), None).await {
                Ok(()) | Err(Refusal::Moved) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        self.calls.put(name, value, CURRENT).await.map(drop)
    }

    async fn create(&self, name: &str, value: &str, of: &ConnectionId) -> Result<(), Refusal> {
        let description = format!("What connection {of} signs in to Entra ID with; written by Fairlead");
        let created = self.calls.create(name, value, &description, Some(of.as_str()), &self.options).await;
        match created {
            // Somebody else was first, or made it by hand and left it empty.
            Err(Refusal::Exists) => self.calls.put(name, value, CURRENT).await.map(drop),
            created => created,
        }
    }

    /// Uses the name of a secret that was removed a short while ago. Nothing of the old one comes back with it.
    async fn revive(&self, name: &str, value: &str) -> Result<(), Refusal> {
        self.calls.restore(name).await?;
        self.calls.put(name, value, CURRENT).await?;
        let versions = self.calls.versions(name).await?;
        for stage in [PREVIOUS, PENDING] {
            if let Some(old) = versions.at(stage) {
                self.calls.move_stage(name, stage, Some(old), None).await?;
            }
        }
        Ok(())
    }

    async fn stage(&self, of: &ConnectionId, secret: &Secret) -> Result<Version, SecretError> {
        let name = self.options.name_of(of);
        let value = value(&Stored::from(secret), &name)?;
        let unexpected = |refusal: Refusal| refusal.unexpected(&name);
        if self.read(&name, CURRENT).await.map_err(unexpected)?.is_none() {
            return Err(SecretError::NoCurrent(of.clone()));
        }
        Ok(self.calls.put(&name, &value, PENDING).await.map_err(unexpected)?)
    }

    async fn promote(&self, of: &ConnectionId, version: &Version) -> Result<(), SecretError> {
        let name = self.options.name_of(of);
        let unexpected = |refusal: Refusal| refusal.unexpected(&name);
        let nothing = || SecretError::NothingPending(of.clone());
        let versions = match self.calls.versions(&name).await {
            Err(Refusal::NotFound) => return Err(nothing()),
            versions => versions.map_err(unexpected)?,
        };
        let current = versions.at(CURRENT);
        let pending = versions.at(PENDING).filter(|pending| Some(*pending) != current).ok_or_else(nothing)?;
        if pending != version.as_str() {
            return Err(SecretError::Superseded(of.clone()));
        }
        Ok(self.make_current(&name, current, pending).await.map_err(unexpected)?)
    }

    /// Moves AWSCURRENT to the version that is pending. AWS moves AWSPREVIOUS by itself, and refuses if another
    /// version is current by now.
    async fn make_current(&self, name: &str, current: Option<&str>, pending: &str) -> Result<(), Refusal> {
        self.calls.move_stage(name, CURRENT, current, Some(pending)).await?;
        // What is left if this fails is harmless: a version that is current is not pending, whatever it is called.
        if let Err(refusal) = self.calls.move_stage(name, PENDING, Some(pending), None).await {
            tracing::warn!(name, ?refusal, "AWSPENDING stays on the version that is current now");
        }
        Ok(())
    }

    async fn discard(&self, of: &ConnectionId, version: &Version) -> Result<(), ManagedError> {
        let name = self.options.name_of(of);
        let versions = match self.calls.versions(&name).await {
            Err(Refusal::NotFound) => return Ok(()),
            versions => versions.map_err(|refusal| refusal.unexpected(&name))?,
        };
        if versions.at(PENDING) != Some(version.as_str()) {
            return Ok(());
        }
        match self.calls.move_stage(&name, PENDING, Some(version.as_str()), None).await {
            Ok(()) | Err(Refusal::Moved) => Ok(()),
            Err(refusal) => Err(refusal.unexpected(&name)),
        }
    }

    async fn remove(&self, of: &ConnectionId) -> Result<bool, ManagedError> {
        let name = self.options.name_of(of);
        // Deleting at once succeeds on what is not there, so this is asked first.
        match self.calls.versions(&name).await {
            Ok(_) => {}
            Err(Refusal::NotFound | Refusal::BeingDeleted) => return Ok(false),
            Err(refusal) => return Err(refusal.unexpected(&name)),
        }
        match self.calls.delete(&name, self.options.removal).await {
            Ok(()) => Ok(true),
            Err(Refusal::NotFound | Refusal::BeingDeleted) => Ok(false),
            Err(refusal) => Err(refusal.unexpected(&name)),
        }
    }

    async fn webhook_keys(&self, of: KeysOf) -> Result<WebhookKeys, ManagedError> {
        let name = self.options.webhook_keys(of);
        let read = match self.calls.get(&name, CURRENT).await {
            Ok(read) => read,
            Err(Refusal::NotFound | Refusal::BeingDeleted) => return Ok(WebhookKeys::default()),
            Err(refusal) => return Err(refusal.unexpected(&name)),
        };
        let stored = serde_json::from_str::<StoredKeys>(&read.value).ok();
        stored.and_then(|stored| stored.keys()).ok_or(ManagedError::ForeignKeys { name })
    }

    async fn set_webhook_keys(&self, of: KeysOf, keys: &WebhookKeys) -> Result<(), ManagedError> {
        let name = self.options.webhook_keys(of);
        let found = self.calls.versions(&name).await;
        let done = if keys.is_empty() {
            match found {
                Ok(_) => self.calls.delete(&name, self.options.removal).await,
                Err(Refusal::NotFound | Refusal::BeingDeleted) => Ok(()),
                Err(refusal) => Err(refusal),
            }
        } else {
            let stored = StoredKeys::from(keys);
            let value = json(&stored, stored.size(), &name)?;
            let description = "Keys by which webhooks are signed; written by Fairlead";
            match found {
                Ok(_) => self.calls.put(&name, &value, CURRENT).await.map(drop),
                Err(Refusal::NotFound) => {
                    self.calls.create(&name, &value, description, None, &self.options).await
                }
                Err(Refusal::BeingDeleted) => self.revive(&name, &value).await,
                Err(refusal) => Err(refusal),
            }
        };
        done.map_err(|refusal| refusal.unexpected(&name))
    }

    /// The key of fingerprints. Of two processes that make it at once, one finds the other's.
    async fn fingerprint_key(&self) -> Result<Zeroizing<Vec<u8>>, ManagedError> {
        let name = self.options.fingerprint_key();
        if let Some(key) = self.read_key(&name).await? {
            return Ok(key);
        }
        let key = fingerprint::new_key().ok_or(ManagedError::NoRandomness)?;
        let text = Zeroizing::new(STANDARD.encode(&*key));
        let description = "The key by which Fairlead finds connections with the same secret";
        match self.calls.create(&name, &text, description, None, &self.options).await {
            Ok(()) => Ok(key),
            Err(Refusal::Exists) => self.read_key(&name).await?.ok_or(ManagedError::Changed { name }),
            Err(refusal) => Err(refusal.unexpected(&name)),
        }
    }

    async fn read_key(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ManagedError> {
        let read = match self.calls.get(name, CURRENT).await {
            Ok(read) => read,
            Err(Refusal::NotFound) => return Ok(None),
            Err(refusal) => return Err(refusal.unexpected(name)),
        };
        match STANDARD.decode(read.value.as_bytes()).map(Zeroizing::new) {
            Ok(key) if key.len() == fingerprint::KEY_LENGTH => Ok(Some(key)),
            _ => Err(ManagedError::Foreign { name: name.to_owned() }),
        }
    }
}

/// A rotation that was broken off leaves AWSPENDING on the version that is current by now.
fn is_leftover(read: &Read, stage: &str) -> bool {
    stage == PENDING && read.is_at(CURRENT)
}

/// The secret in what was read.
fn secret(read: &Read, name: &str) -> Result<Secret, ManagedError> {
    stored(read, name, Stored::secret)
}

/// Something of the secret in what was read.
fn stored<T>(read: &Read, name: &str, of: fn(&Stored) -> Option<T>) -> Result<T, ManagedError> {
    let stored = serde_json::from_str::<Stored>(&read.value).ok();
    stored.as_ref().and_then(of).ok_or_else(|| ManagedError::Foreign { name: name.to_owned() })
}

/// A secret as it is written.
fn value(stored: &Stored, name: &str) -> Result<Zeroizing<String>, ManagedError> {
    json(stored, stored.size(), name)
}

/// The JSON of something secret, which has `size` bytes at most: a vector that grows leaves what it was behind.
fn json(secret: &impl Serialize, size: usize, name: &str) -> Result<Zeroizing<String>, ManagedError> {
    let mut json = Zeroizing::new(Vec::with_capacity(size));
    let written = serde_json::to_writer(&mut *json, secret);
    match str::from_utf8(&json) {
        Ok(text) if written.is_ok() && text.len() <= LONGEST => Ok(Zeroizing::new(text.to_owned())),
        _ => Err(ManagedError::TooLong { name: name.to_owned() }),
    }
}

#[async_trait]
impl SecretStore for ManagedStore {
    async fn get(&self, of: &ConnectionId, stage: Stage) -> Result<Option<Secret>, SecretError> {
        let inner = &self.inner;
        let name = inner.options.name_of(of);
        let read = async |stage| inner.read(&name, stage).await.map_err(|refusal| refusal.unexpected(&name));
        match stage {
            Stage::Pending => Ok(read(PENDING).await?),
            Stage::Previous => Ok(read(PREVIOUS).await?),
            Stage::Current => {
                if let Some(secret) = inner.cache.get(of) {
                    return Ok(Some(secret));
                }
                let asking = inner.cache.asking();
                let secret = read(CURRENT).await?;
                if let Some(secret) = &secret {
                    inner.cache.keep(asking, of, secret);
                }
                Ok(secret)
            }
        }
    }

    async fn set(&self, of: &ConnectionId, secret: &Secret) -> Result<(), SecretError> {
        let done = self.inner.set(of, secret).await;
        self.forget(of);
        Ok(done?)
    }

    async fn stage(&self, of: &ConnectionId, secret: &Secret) -> Result<Version, SecretError> {
        self.inner.stage(of, secret).await
    }

    async fn promote(&self, of: &ConnectionId, version: &Version) -> Result<(), SecretError> {
        let done = self.inner.promote(of, version).await;
        self.forget(of);
        done
    }

    async fn discard(&self, of: &ConnectionId, version: &Version) -> Result<(), SecretError> {
        Ok(self.inner.discard(of, version).await?)
    }

    async fn remove(&self, of: &ConnectionId) -> Result<bool, SecretError> {
        let done = self.inner.remove(of).await;
        self.forget(of);
        Ok(done?)
    }

    async fn fingerprint(&self, secret: &Secret) -> Result<String, SecretError> {
        let key = self.inner.fingerprint_key.get_or_try_init(|| self.inner.fingerprint_key()).await?;
        Ok(fingerprint::of(secret, key))
    }

    async fn webhook_keys(&self, of: KeysOf) -> Result<WebhookKeys, SecretError> {
        Ok(self.inner.webhook_keys(of).await?)
    }

    async fn set_webhook_keys(&self, of: KeysOf, keys: &WebhookKeys) -> Result<(), SecretError> {
        Ok(self.inner.set_webhook_keys(of, keys).await?)
    }

    fn forget(&self, of: &ConnectionId) {
        self.inner.cache.forget(of);
    }

    fn place(&self) -> String {
        format!("AWS Secrets Manager, below {} ({})", self.inner.options.prefix, self.inner.calls.endpoint())
    }
}

impl fmt::Debug for ManagedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedStore").field("prefix", &self.inner.options.prefix).finish_non_exhaustive()
    }
}
