//! A collected work file becomes a snapshot.

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
    INSERT INTO missing SELECT DISTINCT origin_kind, origin_id FROM links
        WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.kind = origin_kind AND i.id = origin_id);
    INSERT INTO missing SELECT target_kind, target_id FROM links
        WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.kind = target_kind AND i.id = target_id)
        ON CONFLICT DO NOTHING;
";

/// Does it in one transaction, then folds the log into the file.
pub(super) fn finish(connection: &mut Connection, record: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let removed: bool =
        transaction.query_row("SELECT EXISTS (SELECT 1 FROM removed)", [], |row| row.get(0))?;
    if removed {
        transaction.execute_batch(REMOVE)?;
    }
    transaction.execute_batch(MISSING)?;
    transaction.execute_batch("DROP TABLE tasks; DROP TABLE removed;")?;
    write_meta(&transaction, meta::RECORD, record)?;
    write_meta(&transaction, meta::FINISHED, "1")?;
    transaction.commit()?;
    schema::fold(connection)
}
