//! A tenant, a state that many machines share, and machines that come and go.

use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use fairlead_azure::{Credential, Gateway, GatewayOptions};
use fairlead_engine::{
    CHECKPOINT_EVERY, Catalogue, EngineError, Event, HoldBelow, Phase, Subscriber, SyncOptions, Syncer,
    latest_snapshot,
};
use fairlead_host::{Connector, Host, HostOptions};
use fairlead_model::{Cloud, Connection, ConnectionId, CustomCloud, RunRecord};
use fairlead_simulator::{Running, Scenario, Simulator};
use fairlead_store::State;
use futures::TryStreamExt as _;
use jiff::{SignedDuration, Timestamp};
use object_store::{ObjectStore, memory::InMemory, path::Path as Key};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// A simulated tenant that is connected.
pub(crate) struct World {
    tenant: Running,
    connector: Connector,
    pub(crate) connection: Connection,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) state: State,
}

/// A machine that has nothing but a folder of its own.
pub(crate) struct Machine {
    work: TempDir,
}

/// When a sync is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Never.
    End,
    /// At once.
    Begun,
    /// After so many tasks.
    Tasks(u64),
    /// When the connector begins to make its files.
    Publishing,
}

/// Stops a sync, and notes how far it was when it began.
struct Watch {
    until: Until,
    stop: CancellationToken,
    tasks: AtomicU64,
    finished_before: Arc<AtomicU64>,
}

impl Subscriber for Watch {
    fn event(&self, event: Event) {
        match event {
            Event::Started { finished_before, .. } => {
                self.finished_before.store(finished_before, Ordering::Relaxed);
                if self.until == Until::Begun {
                    self.stop.cancel();
                }
            }
            Event::Task { .. } => {
                let tasks = self.tasks.fetch_add(1, Ordering::Relaxed) + 1;
                if matches!(self.until, Until::Tasks(most) if tasks >= most) {
                    self.stop.cancel();
                }
            }
            Event::Phase(Phase::Publishing) if self.until == Until::Publishing => self.stop.cancel(),
            _ => {}
        }
    }
}

pub(crate) fn contoso() -> ConnectionId {
    "contoso".parse().unwrap()
}

/// Everything as usual, with few tasks at a time, so that stopping comes soon.
pub(crate) fn options() -> SyncOptions {
    SyncOptions {
        fresh: false,
        accept_smaller: false,
        parallel: 2,
        keep_runs: 10.try_into().unwrap(),
        hold_below: HoldBelow::default(),
        scheduled_for: None,
        checkpoint_every: CHECKPOINT_EVERY,
    }
}

impl World {
    /// A tenant of some hundred users, connected, with nothing synced.
    pub(crate) async fn new() -> Self {
        Self::with_latency(0).await
    }

    /// The same, answering so slowly that something happens beside collecting.
    pub(crate) async fn with_latency(milliseconds: u64) -> Self {
        let mut scenario = Scenario::default();
        scenario.physics.latency_ms = milliseconds;
        let sizes = &mut scenario.tenants[0].sizes;
        sizes.users = 300;
        sizes.groups = 60;
        sizes.memberships = 500;
        sizes.service_principals = 30;
        let tenant = Simulator::builder().scenario(scenario).start().await.unwrap();
        let address = |text: String| text.parse().unwrap();
        let cloud = tenant.cloud();
        let cloud = Cloud::Custom(Box::new(CustomCloud {
            authority: address(cloud.authority),
            graph: address(cloud.graph),
            resource_manager: address(cloud.resource_manager),
            graph_audience: None,
            resource_manager_audience: None,
            ca_file: None,
        }));
        let connection: Connection = serde_json::from_value(serde_json::json!({
            "id": "contoso", "connector": "c1", "cloud": cloud,
            "tenant": tenant.connection().tenant_id, "client-id": tenant.connection().client_id,
            "created-at": Timestamp::UNIX_EPOCH,
        }))
        .unwrap();
        let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let state = State::objects(objects.clone());
        let world = Self { tenant, connector: connector().await, connection, objects, state };
        world.state.add_connection(&world.connection).await.unwrap();
        world
    }

    /// The same tenant, connected in a state of its own.
    pub(crate) async fn anew(&mut self) {
        self.objects = Arc::new(InMemory::new());
        self.state = State::objects(self.objects.clone());
        self.state.add_connection(&self.connection).await.unwrap();
    }

    /// The state as it is seen when whoever was killed has been silent for so long.
    pub(crate) fn after(&self, minutes: i64) -> State {
        self.state.clone().with_clock(move || Timestamp::now() + SignedDuration::from_mins(minutes))
    }

    /// A sync to its end.
    pub(crate) async fn sync(&self, machine: &Machine) -> Result<RunRecord, EngineError> {
        self.sync_until(machine, Until::End).await.0
    }

    /// A sync that is asked to stop, and how many tasks were done before it began.
    pub(crate) async fn sync_until(
        &self,
        machine: &Machine,
        until: Until,
    ) -> (Result<RunRecord, EngineError>, u64) {
        self.sync_with(&self.state, machine, &options(), until, None).await
    }

    /// A sync of this tenant over any state.
    pub(crate) async fn sync_with(
        &self,
        state: &State,
        machine: &Machine,
        options: &SyncOptions,
        until: Until,
        ends_at: Option<Timestamp>,
    ) -> (Result<RunRecord, EngineError>, u64) {
        let (stop, finished_before) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let secret = self.tenant.connection().client_secret.clone();
        let (cloud, tenant) = (self.connection.cloud.clone(), self.connection.tenant.clone());
        let credential = Credential::ClientSecret(secret);
        let gateway = Gateway::connect(GatewayOptions {
            stop: stop.clone(),
            ..GatewayOptions::new(cloud, tenant, self.connection.client_id, credential)
        });
        let watch = Watch {
            until,
            stop: stop.clone(),
            tasks: AtomicU64::new(0),
            finished_before: finished_before.clone(),
        };
        let syncer = Syncer {
            state,
            connector: &self.connector,
            connection: &self.connection,
            gateway: &gateway.unwrap(),
            work_folder: machine.work.path(),
            subscriber: Arc::new(watch),
            stop,
            ends_at,
        };
        let done = syncer.sync(options).await;
        (done, finished_before.load(Ordering::Relaxed))
    }

    /// Every row of the latest snapshot that says something about the tenant.
    pub(crate) async fn rows(&self) -> BTreeSet<String> {
        let copies = tempfile::tempdir().unwrap();
        let snapshot = latest_snapshot(&self.state, &contoso(), copies.path()).await.unwrap();
        let mut rows = BTreeSet::new();
        let mut add = |row: String| {
            assert!(rows.insert(row.clone()), "twice: {row}");
            ControlFlow::Continue(())
        };
        snapshot.each_item(None, |item| add(format!("{item:?}"))).unwrap();
        snapshot.each_link(None, |link| add(format!("{link:?}"))).unwrap();
        for note in snapshot.coverage().unwrap() {
            let _ = add(format!("{note:?}"));
        }
        rows
    }

    /// The newest run on record.
    pub(crate) async fn newest(&self) -> RunRecord {
        self.state.runs(Some(&contoso()), 1).await.unwrap().found.remove(0)
    }

    /// The keys below a prefix.
    pub(crate) async fn keys(&self, prefix: &str) -> Vec<Key> {
        let listed = self.objects.list(Some(&Key::from(prefix)));
        listed.map_ok(|object| object.location).try_collect().await.unwrap()
    }

    /// Changes what is on record of a run, as it might have been.
    pub(crate) async fn rewrite(&self, run: &RunRecord) {
        let lease = self.state.lease(&contoso(), "the test", Duration::from_mins(1)).await.unwrap();
        lease.save_run(run).await.unwrap();
        lease.release().await.unwrap();
    }
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self { work: tempfile::tempdir().unwrap() }
    }

    /// The files of unfinished runs on it.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.work.path().join("contoso")) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

/// The connector with most to collect, compiled once for all tests.
async fn connector() -> Connector {
    static CONNECTOR: OnceCell<Connector> = OnceCell::const_new();
    let load = || async {
        let host = Host::new(HostOptions {
            cache_dir: env!("CARGO_TARGET_TMPDIR").into(),
            ..HostOptions::default()
        });
        let plugins = std::env::var_os("FAIRLEAD_PLUGINS").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins"),
            PathBuf::from,
        );
        Catalogue::new(vec![plugins])
            .load(&host.unwrap(), "c1")
            .await
            .expect("`cargo xtask plugins` makes it")
    };
    CONNECTOR.get_or_init(load).await.clone()
}
