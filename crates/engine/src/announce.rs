//! Announcements: what happened is kept, and a message says that it is to be told.

use async_trait::async_trait;
use fairlead_model::{Announcement, Message};
use fairlead_store::State;
use uuid::Uuid;

use crate::{EngineError, Handled, Queue};

/// Names of happenings are hashed within this namespace, which is ours alone.
const NAMESPACE: Uuid = Uuid::from_u128(0x7f0c_59a4_8d2e_4f0b_9c37_52b1_e6a8_d413);

/// Tells listeners.
#[async_trait]
pub trait Deliver: Send + Sync {
    /// Tells every listener that has not been told yet. `Later`: one could not be reached, and may be next time.
    async fn deliver(&self, announcement: &Announcement) -> Handled;
}

/// Nobody listens.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

#[async_trait]
impl Deliver for Nobody {
    async fn deliver(&self, _: &Announcement) -> Handled {
        Handled::Done
    }
}

/// The id of what happened: the same for the same name, so that it is announced once by whoever notices it.
pub(crate) fn id(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// Keeps an announcement and has it told, unless it is kept already. Says whether it is new.
///
/// # Errors
/// When it could not be kept, or the queue did not take it.
pub(crate) async fn announce(
    state: &State,
    queue: &dyn Queue,
    announcement: &Announcement,
) -> Result<bool, EngineError> {
    if state.announcement(announcement.id).await?.is_some() {
        return Ok(false);
    }
    state.save_announcement(announcement).await?;
    queue.send(&[Message::Announce { id: announcement.id }]).await?;
    Ok(true)
}
