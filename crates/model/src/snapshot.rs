//! Pages of a finished collection, as a connector reads them back while it publishes.

use jiff::Timestamp;

use crate::{RunId, Texts};

/// Items of one kind, in the order of their ids; columns of equal length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemPage {
    /// Ids. The last one is where the next page goes on.
    pub ids: Texts,
    /// Display names.
    pub names: Texts,
    /// Kinds of the parents; empty where an item has none.
    pub parent_kinds: Texts,
    /// Ids of the parents; empty where an item has none.
    pub parent_ids: Texts,
    /// JSON objects.
    pub bodies: Texts,
}

impl ItemPage {
    /// Items in this page.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether the listing has ended.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// Links of one kind, in the order of their keys; columns of equal length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkPage {
    /// Kinds of the items the links start at.
    pub origin_kinds: Texts,
    /// Ids of the items the links start at.
    pub origin_ids: Texts,
    /// Kinds of the items the links lead to.
    pub target_kinds: Texts,
    /// Ids of the items the links lead to.
    pub target_ids: Texts,
    /// What tells apart links of one kind between the same two items.
    pub labels: Texts,
    /// JSON objects.
    pub bodies: Texts,
}

impl LinkPage {
    /// The key of the last link, after which the next page begins; absent when there is none.
    pub fn last_key(&self) -> Option<LinkKey> {
        let last = |column: &Texts| column.last().map(str::to_owned);
        Some(LinkKey {
            origin_kind: last(&self.origin_kinds)?,
            origin_id: last(&self.origin_ids)?,
            target_kind: last(&self.target_kinds)?,
            target_id: last(&self.target_ids)?,
            label: last(&self.labels)?,
        })
    }

    /// Links in this page.
    pub fn len(&self) -> usize {
        self.origin_ids.len()
    }

    /// Whether the listing has ended.
    pub fn is_empty(&self) -> bool {
        self.origin_ids.is_empty()
    }

    /// The key of the link at `index`; that of the last one is where the next page goes on.
    pub fn key(&self, index: usize) -> Option<LinkKey> {
        let at = |column: &Texts| column.get(index).map(str::to_owned);
        Some(LinkKey {
            origin_kind: at(&self.origin_kinds)?,
            origin_id: at(&self.origin_ids)?,
            target_kind: at(&self.target_kinds)?,
            target_id: at(&self.target_ids)?,
            label: at(&self.labels)?,
        })
    }
}

/// A link among those of its kind; listings are in the order of these.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkKey {
    /// Kind of the item the link starts at.
    pub origin_kind: String,
    /// Id of the item the link starts at.
    pub origin_id: String,
    /// Kind of the item the link leads to.
    pub target_kind: String,
    /// Id of the item the link leads to.
    pub target_id: String,
    /// What tells it apart from others between the same two items.
    pub label: String,
}

/// Which links a listing holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ends {
    /// Every link.
    All,
    /// Only links whose both ends were collected as items.
    Collected,
}

/// The run whose collection is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunInfo {
    /// Its id.
    pub id: RunId,
    /// When it first started.
    pub started_at: Timestamp,
}
