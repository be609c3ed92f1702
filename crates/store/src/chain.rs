//! Chains of numbered objects that are only ever created.
//!
//! Creating an object that must not exist yet is the one conditional write that a folder, S3, Azure
//! Blob and GCS all have. The highest number counts; to change something is to create the next one.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use futures::TryStreamExt as _;
use jiff::{Timestamp, ToSpan as _};
use object_store::{
    Error as ObjectError, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, path::Path,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::StoreError;

/// The format of every object; a higher one was written by a newer version.
const SCHEMA: u32 = 1;
/// Generations that stay, however old.
const KEEP: usize = 20;
/// How often a write is tried while others write the same chain.
const TRIES: usize = 64;

/// A value and the generation it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// Counts up with every change, from 1.
    pub generation: u64,
}

#[derive(Serialize)]
struct NewEntry<'a, T> {
    schema: u32,
    /// Tells our own object from somebody else's when the answer to a creation was lost.
    writer: Uuid,
    written_at: Timestamp,
    value: &'a T,
}

#[derive(Deserialize)]
struct Entry<T> {
    value: T,
}

#[derive(Deserialize)]
struct Head {
    schema: u32,
    writer: Uuid,
}

/// One chain: the objects `{prefix}/00000001.json` and so on.
#[derive(Clone)]
pub(crate) struct Chain {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Chain {
    pub(crate) fn new(store: &Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Self { store: store.clone(), prefix: Path::from(prefix) }
    }

    /// The newest value, if the chain has begun.
    pub(crate) async fn newest<T: DeserializeOwned>(&self) -> Result<Option<Versioned<T>>, StoreError> {
        for _ in 0..TRIES {
            let Some(generation) = self.highest().await? else { return Ok(None) };
            match self.read(generation).await {
                Ok(value) => return Ok(Some(Versioned { value, generation })),
                // Pruned between listing and reading: there is a newer one.
                Err(StoreError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(self.contended())
    }

    /// The highest generation there is.
    pub(crate) async fn highest(&self) -> Result<Option<u64>, StoreError> {
        let listed = list(&self.store, &self.prefix).await?;
        Ok(listed.iter().filter_map(|object| generation_of(&object.location)).max())
    }

    pub(crate) async fn read<T: DeserializeOwned>(&self, generation: u64) -> Result<T, StoreError> {
        let key = self.key(generation);
        let bytes = get(&self.store, &key).await?;
        parse_head(&key, &bytes)?;
        serde_json::from_slice::<Entry<T>>(&bytes)
            .map(|entry| entry.value)
            .map_err(|error| StoreError::DamagedRecord { key: key.to_string(), reason: error.to_string() })
    }

    /// Creates one generation. False: somebody else has created it, or a later one, before.
    pub(crate) async fn create<T: Serialize>(&self, generation: u64, value: &T) -> Result<bool, StoreError> {
        let key = self.key(generation);
        let writer = Uuid::new_v4();
        let entry = NewEntry { schema: SCHEMA, writer, written_at: Timestamp::now(), value };
        let text = serde_json::to_vec_pretty(&entry)
            .map_err(|error| StoreError::Defect(format!("{key} cannot be written as JSON ({error})")))?;
        match self.store.put_opts(&key, PutPayload::from(text), PutMode::Create.into()).await {
            Ok(_) => {}
            Err(ObjectError::AlreadyExists { .. } | ObjectError::Precondition { .. }) => {
                // A retry after a lost answer finds our own object; S3 also says this of a mere conflict.
                match get(&self.store, &key).await {
                    Ok(bytes) if parse_head(&key, &bytes)?.writer == writer => {}
                    Ok(_) | Err(StoreError::Missing { .. }) => return Ok(false),
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(StoreError::object(key.to_string(), &error)),
        }
        // A writer that slept while this generation was written by another and pruned is too late.
        let listed = list(&self.store, &self.prefix).await?;
        let highest = listed.iter().filter_map(|object| generation_of(&object.location)).max();
        self.prune(listed).await;
        Ok(highest == Some(generation))
    }

    /// Appends a value after whatever is there, and gives its generation.
    pub(crate) async fn append<T: Serialize>(&self, value: &T) -> Result<u64, StoreError> {
        for _ in 0..TRIES {
            let generation = self.highest().await?.unwrap_or(0) + 1;
            if self.create(generation, value).await? {
                return Ok(generation);
            }
        }
        Err(self.contended())
    }

    /// Removes generations that are both far behind and old. That it fails is no harm.
    async fn prune(&self, mut listed: Vec<ObjectMeta>) {
        listed.sort_by_key(|object| generation_of(&object.location));
        listed.truncate(listed.len().saturating_sub(KEEP));
        let Ok(limit) = Timestamp::now().checked_sub(1.hour()) else { return };
        for object in listed {
            if object.last_modified.timestamp() < limit.as_second()
                && let Err(error) = self.store.delete(&object.location).await
            {
                tracing::debug!(key = %object.location, %error, "an old generation was not removed");
            }
        }
    }

    fn key(&self, generation: u64) -> Path {
        self.prefix.clone().join(format!("{generation:08}.json"))
    }

    fn contended(&self) -> StoreError {
        StoreError::Access {
            place: self.prefix.to_string(),
            reason: "other processes keep changing it".to_owned(),
        }
    }
}

/// The highest generation of every chain below `prefix`, by the chain's own prefix.
pub(crate) async fn newest_of_all(
    store: &Arc<dyn ObjectStore>,
    prefix: &str,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut newest = BTreeMap::new();
    for object in list(store, &Path::from(prefix)).await? {
        let location = object.location.as_ref();
        if let Some(generation) = generation_of(&object.location)
            && let Some((chain, _)) = location.rsplit_once('/')
        {
            let highest = newest.entry(chain.to_owned()).or_insert(generation);
            *highest = generation.max(*highest);
        }
    }
    Ok(newest)
}

fn generation_of(location: &Path) -> Option<u64> {
    location.filename()?.strip_suffix(".json")?.parse().ok()
}

async fn list(store: &Arc<dyn ObjectStore>, prefix: &Path) -> Result<Vec<ObjectMeta>, StoreError> {
    store
        .list(Some(prefix))
        .try_collect()
        .await
        .map_err(|error| StoreError::object(prefix.to_string(), &error))
}

async fn get(store: &Arc<dyn ObjectStore>, key: &Path) -> Result<Bytes, StoreError> {
    let found = async { store.get(key).await?.bytes().await };
    found.await.map_err(|error| StoreError::object(key.to_string(), &error))
}

fn parse_head(key: &Path, bytes: &[u8]) -> Result<Head, StoreError> {
    let head: Head = serde_json::from_slice(bytes)
        .map_err(|error| StoreError::DamagedRecord { key: key.to_string(), reason: error.to_string() })?;
    if head.schema > SCHEMA {
        return Err(StoreError::Newer { place: key.to_string(), found: head.schema, known: SCHEMA });
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    fn chain() -> (Arc<dyn ObjectStore>, Chain) {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let chain = Chain::new(&store, "things/one");
        (store, chain)
    }

    #[tokio::test]
    async fn the_highest_generation_counts() {
        let (_, chain) = chain();
        assert_eq!(chain.newest::<u32>().await.unwrap(), None);
        assert_eq!(chain.append(&10).await.unwrap(), 1);
        assert_eq!(chain.append(&20).await.unwrap(), 2);
        assert_eq!(chain.newest().await.unwrap(), Some(Versioned { value: 20, generation: 2 }));
    }

    #[tokio::test]
    async fn a_generation_is_never_overwritten() {
        let (_, chain) = chain();
        assert!(chain.create(1, &"first").await.unwrap());
        assert!(!chain.create(1, &"second").await.unwrap());
        assert_eq!(chain.read::<String>(1).await.unwrap(), "first");
    }

    #[tokio::test]
    async fn who_fills_a_gap_below_the_highest_is_told_that_it_came_too_late() {
        let (_, chain) = chain();
        assert!(chain.create(7, &"now").await.unwrap());
        assert!(!chain.create(3, &"late").await.unwrap());
        assert_eq!(chain.newest::<String>().await.unwrap().unwrap().value, "now");
    }

    #[tokio::test]
    async fn a_newer_format_is_named_and_not_guessed_at() {
        let (store, chain) = chain();
        let text = format!(r#"{{"schema":2,"writer":"{}","value":{{"new":true}}}}"#, Uuid::nil());
        store.put(&Path::from("things/one/00000001.json"), text.into()).await.unwrap();
        let error = chain.newest::<u32>().await.unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
        assert!(error.to_string().ends_with("update Fairlead"), "{error}");
    }

    #[tokio::test]
    async fn a_damaged_record_is_named() {
        let (store, chain) = chain();
        store.put(&Path::from("things/one/00000001.json"), "{".into()).await.unwrap();
        let error = chain.newest::<u32>().await.unwrap_err();
        assert!(error.to_string().starts_with("the record things/one/00000001.json is damaged"), "{error}");
    }
}
