//! Who is told what happens: `endpoints/{id}/{generation}.json`.

use fairlead_model::Endpoint;
use object_store::path::Path;
use uuid::Uuid;

use crate::{Listed, State, StoreError, Versioned, chain};

impl State {
    /// Every endpoint, in the order of their ids.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn endpoints(&self) -> Result<Listed<Endpoint>, StoreError> {
        let chains = chain::chains_of(&self.objects.list(&Path::from("endpoints")).await?);
        let Listed { found, unreadable } = self.read_each::<Option<Endpoint>>(chains).await?;
        Ok(Listed { found: found.into_iter().flatten().collect(), unreadable })
    }

    /// One endpoint, and the generation to give back when changing it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn endpoint(&self, id: Uuid) -> Result<Option<Versioned<Endpoint>>, StoreError> {
        let newest = self.chain("endpoints", &id).newest::<Option<Endpoint>>().await?;
        Ok(newest
            .and_then(|Versioned { value, generation }| value.map(|value| Versioned { value, generation })))
    }

    /// Adds an endpoint under an id nobody else has.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn add_endpoint(&self, endpoint: &Endpoint) -> Result<(), StoreError> {
        self.chain("endpoints", &endpoint.id).create(1, &Some(endpoint)).await.map(|_| ())
    }

    /// Replaces an endpoint as it was read; without a value it is removed. False: it is not what was read any
    /// more.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn change_endpoint(
        &self,
        read: &Versioned<Endpoint>,
        changed: Option<&Endpoint>,
    ) -> Result<bool, StoreError> {
        self.chain("endpoints", &read.value.id).create(read.generation + 1, &changed).await
    }
}
