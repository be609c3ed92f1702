//! Objects under keys, as this crate uses them: the few operations that a folder, memory and S3 have in common,
//! with what differs between them hidden.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, future, stream};
use object_store::{
    Error as ObjectError, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, path::Path,
};

use crate::{StoreError, bucket};

/// How often something is tried when nobody can tell whether it was done.
const TRIES: u32 = 5;
/// The wait before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(50);

/// An object store, and where it is for people.
#[derive(Clone)]
pub(crate) struct Objects {
    pub(crate) store: Arc<dyn ObjectStore>,
    place: Place,
}

/// Where the keys are, for people.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A folder, whose own failures name the file.
    Folder,
    /// Objects that nobody else knows.
    Objects,
    /// Such as `s3://bucket/prefix`.
    Bucket(Arc<str>),
}

/// Without the store itself: what it knows of its credentials is nobody's business.
impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Objects").field(&self.place).finish()
    }
}

impl Objects {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, place: Place) -> Self {
        Self { store, place }
    }

    /// What people call the object.
    pub(crate) fn name(&self, key: &Path) -> String {
        match &self.place {
            Place::Folder | Place::Objects => key.to_string(),
            Place::Bucket(place) => format!("{place}/{key}"),
        }
    }

    /// A failure as a sentence.
    pub(crate) fn failed(&self, key: &Path, error: &ObjectError) -> StoreError {
        match &self.place {
            Place::Folder | Place::Objects => StoreError::object(key.as_ref(), error),
            Place::Bucket(_) => bucket::failure(self.name(key), error),
        }
    }

    /// Every object below the prefix: one request for a thousand of them.
    pub(crate) async fn list(&self, prefix: &Path) -> Result<Vec<ObjectMeta>, StoreError> {
        let listed = self.store.list(Some(prefix)).try_collect().await;
        listed.map_err(|error| self.failed(prefix, &error))
    }

    /// Those whose keys come after `after`. S3 begins there; what comes before costs nothing.
    pub(crate) async fn list_after(
        &self,
        prefix: &Path,
        after: &Path,
    ) -> Result<Vec<ObjectMeta>, StoreError> {
        let listed = self.store.list_with_offset(Some(prefix), after).try_collect().await;
        listed.map_err(|error| self.failed(prefix, &error))
    }

    /// Those whose keys come before `end`. All but folders list in the order of keys, so what comes after costs
    /// nothing.
    pub(crate) async fn list_before(&self, prefix: &Path, end: &Path) -> Result<Vec<ObjectMeta>, StoreError> {
        let in_order = !matches!(self.place, Place::Folder);
        let is_before = |object: &ObjectMeta| object.location.as_ref() < end.as_ref();
        let listed = self
            .store
            .list(Some(prefix))
            .try_take_while(|object| future::ready(Ok(!in_order || is_before(object))))
            .try_filter(|object| future::ready(is_before(object)));
        listed.try_collect().await.map_err(|error| self.failed(prefix, &error))
    }

    /// The names one level below the prefix that have objects below them: one request for a thousand.
    pub(crate) async fn names_below(&self, prefix: &Path) -> Result<Vec<String>, StoreError> {
        let listed = self.store.list_with_delimiter(Some(prefix)).await;
        let listed = listed.map_err(|error| self.failed(prefix, &error))?;
        Ok(listed.common_prefixes.iter().filter_map(|below| below.filename().map(str::to_owned)).collect())
    }

    pub(crate) async fn read(&self, key: &Path) -> Result<Bytes, StoreError> {
        let found = async { self.store.get(key).await?.bytes().await };
        found.await.map_err(|error| self.failed(key, &error))
    }

    /// Creates an object whose content nobody else writes. False: there is another one under the key.
    ///
    /// An answer may be lost after the object was created; what is tried again then finds our own object. And S3
    /// answers a conflict with somebody who is just writing (409) in the same way as "it exists", although that
    /// one may fail and nothing may be there. So what is there is looked at, and if it is nothing, tried again.
    pub(crate) async fn create(&self, key: &Path, content: Bytes) -> Result<bool, StoreError> {
        let mut tries = 0;
        loop {
            let payload = PutPayload::from(content.clone());
            let Err(error) = self.store.put_opts(key, payload, PutMode::Create.into()).await else {
                return Ok(true);
            };
            tries += 1;
            if !leaves_open(&error) {
                return Err(self.failed(key, &error));
            }
            match self.read(key).await {
                Ok(found) => return Ok(found == content),
                Err(StoreError::Missing { .. }) if tries < TRIES => pause(tries).await,
                Err(_) => return Err(self.failed(key, &error)),
            }
        }
    }

    /// Removes objects, a thousand a request; one that is not there is fine, so it may be done again when the
    /// answer is lost.
    pub(crate) async fn remove(&self, keys: Vec<Path>) -> Result<(), StoreError> {
        let Some(first) = keys.first() else { return Ok(()) };
        let mut tries = 0;
        while let Err(error) = self.try_to_remove(keys.clone()).await {
            tries += 1;
            if !leaves_open(&error) || tries == TRIES {
                return Err(self.failed(first, &error));
            }
            pause(tries).await;
        }
        Ok(())
    }

    async fn try_to_remove(&self, keys: Vec<Path>) -> Result<(), ObjectError> {
        let mut removing = self.store.delete_stream(stream::iter(keys.into_iter().map(Ok)).boxed());
        while let Some(removed) = removing.next().await {
            match removed {
                Ok(_) | Err(ObjectError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

async fn pause(tries: u32) {
    tokio::time::sleep(PAUSE * 2_u32.pow(tries - 1)).await;
}

/// Whether what failed so may have been done, or may succeed when tried again.
fn leaves_open(error: &ObjectError) -> bool {
    matches!(
        error,
        ObjectError::AlreadyExists { .. } | ObjectError::Precondition { .. } | ObjectError::Generic { .. }
    )
}
