//! Every connection and how it stands, read again and again: only what changed since is fetched.

use std::collections::BTreeMap;

use fairlead_model::{Connection, ConnectionId, Standing};
use futures::{StreamExt as _, stream};
use object_store::path::Path as Key;
use serde::de::DeserializeOwned;

use crate::{
    State, StoreError,
    chain::{self, Number},
};

/// Objects fetched side by side: the first look at a thousand connections is a thousand small objects.
const READERS: usize = 64;

/// All connections with their standing, as they were when last looked at.
///
/// Looking lists two folders, whose names tell what is new, and fetches that alone. The first look fetches
/// everything.
#[derive(Debug)]
pub struct Overview {
    connections: Seen<Connection>,
    standings: Seen<Standing>,
}

/// What a look cost, and what it could not read.
#[derive(Debug, Default)]
pub struct Looked {
    /// Objects whose names were listed; an object store answers with 1,000 at a time.
    pub listed: usize,
    /// Objects fetched.
    pub fetched: usize,
    /// Records that cannot be understood: each names itself and says what to do.
    pub unreadable: Vec<StoreError>,
}

impl Default for Overview {
    fn default() -> Self {
        Self { connections: Seen::of("connections"), standings: Seen::of("standings") }
    }
}

impl Overview {
    /// Looks at what changed since.
    ///
    /// # Errors
    /// When the state cannot be read. What was seen before is still there then.
    pub async fn look(&mut self, state: &State) -> Result<Looked, StoreError> {
        let (connections, standings) =
            tokio::try_join!(self.connections.look(state), self.standings.look(state))?;
        let mut unreadable = connections.unreadable;
        unreadable.extend(standings.unreadable);
        Ok(Looked {
            listed: connections.listed + standings.listed,
            fetched: connections.fetched + standings.fetched,
            unreadable,
        })
    }

    /// Every connection in the order of their names, with its standing unless nobody ever worked on it.
    pub fn iter(&self) -> impl Iterator<Item = (&Connection, Option<&Standing>)> {
        self.connections.values().map(|(id, connection)| (connection, self.standings.value(id)))
    }
}

/// The newest objects of a folder of chains.
#[derive(Debug)]
struct Seen<T> {
    folder: &'static str,
    /// The value is absent where the chain ends with a tombstone.
    newest: BTreeMap<ConnectionId, (Number, Option<T>)>,
}

impl<T: DeserializeOwned + Send> Seen<T> {
    fn of(folder: &'static str) -> Self {
        Self { folder, newest: BTreeMap::new() }
    }

    async fn look(&mut self, state: &State) -> Result<Looked, StoreError> {
        let listed = state.objects.list(&Key::from(self.folder)).await?;
        let heads: BTreeMap<ConnectionId, Number> = chain::chains_of(&listed)
            .into_iter()
            .filter_map(|(prefix, number)| Some((prefix.rsplit('/').next()?.parse().ok()?, number)))
            .collect();
        self.newest.retain(|id, _| heads.contains_key(id));
        let is_new =
            |id: &ConnectionId, number: Number| self.newest.get(id).is_none_or(|(seen, _)| *seen != number);
        let new: Vec<_> = heads.into_iter().filter(|(id, number)| is_new(id, *number)).collect();
        let mut looked = Looked { listed: listed.len(), fetched: new.len(), unreadable: Vec::new() };
        let folder = self.folder;
        let mut fetching = stream::iter(new)
            .map(|(id, number)| async move {
                let read = state.chain(folder, &id).newest_at::<Option<T>>(number).await;
                (id, number, read)
            })
            .buffer_unordered(READERS);
        while let Some((id, number, read)) = fetching.next().await {
            match read {
                Ok(newest) => {
                    self.newest.insert(id, (number, newest.and_then(|newest| newest.value)));
                }
                Err(error @ (StoreError::DamagedRecord { .. } | StoreError::Newer { .. })) => {
                    self.newest.remove(&id);
                    looked.unreadable.push(error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(looked)
    }

    fn values(&self) -> impl Iterator<Item = (&ConnectionId, &T)> {
        self.newest.iter().filter_map(|(id, (_, value))| Some((id, value.as_ref()?)))
    }

    fn value(&self, id: &ConnectionId) -> Option<&T> {
        self.newest.get(id)?.1.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use fairlead_model::{Outcome, RunId, RunRecord};
    use jiff::Timestamp;
    use object_store::memory::InMemory;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn connection(id: &str) -> Connection {
        serde_json::from_value(json!({
            "id": id, "connector": "example", "tenant": "contoso.example",
            "client-id": Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
        }))
        .unwrap()
    }

    fn run(connection: &ConnectionId, outcome: Outcome) -> RunRecord {
        serde_json::from_value(json!({
            "schema": 1, "id": RunId::now(), "connection": connection, "connector": "example",
            "connector-version": "", "connector-digest": "", "started-at": Timestamp::now(), "outcome": outcome,
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn the_second_look_fetches_what_changed_alone() {
        let state = State::objects(Arc::new(InMemory::new()));
        for number in 0..100 {
            state.add_connection(&connection(&format!("c-{number:03}"))).await.unwrap();
        }
        let mut overview = Overview::default();
        let first = overview.look(&state).await.unwrap();
        assert_eq!((first.listed, first.fetched), (100, 100));
        let second = overview.look(&state).await.unwrap();
        assert_eq!((second.listed, second.fetched), (100, 0));

        let id: ConnectionId = "c-007".parse().unwrap();
        let lease = state.lease(&id, "me", Duration::from_mins(1)).await.unwrap();
        lease.save_run(&run(&id, Outcome::Complete)).await.unwrap();
        let third = overview.look(&state).await.unwrap();
        assert_eq!((third.listed, third.fetched), (101, 1));
        let standings = overview.iter().filter_map(|(_, standing)| standing).collect::<Vec<_>>();
        assert_eq!(standings.len(), 1);
        assert_eq!(standings[0].outcome, Outcome::Complete);
    }

    #[tokio::test]
    async fn a_connection_that_was_removed_is_gone_and_one_of_its_name_begins_anew() {
        let state = State::objects(Arc::new(InMemory::new()));
        let id: ConnectionId = "contoso".parse().unwrap();
        state.add_connection(&connection("contoso")).await.unwrap();
        let lease = state.lease(&id, "me", Duration::from_mins(1)).await.unwrap();
        lease.save_run(&run(&id, Outcome::Complete)).await.unwrap();
        let mut overview = Overview::default();
        overview.look(&state).await.unwrap();
        assert!(overview.iter().all(|(_, standing)| standing.is_some()));

        lease.remove_connection().await.unwrap();
        overview.look(&state).await.unwrap();
        assert_eq!(overview.iter().count(), 0);
        state.add_connection(&connection("contoso")).await.unwrap();
        overview.look(&state).await.unwrap();
        assert!(overview.iter().all(|(_, standing)| standing.is_none()));
    }

    #[tokio::test]
    async fn a_damaged_record_is_named_and_keeps_nobody_from_the_others() {
        let state = State::objects(Arc::new(InMemory::new()));
        for id in ["one", "two"] {
            state.add_connection(&connection(id)).await.unwrap();
        }
        let key = object_store::path::Path::from("connections/two/00000002.json");
        object_store::ObjectStoreExt::put(&state.objects.store, &key, "{".into()).await.unwrap();
        let mut overview = Overview::default();
        let looked = overview.look(&state).await.unwrap();
        assert_eq!(looked.unreadable.len(), 1, "{looked:?}");
        assert_eq!(
            overview.iter().map(|(connection, _)| connection.id.as_str()).collect::<Vec<_>>(),
            ["one"]
        );
    }
}
