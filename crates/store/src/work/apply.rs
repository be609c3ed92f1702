//! One step into the tables, inside a transaction.

use fairlead_model::{ItemBatch, LinkBatch, Step, Task, TaskId};
use rusqlite::{CachedStatement, Connection, params};

/// A known task and whether it is finished.
pub(super) type KnownTask = (TaskId, bool);

/// Every task of the file.
pub(super) fn known(connection: &Connection) -> rusqlite::Result<Vec<KnownTask>> {
    let mut statement = connection.prepare("SELECT id, finished FROM tasks")?;
    let tasks = statement.query_map([], |row| Ok((TaskId(row.get(0)?), row.get(1)?)))?;
    tasks.collect()
}

/// Adds tasks that are not there yet.
pub(super) fn add_tasks(connection: &Connection, tasks: &[Task]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO tasks (id, kind, key, payload, finished) VALUES (?1, ?2, ?3, ?4, 0)
         ON CONFLICT (id) DO NOTHING",
    )?;
    for task in tasks {
        statement.execute(params![task.id().0, task.kind, task.key, task.payload])?;
    }
    Ok(())
}

/// Puts a finished task's records and follow-up tasks in. A task that was finished before changes nothing.
pub(super) fn apply(connection: &Connection, task: &Task, step: &Step) -> rusqlite::Result<()> {
    if !finish_task(connection, task)? {
        return Ok(());
    }
    let id = task.id();
    for batch in &step.items {
        insert_items(connection, id, batch)?;
    }
    for batch in &step.links {
        insert_links(connection, id, batch)?;
    }
    insert_rest(connection, id, step)?;
    add_tasks(connection, &step.tasks)
}

/// Marks a task finished. False: it was before.
fn finish_task(connection: &Connection, task: &Task) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO tasks (id, kind, key, payload, finished) VALUES (?1, ?2, ?3, '', 1)
         ON CONFLICT (id) DO UPDATE SET finished = 1, payload = '' WHERE finished = 0",
    )?;
    Ok(statement.execute(params![task.id().0, task.kind, task.key])? > 0)
}

fn insert_items(connection: &Connection, task: TaskId, batch: &ItemBatch) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO items (kind, id, name, parent_kind, parent_id, body, task)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET name = excluded.name, parent_kind = excluded.parent_kind,
             parent_id = excluded.parent_id, body = excluded.body, task = excluded.task
             WHERE excluded.task < task",
    )?;
    statement.raw_bind_parameter(1, &batch.kind)?;
    statement.raw_bind_parameter(4, batch.parent.as_ref().map(|parent| &parent.kind))?;
    statement.raw_bind_parameter(5, batch.parent.as_ref().map(|parent| &parent.id))?;
    statement.raw_bind_parameter(7, task.0)?;
    for ((id, name), body) in batch.ids.iter().zip(batch.names.iter()).zip(batch.bodies.iter()) {
        statement.raw_bind_parameter(2, id)?;
        statement.raw_bind_parameter(3, name)?;
        statement.raw_bind_parameter(6, body)?;
        statement.raw_execute()?;
    }
    Ok(())
}

fn insert_links(connection: &Connection, task: TaskId, batch: &LinkBatch) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO links (kind, origin_kind, origin_id, target_kind, target_id, label, body, task)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET body = excluded.body, task = excluded.task WHERE excluded.task < task",
    )?;
    statement.raw_bind_parameter(1, &batch.kind)?;
    statement.raw_bind_parameter(2, &batch.origin.kind)?;
    statement.raw_bind_parameter(3, &batch.origin.id)?;
    statement.raw_bind_parameter(4, &batch.target_kind)?;
    statement.raw_bind_parameter(6, "")?;
    statement.raw_bind_parameter(7, "{}")?;
    statement.raw_bind_parameter(8, task.0)?;
    for (index, target) in batch.targets.iter().enumerate() {
        statement.raw_bind_parameter(5, target)?;
        bind_if_there(&mut statement, 6, batch.labels.as_ref().and_then(|labels| labels.get(index)))?;
        bind_if_there(&mut statement, 7, batch.bodies.as_ref().and_then(|bodies| bodies.get(index)))?;
        statement.raw_execute()?;
    }
    Ok(())
}

fn bind_if_there(
    statement: &mut CachedStatement<'_>,
    parameter: usize,
    text: Option<&str>,
) -> rusqlite::Result<()> {
    match text {
        Some(text) => statement.raw_bind_parameter(parameter, text),
        None => Ok(()),
    }
}

fn insert_rest(connection: &Connection, task: TaskId, step: &Step) -> rusqlite::Result<()> {
    for gone in &step.removed {
        connection
            .prepare_cached("INSERT INTO removed (kind, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![gone.kind, gone.id])?;
    }
    for bookmark in &step.bookmarks {
        connection
            .prepare_cached(
                "INSERT INTO bookmarks (stream, token, task) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET token = excluded.token, task = excluded.task
                     WHERE excluded.task < task",
            )?
            .execute(params![bookmark.stream, bookmark.token, task.0])?;
    }
    for note in &step.coverage {
        // The worst that was seen of a scope decides; of equals the lowest task's reason is kept.
        connection
            .prepare_cached(
                "INSERT INTO coverage (kind, scope, coverage, reason, severity, task)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO UPDATE SET coverage = excluded.coverage, reason = excluded.reason,
                     severity = excluded.severity, task = excluded.task
                     WHERE excluded.severity > severity
                         OR (excluded.severity = severity AND excluded.task < task)",
            )?
            .execute(params![
                note.kind,
                note.scope,
                note.coverage.as_str(),
                note.reason,
                note.coverage as i64,
                task.0
            ])?;
    }
    Ok(())
}
