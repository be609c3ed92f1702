//! What a connector may use in each phase, joined from the other rooms.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use fairlead_azure::PolicedGateway;
use fairlead_host::{Artifacts, Azure, Services, SnapshotReader};
use fairlead_model::{Refusal, Request, Response};

/// While collecting: calls to Azure.
pub(super) struct Collecting {
    azure: Arc<PolicedAzure>,
}

struct PolicedAzure {
    gateway: PolicedGateway,
    /// The first refusal that makes going on pointless.
    fatal: OnceLock<Refusal>,
}

impl Collecting {
    pub(super) fn new(gateway: PolicedGateway) -> Self {
        Self { azure: Arc::new(PolicedAzure { gateway, fatal: OnceLock::new() }) }
    }

    /// Whether the credential stopped working.
    pub(super) fn fatal(&self) -> Option<&Refusal> {
        self.azure.fatal.get()
    }
}

impl PolicedAzure {
    fn note(&self, result: &Result<Response, Refusal>) {
        if let Err(refusal @ Refusal::Credential(_)) = result {
            // Only the first one matters.
            let _ = self.fatal.set(refusal.clone());
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

    async fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Refusal>> {
        let results = self.gateway.send_all(requests).await;
        results.iter().for_each(|result| self.note(result));
        results
    }
}

/// While publishing: the collection to read, files to write.
pub(super) struct Publishing {
    pub(super) snapshot: Arc<dyn SnapshotReader>,
    pub(super) artifacts: Arc<dyn Artifacts>,
}
