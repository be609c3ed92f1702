//! A process that ends at any call of any step, and services that refuse from any call on.

use fairlead_engine::rotate::RotationStep;
use fairlead_secrets::RotationToken;

use crate::{
    front::Break,
    world::{ALL, Kind, World},
};

/// A world in which two rotations were made, so that the next one has something to remove, and one is started and
/// has come to a step.
async fn at(step: RotationStep) -> (World, RotationToken) {
    let world = World::new(Kind::SecretsManager).await;
    world.rotate().await;
    world.rotate().await;
    let token = world.start();
    for earlier in ALL.into_iter().take_while(|it| *it != step) {
        world.step(earlier, &token).await.expect("an earlier step");
    }
    (world, token)
}

/// How many calls a step makes.
async fn calls(step: RotationStep) -> usize {
    let (world, token) = at(step).await;
    world.gate.set(None);
    world.step(step, &token).await.expect("a step");
    world.gate.calls().len()
}

/// Whatever was broken off goes on where it was, and the next rotation is like any other.
async fn goes_on(world: &World, step: RotationStep, token: &RotationToken, about: &str) {
    world.gate.set(None);
    world.holds().await;
    for step in ALL.into_iter().skip_while(|it| *it != step) {
        world.step(step, token).await.unwrap_or_else(|error| panic!("{about}, then {step:?}: {error}"));
        world.holds().await;
    }
    assert_eq!(world.current().await.0.as_ref(), Some(token), "{about}");
    world.rotate().await;
    assert_eq!(
        world.ours().len(),
        3,
        "{about}: the current one, the previous one, and one to go at the next"
    );
    let (connection, (_, value)) = (world.connection().await, world.current().await);
    let current = fairlead_secrets::Secret::ClientSecret(value.into());
    let fingerprint = world.store.fingerprint(&current).await.expect("a fingerprint");
    assert_eq!(connection.credential.expect("one").fingerprint, Some(fingerprint), "{about}");
}

async fn ends_at_every_call_of(step: RotationStep) {
    for call in 0..calls(step).await {
        for how in [Break::Before, Break::After] {
            let (world, token) = at(step).await;
            world.gate.set(Some((call, how)));
            let ended = world.step_until_it_ends(step, &token).await;
            let about = format!("{step:?} ended {how:?} call {call} of {:?}", world.gate.calls());
            assert!(ended, "{about}");
            goes_on(&world, step, &token, &about).await;
        }
    }
}

async fn is_refused_from_every_call_of(step: RotationStep) {
    for call in 0..calls(step).await {
        let (mut world, token) = at(step).await;
        let patience = std::mem::take(&mut world.options.patience);
        world.gate.set(Some((call, Break::Refuse)));
        let outcome = world.step(step, &token).await;
        world.options.patience = patience;
        let about = format!("{step:?} refused from call {call} of {:?}", world.gate.calls());
        // AWSPENDING may stay where it is without harm: all other calls are needed.
        let last = world.gate.calls().last().is_some_and(|it| it == "UpdateSecretVersionStage");
        assert!(outcome.is_err() || last, "{about}");
        goes_on(&world, step, &token, &about).await;
    }
}

#[tokio::test]
async fn a_process_that_ends_while_it_creates() {
    ends_at_every_call_of(RotationStep::Create).await;
}

#[tokio::test]
async fn a_process_that_ends_while_it_sets() {
    ends_at_every_call_of(RotationStep::Set).await;
}

#[tokio::test]
async fn a_process_that_ends_while_it_tests() {
    ends_at_every_call_of(RotationStep::Test).await;
}

#[tokio::test]
async fn a_process_that_ends_while_it_finishes() {
    ends_at_every_call_of(RotationStep::Finish).await;
}

#[tokio::test]
async fn services_that_refuse() {
    for step in ALL {
        is_refused_from_every_call_of(step).await;
    }
}

/// The worst that can happen to a rotation: it ends right after each secret that is made, again and again.
#[tokio::test]
async fn a_process_that_always_ends_after_a_secret_is_made_leaves_one_at_most() {
    let (world, token) = at(RotationStep::Create).await;
    for _ in 0..5 {
        world.gate.set(None);
        let made = {
            let calls = calls(RotationStep::Create).await;
            // The last call of the step keeps what was made: the process ends before it.
            world.gate.set(Some((calls - 1, Break::Before)));
            world.step_until_it_ends(RotationStep::Create, &token).await
        };
        let asked = world.gate.calls();
        assert!(made || asked.last().is_some_and(|it| it == "PutSecretValue"), "{asked:?}");
        world.holds().await;
    }
    goes_on(&world, RotationStep::Create, &token, "five orphans").await;
}
