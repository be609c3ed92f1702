//! Rotation of a connection's client secret: the application makes its next secret itself, and Fairlead uses it once it
//! works.
//!
//! The four steps are Secrets Manager's, whatever the store: *create* has Entra ID make a secret and keeps it as pending,
//! *set* sees that the registration has it, *test* signs in with it until that works steadily, *finish* makes it the
//! current one. Each may be repeated, and may be broken off anywhere: the current secret works throughout, since the
//! ones in use are removed by nobody. A secret that is not in use any more goes at the next rotation's *create*, and
//! only by the id that was kept with it; so an application has at most two of ours beside the current one.
//!
//! Two of one kind of orphan exist: a secret whose text was lost between being made and being kept, and one of a
//! rotation that was given up. Both replace the secret that is current still, and say so in their name (see
//! [`passwords`]), by which the next *create* finds them.

mod error;
mod passwords;
mod registration;
mod requirements;
mod steps;
mod trial;

use std::{str::FromStr, time::Duration};

use fairlead_model::{Connection, ConnectionId};
use fairlead_secrets::{RotationToken, Version, VersionStanding};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

pub use error::RotateError;
pub(crate) use requirements::{NEEDED, requirements};

use crate::{EngineError, Registry};

/// How long a new secret lives: three times the month after which the next one is due, so that two rotations may fail
/// before anything else does.
const LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// One step of a rotation, in Secrets Manager's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationStep {
    /// `createSecret`: have Entra ID make a secret, and keep it as pending.
    Create,
    /// `setSecret`: see that the registration has it.
    Set,
    /// `testSecret`: sign in with it until that works steadily.
    Test,
    /// `finishSecret`: make it the current one.
    Finish,
}

/// A word is no step of a rotation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no step of a rotation: Secrets Manager's are createSecret, setSecret, testSecret and finishSecret"
)]
pub struct UnknownStep(String);

impl FromStr for RotationStep {
    type Err = UnknownStep;

    fn from_str(word: &str) -> Result<Self, UnknownStep> {
        match word {
            "createSecret" => Ok(Self::Create),
            "setSecret" => Ok(Self::Set),
            "testSecret" => Ok(Self::Test),
            "finishSecret" => Ok(Self::Finish),
            _ => Err(UnknownStep(word.to_owned())),
        }
    }
}

/// How a rotation is done. The default is for Entra ID.
#[derive(Debug, Clone)]
pub struct RotationOptions {
    /// How long a new secret lives.
    pub lifetime: SignedDuration,
    /// Sign-ins with a new secret that must succeed in a row: it becomes valid on one of Entra ID's front ends after the
    /// other, so that a success may be followed by a failure.
    pub successes: u32,
    /// About how long after one another.
    pub between: Duration,
    /// How long is tried before the step fails, to be repeated. New secrets take 4 to 18 s, and nothing is promised
    /// (github.com/microsoftgraph/microsoft-graph-docs/issues/17966).
    pub patience: Duration,
}

impl Default for RotationOptions {
    fn default() -> Self {
        Self {
            lifetime: LIFETIME,
            successes: 3,
            between: Duration::from_secs(5),
            patience: Duration::from_mins(2),
        }
    }
}

/// Rotates client secrets of connections.
#[derive(Debug, Clone)]
pub struct Rotator<'a> {
    /// Connections and their secrets.
    pub registry: Registry<'a>,
    /// How.
    pub options: RotationOptions,
}

impl Rotator<'_> {
    /// Takes a step that the secret store asks for. Doing it again changes nothing.
    ///
    /// # Errors
    /// `Rotate` when the rotation is not one that may go on, the tenant does not let it, or the new secret does not
    /// work yet; or what a store says. The connection's current secret is in use and works then as before.
    pub async fn step(
        &self,
        step: RotationStep,
        id: &ConnectionId,
        token: &RotationToken,
    ) -> Result<(), EngineError> {
        let standing = self.registry.secrets.standing(id, token).await?;
        if !standing.scheduled {
            return Err(RotateError::NotScheduled(id.clone()).into());
        }
        match standing.version {
            VersionStanding::Unknown => return Err(RotateError::unknown(id, token).into()),
            VersionStanding::Superseded => return Err(RotateError::superseded(id, token).into()),
            // Nothing is left to do but what comes after the secret is current.
            VersionStanding::Current => return self.remember(id).await,
            VersionStanding::Pending => {}
        }
        let connection = self.connection(id).await?;
        if !connection.rotates() {
            return Err(RotateError::Off(id.clone()).into());
        }
        self.take(step, &connection, token).await
    }

    /// Does a whole rotation, or continues one that was broken off.
    ///
    /// # Errors
    /// As [`Rotator::step`]. Whether rotation is switched on for the connection does not count: somebody asks for it.
    pub async fn now(&self, id: &ConnectionId) -> Result<Connection, EngineError> {
        let connection = self.connection(id).await?;
        let secrets = self.registry.secrets;
        if let Some(token) = secrets.unfinished(id).await? {
            match self.all(&connection, &token).await {
                // What it had made is gone, so it cannot be finished by anybody.
                Err(EngineError::Rotate(RotateError::Lost { .. })) => {
                    secrets.discard(id, &Version::from(String::from(token))).await?;
                }
                done => return done,
            }
        }
        self.all(&connection, &RotationToken::random()).await
    }

    /// Whether a connection's secret is to be rotated by now: where that is switched on, after a third of its life, or
    /// of that of a new one.
    pub fn is_due(&self, connection: &Connection, now: Timestamp) -> bool {
        let Some(record) = connection.credential.as_ref().filter(|record| record.rotates()) else {
            return false;
        };
        let life = record.expires_at.map_or(self.options.lifetime, |end| end.duration_since(record.since()));
        now.duration_since(record.since()) >= life.min(self.options.lifetime) / 3
    }

    async fn all(&self, connection: &Connection, token: &RotationToken) -> Result<Connection, EngineError> {
        for step in [RotationStep::Create, RotationStep::Set, RotationStep::Test, RotationStep::Finish] {
            self.take(step, connection, token).await?;
        }
        self.connection(&connection.id).await
    }

    async fn take(
        &self,
        step: RotationStep,
        connection: &Connection,
        token: &RotationToken,
    ) -> Result<(), EngineError> {
        let done = match step {
            RotationStep::Create => self.create(connection, token).await,
            RotationStep::Set => self.set(connection, token).await,
            RotationStep::Test => self.test(connection, token).await,
            RotationStep::Finish => self.finish(connection, token).await,
        };
        tracing::info!(connection = %connection.id, %token, ?step, ok = done.is_ok(), "rotation");
        done
    }

    async fn connection(&self, id: &ConnectionId) -> Result<Connection, EngineError> {
        Ok(self.registry.existing(id).await?.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_called_as_secrets_manager_calls_them() {
        assert_eq!("createSecret".parse(), Ok(RotationStep::Create));
        assert_eq!("finishSecret".parse(), Ok(RotationStep::Finish));
        assert!("create".parse::<RotationStep>().unwrap_err().to_string().contains("testSecret"));
    }
}
