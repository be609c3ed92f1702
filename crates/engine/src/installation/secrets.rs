//! Where the secrets of connections are kept, as configured: an encrypted file of this machine, or AWS Secrets
//! Manager.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use fairlead_secrets::{FileOptions, FileStore, ManagedOptions, ManagedStore, SecretError, SecretStore};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Settings;
use crate::EngineError;

/// Somebody who knows the passphrase of the secrets' key file.
#[async_trait]
pub trait Passphrase: Send + Sync {
    /// Asks for it; none where nobody can be asked.
    ///
    /// # Errors
    /// When whoever is asked gives none.
    async fn ask(&self, key: &Path) -> Result<Option<SecretString>, EngineError>;
}

/// Where secrets are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "store", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum SecretsSettings {
    /// An encrypted file; its key lies beside it, or where `key` says.
    File {
        /// The file; absent: in the home folder.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<PathBuf>,
        /// The file of its key; absent: beside it.
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<PathBuf>,
    },
    /// AWS Secrets Manager, with the credentials AWS's own tools would use.
    Aws {
        /// What every secret's name begins with.
        #[serde(skip_serializing_if = "Option::is_none")]
        prefix: Option<String>,
        /// The key they are encrypted with; absent: the account's own.
        #[serde(skip_serializing_if = "Option::is_none")]
        kms_key: Option<String>,
        /// The region; absent: as AWS's own tools find it.
        #[serde(skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// The profile of AWS's configuration file.
        #[serde(skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
        /// Where Secrets Manager answers; absent: AWS itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<Url>,
        /// Tags of the secrets.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
    },
}

impl Default for SecretsSettings {
    fn default() -> Self {
        Self::File { path: None, key: None }
    }
}

/// Opens the store.
///
/// # Errors
/// When AWS's configuration cannot be used, or nobody gives the passphrase.
pub(super) async fn open(
    settings: &Settings,
    passphrase: Option<&dyn Passphrase>,
) -> Result<Arc<dyn SecretStore>, EngineError> {
    Ok(match &settings.secrets {
        SecretsSettings::File { path, key } => {
            let usual = settings.home.join("secrets").join("secrets.age");
            let mut options = FileOptions::new(path.clone().unwrap_or(usual));
            options.key = key.clone().unwrap_or(options.key);
            options.passphrase.clone_from(&settings.passphrase);
            if let Some(passphrase) = passphrase
                && options.wants_passphrase().map_err(SecretError::from)?
            {
                options.passphrase = passphrase.ask(&options.key).await?;
            }
            Arc::new(FileStore::new(options))
        }
        SecretsSettings::Aws { prefix, kms_key, region, profile, endpoint, tags } => {
            let usual = ManagedOptions::default();
            let options = ManagedOptions {
                prefix: prefix.clone().unwrap_or(usual.prefix),
                kms_key_id: kms_key.clone(),
                tags: tags.clone(),
                region: region.clone(),
                profile: profile.clone(),
                endpoint: endpoint.clone(),
                ..ManagedOptions::default()
            };
            Arc::new(ManagedStore::connect(options).await.map_err(SecretError::from)?)
        }
    })
}
