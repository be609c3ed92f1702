//! What the host needs from the other rooms to serve a connector. Who gives none of these refuses them.

use std::sync::Arc;

use async_trait::async_trait;
use fairlead_model::{
    CoverageNote, Refusal, Request, Response, RunId,
    artifact::{Framing, NamedColumn},
    snapshot::{Ends, ItemPage, LinkKey, LinkPage, RunInfo},
};

/// What a connector can reach during one call.
#[derive(Clone, Default)]
pub struct Services {
    /// Calls to Azure; absent: every call is refused as not declared.
    pub azure: Option<Arc<dyn Azure>>,
    /// The collection to read back; absent: asking for it stops the call.
    pub snapshot: Option<Arc<dyn SnapshotReader>>,
    /// Files to write; absent: asking for one stops the call.
    pub artifacts: Option<Arc<dyn Artifacts>>,
    /// The run the call belongs to, for logs.
    pub run: Option<RunId>,
}

/// Calls to Azure, with policy, token and pacing applied.
#[async_trait]
pub trait Azure: Send + Sync {
    /// Makes one call. Many are made at once: what they wait for is theirs to arrange.
    async fn send(&self, request: Request) -> Result<Response, Refusal>;
}

/// Reads a finished collection. Its methods may block: the host calls them on a thread for that. Errors are
/// sentences for a person; they end the call.
pub trait SnapshotReader: Send + Sync {
    /// The run that collected.
    fn run(&self) -> RunInfo;
    /// How many items of a kind there are.
    fn count_items(&self, kind: &str) -> Result<u64, String>;
    /// How many links of a kind there are.
    fn count_links(&self, kind: &str, ends: Ends) -> Result<u64, String>;
    /// The items that follow `after`, at most `max`; an empty page ends the listing.
    fn items(&self, kind: &str, after: Option<&str>, max: u32) -> Result<ItemPage, String>;
    /// The links that follow `after`, at most `max`; an empty page ends the listing.
    fn links(&self, kind: &str, ends: Ends, after: Option<&LinkKey>, max: u32) -> Result<LinkPage, String>;
    /// What was not seen completely, and why.
    fn coverage(&self) -> Result<Vec<CoverageNote>, String>;
}

/// Opens the files a connector makes. Its methods may block. The host has checked name and media type against
/// the connector's description.
pub trait Artifacts: Send + Sync {
    /// A file of bytes.
    fn file(&self, name: &str, media_type: &str) -> Result<Box<dyn FileSink>, String>;
    /// A database file.
    fn database(
        &self,
        name: &str,
        media_type: &str,
        framing: Framing,
    ) -> Result<Box<dyn DatabaseSink>, String>;
}

/// A file being written. It exists once it is finished; dropped, it leaves nothing. Errors are told to the
/// connector.
pub trait FileSink: Send {
    /// Appends bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), String>;
    /// Makes the file appear.
    fn finish(self: Box<Self>) -> Result<(), String>;
}

/// A database being built. It exists once it is finished; dropped, it leaves nothing. Errors are told to the
/// connector.
pub trait DatabaseSink: Send {
    /// Creates tables and indexes; anything else is refused.
    fn define(&mut self, schema: &str) -> Result<(), String>;
    /// Appends rows. The host has checked that every column has a value for each.
    fn insert(&mut self, table: &str, rows: u32, columns: Vec<NamedColumn>) -> Result<(), String>;
    /// Makes the file appear.
    fn finish(self: Box<Self>) -> Result<(), String>;
}
