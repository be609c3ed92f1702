//! Files that connectors make: complete, or not there at all.

use std::{fs, path::Path};

use fairlead_model::{
    Blobs,
    artifact::{Column, Framing, NamedColumn},
};
use fairlead_store::{DatabaseWriter, FileWriter, StoreError};

const MEGABYTES: u64 = 1 << 20;

fn named(name: &str, column: Column) -> NamedColumn {
    NamedColumn { name: name.to_owned(), column }
}

fn things(rows: usize) -> Vec<NamedColumn> {
    let ids = (0..rows).map(|row| format!("thing {row}")).collect();
    let bytes: Vec<u8> = (0..rows).map(|row| u8::try_from(row % 251).unwrap()).collect();
    let ends = (1..=u32::try_from(rows).unwrap()).collect();
    vec![
        named("id", Column::Text(ids)),
        named("data", Column::Blob(Blobs::from_parts(bytes, ends).unwrap())),
        named("n", Column::Integer((0..).take(rows).collect())),
        named("run", Column::EveryText("r1".to_owned())),
        named("flag", Column::EveryInteger(1)),
        named("parent", Column::EveryNull),
    ]
}

const SCHEMA: &str = "
    CREATE TABLE things (k INTEGER PRIMARY KEY, id TEXT NOT NULL, data BLOB, n INTEGER, run TEXT, flag, parent);
    CREATE UNIQUE INDEX things_by_id ON things (id, run); -- a comment
    CREATE INDEX things_flagged ON things (run) WHERE flag = 1;";

fn build(folder: &Path, framing: Framing) -> std::path::PathBuf {
    let mut database = DatabaseWriter::create(folder, "things.db", framing, 100 * MEGABYTES).unwrap();
    database.define(SCHEMA).unwrap();
    database.insert("things", 1000, &things(1000)).unwrap();
    database.finish().unwrap()
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn a_database_holds_what_was_inserted() {
    let folder = tempfile::tempdir().unwrap();
    let path = build(folder.path(), Framing::default());
    assert_eq!(path, folder.path().join("things.db"));
    let database = rusqlite::Connection::open(&path).unwrap();
    let row = database.query_row(
        "SELECT id, data, n, run, flag, parent IS NULL FROM things WHERE id = 'thing 260'",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)),
    );
    let expected: (String, Vec<u8>, i64, String, i64, bool) =
        ("thing 260".into(), vec![9], 260, "r1".into(), 1, true);
    assert_eq!(row.unwrap(), expected);
    let count = |sql| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM things"), 1000);
    assert_eq!(count("SELECT count(*) FROM sqlite_master WHERE type = 'index'"), 2);
    let check: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "drafts were left");
}

#[test]
fn a_framed_database_is_the_plain_one_behind_its_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let plain = fs::read(build(folder.path(), Framing::default())).unwrap();
    let prefix = b"MARK\0".to_vec();
    let framing = Framing { prefix: prefix.clone(), zstd_level: Some(3) };
    let framed = fs::read(build(folder.path(), framing)).unwrap();
    assert!(framed.starts_with(&prefix));
    assert!(framed.len() < plain.len() / 2);
    assert!(zstd::decode_all(&framed[prefix.len()..]).unwrap() == plain);
    let prefixed = fs::read(build(folder.path(), Framing { prefix, zstd_level: None })).unwrap();
    assert!(prefixed[5..] == plain);
}

#[test]
fn a_dropped_file_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = DatabaseWriter::create(folder.path(), "a.db", Framing::default(), MEGABYTES).unwrap();
    database.define(SCHEMA).unwrap();
    database.insert("things", 10, &things(10)).unwrap();
    drop(database);
    let mut file = FileWriter::create(folder.path(), "a.txt", 10).unwrap();
    file.write(b"half").unwrap();
    drop(file);
    assert!(is_empty(folder.path()));
}

#[test]
fn a_schema_makes_tables_and_indexes_only() {
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("outside.db");
    let attach = format!("ATTACH '{}' AS o", outside.display());
    for (schema, what) in [
        (attach.as_str(), "ATTACH"),
        ("PRAGMA journal_mode = WAL", "PRAGMA"),
        ("CREATE VIEW v AS SELECT 1", "view"),
        ("CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END", "trigger"),
        ("CREATE VIRTUAL TABLE t USING fts5(a)", "virtual table"),
        ("CREATE TABLE t AS SELECT 1", "SELECT"),
        ("SELECT 1", "SELECT"),
        ("CREATE TABLE t (a); DROP TABLE t", ""),
        ("CREATE TABLE t (a); DELETE FROM t", ""),
        ("CREATE TABLE t (a); UPDATE t SET a = 1", ""),
        ("VACUUM", ""),
        ("COMMIT", ""),
        ("CREATE TEMP TABLE t (a)", ""),
        ("CREATE TABLE t (", "mistake"),
        ("nonsense", "mistake"),
    ] {
        let mut database =
            DatabaseWriter::create(folder.path(), "a.db", Framing::default(), MEGABYTES).unwrap();
        let error = database.define(schema).expect_err(schema);
        assert!(matches!(error, StoreError::Refused(_)), "{schema}: {error:?}");
        assert!(error.to_string().contains(what), "{schema}: {error}");
    }
    assert!(is_empty(folder.path()));
}

#[test]
fn rows_that_do_not_fit_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = DatabaseWriter::create(folder.path(), "a.db", Framing::default(), MEGABYTES).unwrap();
    database.define(SCHEMA).unwrap();
    let mut told = |table: &str, rows, columns: &[NamedColumn]| {
        let error = database.insert(table, rows, columns).unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
        error.to_string()
    };
    assert!(told("nothing", 1, &things(1)).contains("no such table: nothing"));
    assert!(told("things", 2, &things(1)).contains("has 1 values for 2 rows"));
    assert!(told("things", 1, &[]).contains("no columns"));
    assert!(told("things", 1, &[named("x\"; DROP", Column::EveryNull)]).contains("no column named"));
    assert!(told("things", 1, &[named("id", Column::EveryNull)]).contains("NOT NULL"));
    assert!(told("sqlite_master", 1, &[named("sql", Column::EveryNull)]).contains("sqlite_master"));
}

#[test]
fn an_index_that_cannot_be_made_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = DatabaseWriter::create(folder.path(), "a.db", Framing::default(), MEGABYTES).unwrap();
    database.define(SCHEMA).unwrap();
    database
        .insert(
            "things",
            2,
            &[named("id", Column::EveryText("same".into())), named("run", Column::EveryText("r".into()))],
        )
        .unwrap();
    let error = database.finish().unwrap_err();
    assert!(error.to_string().contains("UNIQUE"), "{error}");
    assert!(is_empty(folder.path()));
}

#[test]
fn a_file_stays_below_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = DatabaseWriter::create(folder.path(), "a.db", Framing::default(), MEGABYTES).unwrap();
    database.define(SCHEMA).unwrap();
    let error = (0..1000).find_map(|_| database.insert("things", 1000, &things(1000)[..1]).err()).unwrap();
    assert_eq!(error.to_string(), "the file \"a.db\" would pass its limit of 1048576 bytes");
    drop(database);
    let mut file = FileWriter::create(folder.path(), "a.txt", 10).unwrap();
    file.write(b"0123456789").unwrap();
    assert!(matches!(file.write(b"x"), Err(StoreError::Refused(_))));
    drop(file);
    assert!(is_empty(folder.path()));
}

#[test]
fn a_plain_file_holds_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = FileWriter::create(folder.path(), "a.txt", 100).unwrap();
    file.write(b"one ").unwrap();
    file.write(b"two").unwrap();
    let path = file.finish().unwrap();
    assert_eq!(fs::read(path).unwrap(), b"one two");
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["../a", "a/b", "..", "", "/tmp/a", "a\0b"] {
        let file = FileWriter::create(folder.path(), name, 1).unwrap_err();
        let database = DatabaseWriter::create(folder.path(), name, Framing::default(), 1).unwrap_err();
        assert!(matches!((&file, &database), (StoreError::Name(_), StoreError::Name(_))), "{name:?}");
    }
    let framing = Framing { prefix: Vec::new(), zstd_level: Some(1000) };
    let level = DatabaseWriter::create(folder.path(), "a", framing, 1).unwrap_err();
    assert!(level.to_string().contains("no level of Zstandard"), "{level}");
}
