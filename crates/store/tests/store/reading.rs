//! Reading a snapshot: pages, counts, and people's own SQL.

use std::{ops::ControlFlow, time::Duration};

use fairlead_model::snapshot::{Ends, LinkKey};
use fairlead_store::{QueryLimits, Snapshot, StoreError, Value};

use crate::support::{GROUPS, snapshot};

async fn example() -> (tempfile::TempDir, Snapshot) {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = snapshot(folder.path(), 3).await;
    (folder, snapshot)
}

fn link_keys(snapshot: &Snapshot, kind: &str, ends: Ends, max: u32) -> Vec<LinkKey> {
    let mut keys: Vec<LinkKey> = Vec::new();
    loop {
        let page = snapshot.links(kind, ends, keys.last(), max).unwrap();
        if page.is_empty() {
            return keys;
        }
        assert!(page.len() <= max as usize);
        keys.extend((0..page.len()).map(|row| LinkKey {
            origin_kind: page.origin_kinds.get(row).unwrap().to_owned(),
            origin_id: page.origin_ids.get(row).unwrap().to_owned(),
            target_kind: page.target_kinds.get(row).unwrap().to_owned(),
            target_id: page.target_ids.get(row).unwrap().to_owned(),
            label: page.labels.get(row).unwrap().to_owned(),
        }));
    }
}

#[tokio::test]
async fn pages_of_items_join_to_the_whole_in_the_order_of_ids() {
    let (_folder, snapshot) = example().await;
    let mut ids: Vec<String> = Vec::new();
    loop {
        let page = snapshot.items("user", ids.last().map(String::as_str), 7).unwrap();
        if page.is_empty() {
            break;
        }
        assert!(
            page.bodies.iter().zip(page.ids.iter()).all(|(body, id)| body.contains(&format!("\"{id}\"")))
        );
        assert!(page.parent_kinds.iter().all(|kind| kind == "group"));
        ids.extend(page.ids.iter().map(str::to_owned));
    }
    assert!(ids.is_sorted_by(|a, b| a < b));
    assert!(!ids.contains(&"u49".to_owned()), "it was found to be gone");
    assert_eq!(ids.len() as u64, snapshot.count_items("user").unwrap());
    assert_eq!(snapshot.counts().unwrap().items["user"], ids.len() as u64);
    let groups = snapshot.items("group", None, 1000).unwrap();
    assert_eq!(groups.len(), GROUPS);
    assert!(groups.parent_kinds.iter().chain(groups.parent_ids.iter()).all(str::is_empty));
    assert!(snapshot.items("nothing", None, 10).unwrap().is_empty());
}

#[tokio::test]
async fn pages_of_links_join_to_the_whole_in_the_order_of_keys() {
    let (_folder, snapshot) = example().await;
    for (kind, ends) in [("member", Ends::All), ("near", Ends::All), ("near", Ends::Collected)] {
        let keys = link_keys(&snapshot, kind, ends, 11);
        assert!(keys.is_sorted_by(|a, b| a < b));
        assert_eq!(keys, link_keys(&snapshot, kind, ends, 100_000));
        assert_eq!(keys.len() as u64, snapshot.count_links(kind, ends).unwrap());
    }
}

#[tokio::test]
async fn links_to_what_was_not_collected_can_be_left_out() {
    let (_folder, snapshot) = example().await;
    let all = link_keys(&snapshot, "near", Ends::All, 1000);
    let collected = link_keys(&snapshot, "near", Ends::Collected, 1000);
    assert_eq!(all.len() - collected.len(), 3);
    assert!(collected.iter().all(|key| !key.target_id.starts_with("lost")));
    assert!(all.iter().all(|key| key.target_id != "u49"), "links to what is gone are gone");
}

#[tokio::test]
async fn the_worst_that_was_seen_is_the_coverage() {
    let (_folder, snapshot) = example().await;
    let notes = snapshot.coverage().unwrap();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].coverage, fairlead_model::Coverage::Partial);
    assert_eq!(snapshot.bookmarks().unwrap().len(), 1);
}

#[tokio::test]
async fn every_record_can_be_shown_one_at_a_time() {
    let (_folder, snapshot) = example().await;
    let (mut items, mut links) = (0, 0);
    snapshot.each_item(None, |_| count(&mut items)).unwrap();
    snapshot
        .each_link(Some("member"), |link| {
            assert_eq!((link.kind, link.origin_kind, link.target_kind), ("member", "group", "user"));
            count(&mut links)
        })
        .unwrap();
    let counts = snapshot.counts().unwrap();
    assert_eq!(items, counts.items.values().sum::<u64>());
    assert_eq!(links, counts.links["member"]);
    let mut first = 0;
    snapshot
        .each_item(Some("user"), |_| {
            first += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(first, 1);
}

fn count(counter: &mut u64) -> ControlFlow<()> {
    *counter += 1;
    ControlFlow::Continue(())
}

fn ask(snapshot: &Snapshot, sql: &str) -> Result<Vec<Vec<Value>>, StoreError> {
    let mut rows = Vec::new();
    let limits = QueryLimits { rows: Some(5), time: Some(Duration::from_mins(1)) };
    snapshot.query(sql, &limits, |_, values| {
        rows.push(values.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

#[tokio::test]
async fn sql_reads_naturally() {
    let (_folder, snapshot) = example().await;
    let rows = ask(
        &snapshot,
        "SELECT json_extract(body, '$.id') AS mail, name FROM items WHERE kind = 'group' AND id = 'g7'",
    );
    assert_eq!(rows.unwrap(), [[Value::Text("g7".into()), Value::Text("group g7 by ".into())]]);
    let rows = ask(
        &snapshot,
        "SELECT count(*), null, 1.5, x'00ff' FROM items i JOIN links l ON l.target_id = i.id AND l.kind = 'none'",
    );
    assert_eq!(
        rows.unwrap(),
        [[Value::Integer(0), Value::Null, Value::Real(1.5), Value::Blob(vec![0, 255])]]
    );
}

#[tokio::test]
async fn a_query_ends_at_its_limits() {
    let (_folder, snapshot) = example().await;
    let mut seen = 0;
    let limits = QueryLimits { rows: Some(3), time: None };
    let queried = snapshot.query("SELECT id FROM items", &limits, |columns, _| {
        assert_eq!(columns, ["id"]);
        seen += 1;
        ControlFlow::Continue(())
    });
    let queried = queried.unwrap();
    assert_eq!((seen, queried.rows, queried.more), (3, 3, true));
    let limits = QueryLimits { rows: None, time: Some(Duration::ZERO) };
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let error = snapshot.query(endless, &limits, |_, _| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().starts_with("the query took longer than"), "{error}");
}

#[tokio::test]
async fn no_value_of_a_query_takes_the_memory_of_others() {
    let (_folder, snapshot) = example().await;
    for sql in [
        "SELECT zeroblob(1000000000)",
        "SELECT replace(hex(zeroblob(10000000)), '00', 'twelve bytes')",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100) \
         SELECT group_concat(hex(zeroblob(1000000))) FROM n",
    ] {
        let error = ask(&snapshot, sql).unwrap_err().to_string();
        assert_eq!(error, "a value in the query's work is larger than 64 MiB: ask for less at once", "{sql}");
    }
    let error = ask(&snapshot, &format!("SELECT id LIKE '{}' FROM items", "%a".repeat(1000))).unwrap_err();
    assert!(error.to_string().contains("pattern too complex"), "{error}");
    let rows = ask(&snapshot, "SELECT length(zeroblob(33554432))").unwrap();
    assert_eq!(rows, [[Value::Integer(32 << 20)]], "the largest body a connector may hand over fits");
}

#[tokio::test]
async fn a_function_that_goes_on_for_ever_is_not_waited_for() {
    let (_folder, snapshot) = example().await;
    let limits = QueryLimits { rows: None, time: Some(Duration::ZERO) };
    let hours = "SELECT 1 UNION ALL SELECT instr(zeroblob(33000000), zeroblob(1000000) || x'01')";
    let error = snapshot.query(hours, &limits, |_, _| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().starts_with("the query took longer than"), "{error}");
    assert!(snapshot.count_items("user").unwrap() > 0, "others can go on reading");
}

#[tokio::test]
async fn columns_of_one_name_are_told_apart() {
    let (_folder, snapshot) = example().await;
    let columns = |sql: &str| {
        let limits = QueryLimits { rows: Some(1), time: None };
        snapshot.query(sql, &limits, |_, _| ControlFlow::Continue(())).unwrap().columns
    };
    assert_eq!(columns("SELECT a.id, b.id, a.name FROM items a, items b"), ["id", "id_2", "name"]);
    assert_eq!(columns("SELECT 1 AS n, 2 AS n, 3 AS n_2, 4 AS n"), ["n", "n_3", "n_2", "n_4"]);
    assert_eq!(columns("SELECT 1 AS n, 2 AS N"), ["n", "N"]);
}

#[tokio::test]
async fn sql_cannot_change_anything() {
    let (folder, snapshot) = example().await;
    let before = std::fs::read(snapshot.path()).unwrap();
    let other = folder.path().join("other.db");
    for sql in [
        "DELETE FROM items",
        "INSERT INTO meta VALUES ('a', 'b')",
        "UPDATE items SET name = ''",
        "DROP TABLE items",
        "CREATE TABLE mine (a)",
        "CREATE TEMP TABLE mine (a)",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode = WAL",
        "VACUUM",
        &format!("VACUUM INTO '{}'", other.display()),
        &format!("ATTACH '{}' AS other", other.display()),
        "SELECT load_extension('x')",
        "BEGIN",
    ] {
        let error = ask(&snapshot, sql).unwrap_err();
        assert!(matches!(error, StoreError::Sql(_)), "{sql}: {error:?}");
    }
    assert!(!other.exists());
    assert!(std::fs::read(snapshot.path()).unwrap() == before, "the file has changed");
}

#[tokio::test]
async fn a_mistake_in_sql_is_named() {
    let (_folder, snapshot) = example().await;
    let told = |sql: &str| ask(&snapshot, sql).unwrap_err().to_string();
    assert!(told("SELECT * FROM usrs").contains("no such table: usrs; the tables are items"));
    assert!(told("SELECT mail FROM items").contains("at \"mail FROM items\": no such column: mail"));
    assert!(told("SELECT \"mail\" FROM items").contains("no such column"));
    assert!(told("SELEC 1").contains("at \"SELEC 1\""));
    assert!(told("SELECT 1; SELECT 2").contains("more than one statement"));
    assert!(told("").contains("no question"));
    assert!(told("SELECT json_extract('{', '$') FROM items").contains("malformed JSON"));
    assert!(told("SELECT ?1").len() > 10);
}

#[tokio::test]
async fn many_threads_read_at_once() {
    let (_folder, snapshot) = example().await;
    let expected = link_keys(&snapshot, "member", Ends::Collected, 1000);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(link_keys(&snapshot, "member", Ends::Collected, 13), expected));
        }
    });
}
