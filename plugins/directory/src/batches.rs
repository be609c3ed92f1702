//! Items sorted by what they lie in: a batch has one parent.

use std::collections::BTreeMap;

use fairlead_connector::{ItemBatch, Reference, Step};

/// About how long the body of an item is, in bytes.
const BODY: usize = 512;

/// Items of one kind whose parents are of one kind.
#[derive(Debug)]
pub(crate) struct Batches {
    kind: &'static str,
    parent_kind: &'static str,
    /// Bytes of bodies that the first batch makes room for.
    room: usize,
    by_parent: BTreeMap<Option<String>, ItemBatch>,
}

impl Batches {
    /// No items yet. There will be some with bodies of `bytes` bytes together.
    pub(crate) fn new(kind: &'static str, parent_kind: &'static str, bytes: usize) -> Self {
        Self { kind, parent_kind, room: bytes, by_parent: BTreeMap::new() }
    }

    /// Adds an item; its id is made lower case, the parent's is.
    pub(crate) fn push(&mut self, parent: Option<String>, id: &str, name: &str, body: &str) {
        let Self { kind, parent_kind, room, by_parent } = self;
        let batch = by_parent.entry(parent).or_insert_with_key(|parent| {
            let bytes = std::mem::take(room);
            let batch = ItemBatch::with_capacity(*kind, bytes / BODY, bytes);
            match parent {
                Some(parent) => batch.under(Reference::new(*parent_kind, parent.as_str())),
                None => batch,
            }
        });
        batch.push_lower(id, name, body);
    }

    /// The parents' ids.
    pub(crate) fn parents(&self) -> impl Iterator<Item = &str> + '_ {
        self.by_parent.keys().flatten().map(String::as_str)
    }

    /// Puts the items into a step.
    pub(crate) fn finish(self, step: &mut Step) {
        for batch in self.by_parent.into_values() {
            step.add_items(batch);
        }
    }
}
