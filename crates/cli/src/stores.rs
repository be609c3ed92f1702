//! Connections with their secrets, as configured: an encrypted file of this machine, or AWS Secrets Manager.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _},
    path::PathBuf,
    sync::Arc,
};

use fairlead_engine::Registry;
use fairlead_secrets::{FileOptions, FileStore, ManagedOptions, ManagedStore, SecretError, SecretStore};
use fairlead_store::State;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{context::Context, credential, failure::Failed, prompt};

/// The variable the passphrase of the key file may be given in.
const PASSPHRASE: &str = "FAIRLEAD_SECRETS_PASSPHRASE";

/// Where secrets are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "store", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(crate) enum SecretsConfig {
    /// An encrypted file; its key lies beside it, or where `key` says.
    File {
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<PathBuf>,
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<PathBuf>,
    },
    /// AWS Secrets Manager, with the credentials AWS's own tools would use.
    Aws {
        #[serde(skip_serializing_if = "Option::is_none")]
        prefix: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        kms_key: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<Url>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
    },
}

impl Default for SecretsConfig {
    fn default() -> Self {
        Self::File { path: None, key: None }
    }
}

/// The passphrase of the key file, where there is one; a person is asked once it is needed.
async fn passphrase(options: &FileOptions) -> Result<Option<SecretString>, Failed> {
    if let Some(given) = credential::variable(PASSPHRASE)? {
        if given.expose_secret().is_empty() {
            return Err(Failed::usage(format!(
                "{PASSPHRASE} is set, and empty: an empty passphrase protects nothing; unset it, or give one"
            )));
        }
        return Ok(Some(given));
    }
    let wanted = options.wants_passphrase().map_err(SecretError::from)?;
    if !wanted || !io::stdin().is_terminal() {
        return Ok(None);
    }
    Ok(Some(prompt::secret(&format!("Passphrase of {}: ", options.key.display())).await?))
}

/// Both, open.
pub(crate) struct Stores {
    state: State,
    secrets: Arc<dyn SecretStore>,
}

impl Stores {
    pub(crate) async fn open(context: &Context) -> Result<Self, Failed> {
        let secrets: Arc<dyn SecretStore> = match &context.config.secrets {
            SecretsConfig::File { path, key } => {
                let usual = context.config.home.join("secrets").join("secrets.age");
                let mut options = FileOptions::new(path.clone().unwrap_or(usual));
                options.key = key.clone().unwrap_or(options.key);
                options.passphrase = passphrase(&options).await?;
                Arc::new(FileStore::new(options))
            }
            SecretsConfig::Aws { prefix, kms_key, region, profile, endpoint, tags } => {
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
        };
        Ok(Self { state: context.state()?, secrets })
    }

    pub(crate) fn registry(&self) -> Registry<'_> {
        Registry { state: &self.state, secrets: &*self.secrets }
    }
}
