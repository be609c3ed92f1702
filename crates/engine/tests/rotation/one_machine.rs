//! The same on one machine: the secret in the encrypted file, and the command in the place of Secrets Manager.

use std::time::Duration;

use fairlead_engine::{EngineError, rotate::RotateError};
use fairlead_secrets::Stage;
use jiff::{SignedDuration, Timestamp};

use crate::{
    front::Break,
    world::{Kind, World},
};

#[tokio::test]
async fn a_rotation_makes_proves_and_uses_a_new_secret() {
    let world = World::new(Kind::File).await;
    for number in 1..=3 {
        let before = world.current().await;
        world.rotator().now(&world.id).await.unwrap();
        assert_ne!(world.current().await, before);
        world.holds().await;
        assert_eq!(world.ours().len(), number);
    }
}

#[tokio::test]
async fn one_that_ends_at_any_call_to_azure_is_continued() {
    let counted = World::new(Kind::File).await;
    counted.rotator().now(&counted.id).await.unwrap();
    counted.rotator().now(&counted.id).await.unwrap();
    counted.gate.set(None);
    counted.rotator().now(&counted.id).await.unwrap();
    for call in 0..counted.gate.calls().len() {
        for how in [Break::Before, Break::After] {
            let world = World::new(Kind::File).await;
            world.rotator().now(&world.id).await.unwrap();
            world.rotator().now(&world.id).await.unwrap();
            world.gate.set(Some((call, how)));
            let ended = tokio::select! {
                biased;
                () = world.gate.ended() => true,
                done = async { world.rotator().now(&world.id).await } => done.is_err(),
            };
            assert!(ended, "{how:?} call {call}");
            world.gate.set(None);
            world.holds().await;
            world.rotator().now(&world.id).await.unwrap_or_else(|error| panic!("{how:?} {call}: {error}"));
            world.holds().await;
            assert_eq!(world.ours().len(), 3, "{how:?} call {call}");
            assert!(world.store.get(&world.id, Stage::Pending).await.unwrap().is_none());
        }
    }
}

#[tokio::test]
async fn a_pending_secret_that_somebody_removed_is_given_up_and_another_one_made() {
    let mut world = World::new(Kind::File).await;
    // It never gets further than being kept.
    world.options.patience = Duration::ZERO;
    let new_secrets = fairlead_simulator::faults::NewSecrets { refusals: 9, relapses: 0 };
    let slow = fairlead_simulator::faults::PhysicsSettings { new_secrets, ..Default::default() };
    world.simulator.physics().set(slow).unwrap();
    let error = world.rotator().now(&world.id).await.unwrap_err();
    assert!(matches!(error, EngineError::Rotate(RotateError::Unproven { .. })), "{error}");
    let token = world.store.unfinished(&world.id).await.unwrap().unwrap();
    let made = world.store.made(&world.id, &token).await.unwrap().unwrap();
    {
        let (tenant, client) = {
            let reader = world.simulator.connection();
            (reader.tenant_id, reader.client_id)
        };
        let mut all = world.simulator.world().write();
        let tenant = all.tenant_mut(tenant).unwrap();
        let at = tenant.application_of(client).unwrap();
        let registration = tenant.applications.at_mut(at).unwrap();
        registration.password_credentials.retain(|it| it.key_id != made.origin.key_id);
    }
    world.simulator.physics().set(fairlead_simulator::faults::PhysicsSettings::default()).unwrap();
    world.options.patience = Duration::from_mins(1);
    world.rotator().now(&world.id).await.unwrap();
    world.holds().await;
    assert_eq!(world.ours().len(), 1);
}

#[tokio::test]
async fn a_secret_is_due_after_a_third_of_its_life() {
    let world = World::new(Kind::File).await;
    let now = Timestamp::now();
    let (rotator, days) = (world.rotator(), |days: i64| SignedDuration::from_hours(24 * days));
    assert!(rotator.is_due(&world.connection().await, now), "it was set long ago");
    rotator.now(&world.id).await.unwrap();
    let fresh = world.connection().await;
    assert!(!rotator.is_due(&fresh, now + days(29)) && rotator.is_due(&fresh, now + days(31)));
    let mut off = fresh;
    off.credential.as_mut().unwrap().source =
        fairlead_model::CredentialSource::ClientSecret { rotates: false };
    assert!(!rotator.is_due(&off, now + days(31)));
}

#[tokio::test]
async fn a_certificate_is_not_rotated() {
    let world = World::new(Kind::File).await;
    let mut found = world.state.connection(&world.id).await.unwrap().unwrap();
    let thumbprint = "A1".to_owned();
    found.value.credential.as_mut().unwrap().source =
        fairlead_model::CredentialSource::Certificate { thumbprint };
    world.state.update_connection(&found).await.unwrap();
    let error = world.rotator().now(&world.id).await.unwrap_err();
    assert!(error.to_string().contains("signs in with a certificate"), "{error}");
}
