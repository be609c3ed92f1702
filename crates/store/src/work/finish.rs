//! A collected work file becomes a snapshot.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use rusqlite::Connection;

use super::{meta, schema, write_meta};

/// What was found to be gone goes, with every link from or to it.
const REMOVE: &str = "
    DELETE FROM items WHERE EXISTS (SELECT 1 FROM removed r WHERE r.kind = items.kind AND r.id = items.id);
    DELETE FROM links WHERE
        EXISTS (SELECT 1 FROM removed r WHERE r.kind = links.origin_kind AND r.id = links.origin_id)
        OR EXISTS (SELECT 1 FROM removed r WHERE r.kind = links.target_kind AND r.id = links.target_id);
";

/// The ends of links that were not collected as items. Usually few, so that a reader who wants only
/// links between collected items looks into a small table instead of into that of all items, twice a link.
const MISSING: &str = "
    CREATE TABLE missing (kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
";

/// Ends remembered as looked up already, at most: some megabytes. A tenant with more looks some up again.
const REMEMBERED: usize = 50_000;

/// Does it in one transaction, then folds the log into the file.
pub(super) fn finish(connection: &mut Connection, record: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let removed: bool =
        transaction.query_row("SELECT EXISTS (SELECT 1 FROM removed)", [], |row| row.get(0))?;
    if removed {
        transaction.execute_batch(REMOVE)?;
    }
    let started = Instant::now();
    transaction.execute_batch(MISSING)?;
    find_missing(&transaction)?;
    tracing::debug!(took = ?started.elapsed(), "missing ends are known");
    transaction.execute_batch("DROP TABLE tasks; DROP TABLE removed;")?;
    write_meta(&transaction, meta::RECORD, record)?;
    write_meta(&transaction, meta::FINISHED, "1")?;
    transaction.commit()?;
    let started = Instant::now();
    schema::fold(connection)?;
    tracing::debug!(took = ?started.elapsed(), "the log is folded into the file");
    Ok(())
}

/// Looks up each end once in one pass over the links: as a join it takes four times as long, because most
/// ends are those of many links.
fn find_missing(connection: &Connection) -> rusqlite::Result<()> {
    let mut links = connection.prepare("SELECT origin_kind, origin_id, target_kind, target_id FROM links")?;
    let mut collected = connection.prepare("SELECT 1 FROM items WHERE kind = ?1 AND id = ?2")?;
    let mut add = connection.prepare("INSERT INTO missing VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    let mut seen = Seen::default();
    let mut look_up = |kind: &str, id: &str| -> rusqlite::Result<()> {
        if seen.add(kind, id) && !collected.exists([kind, id])? {
            add.execute([kind, id])?;
        }
        Ok(())
    };
    let mut origin = (String::new(), String::new());
    let mut rows = links.query([])?;
    while let Some(row) = rows.next()? {
        let text = |column: usize| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()?);
        let (kind, id) = (text(0)?, text(1)?);
        // Links come in the order of their origins.
        if origin.1 != id || origin.0 != kind {
            look_up(kind, id)?;
            origin = (kind.to_owned(), id.to_owned());
        }
        look_up(text(2)?, text(3)?)?;
    }
    Ok(())
}

/// The ends looked up already, by kind.
#[derive(Debug, Default)]
struct Seen {
    ids: HashMap<String, HashSet<String>>,
    count: usize,
}

impl Seen {
    /// False when the end is known already.
    fn add(&mut self, kind: &str, id: &str) -> bool {
        if self.ids.get(kind).is_some_and(|ids| ids.contains(id)) {
            return false;
        }
        if self.count == REMEMBERED {
            self.ids.clear();
            self.count = 0;
        }
        self.count += 1;
        self.ids.entry(kind.to_owned()).or_default().insert(id.to_owned());
        true
    }
}
