//! Asking for a validation by a signed message.
//!
//! A message may come twice: its sender got no answer and repeats it, or somebody repeats what he overheard. Its
//! validation's id follows from who sent it under which id, so whatever is done twice is done to the same thing.
//!
//! ```text
//! taken before? ─► secret kept ─► pending, on record ─► enqueued ─► taken, on record
//! ```
//!
//! The message is enqueued before it is on record as taken: dying in between, a repetition enqueues it again, and
//! the worker finds the validation done. The other way round it would be lost.

use fairlead_model::{ConnectionId, Message, Sender, Subject, ValidationRecord, ValidationState};
use fairlead_secrets::{Secret, SecretStore};
use fairlead_store::{Hook, State, StoreError};
use jiff::Timestamp;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use uuid::{Builder, Uuid};

use super::Proposal;
use crate::{EngineError, NewCredential, Queue, Registry};

/// A message whose signature is right.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who sent it.
    pub sender: &'a Sender,
    /// Its id: the same whenever it is sent again.
    pub id: &'a str,
    /// SHA-256 of its body.
    pub body: [u8; 32],
    /// When it came.
    pub at: Timestamp,
}

/// What is to be validated.
#[derive(Debug)]
pub enum Wanted {
    /// A connection.
    Connection(ConnectionId),
    /// One that is only proposed.
    Proposed {
        /// What it would be.
        proposal: Box<Proposal>,
        /// Its client secret.
        secret: SecretString,
    },
}

/// A validation cannot be asked for. Each message is a sentence and says what to do; none holds a secret.
#[derive(Debug, Error)]
pub enum AskError {
    /// No such connection.
    #[error("there is no connection \"{0}\": ask the operator for its name")]
    Unknown(ConnectionId),
    /// Another message had the same id.
    #[error("another message came under this webhook-id before: give every message an id of its own")]
    Reused,
    /// The proposal cannot become a connection.
    #[error("{0}")]
    Proposal(String),
    /// A store, or the queue.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<StoreError> for AskError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// The validation a sender's message asks for. Who knows the message's id and can sign for the sender is who asked.
pub fn validation_of(sender: &Sender, message: &str) -> Uuid {
    let hash = Sha256::new_with_prefix("validation\0").chain_update(sender.as_str()).chain_update("\0");
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.chain_update(message).finalize()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// Asks for a validation and gives back its id; for a message that was taken before, that is all it does.
///
/// # Errors
/// Why not; nothing was done then, or the same message sent again finishes it.
pub async fn ask_validation(
    state: &State,
    secrets: &dyn SecretStore,
    queue: &dyn Queue,
    asked: Asked<'_>,
    wanted: Wanted,
) -> Result<Uuid, AskError> {
    let id = validation_of(asked.sender, asked.id);
    let hook = Hook { body: hex::encode(asked.body), validation: id };
    if let Some(before) = state.hook(asked.sender, asked.id).await? {
        return if before.body == hook.body { Ok(before.validation) } else { Err(AskError::Reused) };
    }
    // Taken, but not on record as such, and finished since: nothing is to be done again, least of all a secret kept
    // that the worker has removed.
    let before = state.validation(id).await?;
    if before.is_none_or(|before| before.state == ValidationState::Pending) {
        let subject = prepared(state, secrets, id, asked.at, wanted).await?;
        remember(state, id, asked.at, &subject).await?;
        let message = Message::Validate { id, subject };
        if let Err(error) = queue.send(std::slice::from_ref(&message)).await {
            forget(secrets, &message).await;
            return Err(error.into());
        }
    }
    state.save_hook(asked.sender, asked.id, &hook).await?;
    Ok(id)
}

/// What is looked at; a secret goes where secrets are kept, and nowhere else.
async fn prepared(
    state: &State,
    secrets: &dyn SecretStore,
    id: Uuid,
    now: Timestamp,
    wanted: Wanted,
) -> Result<Subject, AskError> {
    match wanted {
        Wanted::Connection(connection) => match state.connection(&connection).await? {
            Some(_) => Ok(Subject::Connection(connection)),
            None => Err(AskError::Unknown(connection)),
        },
        Wanted::Proposed { proposal, secret } => {
            proposal.check(&secret, state).await?;
            let name = format!("proposed-{id}").parse();
            let name = name.map_err(|error| EngineError::Defect(format!("{error}")))?;
            let mut connection = proposal.connection(name, now);
            let secret = Secret::ClientSecret(secret);
            secrets.set(&connection.id, &secret).await.map_err(EngineError::from)?;
            let registry = Registry { state, secrets };
            let credential = NewCredential::Kept { secret, expires_at: None };
            connection.credential = Some(registry.record(&credential).await?);
            Ok(Subject::Proposed(Box::new(connection)))
        }
    }
}

/// Removes the secret of a proposal that nobody will look at.
async fn forget(secrets: &dyn SecretStore, message: &Message) {
    if let Message::Validate { subject: Subject::Proposed(proposed), .. } = message
        && let Err(error) = secrets.remove(&proposed.id).await
    {
        tracing::warn!(connection = %proposed.id, %error, "the secret of a proposal stays");
    }
}

async fn remember(state: &State, id: Uuid, now: Timestamp, subject: &Subject) -> Result<(), AskError> {
    if state.validation(id).await?.is_some() {
        return Ok(());
    }
    let connection = match subject {
        Subject::Connection(connection) => connection.clone(),
        Subject::Proposed(connection) => connection.id.clone(),
    };
    let record = ValidationRecord { id, connection, asked_at: now, state: ValidationState::Pending };
    Ok(state.save_validation(&record).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validations_id_follows_from_sender_and_message() {
        let sender = |name: &str| name.parse::<Sender>().unwrap();
        let id = validation_of(&sender("portal"), "msg_1");
        assert_eq!(id, validation_of(&sender("portal"), "msg_1"));
        assert_ne!(id, validation_of(&sender("portal"), "msg_2"));
        assert_ne!(id, validation_of(&sender("partner"), "msg_1"));
        assert_eq!(id.get_version_num(), 8);
        // Those who proposed it have a name for the connection that is one.
        assert!(format!("proposed-{id}").parse::<ConnectionId>().is_ok());
    }
}
