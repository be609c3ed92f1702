//! What listeners are told: `announcements/{id}/{generation}.json`.

use fairlead_model::Announcement;
use uuid::Uuid;

use crate::{State, StoreError};

impl State {
    /// Keeps an announcement, so that it can be delivered, and delivered again. One that is kept already stays as
    /// it is.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn save_announcement(&self, announcement: &Announcement) -> Result<(), StoreError> {
        self.chain("announcements", &announcement.id).create(1, announcement).await.map(|_| ())
    }

    /// An announcement.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn announcement(&self, id: Uuid) -> Result<Option<Announcement>, StoreError> {
        Ok(self.chain("announcements", &id).newest().await?.map(|newest| newest.value))
    }
}
