//! Where secrets are kept: in an encrypted file of this machine, or in AWS Secrets Manager; and what takes the place
//! of one where AWS vouches for whoever runs this ([`WebIdentity`]).
//!
//! Secrets go in and are used; nothing here prints one. In memory they are wiped when they are dropped, as far as
//! that reaches: libraries that encrypt, parse and send them keep copies of their own for a moment.

mod aws;
mod certificate;
mod error;
mod file;
mod fingerprint;
mod identity;
mod lint;
mod managed;
mod rotation;
mod secret;
mod version;
mod webhook;

use async_trait::async_trait;
use fairlead_model::ConnectionId;

pub use certificate::{CertificateError, CertificateFacts, CertificatePem};
pub use error::SecretError;
pub use file::{FileError, FileOptions, FileStore};
pub use identity::{WebIdentity, WebIdentityError};
pub use lint::{IdOf, Ids, Lint, lint_client_secret};
pub use managed::{ManagedError, ManagedOptions, ManagedStore, Removal};
pub use rotation::{
    InvalidToken, Kept, Made, Origin, RotationStore, RotationToken, Standing, VersionStanding,
};
pub use secret::Secret;
pub use version::Version;
pub use webhook::{KeptKey, KeysOf, WebhookKey, WebhookKeyError, WebhookKeys};

/// Which of a connection's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The one that is used.
    Current,
    /// The one that is to be used once it is proven.
    Pending,
    /// The one that was used before.
    Previous,
}

/// Keeps the secrets of connections: of each the current one, the one before, and one that is being tried. Beside them
/// it keeps the keys of webhooks.
///
/// Several processes may use the same store at once. Of two that set the same connection's secret one comes last;
/// neither breaks the other's, and no other connection's is touched.
#[async_trait]
pub trait SecretStore: RotationStore {
    /// The connection's secret; none where there is none at this stage.
    async fn get(&self, of: &ConnectionId, stage: Stage) -> Result<Option<Secret>, SecretError>;

    /// Makes a secret the current one at once; what was current is the previous one then. Setting what is current
    /// already changes nothing.
    async fn set(&self, of: &ConnectionId, secret: &Secret) -> Result<(), SecretError>;

    /// Keeps a secret as pending, in place of any other pending one. The current one stays. What is given back
    /// tells this staging from every other, so that nobody promotes or drops what somebody else has staged since.
    ///
    /// # Errors
    /// Among others, the connection has no current secret: then there is nothing to rotate, and `set` is meant.
    async fn stage(&self, of: &ConnectionId, secret: &Secret) -> Result<Version, SecretError>;

    /// Makes the pending secret the current one, and the current one the previous.
    ///
    /// # Errors
    /// Among others, nothing is pending (`NothingPending`), or what is was staged by somebody else (`Superseded`).
    async fn promote(&self, of: &ConnectionId, version: &Version) -> Result<(), SecretError>;

    /// Drops the pending secret, if it is this one.
    async fn discard(&self, of: &ConnectionId, version: &Version) -> Result<(), SecretError>;

    /// Removes all of the connection's secrets. Tells whether there were any.
    async fn remove(&self, of: &ConnectionId) -> Result<bool, SecretError>;

    /// A keyed hash of a secret: the same secret in the same store has the same one, and without the key, which stays
    /// in the store, nothing can be tried against it.
    async fn fingerprint(&self, secret: &Secret) -> Result<String, SecretError>;

    /// Keys of webhooks; none where none were set. They are read anew each time.
    async fn webhook_keys(&self, of: KeysOf) -> Result<WebhookKeys, SecretError>;

    /// Keeps keys of webhooks in place of those that were; no keys at all leave nothing behind.
    async fn set_webhook_keys(&self, of: KeysOf, keys: &WebhookKeys) -> Result<(), SecretError>;

    /// Forgets what was read before: the next `get` asks anew. For a secret that Entra ID does not accept any more,
    /// which somebody else may have replaced.
    fn forget(&self, of: &ConnectionId) {
        // A store that remembers nothing has nothing to forget.
        let _ = of;
    }

    /// Where secrets are kept, as people would say it.
    fn place(&self) -> String;
}
