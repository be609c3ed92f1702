//! The file as it is written: resource types, resources, entitlements, grants, and the sync they belong to.

use std::collections::BTreeMap;

use prost::Message;
use serde::Serialize;

use super::{
    batch::{Batch, Cell, Shape},
    encode::GrantEncoder,
    host::{Database, Failure},
    schema,
};
use crate::{
    proto::{Entitlement, Resource, ResourceType},
    resources::Kind,
};

/// What every row says of the sync it belongs to.
pub(crate) struct Stamp {
    pub(crate) sync_id: String,
    /// When the collection began, as a column's text.
    pub(crate) started_at: String,
}

/// A grant to be written.
pub(crate) struct GrantRow<'a> {
    /// The id, in parts.
    pub(crate) id: &'a [&'a str],
    /// The resource type and id of the entitlement's resource.
    pub(crate) resource: (Kind, &'a str),
    pub(crate) entitlement: &'a str,
    pub(crate) principal: (Kind, &'a str),
    /// An encoded `GrantExpandable`, if holders of other entitlements have this one too.
    pub(crate) expansion: Option<&'a [u8]>,
    /// Follows from other grants: nobody granted it as such.
    pub(crate) follows: bool,
}

/// The file's counts, as it keeps them itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Resource types.
    pub resource_types: u64,
    /// Resources.
    pub resources: u64,
    /// Entitlements.
    pub entitlements: u64,
    /// Grants, those that follow from others included.
    pub grants: u64,
    /// Assets; there are none.
    pub assets: u64,
    /// Resources by their type.
    pub resources_by_resource_type: BTreeMap<&'static str, u64>,
    /// Entitlements by their resource's type.
    pub entitlements_by_resource_type: BTreeMap<&'static str, u64>,
    /// Grants by their entitlement's resource's type.
    pub grants_by_resource_type: BTreeMap<&'static str, u64>,
}

/// The file being written.
pub(crate) struct File<'d> {
    database: &'d mut dyn Database,
    stamp: Stamp,
    types: Batch,
    roots: Batch,
    children: Batch,
    entitlements: Batch,
    grants: Batch,
    expandable: Batch,
    counts: Counts,
    encoder: GrantEncoder,
    bytes: Vec<u8>,
}

impl<'d> File<'d> {
    /// Begins the file: its tables, and the resource types.
    pub(crate) fn begin(database: &'d mut dyn Database, stamp: Stamp) -> Result<Self, Failure> {
        database.define(schema::TABLES).map_err(Failure::Fatal)?;
        let common =
            [("sync_id", Shape::Every(&stamp.sync_id)), ("discovered_at", Shape::Every(&stamp.started_at))];
        let batch = |table, columns: &[(&str, Shape<'_>)]| Batch::new(table, &[columns, &common].concat());
        let resource = |parent: Shape<'static>| {
            [
                ("resource_type_id", Shape::Text),
                ("external_id", Shape::Text),
                ("parent_resource_type_id", parent),
                ("parent_resource_id", parent),
                ("data", Shape::Blob),
            ]
        };
        let grant = |expansion: Shape<'static>| {
            [
                ("resource_type_id", Shape::Text),
                ("resource_id", Shape::Text),
                ("entitlement_id", Shape::Text),
                ("principal_resource_type_id", Shape::Text),
                ("principal_resource_id", Shape::Text),
                ("external_id", Shape::Text),
                ("data", Shape::Blob),
                ("expansion", expansion),
                ("needs_expansion", Shape::EveryInteger(0)),
            ]
        };
        let entitlement = [
            ("resource_type_id", Shape::Text),
            ("resource_id", Shape::Text),
            ("external_id", Shape::Text),
            ("data", Shape::Blob),
        ];
        let mut file = Self {
            types: batch("v1_resource_types", &[("external_id", Shape::Text), ("data", Shape::Blob)]),
            roots: batch("v1_resources", &resource(Shape::Null)),
            children: batch("v1_resources", &resource(Shape::Text)),
            entitlements: batch("v1_entitlements", &entitlement),
            grants: batch("v1_grants", &grant(Shape::Null)),
            expandable: batch("v1_grants", &grant(Shape::Blob)),
            database,
            stamp,
            counts: Counts::default(),
            encoder: GrantEncoder::new(),
            bytes: Vec::new(),
        };
        for kind in Kind::ALL {
            file.resource_type(&kind.resource_type())?;
        }
        Ok(file)
    }

    fn resource_type(&mut self, resource_type: &ResourceType) -> Result<(), Failure> {
        self.counts.resource_types += 1;
        let data = encode(&mut self.bytes, resource_type);
        self.types.push(self.database, &[Cell::Text(&resource_type.id), Cell::Blob(data)])
    }

    /// Writes a resource.
    pub(crate) fn resource(&mut self, kind: Kind, resource: &Resource) -> Result<(), Failure> {
        self.counts.resources += 1;
        *self.counts.resources_by_resource_type.entry(kind.id()).or_default() += 1;
        let id = resource.id.as_ref().map_or("", |id| &id.resource);
        let external_id = [kind.id(), ":", id];
        let data = encode(&mut self.bytes, resource);
        let (kind, id) = (Cell::Text(kind.id()), Cell::Joined(&external_id));
        match &resource.parent_resource_id {
            None => self.roots.push(self.database, &[kind, id, Cell::Blob(data)]),
            Some(parent) => {
                let parent = [Cell::Text(&parent.resource_type), Cell::Text(&parent.resource)];
                self.children.push(self.database, &[kind, id, parent[0], parent[1], Cell::Blob(data)])
            }
        }
    }

    /// Writes an entitlement.
    pub(crate) fn entitlement(&mut self, kind: Kind, entitlement: &Entitlement) -> Result<(), Failure> {
        self.counts.entitlements += 1;
        *self.counts.entitlements_by_resource_type.entry(kind.id()).or_default() += 1;
        let resource = entitlement.resource.as_ref().map_or("", |resource| &resource.id.resource);
        let data = encode(&mut self.bytes, entitlement);
        let cells =
            [Cell::Text(kind.id()), Cell::Text(resource), Cell::Text(&entitlement.id), Cell::Blob(data)];
        self.entitlements.push(self.database, &cells)
    }

    /// Adds a source to the next grant: an entitlement's id, in parts, and whether the principal holds it itself.
    pub(crate) fn source(&mut self, entitlement: &[&str], is_direct: bool) {
        self.encoder.source(entitlement, is_direct);
    }

    /// Writes a grant with the sources added since the last one.
    pub(crate) fn grant(&mut self, row: &GrantRow<'_>) -> Result<(), Failure> {
        self.counts.grants += 1;
        *self.counts.grants_by_resource_type.entry(row.resource.0.id()).or_default() += 1;
        let resource = (row.resource.0.id(), row.resource.1);
        let principal = (row.principal.0.id(), row.principal.1);
        let data = self.encoder.encode(resource, row.entitlement, principal, row.id, row.follows);
        let cells = [
            Cell::Text(resource.0),
            Cell::Text(resource.1),
            Cell::Text(row.entitlement),
            Cell::Text(principal.0),
            Cell::Text(principal.1),
            Cell::Joined(row.id),
            Cell::Blob(data),
            Cell::Blob(row.expansion.unwrap_or_default()),
        ];
        match row.expansion {
            Some(_) => self.expandable.push(self.database, &cells),
            None => self.grants.push(self.database, &cells[..7]),
        }
    }

    /// Hands over what is left, writes the sync and builds the indexes. The database is then complete.
    pub(crate) fn finish(mut self, ended_at: &str) -> Result<Counts, Failure> {
        for batch in [
            &mut self.types,
            &mut self.roots,
            &mut self.children,
            &mut self.entitlements,
            &mut self.grants,
            &mut self.expandable,
        ] {
            batch.flush(self.database)?;
        }
        let stats = serde_json::to_string(&self.counts)
            .map_err(|error| Failure::Fatal(format!("the file's counts cannot be written: {error}")))?;
        let mut sync = Batch::new(
            "v1_sync_runs",
            &[
                ("sync_id", Shape::Every(&self.stamp.sync_id)),
                ("started_at", Shape::Every(&self.stamp.started_at)),
                ("ended_at", Shape::Every(ended_at)),
                ("sync_token", Shape::Every("")),
                ("sync_type", Shape::Every("full")),
                ("parent_sync_id", Shape::Every("")),
                ("linked_sync_id", Shape::Every("")),
                ("supports_diff", Shape::EveryInteger(0)),
                ("grants_backfilled", Shape::EveryInteger(1)),
                ("stats", Shape::Every(&stats)),
                ("ingest_invariant_generation", Shape::Every("")),
                ("ingest_invariant_coverage", Shape::Every("")),
                ("ingest_invariant_mode", Shape::Every("")),
            ],
        );
        sync.push(self.database, &[])?;
        sync.flush(self.database)?;
        self.database.define(schema::INDEXES).map_err(Failure::Fatal)?;
        Ok(self.counts)
    }
}

fn encode<'b>(into: &'b mut Vec<u8>, message: &impl Message) -> &'b [u8] {
    into.clear();
    // A vector grows as needed, so the only error there is cannot happen.
    let _ = message.encode(into);
    into
}
