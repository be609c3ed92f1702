//! What a connector may use in each phase, joined from the other rooms.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use fairlead_azure::PolicedGateway;
use fairlead_host::Azure;
use fairlead_model::{Refusal, Request, Response};

/// Calls to Azure on a connector's behalf, with a memory for what makes going on pointless.
pub(super) struct PolicedAzure {
    gateway: PolicedGateway,
    credential_refused: OnceLock<()>,
}

impl PolicedAzure {
    pub(super) fn new(gateway: PolicedGateway) -> Arc<Self> {
        Arc::new(Self { gateway, credential_refused: OnceLock::new() })
    }

    /// Whether the credential stopped working while calls were made.
    pub(super) fn credential_refused(&self) -> bool {
        self.credential_refused.get().is_some()
    }

    fn note(&self, result: &Result<Response, Refusal>) {
        if let Err(Refusal::Credential(_)) = result {
            self.credential_refused.get_or_init(|| ());
        }
    }
}

#[async_trait]
impl Azure for PolicedAzure {
    async fn send(&self, request: Request) -> Result<Response, Refusal> {
        let result = self.gateway.send(request).await;
        self.note(&result);
        result
    }
}
