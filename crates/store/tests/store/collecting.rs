//! A collection is the same whatever the order of tasks and however often it was interrupted.

use fairlead_model::{ItemBatch, Step};
use fairlead_store::{StoreError, WorkFile};

use crate::support::{GROUPS, collect, plan, record, rows, run, snapshot, task};

#[tokio::test]
async fn the_rows_do_not_depend_on_the_order_of_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let expected = rows(&snapshot(folder.path(), 0).await);
    assert_eq!(expected["missing"].len(), 3);
    for seed in 1..12 {
        assert_eq!(rows(&snapshot(folder.path(), seed).await), expected, "seed {seed}");
    }
}

#[tokio::test]
async fn an_interrupted_run_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let expected = rows(&snapshot(folder.path(), 0).await);
    for stop_after in [0, 1, 2, 17, GROUPS, GROUPS + 1] {
        let path = folder.path().join(format!("stopped-{stop_after}.work"));
        let work = WorkFile::create(&path, &record()).unwrap();
        work.plan(&plan()).unwrap();
        let mut ready = work.pending().unwrap();
        let writer = work.writer().unwrap();
        for _ in 0..stop_after {
            let next = ready.pop().unwrap();
            ready.extend(writer.commit(&next, run(&next)).await.unwrap());
        }
        writer.close().await.unwrap();
        drop(work);

        let work = WorkFile::open(&path).unwrap();
        assert!(work.is_planned().unwrap());
        assert_eq!(work.pending().unwrap().len(), ready.len());
        let steps = collect(&work, 5).await.unwrap();
        assert_eq!(stop_after + steps, GROUPS + 1, "no task is done twice");
        let path = work.finish(&record()).unwrap();
        assert_eq!(rows(&fairlead_store::Snapshot::open(&path).unwrap()), expected);
    }
}

#[tokio::test]
async fn only_new_follow_ups_are_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let work = WorkFile::create(&folder.path().join("work"), &record()).unwrap();
    work.plan(&plan()).unwrap();
    let writer = work.writer().unwrap();
    let first = &plan()[0];
    let step =
        Step { tasks: vec![task("a", &1), task("a", &1), task("a", &2), first.clone()], ..Step::default() };
    assert_eq!(writer.tasks_with(&step), 3);
    assert_eq!(writer.commit(first, step).await.unwrap(), [task("a", &1), task("a", &2)]);
    let again = Step { tasks: vec![task("a", &2), task("a", &3)], ..Step::default() };
    assert_eq!(writer.commit(&task("a", &1), again).await.unwrap(), [task("a", &3)]);
    writer.close().await.unwrap();
    assert_eq!(work.pending().unwrap(), [task("a", &2), task("a", &3)]);
    assert_eq!(work.finished_tasks().unwrap(), 2);
}

#[tokio::test]
async fn what_a_connector_garbles_is_refused_and_costs_only_its_task() {
    let folder = tempfile::tempdir().unwrap();
    let work = WorkFile::create(&folder.path().join("work"), &record()).unwrap();
    let writer = work.writer().unwrap();
    let batch = ItemBatch { kind: "user".into(), ids: ["1"].into_iter().collect(), ..ItemBatch::default() };
    let step = Step { items: vec![batch], ..Step::default() };
    let error = writer.commit(&task("users", &"x"), step).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error}");
    assert!(error.to_string().starts_with("the step of task \"users\" (x) cannot be stored"), "{error}");
    writer.commit(&task("users", &"y"), Step::default()).await.unwrap();
    writer.close().await.unwrap();
}

#[tokio::test]
async fn a_run_with_pending_tasks_is_no_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let work = WorkFile::create(&folder.path().join("work"), &record()).unwrap();
    work.plan(&plan()).unwrap();
    assert!(matches!(work.finish(&record()), Err(StoreError::Defect(_))));
}

#[tokio::test]
async fn a_finished_file_can_be_opened_again_and_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = snapshot(folder.path(), 1).await.path().to_owned();
    let before = std::fs::read(&path).unwrap();
    let work = WorkFile::open(&path).unwrap();
    assert!(work.is_finished() && work.is_planned().unwrap());
    assert_eq!(work.pending().unwrap(), []);
    work.writer().unwrap().close().await.unwrap();
    work.set_record(&record()).unwrap();
    assert_eq!(work.finish(&record()).unwrap(), path);
    assert!(std::fs::read(&path).unwrap() == before, "the file has changed");
}

#[tokio::test]
async fn the_runs_record_is_kept_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work");
    let mut record = record();
    let work = WorkFile::create(&path, &record).unwrap();
    record.statistics.requests = 7;
    work.set_record(&record).unwrap();
    drop(work);
    assert_eq!(WorkFile::open(&path).unwrap().record().unwrap(), record);
}

#[tokio::test]
async fn a_second_process_is_kept_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work");
    let _held = WorkFile::create(&path, &record()).unwrap();
    let error = WorkFile::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
}
