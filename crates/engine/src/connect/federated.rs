//! Federated credentials: where the assertions of each source come from.

use std::sync::Arc;

use async_trait::async_trait;
use fairlead_azure::{AssertionCommand, AssertionError, AssertionFile, AssertionProvider, Credential, known};
use fairlead_model::{AssertionSource, Cloud};
use fairlead_secrets::WebIdentity;
use secrecy::SecretString;

/// A credential whose assertions come from a source, for applications of a cloud.
pub(super) fn credential(source: &AssertionSource, cloud: &Cloud) -> Credential {
    let provider: Arc<dyn AssertionProvider> = match source {
        AssertionSource::File(path) => Arc::new(AssertionFile::new(path.clone())),
        AssertionSource::Command(words) => Arc::new(AssertionCommand::new(words.clone())),
        AssertionSource::AwsSts { region } => {
            Arc::new(AwsAssertions::new(WebIdentity::new(region.clone()), cloud))
        }
    };
    Credential::Assertion(provider)
}

/// Assertions by which AWS vouches for the role this process runs as. Here, since neither of the two rooms that it
/// takes knows the other.
#[derive(Debug)]
pub struct AwsAssertions {
    identity: WebIdentity,
    audience: &'static str,
}

impl AwsAssertions {
    /// Assertions for applications of a cloud, which are addressed to whom Entra ID recommends there.
    pub fn new(identity: WebIdentity, cloud: &Cloud) -> Self {
        Self { identity, audience: known::federated_audience(cloud) }
    }
}

#[async_trait]
impl AssertionProvider for AwsAssertions {
    async fn assertion(&self) -> Result<SecretString, AssertionError> {
        self.identity.token(self.audience).await.map_err(|error| AssertionError::Elsewhere {
            problem: error.to_string(),
            transient: error.is_transient(),
        })
    }
}
