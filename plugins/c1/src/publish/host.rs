//! What publishing needs of its surroundings: a collection to read and a database to fill.
//!
//! Two small traits stand between the publisher and the host's imports, so that the publisher runs natively in
//! tests and benches over collections in memory.

use fairlead_connector::{artifact, snapshot};

pub use artifact::{Column, NamedColumn};
pub use fairlead_connector::{Blobs, Connection, Coverage, CoverageNote, Failure, Texts};
pub use snapshot::{Ends, ItemPage, LinkKey, LinkPage, RunInfo};

/// A finished collection.
pub trait Snapshot {
    /// The run that collected it.
    fn run(&self) -> RunInfo;
    /// How many items of a kind there are.
    fn count_items(&self, kind: &str) -> u64;
    /// How many links of a kind there are.
    fn count_links(&self, kind: &str, ends: Ends) -> u64;
    /// Up to `max` items of a kind after the id `after`, in the order of their ids.
    fn items(&self, kind: &str, after: Option<&str>, max: u32) -> ItemPage;
    /// Up to `max` links of a kind after the link `after`, in the order of their keys.
    fn links(&self, kind: &str, ends: Ends, after: Option<&LinkKey>, max: u32) -> LinkPage;
    /// What was not seen completely.
    fn coverage(&self) -> Vec<CoverageNote>;
}

/// A database being written.
pub trait Database {
    /// Creates tables and indexes.
    fn define(&mut self, schema: &str) -> Result<(), String>;
    /// Appends rows to a table.
    fn insert(&mut self, table: &str, rows: u32, columns: &[NamedColumn]) -> Result<(), String>;
}

/// The collection of the run this instance publishes for.
#[derive(Debug, Clone, Copy)]
pub struct HostSnapshot;

impl Snapshot for HostSnapshot {
    fn run(&self) -> RunInfo {
        snapshot::run()
    }

    fn count_items(&self, kind: &str) -> u64 {
        snapshot::count_items(kind)
    }

    fn count_links(&self, kind: &str, ends: Ends) -> u64 {
        snapshot::count_links(kind, ends)
    }

    fn items(&self, kind: &str, after: Option<&str>, max: u32) -> ItemPage {
        snapshot::items(kind, after, max)
    }

    fn links(&self, kind: &str, ends: Ends, after: Option<&LinkKey>, max: u32) -> LinkPage {
        snapshot::links(kind, ends, after, max)
    }

    fn coverage(&self) -> Vec<CoverageNote> {
        snapshot::coverage()
    }
}

/// A database that the host builds.
#[derive(Debug)]
pub struct HostDatabase(artifact::Database);

impl HostDatabase {
    /// Begins a file: the bytes of `prefix`, then the database compressed with Zstandard.
    pub fn create(name: &str, media_type: &str, prefix: &[u8], zstd_level: i32) -> Self {
        let framing = artifact::Framing { prefix: prefix.to_vec(), zstd_level: Some(zstd_level) };
        Self(artifact::Database::new(name, media_type, &framing))
    }

    /// Makes the file exist.
    pub fn finish(self) -> Result<(), String> {
        artifact::Database::finish(self.0)
    }
}

impl Database for HostDatabase {
    fn define(&mut self, schema: &str) -> Result<(), String> {
        self.0.define(schema)
    }

    fn insert(&mut self, table: &str, rows: u32, columns: &[NamedColumn]) -> Result<(), String> {
        self.0.insert(table, rows, columns)
    }
}
