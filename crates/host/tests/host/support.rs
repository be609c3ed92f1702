//! The hostile connector, loaded; and the services it is given.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, mpsc},
};

use async_trait::async_trait;
use bytes::Bytes;
use fairlead_host::{
    Artifacts, Azure, CallError, ConnectionInfo, Connector, DatabaseSink, FileSink, Host, HostOptions,
    Limits, Services, SnapshotReader,
};
use fairlead_model::{
    CoverageNote, Header, Mode, Refusal, Request, Response, RunId, Step, Task, Texts,
    artifact::{Framing, NamedColumn},
    snapshot::{Ends, ItemPage, LinkKey, LinkPage, RunInfo},
};

/// Where `cargo xtask plugins` leaves the components.
pub(crate) fn component() -> PathBuf {
    let folder = std::env::var_os("FAIRLEAD_PLUGINS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins"),
        PathBuf::from,
    );
    let file = folder.join("tests").join("hostile.wasm");
    assert!(file.is_file(), "there is no {}: run `cargo xtask plugins` first", file.display());
    file
}

/// Options with a cache that outlives the test, so that only the first one compiles.
pub(crate) fn options(limits: Limits) -> HostOptions {
    let cache_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("host-cache");
    HostOptions { limits, cache_dir, ..HostOptions::default() }
}

/// The hostile connector under these limits.
pub(crate) async fn hostile(limits: Limits) -> Connector {
    Host::new(options(limits)).unwrap().load(&component()).await.unwrap()
}

pub(crate) fn connection(settings: &str) -> ConnectionInfo {
    ConnectionInfo {
        name: "contoso".to_owned(),
        tenant_id: "11111111-2222-3333-4444-555555555555".to_owned(),
        mode: Mode::Read,
        settings: settings.to_owned(),
        subscriptions: Vec::new(),
        management_group: None,
        entra_portal: "https://entra.example".to_owned(),
    }
}

pub(crate) fn task(kind: &str) -> Task {
    Task { kind: kind.to_owned(), key: String::new(), payload: String::new() }
}

/// Services of a task, with an Azure that answers.
pub(crate) fn collecting() -> Services {
    Services { azure: Some(Arc::new(Tenant)), run: Some(RunId::now()), ..Services::default() }
}

/// Runs a misbehaving task to its error, and sees that the host still serves the next one.
pub(crate) async fn fails(connector: &Connector, kind: &str) -> CallError {
    let error = connector.run(collecting(), &connection("{}"), &task(kind)).await.expect_err(kind);
    serves(connector).await;
    error
}

/// A task that behaves is done.
pub(crate) async fn serves(connector: &Connector) -> Step {
    let called = connector.run(collecting(), &connection("{}"), &task("good")).await.unwrap();
    assert_eq!(called.value.records(), 3);
    called.value
}

/// An Azure that knows two users, and refuses what the connector did not declare. It holds a token, as the
/// gateway does.
pub(crate) struct Tenant;

pub(crate) const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.the-token-of-this-tenant";

#[async_trait]
impl Azure for Tenant {
    async fn send(&self, request: Request) -> Result<Response, Refusal> {
        let Request { method, path, .. } = &request;
        if path.starts_with("https://") {
            return Err(Refusal::ForeignHost(format!("{path} is not Microsoft Graph")));
        }
        if !path.starts_with("/v1.0/users") {
            return Err(Refusal::NotDeclared(format!("hostile does not declare {method} {path}")));
        }
        let authorized = format!("Bearer {TOKEN}");
        assert!(authorized.len() > TOKEN.len());
        Ok(Response {
            status: 200,
            headers: vec![Header { name: "request-id".to_owned(), value: "r-1".to_owned() }],
            body: Bytes::from_static(br#"{"value":[{"id":"1"},{"id":"2"}]}"#),
        })
    }
}

/// A collection of users with these ids. Reading waits until `gate`, if there is one, is closed.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) users: Vec<&'static str>,
    pub(crate) gate: Option<Mutex<mpsc::Receiver<()>>>,
}

impl SnapshotReader for Collected {
    fn run(&self) -> RunInfo {
        let id = RunId("0198c0de-0000-7000-8000-000000000001".parse().unwrap());
        RunInfo { id, started_at: jiff::Timestamp::UNIX_EPOCH }
    }

    fn count_items(&self, _: &str) -> Result<u64, String> {
        if let Some(gate) = &self.gate {
            // Ends when the test drops the other side.
            let _ = gate.lock().unwrap().recv();
        }
        Ok(self.users.len() as u64)
    }

    fn count_links(&self, _: &str, ends: Ends) -> Result<u64, String> {
        assert_eq!(ends, Ends::Collected);
        Ok(1)
    }

    fn items(&self, kind: &str, after: Option<&str>, max: u32) -> Result<ItemPage, String> {
        assert!(max <= 20_000, "the host lets {max} through");
        let next = self.users.iter().copied().find(|id| after.is_none_or(|after| *id > after));
        let column = |value: &str| next.iter().map(|_| value).collect::<Texts>();
        Ok(ItemPage {
            ids: next.iter().collect(),
            names: column("Name"),
            parent_kinds: column(""),
            parent_ids: column(""),
            bodies: column(if kind == "user" { "{}" } else { "" }),
        })
    }

    fn links(&self, _: &str, _: Ends, _: Option<&LinkKey>, _: u32) -> Result<LinkPage, String> {
        Err("the disk is gone".to_owned())
    }

    fn coverage(&self) -> Result<Vec<CoverageNote>, String> {
        Ok(Vec::new())
    }
}

/// What was written, by name; only what was finished.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<BTreeMap<String, String>>>);

impl Written {
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap().clone()
    }
}

struct Sink {
    name: String,
    content: String,
    written: Written,
}

impl Sink {
    fn finished(self) {
        self.written.0.lock().unwrap().insert(self.name, self.content);
    }
}

impl FileSink for Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.content.push_str(std::str::from_utf8(bytes).map_err(|error| error.to_string())?);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), String> {
        self.finished();
        Ok(())
    }
}

impl DatabaseSink for Sink {
    fn define(&mut self, schema: &str) -> Result<(), String> {
        if !schema.starts_with("CREATE TABLE") {
            return Err(format!("only tables and indexes can be created: {schema}"));
        }
        self.content.push_str(schema);
        Ok(())
    }

    fn insert(&mut self, table: &str, rows: u32, columns: Vec<NamedColumn>) -> Result<(), String> {
        write!(self.content, "; {rows} into {table}: {columns:?}").map_err(|error| error.to_string())
    }

    fn finish(self: Box<Self>) -> Result<(), String> {
        self.finished();
        Ok(())
    }
}

impl Artifacts for Written {
    fn file(&self, name: &str, _: &str) -> Result<Box<dyn FileSink>, String> {
        Ok(Box::new(Sink { name: name.to_owned(), content: String::new(), written: self.clone() }))
    }

    fn database(&self, name: &str, _: &str, framing: Framing) -> Result<Box<dyn DatabaseSink>, String> {
        let prefix = String::from_utf8_lossy(&framing.prefix);
        let content = format!("{prefix} zstd {:?} ", framing.zstd_level);
        Ok(Box::new(Sink { name: name.to_owned(), content, written: self.clone() }))
    }
}
