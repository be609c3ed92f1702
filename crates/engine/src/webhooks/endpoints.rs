//! Endpoints: added with a key, their keys replaced without a gap, switched off and removed.

use fairlead_model::{Disabled, Endpoint, Happening};
use fairlead_secrets::{KeptKey, KeysOf, SecretStore, WebhookKey, WebhookKeys};
use fairlead_store::{Listed, State, Versioned};
use jiff::Timestamp;
use url::Url;
use uuid::Uuid;

use super::{WebhookError, address::check_url, keys::given_or_new};
use crate::EngineError;

/// Where endpoints and their keys are kept.
#[derive(Debug, Clone, Copy)]
pub struct Endpoints<'a> {
    /// The endpoints.
    pub state: &'a State,
    /// Their keys.
    pub secrets: &'a dyn SecretStore,
}

impl Endpoints<'_> {
    /// All of them.
    ///
    /// # Errors
    /// What the state says.
    pub async fn list(&self) -> Result<Listed<Endpoint>, EngineError> {
        Ok(self.state.endpoints().await?)
    }

    /// Adds an endpoint with a new key, by which it knows that what it is told comes from here.
    ///
    /// # Errors
    /// An address or a type that cannot be, or what a store says.
    pub async fn add(
        &self,
        url: Url,
        events: Vec<String>,
        allow_private: bool,
        now: Timestamp,
    ) -> Result<(Endpoint, KeptKey), EngineError> {
        check_url(&url, allow_private)?;
        if let Some(unknown) = events.iter().find(|event| !Happening::KINDS.contains(&event.as_str())) {
            let known = Happening::KINDS.map(str::to_owned).to_vec();
            return Err(WebhookError::UnknownEvent { given: unknown.clone(), known }.into());
        }
        let endpoint =
            Endpoint { id: Uuid::now_v7(), url, events, allow_private, added_at: now, disabled: None };
        // The key goes first, so that nobody is told anything unsigned.
        let key = self.add_key(endpoint.id, None, now).await?;
        self.state.add_endpoint(&endpoint).await?;
        Ok((endpoint, key))
    }

    /// Adds a key to those the endpoint has. Until the others are removed, everything is signed by each.
    ///
    /// # Errors
    /// An unknown endpoint, too many keys, or what a store says.
    pub async fn rotate(&self, id: Uuid, now: Timestamp) -> Result<KeptKey, EngineError> {
        self.existing(id).await?;
        self.add_key(id, None, now).await
    }

    /// Removes all keys of an endpoint but the newest. Tells how many went.
    ///
    /// # Errors
    /// An unknown endpoint, or what a store says.
    pub async fn finish_rotation(&self, id: Uuid) -> Result<usize, EngineError> {
        self.existing(id).await?;
        let mut keys = self.secrets.webhook_keys(KeysOf::Endpoint(id)).await?;
        let newest = keys.newest().map(|kept| kept.key.id());
        let gone = keys.retain(|kept| Some(kept.key.id()) == newest);
        if gone > 0 {
            self.secrets.set_webhook_keys(KeysOf::Endpoint(id), &keys).await?;
        }
        Ok(gone)
    }

    /// Tells the endpoint nothing any more, or again.
    ///
    /// # Errors
    /// An unknown endpoint, or what the state says.
    pub async fn switch(&self, id: Uuid, disabled: Option<Disabled>) -> Result<Endpoint, EngineError> {
        let found = self.existing(id).await?;
        let changed = Endpoint { disabled, ..found.value.clone() };
        if self.state.change_endpoint(&found, Some(&changed)).await? {
            Ok(changed)
        } else {
            Err(WebhookError::EndpointChanged(id).into())
        }
    }

    /// Removes an endpoint and its keys.
    ///
    /// # Errors
    /// An unknown endpoint, or what a store says.
    pub async fn remove(&self, id: Uuid) -> Result<Endpoint, EngineError> {
        let found = self.existing(id).await?;
        // Interrupted in between, an endpoint without keys is better than keys without one.
        self.secrets.set_webhook_keys(KeysOf::Endpoint(id), &WebhookKeys::default()).await?;
        if self.state.change_endpoint(&found, None).await? {
            Ok(found.value)
        } else {
            Err(WebhookError::EndpointChanged(id).into())
        }
    }

    async fn existing(&self, id: Uuid) -> Result<Versioned<Endpoint>, EngineError> {
        Ok(self.state.endpoint(id).await?.ok_or(WebhookError::UnknownEndpoint(id))?)
    }

    async fn add_key(
        &self,
        id: Uuid,
        given: Option<WebhookKey>,
        now: Timestamp,
    ) -> Result<KeptKey, EngineError> {
        let kept = KeptKey { sender: None, added_at: now, key: given_or_new(given)? };
        let mut keys = self.secrets.webhook_keys(KeysOf::Endpoint(id)).await?;
        keys.add(kept.clone()).map_err(WebhookError::from)?;
        self.secrets.set_webhook_keys(KeysOf::Endpoint(id), &keys).await?;
        Ok(kept)
    }
}
