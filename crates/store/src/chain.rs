//! Chains of numbered objects that are only ever created.
//!
//! Creating an object that must not exist yet is the one conditional write that a folder, S3, Azure
//! Blob and GCS all have. The highest number counts; to change something is to create the next one.
//!
//! What only the holder of a lease may write has its fencing number before its own: of an earlier holder that
//! does not know yet that it has lost the lease, everything is lower, whenever it comes.

use std::{collections::BTreeMap, fmt};

use jiff::{Timestamp, ToSpan as _};
use object_store::{ObjectMeta, path::Path};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{StoreError, objects::Objects};

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
    /// Makes our own object differ from anybody else's, for when the answer to its creation is lost.
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

    /// Whether an object that was created under this number was the newest of its chain for a moment, when the
    /// highest is that one now. Others may have followed it meanwhile. But a writer that slept while this
    /// generation was written by another and pruned has filled a gap far below, and a fencing number that is
    /// lower does not count.
    fn may_have_counted(self, highest: Self) -> bool {
        self.fence == highest.fence && highest.generation - self.generation < KEEP as u64
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
    objects: Objects,
    prefix: Path,
}

impl Chain {
    pub(crate) fn new(objects: &Objects, prefix: &str) -> Self {
        Self { objects: objects.clone(), prefix: Path::from(prefix) }
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

    /// The newest value, when a listing has just said which one it is: one request instead of two.
    pub(crate) async fn newest_at<T: DeserializeOwned>(
        &self,
        number: Number,
    ) -> Result<Option<Versioned<T>>, StoreError> {
        match self.read(number).await {
            Ok(value) => Ok(Some(Versioned { value, generation: number.generation })),
            // Pruned since, or removed with the whole chain.
            Err(StoreError::Missing { .. }) => self.newest().await,
            Err(error) => Err(error),
        }
    }

    /// The highest number there is.
    pub(crate) async fn highest(&self) -> Result<Option<Number>, StoreError> {
        Ok(highest_of(&self.objects.list(&self.prefix).await?))
    }

    /// The value of a number.
    ///
    /// # Errors
    /// `Missing` when it was pruned meanwhile.
    pub(crate) async fn read<T: DeserializeOwned>(&self, number: Number) -> Result<T, StoreError> {
        let key = self.key(number);
        let bytes = self.objects.read(&key).await?;
        let key = self.objects.name(&key);
        let damaged = |error: serde_json::Error| StoreError::DamagedRecord {
            key: key.clone(),
            reason: error.to_string(),
        };
        let Head { schema } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if schema > SCHEMA {
            return Err(StoreError::Newer { place: key, found: schema, known: SCHEMA });
        }
        serde_json::from_slice::<Entry<T>>(&bytes).map(|entry| entry.value).map_err(damaged)
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
        let entry = NewEntry { schema: SCHEMA, writer: Uuid::new_v4(), written_at: Timestamp::now(), value };
        let text = serde_json::to_vec_pretty(&entry)
            .map_err(|error| StoreError::Defect(format!("{key} cannot be written as JSON ({error})")))?;
        if !self.objects.create(&key, text.into()).await? {
            return Ok(false);
        }
        let listed = self.objects.list(&self.prefix).await?;
        let highest = highest_of(&listed).unwrap_or(number);
        self.prune(listed).await;
        Ok(number.may_have_counted(highest))
    }

    /// Removes generations that are both far behind and old. That it fails is no harm.
    async fn prune(&self, mut listed: Vec<ObjectMeta>) {
        listed.sort_by_key(|object| Number::of(&object.location));
        listed.truncate(listed.len().saturating_sub(KEEP));
        let Ok(limit) = Timestamp::now().checked_sub(1.hour()) else { return };
        let old = listed.into_iter().filter(|object| object.last_modified.timestamp() < limit.as_second());
        if let Err(error) = self.objects.remove(old.map(|object| object.location).collect()).await {
            tracing::debug!(chain = %self.prefix, %error, "old generations were not removed");
        }
    }

    fn key(&self, number: Number) -> Path {
        self.prefix.clone().join(format!("{number}.json"))
    }

    fn contended(&self) -> StoreError {
        StoreError::Access {
            place: self.objects.name(&self.prefix),
            reason: "other processes keep changing it".to_owned(),
        }
    }
}

/// Every chain among the objects of a listing: its prefix, and its highest number.
pub(crate) fn chains_of(listed: &[ObjectMeta]) -> BTreeMap<String, Number> {
    let mut chains = BTreeMap::new();
    for object in listed {
        let Some(number) = Number::of(&object.location) else { continue };
        let Some((prefix, _)) = object.location.as_ref().rsplit_once('/') else { continue };
        let highest = chains.entry(prefix.to_owned()).or_insert(number);
        *highest = number.max(*highest);
    }
    chains
}

fn highest_of(listed: &[ObjectMeta]) -> Option<Number> {
    listed.iter().filter_map(|object| Number::of(&object.location)).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::Place;
    use object_store::{ObjectStoreExt as _, memory::InMemory};
    use std::sync::Arc;

    fn chain() -> (Objects, Chain) {
        let objects = Objects::new(Arc::new(InMemory::new()), Place::Objects);
        let chain = Chain::new(&objects, "things/one");
        (objects, chain)
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
        let (objects, chain) = chain();
        assert!(chain.append(5, &"mine").await.unwrap());
        assert!(chain.append(7, &"the next holder's").await.unwrap());
        assert!(!chain.append(5, &"mine, too late").await.unwrap());
        // Written as if the look before it had been just in time.
        let late = Number { fence: 5, generation: 9 };
        assert!(!chain.put(late, &"mine, and much later").await.unwrap());
        assert_eq!(chain.newest::<String>().await.unwrap().unwrap().value, "the next holder's");
        assert!(chain.append(7, &"the next holder's, again").await.unwrap());
        assert_eq!(chain.newest::<String>().await.unwrap().unwrap().value, "the next holder's, again");
        let listed = objects.list(&Path::from("things")).await.unwrap();
        let highest = Number { fence: 7, generation: 3 };
        assert_eq!(chains_of(&listed), BTreeMap::from([("things/one".to_owned(), highest)]));
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
        assert!(chain.create(23, &"now").await.unwrap());
        assert!(!chain.create(3, &"late").await.unwrap());
        assert!(chain.create(4, &"followed at once").await.unwrap());
        assert_eq!(chain.newest::<String>().await.unwrap().unwrap().value, "now");
    }

    #[tokio::test]
    async fn a_newer_format_is_named_and_not_guessed_at() {
        let (objects, chain) = chain();
        let text = format!(r#"{{"schema":2,"writer":"{}","value":{{"new":true}}}}"#, Uuid::nil());
        objects.store.put(&Path::from("things/one/00000001.json"), text.into()).await.unwrap();
        let error = chain.newest::<u32>().await.unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
        assert!(error.to_string().ends_with("update Fairlead"), "{error}");
    }

    #[tokio::test]
    async fn a_damaged_record_is_named() {
        let (objects, chain) = chain();
        objects.store.put(&Path::from("things/one/00000001.json"), "{".into()).await.unwrap();
        let error = chain.newest::<u32>().await.unwrap_err();
        assert!(error.to_string().starts_with("the record things/one/00000001.json is damaged"), "{error}");
    }
}
