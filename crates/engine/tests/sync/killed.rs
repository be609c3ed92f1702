//! A process that is killed between any two things it stores leaves nothing wrong and loses nothing it had stored.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use fairlead_engine::SyncOptions;
use fairlead_model::Outcome;
use fairlead_store::State;
use futures::{StreamExt as _, stream::BoxStream};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, path::Path,
};

use crate::world::{Machine, Until, World, options};

/// Far more than a sync stores.
const MOST: i64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_stores_the_next_machine_ends_in_the_same_snapshot() {
    let mut world = World::with_latency(25).await;
    world.sync(&Machine::new()).await.unwrap();
    let expected = world.rows().await;
    // So often that most of what is stored is stored beside collecting.
    let often = SyncOptions { checkpoint_every: Duration::from_millis(20), ..options() };
    let mut continued = 0;
    for stores in 0..MOST {
        world.anew().await;
        let (first, second) = (Machine::new(), Machine::new());
        let killed = dying_after(&world, stores);
        let (done, _) = world.sync_with(&killed, &first, &often, Until::End, None).await;
        if done.is_ok() {
            assert!(continued > 0, "nothing was ever continued");
            assert!(stores > 10, "only {stores} kills came before the end");
            return;
        }
        // Half of the times the killed machine itself comes back.
        let next = if stores % 2 == 0 { &second } else { &first };
        let (done, before) = world.sync_with(&world.after(60), next, &often, Until::End, None).await;
        let done = done.unwrap_or_else(|error| panic!("killed after {stores} stores: {error}"));
        continued += u64::from(before > 0);
        assert_eq!(done.outcome, Outcome::Complete);
        let rows = world.rows().await;
        let lost = expected.difference(&rows).count();
        let added = rows.difference(&expected).count();
        assert_eq!((lost, added), (0, 0), "killed after {stores} stores: rows lost and added");
        assert_eq!(world.keys("checkpoints").await, [], "killed after {stores} stores");
        assert_eq!(world.state.latest(&done.connection).await.unwrap(), Some(done.id));
    }
    panic!("a sync stores more than {MOST} things");
}

/// The world's state as a process sees it that is killed when it has changed it so often.
pub(crate) fn dying_after(world: &World, changes: i64) -> State {
    State::objects(Arc::new(Dying { store: world.objects.clone(), left: AtomicI64::new(changes) }))
}

/// Lets so many changes through, and then nothing any more.
#[derive(Debug)]
struct Dying {
    store: Arc<dyn ObjectStore>,
    left: AtomicI64,
}

impl Dying {
    fn change(&self) -> Result<()> {
        if self.left.fetch_sub(1, Ordering::Relaxed) > 0 { Ok(()) } else { Err(dead()) }
    }

    fn look(&self) -> Result<()> {
        if self.left.load(Ordering::Relaxed) >= 0 { Ok(()) } else { Err(dead()) }
    }
}

fn dead() -> Error {
    Error::NotSupported { source: "this process is dead".into() }
}

impl fmt::Display for Dying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dying")
    }
}

#[async_trait]
impl ObjectStore for Dying {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.change()?;
        self.store.put_opts(at, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.change()?;
        self.store.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.look()?;
        self.store.get_opts(at, options).await
    }

    fn delete_stream(&self, at: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.change() {
            Ok(()) => self.store.delete_stream(at),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.look() {
            Ok(()) => self.store.list(prefix),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.look()?;
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.change()?;
        self.store.copy_opts(from, to, options).await
    }
}
