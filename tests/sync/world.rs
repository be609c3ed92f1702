//! A tenant, an installation that knows it, and a way to look into a snapshot.

use std::{collections::BTreeSet, fs, path::PathBuf};

use fairlead_test_support::{Installation, Ran, Simulator, folder_from};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;

/// Large enough for several pages, batches, nesting and cycles; small enough for a test.
const TENANT: &[&str] = &[
    "--seed",
    "11",
    "--users",
    "2300",
    "--groups",
    "120",
    "--memberships",
    "6000",
    "--service-principals",
    "90",
    "--subscriptions",
    "3",
    "--role-assignments",
    "300",
];

/// A simulated tenant and an installation of its own.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) installation: Installation,
    pub(crate) folder: TempDir,
}

impl World {
    /// Starts a simulator, with `arguments` beside the usual ones.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        Self::of(&[TENANT, arguments].concat())
    }

    /// Starts a simulator of a tenant of another size.
    pub(crate) fn of(tenant: &[&str]) -> Self {
        let folder = TempDir::with_prefix("fairlead-").expect("a temporary folder");
        let plugins = folder_from("FAIRLEAD_PLUGINS", "plugins");
        let installation = Installation {
            binaries: folder_from("FAIRLEAD_BINARIES", "debug"),
            connectors: vec![plugins.join("tests"), plugins],
            home: folder.path().join("home"),
        };
        let program = installation.binaries.join("fairlead-simulator");
        let simulator = Simulator::start(&program, folder.path(), tenant).expect("the simulator starts");
        Self { simulator, installation, folder }
    }

    /// The same, with the tenant connected as "contoso".
    pub(crate) fn connected(arguments: &[&str]) -> Self {
        let world = Self::new(arguments);
        world.connect("contoso", "c1", &[]);
        world
    }

    /// Connects the tenant.
    pub(crate) fn connect(&self, name: &str, connector: &str, more: &[&str]) {
        let connect = Installation::connect(&self.simulator, name, connector);
        let arguments: Vec<&str> = connect.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let _added = self.run(&arguments).succeeded();
    }

    /// Runs the command with the tenant's secret in its environment.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.installation.command_as(&self.simulator).args(arguments).output();
        output.expect("fairlead starts").into()
    }

    /// Another installation, without connections.
    pub(crate) fn elsewhere(&self, name: &str) -> Installation {
        Installation { home: self.folder.path().join(name), ..self.installation.clone() }
    }

    /// What the simulator generated, as NDJSON.
    pub(crate) fn expected(&self) -> Vec<u8> {
        let authority = fs::read(&self.simulator.ca_file).expect("the simulator's authority");
        let authority = reqwest::Certificate::from_pem(&authority).expect("a certificate");
        let client = reqwest::Client::builder().add_root_certificate(authority).no_proxy().build();
        let client = client.expect("a client");
        let url = format!("{}/_simulator/expected", self.simulator.address);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let answer = async { client.get(url).send().await?.error_for_status()?.bytes().await };
        runtime.block_on(answer).expect("the simulator tells what it made").into()
    }

    /// The file of the latest snapshot of "contoso".
    pub(crate) fn snapshot(&self) -> PathBuf {
        let shown: Value = self.run(&["--json", "show", "contoso"]).succeeded().json();
        self.file(&shown["snapshot"])
    }

    /// Where a stored file is.
    pub(crate) fn file(&self, record: &Value) -> PathBuf {
        self.installation.home.join("state").join(record["key"].as_str().expect("a stored file has a key"))
    }
}

/// Every row of a snapshot that says something about the tenant.
pub(crate) fn rows(snapshot: &PathBuf) -> BTreeSet<String> {
    let database =
        Connection::open_with_flags(snapshot, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database");
    let tables = [
        "select 'item', kind, id, name, parent_kind, parent_id, body from items",
        "select 'link', kind, origin_kind, origin_id, target_kind, target_id, label || ' ' || body from links",
        "select 'coverage', kind, scope, coverage, reason, '', '' from coverage",
    ];
    let mut rows = BTreeSet::new();
    for table in tables {
        let mut statement = database.prepare(table).expect("the snapshot's tables");
        let mut found = statement.query([]).expect("rows");
        while let Some(row) = found.next().expect("a row") {
            let columns = (0..7).map(|column| format!("{:?}", row.get_ref(column).expect("a column")));
            assert!(rows.insert(columns.collect::<Vec<_>>().join("|")), "a row is there twice");
        }
    }
    rows
}
