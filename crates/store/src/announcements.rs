//! What happened, and how far those who listen were told of it.
//!
//! A mark beside the announcements says which of them somebody is still to be told of, so that whoever looks
//! for them need not read all there ever were.

use fairlead_model::{Announcement, Delivery};
use object_store::{ObjectStoreExt as _, PutPayload, path::Path};
use uuid::Uuid;

use crate::{Listed, State, StoreError, Versioned, chain};

const UNDELIVERED: &str = "undelivered";

impl State {
    /// Keeps an announcement, as one somebody is still to be told of. Saved again, it stays what it was.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn save_announcement(&self, announcement: &Announcement) -> Result<(), StoreError> {
        // The mark comes first: one without its announcement is cleared away, the other way round it is forgotten.
        self.mark_undelivered(announcement.id).await?;
        self.chain("announcements", &announcement.id).create(1, announcement).await.map(|_| ())
    }

    /// An announcement.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn announcement(&self, id: Uuid) -> Result<Option<Announcement>, StoreError> {
        Ok(self.chain("announcements", &id).newest().await?.map(|newest| newest.value))
    }

    /// The newest announcements, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn announcements(&self, limit: usize) -> Result<Listed<Announcement>, StoreError> {
        let mut listed = self.objects.list(&Path::from("announcements")).await?;
        listed.sort_by_key(|object| std::cmp::Reverse(object.last_modified));
        listed.truncate(limit);
        let mut read = self.read_each::<Announcement>(chain::chains_of(&listed)).await?;
        read.found.sort_by_key(|announcement| std::cmp::Reverse(announcement.timestamp));
        Ok(read)
    }

    /// Says that somebody is still to be told of an announcement.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn mark_undelivered(&self, announcement: Uuid) -> Result<(), StoreError> {
        let key = undelivered(announcement);
        let put = self.objects.store.put(&key, PutPayload::default()).await;
        put.map(|_| ()).map_err(|error| self.objects.failed(&key, &error))
    }

    /// Says that everybody was told.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn mark_delivered(&self, announcement: Uuid) -> Result<(), StoreError> {
        self.objects.remove(vec![undelivered(announcement)]).await
    }

    /// The announcements somebody is still to be told of.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn undelivered(&self) -> Result<Vec<Uuid>, StoreError> {
        let listed = self.objects.list(&Path::from(UNDELIVERED)).await?;
        let mut ids: Vec<Uuid> =
            listed.iter().filter_map(|object| object.location.filename()?.parse().ok()).collect();
        ids.sort();
        Ok(ids)
    }

    /// How far the telling of an announcement to an endpoint is; absent: it has not begun.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn delivery(
        &self,
        announcement: Uuid,
        endpoint: Uuid,
    ) -> Result<Option<Versioned<Delivery>>, StoreError> {
        self.chain("deliveries", &format!("{announcement}/{endpoint}")).newest().await
    }

    /// How far the telling of an announcement is, by endpoint.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn deliveries(&self, announcement: Uuid) -> Result<Listed<Delivery>, StoreError> {
        let listed = self.objects.list(&Path::from(format!("deliveries/{announcement}"))).await?;
        self.read_each(chain::chains_of(&listed)).await
    }

    /// Says how a delivery stands now, in place of what was read. False: somebody else has said something
    /// meanwhile.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn change_delivery(&self, read: u64, delivery: &Delivery) -> Result<bool, StoreError> {
        let of = format!("{}/{}", delivery.announcement, delivery.endpoint);
        self.chain("deliveries", &of).create(read + 1, delivery).await
    }
}

fn undelivered(announcement: Uuid) -> Path {
    Path::from(format!("{UNDELIVERED}/{announcement}"))
}
