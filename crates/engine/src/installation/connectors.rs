//! Connectors kept warm: each is loaded when first asked for, and once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use fairlead_host::{Connector, Host};
use tokio::sync::OnceCell;

use crate::{Catalogue, EngineError};

#[derive(Debug, Default)]
pub(super) struct Loaded {
    loaded: Mutex<HashMap<String, Arc<OnceCell<Connector>>>>,
}

impl Loaded {
    /// A connector; of several who ask at once, one loads it and the others wait. What failed is tried again.
    pub(super) async fn get(
        &self,
        catalogue: &Catalogue,
        host: &Host,
        id: &str,
    ) -> Result<Connector, EngineError> {
        let place = {
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            loaded.entry(id.to_owned()).or_default().clone()
        };
        place.get_or_try_init(|| catalogue.load(host, id)).await.cloned()
    }
}
