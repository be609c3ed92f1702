//! The secret file: everything in one file, encrypted with a key that lies beside it.
//!
//! The formats are age's (age-encryption.org/v1), so its own tools open both files: `age -d -i secrets.key
//! secrets.age`. The key may be protected by a passphrase. Readers need no lock, since the file is only ever replaced
//! as a whole; whoever changes it holds the lock beside it from reading to replacing.

mod contents;
mod disk;
mod error;
mod key;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use fairlead_model::ConnectionId;
use secrecy::SecretString;
use zeroize::Zeroizing;

pub use error::FileError;

use self::{contents::Contents, key::Keeper};
use crate::{
    Kept, KeysOf, Made, RotationStore, RotationToken, Secret, SecretError, SecretStore, Stage, Standing,
    Version, WebhookKeys, fingerprint,
};

/// How long another process is waited for. Changes take milliseconds, or seconds where a passphrase is involved.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a secret file needs.
#[derive(Debug, Clone)]
pub struct FileOptions {
    /// The file; made on first use, and its folder with it.
    pub path: PathBuf,
    /// The key file; made on first use, for its owner only.
    pub key: PathBuf,
    /// Protects the key file. It must be given again whenever the store is used.
    pub passphrase: Option<SecretString>,
    /// How long another process that is changing the file is waited for.
    pub patience: Duration,
}

impl FileOptions {
    /// Whether the key file is there and protected by a passphrase, which none is given for.
    ///
    /// # Errors
    /// The key file cannot be read.
    pub fn wants_passphrase(&self) -> Result<bool, FileError> {
        Ok(self.passphrase.is_none() && key::is_protected(&self.key)?)
    }

    /// A file with its key beside it (`secrets.age` has `secrets.key`), without a passphrase.
    pub fn new(path: PathBuf) -> Self {
        Self { key: path.with_extension("key"), path, passphrase: None, patience: PATIENCE }
    }
}

/// Keeps secrets in an encrypted file. Clones are the same store.
#[derive(Clone)]
pub struct FileStore {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    patience: Duration,
    keeper: Keeper,
}

impl FileStore {
    /// Sets a store up. Nothing is read or made yet.
    pub fn new(options: FileOptions) -> Self {
        let FileOptions { path, key, passphrase, patience } = options;
        Self { inner: Arc::new(Inner { path, patience, keeper: Keeper::new(key, passphrase) }) }
    }

    /// Does something with the contents off the async threads: files block, and so does a passphrase.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let inner = self.inner.clone();
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.unwrap_or_else(|stopped| {
            if stopped.is_panic() {
                std::panic::resume_unwind(stopped.into_panic());
            }
            Err(FileError::Stopping.into())
        })
    }

    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Contents) -> Result<Changed<T>, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        self.apart(|inner| inner.change(change)).await
    }
}

/// What came of a change: whether there is anything to write.
enum Changed<T> {
    Yes(T),
    No(T),
}

impl Inner {
    /// The contents; empty where there is no file yet.
    fn read(&self) -> Result<Contents, FileError> {
        match disk::read(&self.path)? {
            Some(encrypted) => Contents::parse(&self.keeper.open(&encrypted, &self.path)?, &self.path),
            None => Ok(Contents::default()),
        }
    }

    fn write(&self, contents: &Contents) -> Result<(), FileError> {
        disk::replace(&self.path, &self.keeper.seal(&contents.to_json(&self.path)?, &self.path)?)
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut Contents) -> Result<Changed<T>, SecretError>,
    ) -> Result<T, SecretError> {
        disk::make_folder_of(&self.path)?;
        disk::only_ours(&self.path)?;
        let _lock = disk::lock(&self.path, self.patience)?;
        let mut contents = self.read()?;
        match change(&mut contents)? {
            Changed::Yes(told) => {
                self.write(&contents)?;
                Ok(told)
            }
            Changed::No(told) => Ok(told),
        }
    }

    fn fingerprint_key(&self) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        if let Some(key) = self.read()?.fingerprint_key() {
            return Ok(key);
        }
        self.change(|contents| {
            // Another process may have made one since.
            if let Some(key) = contents.fingerprint_key() {
                return Ok(Changed::No(key));
            }
            let key = fingerprint::new_key().ok_or(FileError::NoRandomness)?;
            contents.set_fingerprint_key(&key);
            Ok(Changed::Yes(key))
        })
    }
}

#[async_trait]
impl SecretStore for FileStore {
    async fn get(&self, of: &ConnectionId, stage: Stage) -> Result<Option<Secret>, SecretError> {
        let of = of.clone();
        self.apart(move |inner| Ok(inner.read()?.get(&of, stage))).await
    }

    async fn set(&self, of: &ConnectionId, secret: &Secret) -> Result<(), SecretError> {
        let (of, secret) = (of.clone(), secret.clone());
        self.change(move |contents| Ok(contents.set(&of, &secret))).await
    }

    async fn stage(&self, of: &ConnectionId, secret: &Secret) -> Result<Version, SecretError> {
        let (of, secret) = (of.clone(), secret.clone());
        self.change(move |contents| contents.stage(&of, &secret)).await
    }

    async fn promote(&self, of: &ConnectionId, version: &Version) -> Result<(), SecretError> {
        let (of, version) = (of.clone(), version.clone());
        self.change(move |contents| contents.promote(&of, &version)).await
    }

    async fn discard(&self, of: &ConnectionId, version: &Version) -> Result<(), SecretError> {
        let (of, version) = (of.clone(), version.clone());
        self.change(move |contents| Ok(contents.discard(&of, &version))).await
    }

    async fn remove(&self, of: &ConnectionId) -> Result<bool, SecretError> {
        let of = of.clone();
        self.change(move |contents| Ok(contents.remove(&of))).await
    }

    async fn fingerprint(&self, secret: &Secret) -> Result<String, SecretError> {
        let secret = secret.clone();
        self.apart(move |inner| Ok(fingerprint::of(&secret, &inner.fingerprint_key()?))).await
    }

    async fn webhook_keys(&self, of: KeysOf) -> Result<WebhookKeys, SecretError> {
        self.apart(move |inner| {
            let damaged = || FileError::Damaged { path: inner.path.clone() };
            Ok(inner.read()?.webhook_keys(of).ok_or_else(damaged)?)
        })
        .await
    }

    async fn set_webhook_keys(&self, of: KeysOf, keys: &WebhookKeys) -> Result<(), SecretError> {
        let keys = keys.clone();
        self.change(move |contents| Ok(contents.set_webhook_keys(of, &keys))).await
    }

    fn place(&self) -> String {
        format!("the encrypted file {}", self.inner.path.display())
    }
}

#[async_trait]
impl RotationStore for FileStore {
    fn connection_of(&self, _: &str) -> Option<ConnectionId> {
        // The file asks for nothing.
        None
    }

    async fn standing(&self, of: &ConnectionId, token: &RotationToken) -> Result<Standing, SecretError> {
        let (of, token) = (of.clone(), token.clone());
        self.apart(move |inner| Ok(inner.read()?.standing(&of, &token))).await
    }

    async fn unfinished(&self, of: &ConnectionId) -> Result<Option<RotationToken>, SecretError> {
        let of = of.clone();
        self.apart(move |inner| Ok(inner.read()?.unfinished(&of))).await
    }

    async fn kept(&self, of: &ConnectionId, stage: Stage) -> Result<Option<Kept>, SecretError> {
        let of = of.clone();
        self.apart(move |inner| Ok(inner.read()?.kept(&of, stage))).await
    }

    async fn made(&self, of: &ConnectionId, token: &RotationToken) -> Result<Option<Made>, SecretError> {
        let (of, token) = (of.clone(), token.clone());
        self.apart(move |inner| Ok(inner.read()?.made(&of, &token))).await
    }

    async fn keep(&self, of: &ConnectionId, made: &Made) -> Result<(), SecretError> {
        let (of, made) = (of.clone(), made.clone());
        self.change(move |contents| contents.keep(&of, &made)).await
    }

    async fn finish(&self, of: &ConnectionId, token: &RotationToken) -> Result<(), SecretError> {
        let (of, token) = (of.clone(), token.clone());
        self.change(move |contents| contents.finish(&of, &token)).await
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

/// A path with something added to its last part.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
