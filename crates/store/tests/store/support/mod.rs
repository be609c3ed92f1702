//! A collection small enough to look at, with everything that can go wrong with order in it.

#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

#[path = "../../../../secrets/tests/secrets/support/moto.rs"]
mod moto;
mod stores;

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use fairlead_model::{
    Bookmark, Coverage, CoverageNote, FailedTasks, ItemBatch, LinkBatch, Outcome, Reference, RunId,
    RunRecord, Statistics, Step, Task,
};
use fairlead_store::{QueryLimits, Snapshot, StoreError, WorkFile};
use rand::{Rng as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

pub(crate) use self::stores::{CANARY, bucket, counted, much_later, stores, stores_and_objects};

/// The address of moto.
pub(crate) fn moto() -> &'static str {
    moto::address()
}

/// Groups, each a task of its own.
pub(crate) const GROUPS: usize = 60;
/// Members of each group.
pub(crate) const MEMBERS: usize = 40;

/// A run that starts now.
pub(crate) fn record() -> RunRecord {
    RunRecord {
        schema: 1,
        id: RunId::now(),
        connection: "contoso".parse().unwrap(),
        connector: "example".to_owned(),
        connector_version: "1.0.0".to_owned(),
        connector_digest: String::new(),
        inputs: String::new(),
        scheduled_for: None,
        started_at: jiff::Timestamp::now(),
        ended_at: None,
        outcome: Outcome::Running,
        error: None,
        failure: None,
        failed_tasks: FailedTasks::default(),
        items: BTreeMap::new(),
        links: BTreeMap::new(),
        coverage: Vec::new(),
        statistics: Statistics::default(),
        checkpoint: None,
        smaller_accepted: false,
        snapshot: None,
        artifacts: Vec::new(),
        files_removed_at: None,
    }
}

pub(crate) fn task(kind: &str, key: &impl ToString) -> Task {
    Task { kind: kind.to_owned(), key: key.to_string(), payload: format!("{{\"for\":\"{kind}\"}}") }
}

/// The first task; everything follows from it.
pub(crate) fn plan() -> Vec<Task> {
    vec![task("groups", &"")]
}

/// What a task yields. The same task, the same step: every user is found by many tasks, each of which
/// tells a different body and parent of it.
pub(crate) fn run(task: &Task) -> Step {
    if task.kind == "groups" {
        let tasks = (0..GROUPS).map(|group| self::task("members", &group)).collect();
        let groups = (0..GROUPS).map(|group| format!("g{group}"));
        let items = vec![items("group", None, groups, &task.key)];
        return Step { items, tasks, ..Step::default() };
    }
    let group: usize = task.key.parse().unwrap();
    let users: Vec<String> = (0..MEMBERS).map(|n| format!("u{}", (group * 7 + n * n) % 500)).collect();
    let parent = Reference { kind: "group".to_owned(), id: format!("g{group}") };
    Step {
        items: vec![items("user", Some(parent.clone()), users.iter().cloned(), &task.key)],
        links: vec![
            LinkBatch {
                kind: "member".to_owned(),
                origin: parent.clone(),
                target_kind: "user".to_owned(),
                targets: users.iter().collect(),
                labels: None,
                bodies: None,
            },
            LinkBatch {
                kind: "near".to_owned(),
                origin: Reference { kind: "group".to_owned(), id: "g0".to_owned() },
                target_kind: "group".to_owned(),
                targets: [format!("g{}", group % 5), format!("lost{}", group % 3)].iter().collect(),
                labels: Some(["a", "b"].into_iter().collect()),
                bodies: Some([format!("{{\"by\":{group}}}"), "{}".to_owned()].iter().collect()),
            },
        ],
        removed: vec![Reference { kind: "user".to_owned(), id: "u49".to_owned() }],
        // A follow-up that others ask for too, and one that is finished already.
        tasks: vec![self::task("members", &((group + 1) % GROUPS)), self::task("groups", &"")],
        bookmarks: vec![Bookmark { stream: "users".to_owned(), token: format!("from {group}") }],
        coverage: vec![CoverageNote {
            kind: "member".to_owned(),
            scope: String::new(),
            coverage: if group % 9 == 4 { Coverage::Partial } else { Coverage::Complete },
            reason: format!("seen by {group}"),
        }],
    }
}

fn items(kind: &str, parent: Option<Reference>, ids: impl Iterator<Item = String>, by: &str) -> ItemBatch {
    let ids: Vec<String> = ids.collect();
    ItemBatch {
        kind: kind.to_owned(),
        parent,
        names: ids.iter().map(|id| format!("{kind} {id} by {by}")).collect(),
        bodies: ids.iter().map(|id| format!("{{\"id\":\"{id}\",\"by\":\"{by}\"}}")).collect(),
        ids: ids.iter().collect(),
    }
}

/// Runs what is pending, in an order drawn from `seed`, and says how many steps were handed over.
pub(crate) async fn collect(work: &WorkFile, seed: u64) -> Result<usize, StoreError> {
    let mut order = ChaCha8Rng::seed_from_u64(seed);
    if !work.is_planned()? {
        work.plan(&plan())?;
    }
    let mut ready = work.pending()?;
    let writer = work.writer()?;
    let mut steps = 0;
    while !ready.is_empty() {
        ready.shuffle(&mut order);
        let next = ready.pop().unwrap();
        ready.extend(writer.commit(&next, run(&next)).await?);
        steps += 1;
        if order.random_ratio(1, 10) {
            // A task that runs twice, as after a lost answer.
            assert_eq!(writer.commit(&next, run(&next)).await?, []);
        }
    }
    writer.close().await?;
    Ok(steps)
}

/// A finished collection in a folder of its own.
pub(crate) async fn snapshot(folder: &Path, seed: u64) -> Snapshot {
    let path = folder.join(format!("{seed}.work"));
    let work = WorkFile::create(&path, &record()).unwrap();
    collect(&work, seed).await.unwrap();
    let path: PathBuf = work.finish(&record()).unwrap();
    Snapshot::open(&path).unwrap()
}

/// Every row of every table but the run's own record.
pub(crate) fn rows(snapshot: &Snapshot) -> BTreeMap<&'static str, Vec<String>> {
    ["items", "links", "coverage", "bookmarks", "missing"]
        .into_iter()
        .map(|table| (table, table_rows(snapshot, table)))
        .collect()
}

fn table_rows(snapshot: &Snapshot, table: &str) -> Vec<String> {
    let mut rows = Vec::new();
    snapshot
        .query(&format!("SELECT * FROM {table}"), &QueryLimits::default(), |_, values| {
            rows.push(format!("{values:?}"));
            ControlFlow::Continue(())
        })
        .unwrap();
    rows.sort();
    rows
}
