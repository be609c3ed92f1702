//! Every record in order, one at a time, for files people take away.

use std::ops::ControlFlow;

use rusqlite::Row;

use super::{Snapshot, pages::text};
use crate::StoreError;

/// One item, borrowed while it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemRow<'row> {
    /// Its kind.
    pub kind: &'row str,
    /// Its id, unique within the kind.
    pub id: &'row str,
    /// Its display name.
    pub name: &'row str,
    /// Kind of its parent; empty where there is none.
    pub parent_kind: &'row str,
    /// Id of its parent; empty where there is none.
    pub parent_id: &'row str,
    /// A JSON object.
    pub body: &'row str,
}

/// One link, borrowed while it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkRow<'row> {
    /// Its kind.
    pub kind: &'row str,
    /// Kind of the item it starts at.
    pub origin_kind: &'row str,
    /// Id of the item it starts at.
    pub origin_id: &'row str,
    /// Kind of the item it leads to.
    pub target_kind: &'row str,
    /// Id of the item it leads to.
    pub target_id: &'row str,
    /// What tells it apart from others of its kind between the same two.
    pub label: &'row str,
    /// A JSON object.
    pub body: &'row str,
}

impl Snapshot {
    /// Shows every item, or those of one kind, in the order of kinds and ids, until told to stop.
    ///
    /// # Errors
    /// What reading may say.
    pub fn each_item(
        &self,
        kind: Option<&str>,
        mut each: impl FnMut(ItemRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let columns = "SELECT kind, id, name, parent_kind, parent_id, body FROM items";
        self.each(columns, "kind, id", kind, |row| {
            Ok(each(ItemRow {
                kind: text(row, 0)?,
                id: text(row, 1)?,
                name: text(row, 2)?,
                parent_kind: text(row, 3)?,
                parent_id: text(row, 4)?,
                body: text(row, 5)?,
            }))
        })
    }

    /// Shows every link, or those of one kind, in the order of their keys, until told to stop.
    ///
    /// # Errors
    /// What reading may say.
    pub fn each_link(
        &self,
        kind: Option<&str>,
        mut each: impl FnMut(LinkRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let columns = "SELECT kind, origin_kind, origin_id, target_kind, target_id, label, body FROM links";
        let order = "kind, origin_kind, origin_id, target_kind, target_id, label";
        self.each(columns, order, kind, |row| {
            Ok(each(LinkRow {
                kind: text(row, 0)?,
                origin_kind: text(row, 1)?,
                origin_id: text(row, 2)?,
                target_kind: text(row, 3)?,
                target_id: text(row, 4)?,
                label: text(row, 5)?,
                body: text(row, 6)?,
            }))
        })
    }

    fn each(
        &self,
        columns: &str,
        order: &str,
        kind: Option<&str>,
        mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<ControlFlow<()>>,
    ) -> Result<(), StoreError> {
        let of_kind = if kind.is_some() { "WHERE kind = ?1" } else { "" };
        self.read(|connection| {
            let mut statement = connection.prepare(&format!("{columns} {of_kind} ORDER BY {order}"))?;
            let mut rows = statement.query(rusqlite::params_from_iter(kind))?;
            while let Some(row) = rows.next()? {
                if each(row)?.is_break() {
                    break;
                }
            }
            Ok(())
        })
    }
}
