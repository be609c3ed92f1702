//! What rotation needs, beside what the connector does.

use fairlead_model::{CredentialSource, Need, Requirement, Weight};
use jiff::SignedDuration;

use super::{PRINCIPAL, Seen, now, seen};
use crate::{
    rotate::{NEEDED, requirements},
    validate::facts::Look,
};

/// A tenant of a connection with rotation on.
fn rotating(granted: &[&str], needs: Vec<Need>) -> Seen {
    let mut tenant = Seen::with(granted, needs);
    tenant.connection.credential.as_mut().unwrap().source = CredentialSource::ClientSecret { rotates: true };
    tenant.requirements.extend(requirements(&tenant.connection));
    tenant
}

#[test]
fn an_application_that_may_change_itself_is_right_and_has_nothing_in_excess() {
    let mut tenant = rotating(&[NEEDED], vec![Need::NoExcess { tolerated: vec![] }]);
    tenant.facts.directory.owners = seen(vec![PRINCIPAL]);
    assert_eq!(tenant.wrong(), Vec::<String>::new());
    assert!(tenant.passed().contains(&"rotation.owned: pass".to_owned()), "{:?}", tenant.passed());
}

#[test]
fn what_is_missing_is_a_warning_since_the_connection_works_without_it() {
    let mut tenant = rotating(&[NEEDED], vec![]);
    tenant.facts.directory.owners = seen(vec![]);
    assert_eq!(tenant.wrong(), ["rotation.not-owned: warn"]);
    // Who may not look is told the one thing that is to be given.
    let mut tenant = rotating(&[], vec![]);
    tenant.facts.directory.owners = Look::Lacks(NEEDED);
    assert_eq!(tenant.wrong(), [format!("permission.missing {NEEDED}: warn")]);
}

#[test]
fn where_rotation_is_off_nothing_is_asked_for_and_the_end_is_told_with_how_to_switch_it_on() {
    let off = Seen::with(&[], vec![]).connection;
    assert!(requirements(&off).is_empty());
    let credential = Need::Credential { kinds: vec![], lifetime_days: None };
    let soon = now() + SignedDuration::from_hours(24 * 10);
    for (mut tenant, told) in [
        (Seen::with(&[], vec![credential.clone()]), "connections edit contoso --rotate on"),
        (rotating(&[NEEDED], vec![credential]), "connections rotate contoso --new"),
    ] {
        tenant.facts.directory.owners = seen(vec![PRINCIPAL]);
        tenant.connection.credential.as_mut().unwrap().expires_at = Some(soon);
        let warned = tenant.findings().into_iter().find(|it| it.id == "credential.expiring").unwrap();
        assert!(warned.remedy.unwrap().action.contains(told), "{}", warned.sentence);
    }
}

#[test]
fn a_secret_that_was_rotated_lives_since_then_and_makes_nothing_wait() {
    let need = Need::Credential { kinds: vec![], lifetime_days: Some(90) };
    let absent =
        Need::GraphPermission { name: "User.Read.All".into(), grant: fairlead_model::Grant::Application };
    let mut tenant = rotating(&[NEEDED], vec![need]);
    tenant.requirements.push(Requirement {
        need: absent,
        why: String::new(),
        weight: Weight::Required,
        smaller: None,
    });
    tenant.facts.directory.owners = seen(vec![PRINCIPAL]);
    let record = tenant.connection.credential.as_mut().unwrap();
    record.set_at = now() - SignedDuration::from_hours(24 * 300);
    record.rotated_at = Some(now());
    record.expires_at = Some(now() + SignedDuration::from_hours(24 * 90));
    assert_eq!(tenant.wrong(), ["permission.missing User.Read.All: fail"]);
}
