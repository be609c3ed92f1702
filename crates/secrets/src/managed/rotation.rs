//! Rotation by Secrets Manager's own contract: a version's id is the token of the rotation that makes it.

use async_trait::async_trait;
use fairlead_model::ConnectionId;

use super::{
    Inner, ManagedError, ManagedStore,
    calls::{CURRENT, PENDING, PREVIOUS},
    error::Refusal,
    is_leftover, stored, value,
};
use crate::{
    Kept, Made, RotationStore, RotationToken, SecretError, SecretStore as _, Stage, Standing,
    VersionStanding, secret::Stored,
};

impl Inner {
    async fn standing(&self, of: &ConnectionId, token: &RotationToken) -> Result<Standing, ManagedError> {
        let name = self.options.name_of(of);
        let versions = match self.calls.versions(&name).await {
            Err(Refusal::NotFound) => {
                return Ok(Standing { scheduled: false, version: VersionStanding::Unknown });
            }
            versions => versions.map_err(|refusal| refusal.unexpected(&name))?,
        };
        let at = |stage| versions.is(token.as_str(), stage);
        let version = match (at(CURRENT), at(PENDING)) {
            (None, _) => VersionStanding::Unknown,
            (Some(true), _) => VersionStanding::Current,
            (_, Some(true)) => VersionStanding::Pending,
            _ => VersionStanding::Superseded,
        };
        Ok(Standing { scheduled: versions.rotates, version })
    }

    async fn kept(&self, of: &ConnectionId, stage: Stage) -> Result<Option<Kept>, ManagedError> {
        let name = self.options.name_of(of);
        let stage = match stage {
            Stage::Current => CURRENT,
            Stage::Pending => PENDING,
            Stage::Previous => PREVIOUS,
        };
        match self.calls.get(&name, stage).await {
            Ok(read) if is_leftover(&read, stage) => Ok(None),
            Ok(read) => stored(&read, &name, Stored::kept).map(Some),
            Err(Refusal::NotFound) => Ok(None),
            Err(refusal) => Err(refusal.unexpected(&name)),
        }
    }

    async fn made(&self, of: &ConnectionId, token: &RotationToken) -> Result<Option<Made>, ManagedError> {
        let name = self.options.name_of(of);
        match self.calls.get_version(&name, token.as_str(), PENDING).await {
            // A version that is announced has no value yet.
            Ok(read) if read.value.is_empty() => Ok(None),
            Ok(read) => stored(&read, &name, Stored::made).map(Some),
            Err(Refusal::NotFound | Refusal::Moved) => Ok(None),
            Err(refusal) => Err(refusal.unexpected(&name)),
        }
    }

    async fn keep(&self, of: &ConnectionId, made: &Made) -> Result<(), SecretError> {
        let name = self.options.name_of(of);
        let token = &made.origin.token;
        let value = value(&Stored::from(made), &name)?;
        match self.calls.put_as(&name, &value, PENDING, token.as_str()).await {
            Ok(()) => Ok(()),
            Err(Refusal::Exists) => Err(SecretError::Taken { connection: of.clone(), token: token.clone() }),
            Err(Refusal::NotFound) => Err(SecretError::NoCurrent(of.clone())),
            Err(refusal) => Err(refusal.unexpected(&name).into()),
        }
    }

    async fn finish(&self, of: &ConnectionId, token: &RotationToken) -> Result<(), SecretError> {
        let name = self.options.name_of(of);
        let unexpected = |refusal: Refusal| refusal.unexpected(&name);
        let nothing = || SecretError::NothingPending(of.clone());
        let versions = match self.calls.versions(&name).await {
            Err(Refusal::NotFound) => return Err(nothing()),
            versions => versions.map_err(unexpected)?,
        };
        let (version, current) = (token.as_str(), versions.at(CURRENT));
        if current == Some(version) {
            return Ok(());
        }
        if versions.is(version, PENDING) != Some(true) {
            return Err(nothing());
        }
        Ok(self.make_current(&name, current, version).await.map_err(unexpected)?)
    }
}

#[async_trait]
impl RotationStore for ManagedStore {
    /// By its name or ARN.
    fn connection_of(&self, secret: &str) -> Option<ConnectionId> {
        self.inner.options.connection_of(secret)
    }

    async fn standing(&self, of: &ConnectionId, token: &RotationToken) -> Result<Standing, SecretError> {
        Ok(self.inner.standing(of, token).await?)
    }

    async fn unfinished(&self, of: &ConnectionId) -> Result<Option<RotationToken>, SecretError> {
        let pending = self.inner.kept(of, Stage::Pending).await?;
        Ok(pending.and_then(|kept| kept.origin).map(|origin| origin.token))
    }

    async fn kept(&self, of: &ConnectionId, stage: Stage) -> Result<Option<Kept>, SecretError> {
        Ok(self.inner.kept(of, stage).await?)
    }

    async fn made(&self, of: &ConnectionId, token: &RotationToken) -> Result<Option<Made>, SecretError> {
        Ok(self.inner.made(of, token).await?)
    }

    async fn keep(&self, of: &ConnectionId, made: &Made) -> Result<(), SecretError> {
        self.inner.keep(of, made).await
    }

    async fn finish(&self, of: &ConnectionId, token: &RotationToken) -> Result<(), SecretError> {
        let done = self.inner.finish(of, token).await;
        self.forget(of);
        done
    }
}
