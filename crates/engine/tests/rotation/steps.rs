//! The steps when nothing goes wrong, and when they come twice, slowly, or out of place.

use fairlead_engine::{
    EngineError,
    rotate::{RotateError, RotationStep},
};
use fairlead_model::CredentialSource;
use fairlead_secrets::{Secret, Stage};
use fairlead_simulator::faults::{NewSecrets, PhysicsSettings};
use fairlead_store::Versioned;

use crate::world::{ALL, Kind, World};

#[tokio::test]
async fn each_rotation_puts_a_new_secret_to_use_and_the_one_before_the_previous_goes_at_the_next() {
    let world = World::new(Kind::SecretsManager).await;
    let mut ours = Vec::new();
    for number in 1..=5 {
        world.rotate().await;
        let now = world.ours();
        assert_eq!(now.len(), number.min(3), "the current one, the previous one, and one to go at the next");
        let (_, value) = world.current().await;
        let current = world.passwords().into_iter().find(|it| it.matches(&value)).unwrap().key_id;
        assert!(!ours.contains(&current) && now.contains(&current));
        ours = now;
    }
    let log = world.simulator.log().summary(0);
    let asked = |template: &str| {
        log.writes.iter().filter(|it| it.template.ends_with(template)).map(|it| it.count).sum::<u64>()
    };
    assert_eq!((asked("/addPassword"), asked("/removePassword")), (5, 2));
}

#[tokio::test]
async fn each_step_repeated_changes_nothing_more() {
    let world = World::new(Kind::SecretsManager).await;
    for _ in 0..3 {
        let token = world.start();
        for step in ALL {
            for time in 1..=3 {
                world.step(step, &token).await.unwrap_or_else(|error| panic!("{step:?} {time}: {error}"));
                world.holds().await;
            }
        }
        assert_eq!(world.current().await.0, Some(token.clone()));
        // Deliveries that come late find nothing to do.
        for step in ALL {
            world.step(step, &token).await.unwrap_or_else(|error| panic!("late {step:?}: {error}"));
        }
        assert!(world.ours().len() <= 3);
    }
}

#[tokio::test]
async fn the_connection_learns_the_new_end_and_no_finding_waits_for_it() {
    let world = World::new(Kind::SecretsManager).await;
    let before = world.connection().await;
    world.rotate().await;
    let after = world.connection().await;
    let (old, new) = (before.credential.unwrap(), after.credential.unwrap());
    assert_eq!((after.updated_at, new.set_at), (before.updated_at, old.set_at));
    let secret = world.store.get(&world.id, Stage::Current).await.unwrap().unwrap();
    assert_eq!(new.fingerprint, Some(world.store.fingerprint(&secret).await.unwrap()));
    let life = new.expires_at.unwrap().duration_since(new.rotated_at.unwrap());
    assert!((life.as_hours() - 90 * 24).abs() <= 1, "{life}");
    assert!(new.rotates() && new.since() == new.rotated_at.unwrap());
}

#[tokio::test]
async fn a_secret_that_becomes_valid_slowly_and_not_steadily_is_waited_for() {
    let world = World::new(Kind::SecretsManager).await;
    let new_secrets = NewSecrets { refusals: 5, relapses: 2 };
    world.simulator.physics().set(PhysicsSettings { new_secrets, ..PhysicsSettings::default() }).unwrap();
    world.rotate().await;
    // Five are refused, one succeeds, two are refused again, three succeed; the last step looks once more.
    let tokens = world.gate.calls().iter().filter(|it| *it == "POST token").count();
    assert_eq!(tokens, 2 + 11 + 1, "{:?}", world.gate.calls());
}

#[tokio::test]
async fn a_secret_that_never_becomes_valid_is_not_put_to_use() {
    let mut world = World::new(Kind::SecretsManager).await;
    world.options.patience = std::time::Duration::from_millis(50);
    world.options.between = std::time::Duration::from_millis(5);
    let new_secrets = NewSecrets { refusals: u32::MAX, relapses: 0 };
    world.simulator.physics().set(PhysicsSettings { new_secrets, ..PhysicsSettings::default() }).unwrap();
    let (before, token) = (world.current().await, world.start());
    world.step(RotationStep::Create, &token).await.unwrap();
    world.step(RotationStep::Set, &token).await.unwrap();
    for step in [RotationStep::Test, RotationStep::Finish] {
        let error = world.step(step, &token).await.unwrap_err();
        assert!(matches!(error, EngineError::Rotate(RotateError::Unproven { .. })), "{error}");
        assert!(error.to_string().contains("stays in use"), "{error}");
    }
    assert_eq!(world.current().await, before);
    world.holds().await;
    // Once it is, the same rotation goes on.
    world.simulator.physics().set(PhysicsSettings::default()).unwrap();
    world.options.patience = std::time::Duration::from_mins(1);
    for step in [RotationStep::Test, RotationStep::Finish] {
        world.step(step, &token).await.unwrap();
    }
    assert_eq!(world.current().await.0, Some(token));
}

#[tokio::test]
async fn only_a_rotation_that_the_store_started_and_that_is_pending_goes_on() {
    let world = World::new(Kind::SecretsManager).await;
    let stranger = fairlead_secrets::RotationToken::random();
    let refused = |error: EngineError| match error {
        EngineError::Rotate(error) => error,
        error => panic!("{error}"),
    };
    let error = refused(world.step(RotationStep::Create, &stranger).await.unwrap_err());
    assert!(matches!(error, RotateError::NotScheduled(_)), "{error}");
    world.rotate().await;
    let error = refused(world.step(RotationStep::Create, &stranger).await.unwrap_err());
    assert!(matches!(error, RotateError::Unknown { .. }), "{error}");
    let error = refused(world.step(RotationStep::Test, &world.start()).await.unwrap_err());
    assert!(matches!(error, RotateError::NothingMade { .. }), "{error}");
    // Somebody gives a secret to try by hand, which takes AWSPENDING from the rotation.
    let token = world.start();
    world.step(RotationStep::Create, &token).await.unwrap();
    let _by_hand = world
        .store
        .stage(&world.id, &Secret::ClientSecret("abc8Q~by-hand-and-not-yet-in-use-at-all".into()))
        .await
        .unwrap();
    let error = refused(world.step(RotationStep::Finish, &token).await.unwrap_err());
    assert!(matches!(error, RotateError::Superseded { .. }), "{error}");
    world.holds().await;
    world.rotate().await;
}

#[tokio::test]
async fn rotation_is_off_unless_somebody_switched_it_on() {
    let world = World::new(Kind::SecretsManager).await;
    let mut found = world.state.connection(&world.id).await.unwrap().unwrap();
    found.value.credential.as_mut().unwrap().source = CredentialSource::ClientSecret { rotates: false };
    let Versioned { value, generation } = found;
    world.state.update_connection(&Versioned { value, generation }).await.unwrap();
    let error = world.step(RotationStep::Create, &world.start()).await.unwrap_err();
    assert!(error.to_string().contains("connections edit contoso --rotate on"), "{error}");
    assert!(world.ours().is_empty());
}

#[tokio::test]
async fn rotations_that_are_given_up_leave_no_secrets_behind() {
    let world = World::new(Kind::SecretsManager).await;
    for _ in 0..4 {
        // Each time Secrets Manager starts anew with another token.
        let token = world.start();
        world.step(RotationStep::Create, &token).await.unwrap();
        world.holds().await;
        assert_eq!(world.ours().len(), 1);
    }
    world.rotate().await;
    world.rotate().await;
    assert_eq!(world.ours().len(), 2);
}

#[tokio::test]
async fn an_end_that_a_validation_found_is_remembered_unless_the_credential_is_another_by_then() {
    let world = World::new(Kind::SecretsManager).await;
    let registry = world.rotator().registry;
    let validated = world.connection().await;
    let (soon, later) = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24), jiff::Timestamp::MAX);
    assert!(registry.learn_end(&validated, soon).await.unwrap());
    assert!(!registry.learn_end(&validated, soon).await.unwrap(), "it is no news");
    let known = world.connection().await;
    assert_eq!((known.credential.unwrap().expires_at, known.updated_at), (Some(soon), validated.updated_at));
    world.rotate().await;
    let rotated = world.connection().await;
    assert!(!registry.learn_end(&validated, later).await.unwrap());
    assert_eq!(world.connection().await, rotated);
}
