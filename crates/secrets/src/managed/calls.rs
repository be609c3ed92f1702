//! The calls the store makes, one function each.

use std::collections::HashMap;

use aws_sdk_secretsmanager::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    types::Tag,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    ManagedOptions, Removal,
    error::{Asked, Refusal, read},
};
use crate::{Version, aws::untraced};

pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PENDING: &str = "AWSPENDING";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

/// The client, and how it is used.
#[derive(Debug)]
pub(super) struct Calls {
    client: Client,
    endpoint: String,
}

/// A version as it was read.
pub(super) struct Read {
    pub(super) value: Zeroizing<String>,
    /// The version's id.
    pub(super) id: Option<String>,
    stages: Vec<String>,
}

impl Read {
    pub(super) fn is_at(&self, stage: &str) -> bool {
        self.stages.iter().any(|at| at == stage)
    }
}

/// Which version is at which stage.
pub(super) struct Versions {
    stages: HashMap<String, Vec<String>>,
    /// Whether AWS rotates the secret on a schedule.
    pub(super) rotates: bool,
}

impl Versions {
    pub(super) fn at(&self, stage: &str) -> Option<&str> {
        let mut versions = self.stages.iter();
        versions.find(|(_, stages)| stages.iter().any(|at| at == stage)).map(|(id, _)| id.as_str())
    }

    /// Whether there is such a version, and whether it is at this stage.
    pub(super) fn is(&self, version: &str, stage: &str) -> Option<bool> {
        Some(self.stages.get(version)?.iter().any(|at| at == stage))
    }
}

impl Calls {
    pub(super) fn new(client: Client, endpoint: String) -> Self {
        Self { client, endpoint }
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The value at a stage. The stage is always said: a resource policy may ask for it.
    pub(super) async fn get(&self, name: &str, stage: &str) -> Result<Read, Refusal> {
        self.read(name, stage, None).await
    }

    /// The value of a version, which must be at a stage.
    pub(super) async fn get_version(&self, name: &str, id: &str, stage: &str) -> Result<Read, Refusal> {
        self.read(name, stage, Some(id)).await
    }

    async fn read(&self, name: &str, stage: &str, id: Option<&str>) -> Result<Read, Refusal> {
        let call = self.client.get_secret_value().secret_id(name).version_stage(stage);
        let call = call.set_version_id(id.map(str::to_owned));
        let told = self.make("GetSecretValue", name, call.send()).await?;
        Ok(Read {
            value: Zeroizing::new(told.secret_string.unwrap_or_default()),
            id: told.version_id,
            stages: told.version_stages.unwrap_or_default(),
        })
    }

    pub(super) async fn versions(&self, name: &str) -> Result<Versions, Refusal> {
        let call = self.client.describe_secret().secret_id(name);
        let told = self.make("DescribeSecret", name, call.send()).await?;
        if told.deleted_date.is_some() {
            return Err(Refusal::BeingDeleted);
        }
        Ok(Versions {
            stages: told.version_ids_to_stages.unwrap_or_default(),
            rotates: told.rotation_enabled.unwrap_or_default(),
        })
    }

    /// Makes a secret that is not there yet; its value is the current one. The token makes a request that AWS got
    /// twice count once.
    pub(super) async fn create(
        &self,
        name: &str,
        value: &str,
        description: &str,
        connection: Option<&str>,
        options: &ManagedOptions,
    ) -> Result<(), Refusal> {
        let mut tags = options.tags.clone();
        tags.entry("application".to_owned()).or_insert_with(|| "fairlead".to_owned());
        if let Some(connection) = connection {
            tags.entry("connection".to_owned()).or_insert_with(|| connection.to_owned());
        }
        let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let call = self
            .client
            .create_secret()
            .name(name)
            .description(description)
            .client_request_token(Uuid::new_v4().to_string())
            .secret_string(value)
            .set_kms_key_id(options.kms_key_id.clone())
            .set_tags(Some(tags.collect()));
        self.make("CreateSecret", name, call.send()).await.map(drop)
    }

    /// Adds a version at a stage; what was current becomes the previous one where it is replaced.
    pub(super) async fn put(&self, name: &str, value: &str, stage: &str) -> Result<Version, Refusal> {
        let version = Version::new();
        self.put_as(name, value, stage, version.as_str()).await?;
        Ok(version)
    }

    /// Adds a version of this id; one that is there with the same value is left as it is.
    pub(super) async fn put_as(&self, name: &str, value: &str, stage: &str, id: &str) -> Result<(), Refusal> {
        let call = self
            .client
            .put_secret_value()
            .secret_id(name)
            // What AWS calls the version from then on.
            .client_request_token(id)
            .secret_string(value)
            .version_stages(stage);
        self.make("PutSecretValue", name, call.send()).await.map(drop)
    }

    /// Moves a stage from one version to another, or to none.
    pub(super) async fn move_stage(
        &self,
        name: &str,
        stage: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), Refusal> {
        let call = self
            .client
            .update_secret_version_stage()
            .secret_id(name)
            .version_stage(stage)
            .set_remove_from_version_id(from.map(str::to_owned))
            .set_move_to_version_id(to.map(str::to_owned));
        self.make("UpdateSecretVersionStage", name, call.send()).await.map(drop)
    }

    pub(super) async fn delete(&self, name: &str, removal: Removal) -> Result<(), Refusal> {
        let call = self.client.delete_secret().secret_id(name);
        let call = match removal {
            Removal::Recoverable { days } => call.recovery_window_in_days(days.into()),
            Removal::AtOnce => call.force_delete_without_recovery(true),
        };
        self.make("DeleteSecret", name, call.send()).await.map(drop)
    }

    pub(super) async fn restore(&self, name: &str) -> Result<(), Refusal> {
        let call = self.client.restore_secret().secret_id(name);
        self.make("RestoreSecret", name, call.send()).await.map(drop)
    }

    async fn make<T, E>(
        &self,
        action: &'static str,
        name: &str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Refusal>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let told = untraced(call).await;
        tracing::debug!(action, name, ok = told.is_ok(), "asked Secrets Manager");
        told.map_err(|error| read(&error, Asked { action, name, endpoint: &self.endpoint }))
    }
}
