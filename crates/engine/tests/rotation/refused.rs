//! A tenant that does not let an application make secrets for itself.

use fairlead_engine::{
    EngineError,
    rotate::{RotateError, RotationStep},
};
use fairlead_secrets::Stage;

use crate::world::{Kind, World, scenario};

async fn refused(scenario: fairlead_simulator::Scenario) -> RotateError {
    let world = World::of(Kind::SecretsManager, scenario).await;
    let error = world.step(RotationStep::Create, &world.start()).await.unwrap_err();
    assert!(world.ours().is_empty());
    world.holds().await;
    match error {
        EngineError::Rotate(error) => error,
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn without_the_permission_or_without_owning_itself_it_says_how_to_give_both() {
    let mut without = scenario();
    without.tenants[0].reader.as_mut().unwrap().owns_itself = false;
    let error = refused(without).await;
    let told = error.to_string();
    assert!(matches!(error, RotateError::Denied { .. }), "{told}");
    assert!(told.contains("Application.ReadWrite.OwnedBy") && told.contains("az ad app owner add"), "{told}");
    let mut without = scenario();
    without.tenants[0].reader.as_mut().unwrap().granted = Some(vec![]);
    assert!(matches!(refused(without).await, RotateError::Denied { .. }));
}

#[tokio::test]
async fn a_policy_that_forbids_secrets_or_long_ones_is_told_as_such() {
    let mut forbidden = scenario();
    forbidden.tenants[0].app_management.no_passwords = true;
    let error = refused(forbidden).await;
    assert!(matches!(error, RotateError::Forbidden { .. }), "{error}");
    let mut short = scenario();
    short.tenants[0].app_management.password_lifetime_days = Some(30);
    let error = refused(short).await;
    assert!(matches!(error, RotateError::TooLong { days: 89 | 90, .. }), "{error:?}");
    assert!(error.to_string().contains("--days"), "{error}");
}

#[tokio::test]
async fn a_secret_that_two_connections_share_is_not_replaced_for_one() {
    let world = World::new(Kind::File).await;
    let mut other = world.connection().await;
    other.id = "contoso-2".parse().unwrap();
    let kept = world.store.kept(&world.id, Stage::Current).await.unwrap().unwrap();
    let fingerprint = world.store.fingerprint(&kept.secret).await.unwrap();
    other.credential.as_mut().unwrap().fingerprint = Some(fingerprint);
    world.state.add_connection(&other).await.unwrap();
    let error = world.rotator().now(&world.id).await.unwrap_err();
    assert!(
        matches!(&error, EngineError::Rotate(RotateError::Shared { other, .. }) if other.as_str() == "contoso-2")
    );
    assert!(error.to_string().contains("a secret of its own"), "{error}");
    assert!(world.ours().is_empty(), "none was made");
}
