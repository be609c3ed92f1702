//! A run that one machine cannot finish is finished by others.

use fairlead_engine::EngineError;
use fairlead_model::{FailureKind, Outcome, RunRecord};
use fairlead_store::{State, StoreError};
use jiff::{SignedDuration, Timestamp};
use object_store::{ObjectStoreExt as _, path::Path as Key};

use crate::world::{Machine, Until, World, contoso, options};

fn assert_stopped(done: &Result<RunRecord, EngineError>) {
    assert!(matches!(done, Err(EngineError::Stopped(_))), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_many_machines_ends_in_the_snapshot_of_an_undisturbed_one() {
    let mut world = World::new().await;
    let undisturbed = world.sync(&Machine::new()).await.unwrap();
    let expected = world.rows().await;
    world.anew().await;
    let each = undisturbed.statistics.tasks / 8;
    assert!(each > 0, "{} tasks are too few", undisturbed.statistics.tasks);

    let mut machines = 0;
    let mut finished = 0;
    let done = loop {
        let (done, before) = world.sync_until(&Machine::new(), Until::Tasks(each)).await;
        machines += 1;
        assert!(before >= finished, "what was stored is not done again");
        if let Ok(done) = done {
            break done;
        }
        assert_stopped(&done);
        let stopped = world.newest().await;
        assert_eq!(stopped.outcome, Outcome::Stopped);
        assert!(stopped.statistics.tasks > finished, "each machine gets on");
        finished = stopped.statistics.tasks;
        assert_eq!(world.keys("checkpoints").await, [Key::from(stopped.checkpoint.unwrap().key)]);
    };
    assert!(machines > 5, "only {machines} machines were needed");
    assert_eq!(done.statistics.attempts, machines);
    assert_eq!(done.statistics.tasks, undisturbed.statistics.tasks);
    assert_eq!((&done.items, &done.links), (&undisturbed.items, &undisturbed.links));
    assert_eq!(world.rows().await, expected);
    assert_eq!(done.checkpoint, None);
    assert_eq!(world.keys("checkpoints").await, []);
    let names = |run: &RunRecord| run.artifacts.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&done), names(&undisturbed));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_collected_is_published_elsewhere_without_asking_the_tenant_again() {
    let mut world = World::new().await;
    world.sync(&Machine::new()).await.unwrap();
    let expected = world.rows().await;
    world.anew().await;
    assert_stopped(&world.sync_until(&Machine::new(), Until::Publishing).await.0);
    let stopped = world.newest().await;
    assert_eq!(world.keys("files").await, [], "nothing is stored that no record names");
    let done = world.sync(&Machine::new()).await.unwrap();
    assert_eq!(done.id, stopped.id);
    assert_eq!(done.statistics.requests, stopped.statistics.requests);
    assert_eq!(world.rows().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_was_overtaken_does_not_go_on_from_what_it_has() {
    let world = World::new().await;
    let (one, other) = (Machine::new(), Machine::new());
    assert_stopped(&world.sync_until(&one, Until::Tasks(3)).await.0);
    assert_stopped(&world.sync_until(&other, Until::Tasks(5)).await.0);
    let stopped = world.newest().await;
    let (done, before) = world.sync_until(&one, Until::Tasks(1)).await;
    assert_stopped(&done);
    assert_eq!(before, stopped.statistics.tasks);
    assert_eq!(world.newest().await.id, stopped.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_comes_back_first_goes_on_from_its_own_file() {
    let world = World::new().await;
    let machine = Machine::new();
    assert_stopped(&world.sync_until(&machine, Until::Tasks(5)).await.0);
    let stopped = world.newest().await;
    // As if it had been killed before it could store anything.
    for key in world.keys("checkpoints").await {
        world.objects.delete(&key).await.unwrap();
    }
    let done = world.sync(&machine).await.unwrap();
    assert_eq!((done.id, done.statistics.attempts), (stopped.id, 2));
    assert_eq!(machine.files(), [] as [std::path::PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_nothing_is_left_of_is_given_up_for_a_new_one() {
    let world = World::new().await;
    for damage in [true, false] {
        assert_stopped(&world.sync_until(&Machine::new(), Until::Tasks(5)).await.0);
        let stopped = world.newest().await;
        let key = Key::from(stopped.checkpoint.unwrap().key);
        if damage {
            world.objects.put(&key, "nonsense".into()).await.unwrap();
        } else {
            world.objects.delete(&key).await.unwrap();
        }
        let done = world.sync(&Machine::new()).await.unwrap();
        assert_ne!(done.id, stopped.id);
        let given_up = world.state.run(None, stopped.id).await.unwrap().unwrap();
        assert_eq!(given_up.outcome, Outcome::Failed);
        assert!(given_up.error.unwrap().contains("its file is gone"));
        assert_eq!(world.keys("checkpoints").await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_sync_one_connection_one_works_and_the_other_leaves() {
    let world = World::new().await;
    let (one, other) = (Machine::new(), Machine::new());
    let (first, second) = tokio::join!(world.sync(&one), world.sync(&other));
    let (done, left) = if first.is_ok() { (first, second) } else { (second, first) };
    assert!(matches!(left, Err(EngineError::Store(StoreError::Busy { .. }))), "{left:?}");
    assert_eq!(done.unwrap().outcome, Outcome::Complete);
    assert_eq!(world.state.runs(None, 9).await.unwrap().found.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_holds_the_connection_no_longer_than_it_could_have_lived() {
    let world = World::new().await;
    let ends_at = Timestamp::now() + SignedDuration::from_mins(2);
    let killed = crate::killed::dying_after(&world, 3);
    let (done, _) = world.sync_with(&killed, &Machine::new(), &options(), Until::End, Some(ends_at)).await;
    assert!(done.is_err());
    let next =
        async |state: &State| world.sync_with(state, &Machine::new(), &options(), Until::End, None).await.0;
    let busy = next(&world.after(1)).await;
    assert!(matches!(busy, Err(EngineError::Store(StoreError::Busy { .. }))), "{busy:?}");
    assert_eq!(next(&world.after(3)).await.unwrap().outcome, Outcome::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_for_which_moment_of_a_schedule_it_is_the_last_one_counts() {
    let world = World::new().await;
    let moment: Timestamp = "2026-01-02T03:00:00Z".parse().unwrap();
    let of = |scheduled_for| fairlead_engine::SyncOptions { scheduled_for, ..options() };
    let first = of(Some(moment));
    let (done, _) = world.sync_with(&world.state, &Machine::new(), &first, Until::Tasks(2), None).await;
    assert_stopped(&done);
    assert_eq!(world.newest().await.scheduled_for, Some(moment));
    let later = moment + SignedDuration::from_hours(1);
    for (next, meant) in [(None, moment), (Some(later), later)] {
        let (done, _) =
            world.sync_with(&world.state, &Machine::new(), &of(next), Until::Tasks(2), None).await;
        assert_stopped(&done);
        assert_eq!(world.newest().await.scheduled_for, Some(meant));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_removed_leaves_nothing_to_go_on_from() {
    let world = World::new().await;
    assert_stopped(&world.sync_until(&Machine::new(), Until::Tasks(3)).await.0);
    let lease = world.state.lease(&contoso(), "me", std::time::Duration::from_mins(1)).await.unwrap();
    lease.remove_connection().await.unwrap();
    lease.release().await.unwrap();
    assert_eq!(world.keys("checkpoints").await, []);
    world.state.add_connection(&world.connection).await.unwrap();
    assert_eq!(world.sync(&Machine::new()).await.unwrap().statistics.attempts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_finishes_nothing_however_often_it_is_continued_is_not_continued_at_once_again() {
    let world = World::new().await;
    let ends_at = Some(Timestamp::now() + SignedDuration::from_mins(2));
    let until =
        async |until| world.sync_with(&world.state, &Machine::new(), &options(), until, ends_at).await.0;
    until(Until::Tasks(1)).await.unwrap_err();
    for _ in 0..2 {
        assert_stopped(&until(Until::Begun).await);
    }
    let error = until(Until::Begun).await.unwrap_err();
    assert!(matches!(error, EngineError::Fruitless { attempts: 3, .. }), "{error:?}");
    assert!(error.to_string().contains("more memory"), "{error}");
    let stopped = world.newest().await;
    assert_eq!((stopped.outcome, stopped.failure), (Outcome::Stopped, Some(FailureKind::Settings)));
    let done = until(Until::End).await.unwrap();
    assert_eq!((done.id, done.outcome, done.statistics.fruitless), (stopped.id, Outcome::Complete, 0));
}
