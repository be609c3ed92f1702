//! A collection that has lost most of a tenant waits until somebody says that it is right.

use fairlead_engine::{EngineError, Fault, HoldBelow, SyncOptions};
use fairlead_model::{Outcome, RunRecord};
use fairlead_store::State;

use crate::world::{Machine, Until, World, contoso, options};

fn accepting() -> SyncOptions {
    SyncOptions { accept_smaller: true, ..options() }
}

async fn accept(world: &World, machine: &Machine, until: Until) -> Result<RunRecord, EngineError> {
    world.sync_with(&world.state, machine, &accepting(), until, None).await.0
}

/// A tenant of which a complete run says that it had far more users, and that run.
async fn shrunk() -> (World, RunRecord) {
    let world = World::new().await;
    let mut before = world.sync(&Machine::new()).await.unwrap();
    *before.items.get_mut("user").unwrap() += 100_000;
    world.rewrite(&before).await;
    (world, before)
}

fn assert_held(done: Result<RunRecord, EngineError>) -> String {
    let error = done.unwrap_err();
    assert!(matches!(error, EngineError::Held { .. }), "{error}");
    assert_eq!(error.fault(), Fault::Tenant);
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn most_of_a_tenant_is_not_taken_away_before_somebody_says_so() {
    let (world, before) = shrunk().await;
    let told = assert_held(world.sync(&Machine::new()).await);
    assert!(told.contains("user 1003") && told.contains("--accept-smaller"), "{told}");
    let held = world.newest().await;
    assert_eq!((held.outcome, held.error.as_deref()), (Outcome::Held, Some(told.as_str())));
    assert!(held.ended_at.is_some() && held.artifacts.is_empty() && held.snapshot.is_none());
    assert_eq!(world.state.latest(&contoso()).await.unwrap(), Some(before.id), "readers see what they saw");
    let files = world.keys("files").await;
    assert!(files.iter().all(|key| key.as_ref().contains(&before.id.to_string())), "{files:?}");

    // Elsewhere, and without the tenant.
    let accepted = accept(&world, &Machine::new(), Until::End).await.unwrap();
    assert_eq!((accepted.id, accepted.outcome), (held.id, Outcome::Complete));
    assert!(accepted.smaller_accepted && accepted.error.is_none());
    assert_eq!(accepted.statistics.requests, held.statistics.requests, "it asked for nothing");
    assert_eq!(world.state.latest(&contoso()).await.unwrap(), Some(held.id));
    assert_eq!(world.keys("checkpoints").await, []);
    // From now on this is what a collection is compared with.
    assert_eq!(world.sync(&Machine::new()).await.unwrap().outcome, Outcome::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_sync_looks_again() {
    let (world, mut before) = shrunk().await;
    assert_held(world.sync(&Machine::new()).await);
    let first = world.newest().await;
    assert_held(world.sync(&Machine::new()).await);
    let second = world.newest().await;
    assert_ne!(first.id, second.id);
    let given_up = world.state.run(None, first.id).await.unwrap().unwrap();
    assert_eq!((given_up.outcome, given_up.checkpoint), (Outcome::Failed, None));
    assert!(given_up.error.unwrap().contains("nobody accepted it"));
    assert_eq!(world.keys("checkpoints").await.len(), 1, "only the second one's file is kept");

    // The tenant is what it was.
    *before.items.get_mut("user").unwrap() -= 100_000;
    world.rewrite(&before).await;
    let done = world.sync(&Machine::new()).await.unwrap();
    assert_eq!(done.outcome, Outcome::Complete);
    assert_eq!(world.state.latest(&contoso()).await.unwrap(), Some(done.id));
    assert_eq!(world.keys("checkpoints").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_and_stopped_is_not_asked_about_again() {
    let (world, _) = shrunk().await;
    assert_held(world.sync(&Machine::new()).await);
    let stopped = accept(&world, &Machine::new(), Until::Publishing).await;
    assert!(matches!(stopped, Err(EngineError::Stopped(_))), "{stopped:?}");
    let done = world.sync(&Machine::new()).await.unwrap();
    assert!(done.smaller_accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_held_can_be_accepted() {
    let world = World::new().await;
    for _ in 0..2 {
        let error = accept(&world, &Machine::new(), Until::End).await.unwrap_err();
        assert!(matches!(error, EngineError::NothingHeld { .. }), "{error}");
        assert_eq!(error.fault(), Fault::Usage);
        world.sync(&Machine::new()).await.unwrap();
    }
    // Held, and then changed: what was collected is not what would be now.
    let (mut world, _) = shrunk().await;
    assert_held(world.sync(&Machine::new()).await);
    let mut changed = world.state.connection(&contoso()).await.unwrap().unwrap();
    changed.value.scope.subscriptions = vec![uuid::Uuid::nil()];
    world.connection = changed.value.clone();
    world.state.update_connection(&changed).await.unwrap();
    let error = accept(&world, &Machine::new(), Until::End).await.unwrap_err();
    assert!(error.to_string().contains("changed since it was held"), "{error}");
    assert_eq!(world.newest().await.outcome, Outcome::Held);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_held_where_nobody_wants_it() {
    let (world, _) = shrunk().await;
    let never = SyncOptions { hold_below: HoldBelow::try_from(0.0).unwrap(), ..options() };
    let (done, _) = world.sync_with(&world.state, &Machine::new(), &never, Until::End, None).await;
    assert_eq!(done.unwrap().outcome, Outcome::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_one_machine_a_held_run_waits_in_its_folder() {
    let mut world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    world.state = State::folder(folder.path()).unwrap();
    world.state.add_connection(&world.connection).await.unwrap();
    let machine = Machine::new();
    let mut before = world.sync(&machine).await.unwrap();
    *before.items.get_mut("user").unwrap() += 100_000;
    world.rewrite(&before).await;
    assert_held(world.sync(&machine).await);
    assert_eq!(world.newest().await.checkpoint, None);
    let accepted = accept(&world, &machine, Until::End).await.unwrap();
    assert_eq!(accepted.outcome, Outcome::Complete);
    assert_eq!(machine.files(), [] as [std::path::PathBuf; 0]);
}
