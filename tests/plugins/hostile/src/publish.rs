//! Publishing: once as it should be, and the other ways.

use crate::{
    bindings::fairlead::connector::{
        artifact::{Column, Database, File, Framing, NamedColumn},
        snapshot::{self, Ends},
        types::{Blobs, Failure, Method, Texts},
    },
    run::ask,
};

pub(crate) fn publish(what: &str) -> Result<(), Failure> {
    match what {
        "good" => good(),
        "path-traversal" => write("../notes.txt", "text/plain"),
        "absolute-path" => write("/etc/passwd", "text/plain"),
        "wrong-type" => write("notes.txt", "text/html"),
        "loop" => loop {
            std::hint::black_box(());
        },
        "handles" => loop {
            std::mem::forget(File::new("notes.txt", "text/plain"));
        },
        "endless-file" => {
            let file = File::new("notes.txt", "text/plain");
            let bytes = vec![0; 1 << 20];
            loop {
                file.write(&bytes).map_err(Failure::Fatal)?;
            }
        }
        "unfinished" => File::new("notes.txt", "text/plain").write(b"half").map_err(Failure::Fatal),
        "sql" => database()?.define("DROP TABLE rows").map_err(Failure::Fatal),
        "many-rows" => insert(u32::MAX, Column::EveryNull),
        "unequal-rows" => insert(3, Column::Integer(vec![1, 2])),
        "bad-column" => insert(1, Column::Text(Texts { values: "a".to_owned(), ends: vec![2] })),
        "bad-blob" => insert(1, Column::Blob(Blobs { values: vec![1], ends: Vec::new() })),
        "azure" => ask(Method::Get, "/v1.0/users").map(drop),
        other => Err(Failure::Fatal(format!("\"{other}\" is not a way to publish"))),
    }
}

/// Writes how many users there are, and their ids into a database.
fn good() -> Result<(), Failure> {
    let counted = snapshot::count_items("user") + snapshot::count_links("knows", Ends::Collected);
    let file = File::new("notes.txt", "text/plain");
    file.write(format!("{counted} records in run {}", snapshot::run().id).as_bytes())
        .map_err(Failure::Fatal)?;
    File::finish(file).map_err(Failure::Fatal)?;
    let database = database()?;
    let mut after: Option<String> = None;
    loop {
        let page = snapshot::items("user", after.as_deref(), u32::MAX);
        let rows = u32::try_from(page.ids.ends.len()).unwrap_or(u32::MAX);
        let Some(last) = last(&page.ids) else { break };
        after = Some(last);
        insert_into(&database, rows, Column::Text(page.ids))?;
    }
    Database::finish(database).map_err(Failure::Fatal)
}

fn last(ids: &Texts) -> Option<String> {
    let end = *ids.ends.last()? as usize;
    let start = ids.ends.iter().rev().nth(1).map_or(0, |start| *start as usize);
    Some(ids.values[start..end].to_owned())
}

fn write(name: &str, media_type: &str) -> Result<(), Failure> {
    let file = File::new(name, media_type);
    file.write(b"mine").map_err(Failure::Fatal)?;
    File::finish(file).map_err(Failure::Fatal)
}

fn database() -> Result<Database, Failure> {
    let framing = Framing { prefix: b"MAGIC".to_vec(), zstd_level: Some(3) };
    let database = Database::new("rows.db", "application/vnd.sqlite3", &framing);
    database.define("CREATE TABLE rows (id)").map_err(Failure::Fatal)?;
    Ok(database)
}

fn insert(rows: u32, column: Column) -> Result<(), Failure> {
    insert_into(&database()?, rows, column)
}

fn insert_into(database: &Database, rows: u32, column: Column) -> Result<(), Failure> {
    let column = NamedColumn { name: "id".to_owned(), column };
    database.insert("rows", rows, &[column]).map_err(Failure::Fatal)
}
