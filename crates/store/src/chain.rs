//! Chains of numbered objects that are only ever created.
//!
//! Creating an object that must not exist yet is the one conditional write that a folder, S3, Azure
//! Blob and GCS all have. The highest number counts; to change something is to create the next one.
//!
//! What only the holder of a lease may write has its fencing number before its own: of an earlier holder that
//! does not know yet that it has lost the lease, everything is lower, whenever it comes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

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

/// The number of an object, and its name: `00000002`, or `00000007-00000002` under a fencing number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number {
    /// The fencing number of the lease under which it was written; 0 without one.
    fence: u64,
    generation: u64,
}

impl Number {
    /// One that no lease protects.
    pub(crate) fn unfenced(generation: u64) -> Self {
        Self { fence: 0, generation }
    }

    fn of(location: &Path) -> Option<Self> {
        let name = location.filename()?.strip_suffix(".json")?;
        match name.split_once('-') {
            Some((fence, generation)) => {
                Some(Self { fence: fence.parse().ok()?, generation: generation.parse().ok()? })
            }
            None => Some(Self::unfenced(name.parse().ok()?)),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fence > 0 {
            write!(f, "{:08}-", self.fence)?;
        }
        write!(f, "{:08}", self.generation)
    }
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
            let Some(number) = self.highest().await? else { return Ok(None) };
            match self.read(number).await {
                Ok(value) => return Ok(Some(Versioned { value, generation: number.generation })),
                // Pruned between listing and reading: there is a newer one.
                Err(StoreError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(self.contended())
    }

    /// The highest number there is.
    pub(crate) async fn highest(&self) -> Result<Option<Number>, StoreError> {
        Ok(highest_of(&list(&self.store, &self.prefix).await?))
    }

    /// The value of a number.
    ///
    /// # Errors
    /// `Missing` when it was pruned meanwhile.
    pub(crate) async fn read<T: DeserializeOwned>(&self, number: Number) -> Result<T, StoreError> {
        let key = self.key(number);
        let bytes = get(&self.store, &key).await?;
        parse_head(&key, &bytes)?;
        serde_json::from_slice::<Entry<T>>(&bytes)
            .map(|entry| entry.value)
            .map_err(|error| StoreError::DamagedRecord { key: key.to_string(), reason: error.to_string() })
    }

    /// Creates one generation of what no lease protects. False: somebody else has created it, or a later one,
    /// before.
    pub(crate) async fn create<T: Serialize>(&self, generation: u64, value: &T) -> Result<bool, StoreError> {
        self.put(Number::unfenced(generation), value).await
    }

    /// Appends a value under a fencing number. False: something was written under a higher one before.
    pub(crate) async fn append<T: Serialize>(&self, fence: u64, value: &T) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let last = self.highest().await?.unwrap_or(Number::unfenced(0));
            if last.fence > fence {
                return Ok(false);
            }
            if self.put(Number { fence, generation: last.generation + 1 }, value).await? {
                return Ok(true);
            }
        }
        Err(self.contended())
    }

    async fn put<T: Serialize>(&self, number: Number, value: &T) -> Result<bool, StoreError> {
        let key = self.key(number);
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
        let highest = highest_of(&listed);
        self.prune(listed).await;
        Ok(highest == Some(number))
    }

    /// Removes generations that are both far behind and old. That it fails is no harm.
    async fn prune(&self, mut listed: Vec<ObjectMeta>) {
        listed.sort_by_key(|object| Number::of(&object.location));
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

    fn key(&self, number: Number) -> Path {
        self.prefix.clone().join(format!("{number}.json"))
    }

    fn contended(&self) -> StoreError {
        StoreError::Access {
            place: self.prefix.to_string(),
            reason: "other processes keep changing it".to_owned(),
        }
    }
}

/// The prefix of every chain below `prefix`, in order.
pub(crate) async fn chains_below(
    store: &Arc<dyn ObjectStore>,
    prefix: &str,
) -> Result<BTreeSet<String>, StoreError> {
    Ok(heads(store, prefix).await?.0.into_keys().collect())
}

/// Every chain below `prefix` with its highest number, and how many objects were listed for that.
pub(crate) async fn heads(
    store: &Arc<dyn ObjectStore>,
    prefix: &str,
) -> Result<(BTreeMap<String, Number>, usize), StoreError> {
    let listed = list(store, &Path::from(prefix)).await?;
    let mut heads = BTreeMap::new();
    for object in &listed {
        let Some(number) = Number::of(&object.location) else { continue };
        let Some((chain, _)) = object.location.as_ref().rsplit_once('/') else { continue };
        let head = heads.entry(chain.to_owned()).or_insert(number);
        *head = number.max(*head);
    }
    Ok((heads, listed.len()))
}

fn highest_of(listed: &[ObjectMeta]) -> Option<Number> {
    listed.iter().filter_map(|object| Number::of(&object.location)).max()
}

pub(crate) async fn list(store: &Arc<dyn ObjectStore>, prefix: &Path) -> Result<Vec<ObjectMeta>, StoreError> {
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
        assert!(chain.create(1, &10).await.unwrap());
        assert!(chain.create(2, &20).await.unwrap());
        assert_eq!(chain.newest().await.unwrap(), Some(Versioned { value: 20, generation: 2 }));
    }

    #[tokio::test]
    async fn a_generation_is_never_overwritten() {
        let (_, chain) = chain();
        assert!(chain.create(1, &"first").await.unwrap());
        assert!(!chain.create(1, &"second").await.unwrap());
        assert_eq!(chain.newest::<String>().await.unwrap().unwrap().value, "first");
    }

    #[tokio::test]
    async fn of_two_fencing_numbers_the_lower_one_never_counts() {
        let (store, chain) = chain();
        assert!(chain.append(5, &"mine").await.unwrap());
        assert!(chain.append(7, &"the next holder's").await.unwrap());
        assert!(!chain.append(5, &"mine, too late").await.unwrap());
        // Written as if the look before it had been just in time.
        let late = Number { fence: 5, generation: 9 };
        assert!(!chain.put(late, &"mine, and much later").await.unwrap());
        assert_eq!(chain.newest::<String>().await.unwrap().unwrap().value, "the next holder's");
        assert!(chain.append(7, &"the next holder's, again").await.unwrap());
        assert_eq!(chain.newest::<String>().await.unwrap().unwrap().value, "the next holder's, again");
        assert_eq!(
            chains_below(&store, "things").await.unwrap().into_iter().collect::<Vec<_>>(),
            ["things/one"]
        );
    }

    #[tokio::test]
    async fn what_was_written_before_there_were_fencing_numbers_is_lower_than_all() {
        let (_, chain) = chain();
        assert!(chain.create(30, &"old").await.unwrap());
        assert!(chain.append(1, &"new").await.unwrap());
        assert_eq!(chain.newest::<String>().await.unwrap().unwrap().value, "new");
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
