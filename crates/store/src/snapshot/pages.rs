//! Pages of a listing. Each goes on after the last key of the one before, so a page costs the same
//! wherever it lies.

use fairlead_model::snapshot::{Ends, ItemPage, LinkKey, LinkPage};
use rusqlite::{Row, params};

use super::Snapshot;
use crate::StoreError;

/// A page ends after so many bytes, however few rows that is: a body may be megabytes.
const PAGE_BYTES: usize = 8 << 20;

impl Snapshot {
    /// Items of a kind, at most `max`, from the first id after `after` on.
    ///
    /// # Errors
    /// What reading may say.
    pub fn items(&self, kind: &str, after: Option<&str>, max: u32) -> Result<ItemPage, StoreError> {
        self.read(|connection| {
            let sql = match after {
                Some(_) => {
                    "SELECT id, name, parent_kind, parent_id, body FROM items
                     WHERE kind = ?1 AND id > ?3 ORDER BY id LIMIT ?2"
                }
                None => {
                    "SELECT id, name, parent_kind, parent_id, body FROM items
                     WHERE kind = ?1 ORDER BY id LIMIT ?2"
                }
            };
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = match after {
                Some(after) => statement.query(params![kind, max, after])?,
                None => statement.query(params![kind, max])?,
            };
            let mut page = ItemPage::default();
            while let Some(row) = rows.next()? {
                page.ids.push(text(row, 0)?);
                page.names.push(text(row, 1)?);
                page.parent_kinds.push(text(row, 2)?);
                page.parent_ids.push(text(row, 3)?);
                page.bodies.push(text(row, 4)?);
                if page.ids.bytes() + page.names.bytes() + page.bodies.bytes() >= PAGE_BYTES {
                    break;
                }
            }
            Ok(page)
        })
    }

    /// Links of a kind, at most `max`, from the first key after `after` on.
    ///
    /// # Errors
    /// What reading may say.
    pub fn links(
        &self,
        kind: &str,
        ends: Ends,
        after: Option<&LinkKey>,
        max: u32,
    ) -> Result<LinkPage, StoreError> {
        let filter = self.filter(ends);
        let from = match after {
            Some(_) => "AND (origin_kind, origin_id, target_kind, target_id, label) > (?3, ?4, ?5, ?6, ?7)",
            None => "",
        };
        let sql = format!(
            "SELECT origin_kind, origin_id, target_kind, target_id, label, body FROM links
             WHERE kind = ?1 {from} {filter}
             ORDER BY origin_kind, origin_id, target_kind, target_id, label LIMIT ?2"
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = match after {
                Some(LinkKey { origin_kind, origin_id, target_kind, target_id, label }) => statement
                    .query(params![kind, max, origin_kind, origin_id, target_kind, target_id, label])?,
                None => statement.query(params![kind, max])?,
            };
            let mut page = LinkPage::default();
            while let Some(row) = rows.next()? {
                page.origin_kinds.push(text(row, 0)?);
                page.origin_ids.push(text(row, 1)?);
                page.target_kinds.push(text(row, 2)?);
                page.target_ids.push(text(row, 3)?);
                page.labels.push(text(row, 4)?);
                page.bodies.push(text(row, 5)?);
                if page.origin_ids.bytes() + page.target_ids.bytes() + page.bodies.bytes() >= PAGE_BYTES {
                    break;
                }
            }
            Ok(page)
        })
    }
}

/// A column's text without copying it; empty where it is NULL.
pub(super) fn text<'row>(row: &'row Row<'_>, column: usize) -> rusqlite::Result<&'row str> {
    Ok(row.get_ref(column)?.as_str_or_null()?.unwrap_or_default())
}
