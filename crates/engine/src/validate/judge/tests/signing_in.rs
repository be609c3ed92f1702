//! Tenant, client id, credential, and what else keeps an application from a token.

use fairlead_azure::{Diagnosis, SignInError};
use fairlead_model::{Api, Cloud, Connection, CredentialKind, Need, UniqueBy};
use fairlead_secrets::{IdOf, Lint};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{CLIENT, PRINCIPAL, Seen, TENANT, ago, connection, evidence, now, seen};
use crate::validate::facts::{Application, PasswordCredential, SignedIn, TenantFact, Whereabouts};

fn refusing(code: u32, diagnosis: Diagnosis) -> SignedIn {
    let outcome = Err(SignInError::Refused {
        code: Some(code),
        diagnosis,
        sentence: "Entra ID says no".into(),
        trace_id: None,
        status: 400,
        error: "invalid_client".into(),
    });
    SignedIn { outcome, evidence: evidence(400) }
}

fn refused(code: u32, diagnosis: Diagnosis) -> Seen {
    let mut tenant = Seen::with(&[], vec![Need::PrincipalEnabled, Need::ActiveSubscription]);
    for signed_in in tenant.facts.tokens.values_mut() {
        *signed_in = refusing(code, diagnosis);
    }
    tenant
}

#[test]
fn each_refusal_is_one_finding_however_many_tokens_were_asked_for() {
    use Diagnosis as D;
    for (code, diagnosis, expected) in [
        (90_002, D::TenantUnknown, "tenant.unknown: fail"),
        (900_382, D::OtherCloud, "tenant.other-cloud: fail"),
        (700_016, D::ApplicationUnknown, "client-id.unknown: fail"),
        (7_000_229, D::ApplicationUnknown, "principal.missing: fail"),
        (7_000_112, D::ApplicationDisabled, "principal.disabled: fail"),
        (1_000_031, D::ApplicationDisabled, "principal.disabled-by-microsoft: fail"),
        (7_000_215, D::SecretWrong, "credential.wrong: fail"),
        (700_025, D::SecretWrong, "credential.kind: fail"),
        (7_000_222, D::SecretExpired, "credential.expired: fail"),
        (700_027, D::CertificateWrong, "credential.certificate-unknown: fail"),
        (700_024, D::CertificateWrong, "credential.assertion-time: fail"),
        (70_021, D::AssertionWrong, "credential.assertion-unknown: fail"),
        (700_211, D::AssertionWrong, "credential.assertion-issuer: fail"),
        (7_002_138, D::AssertionWrong, "credential.assertion-subject: fail"),
        (700_212, D::AssertionWrong, "credential.assertion-audience: fail"),
        (53_003, D::Blocked, "sign-in.blocked: fail"),
        (501_051, D::Blocked, "sign-in.not-assigned: fail"),
        (500_014, D::ServiceUnusable, "sign-in.service-unusable: fail"),
        (90_055, D::Busy, "sign-in.throttled: unknown"),
        (90_033, D::Busy, "sign-in.unreachable: unknown"),
    ] {
        assert_eq!(refused(code, diagnosis).wrong(), [expected], "AADSTS{code}");
    }
}

#[test]
fn a_fault_of_one_service_names_it_and_the_other_is_looked_at() {
    let mut tenant = Seen::with(&[], vec![Need::PrincipalEnabled]);
    tenant.facts.tokens.insert(Api::ResourceManager, refusing(500_014, Diagnosis::ServiceUnusable));
    assert_eq!(tenant.wrong(), ["sign-in.service-unusable Azure Resource Manager: fail"]);
    assert_eq!(tenant.passed(), ["principal.enabled: pass"]);
}

#[test]
fn an_unknown_client_id_is_told_for_what_it_is_where_somebody_knows() {
    let found = |whereabouts| {
        let mut tenant = refused(700_016, Diagnosis::ApplicationUnknown);
        tenant.facts.whereabouts = Some(whereabouts);
        tenant.wrong()
    };
    let (name, witness, evidence) = (String::from("Fairlead"), connection().id, vec![]);
    let object = Whereabouts::ObjectId {
        application: CLIENT,
        name: name.clone(),
        witness: witness.clone(),
        evidence: evidence.clone(),
    };
    assert_eq!(found(object), ["client-id.object-id: fail"]);
    let elsewhere = Whereabouts::OtherTenant { tenant: "t2".into(), name, witness, evidence };
    assert_eq!(found(elsewhere), ["client-id.other-tenant: fail"]);
}

#[test]
fn a_tenant_that_is_not_there_is_the_only_finding() {
    let unknown = |elsewhere, swapped| TenantFact::Unknown { elsewhere, swapped, evidence: vec![] };
    for (fact, expected) in [
        (unknown(None, false), "tenant.unknown: fail"),
        (unknown(Some(Cloud::China), false), "tenant.other-cloud: fail"),
        (unknown(None, true), "client-id.swapped: fail"),
        (TenantFact::Malformed(vec![]), "tenant.malformed: fail"),
    ] {
        let mut tenant = refused(90_002, Diagnosis::TenantUnknown);
        tenant.facts.tenant = fact;
        assert_eq!(tenant.wrong(), [expected]);
    }
    let mut twice = refused(700_016, Diagnosis::ApplicationUnknown);
    twice.connection.client_id = TENANT;
    assert_eq!(twice.wrong(), ["client-id.same-as-tenant: fail"]);
}

#[test]
fn a_network_that_is_down_is_one_unknown() {
    let mut tenant = refused(0, Diagnosis::Busy);
    for signed_in in tenant.facts.tokens.values_mut() {
        signed_in.outcome = Err(SignInError::Unreachable("the host cannot be found".into()));
    }
    assert_eq!(tenant.wrong(), ["sign-in.unreachable: unknown"]);
    tenant.facts.tenant = TenantFact::Unreachable("the host cannot be found".into());
    assert_eq!(tenant.wrong(), ["tenant.unreachable: unknown"]);
}

#[test]
fn a_wrong_secret_is_told_for_what_it_is() {
    for (damage, expected) in [
        (Lint::Id(IdOf::Secret), "credential.secret-id: fail"),
        (Lint::Masked, "credential.damaged: fail"),
        (Lint::Quoted, "credential.damaged: fail"),
        (Lint::Blank { at: 3 }, "credential.damaged: fail"),
        (Lint::Short { length: 8 }, "credential.damaged: fail"),
    ] {
        let mut tenant = refused(7_000_215, Diagnosis::SecretWrong);
        tenant.facts.damage = Some(damage);
        assert_eq!(tenant.wrong(), [expected]);
    }
    let mut tenant = refused(7_000_215, Diagnosis::SecretWrong);
    let other = Connection { id: "other".parse().unwrap(), client_id: Uuid::from_u128(9), ..connection() };
    tenant.others = vec![other];
    assert_eq!(tenant.wrong(), ["credential.other-application: fail"]);
    // Most wrong secrets are wrong from the beginning, so a new connection is told at once.
    assert_eq!(refused(7_000_215, Diagnosis::SecretWrong).young().wrong(), ["credential.wrong: fail"]);
}

#[test]
fn a_secret_that_looks_odd_and_works_is_a_secret_that_works() {
    let mut tenant = Seen::with(&[], vec![]);
    tenant.facts.damage = Some(Lint::Id(IdOf::Secret));
    assert!(tenant.wrong().is_empty(), "{:?}", tenant.wrong());
}

fn credential() -> Vec<Need> {
    vec![Need::Credential { kinds: vec![CredentialKind::ClientSecret], lifetime_days: Some(730) }]
}

#[test]
fn the_end_of_a_secret_is_told_in_advance() {
    let hours = SignedDuration::from_hours;
    for (left, expected) in [
        (hours(31 * 24), &[][..]),
        (hours(29 * 24), &["credential.expiring 30: warn"]),
        (hours(14 * 24), &["credential.expiring 14: warn"]),
        (hours(7 * 24), &["credential.expiring 7: warn"]),
        (hours(20), &["credential.expiring 1: warn"]),
    ] {
        let mut tenant = Seen::with(&[], credential());
        tenant.connection.credential.as_mut().unwrap().expires_at = Some(now() + left);
        assert_eq!(tenant.wrong(), expected, "{left:?}");
    }
    let mut untold = Seen::with(&[], credential());
    untold.connection.credential.as_mut().unwrap().expires_at = None;
    assert_eq!(untold.wrong(), ["credential.expiry-unknown: unknown"]);
}

#[test]
fn the_directory_s_word_counts_more_than_what_was_told_and_of_secrets_that_begin_alike_the_first_to_end() {
    let secret = |hint: &str, days: i64| PasswordCredential {
        hint: Some(hint.into()),
        start_date_time: Some(ago(SignedDuration::from_hours(24))),
        end_date_time: Some(now() + SignedDuration::from_hours(24 * days)),
    };
    let application = |secrets| seen(Application { password_credentials: secrets, ..Application::default() });
    let mut tenant = Seen::with(&[], credential());
    tenant.facts.hint = Some("abc".into());
    for (secrets, expected) in [
        (
            vec![secret("abc", 300), secret("abc", 13), secret("abc", -1)],
            &["credential.expiring 14: warn"][..],
        ),
        (vec![secret("xyz", 3)], &[]),
        (vec![secret("abc", 3650)], &["credential.lifetime: warn"]),
        (vec![secret("abc", 730)], &[]),
    ] {
        tenant.facts.directory.application = application(secrets);
        assert_eq!(tenant.wrong(), expected);
    }
}

#[test]
fn a_credential_of_another_kind_than_the_vendor_takes_is_wrong() {
    let mut tenant = Seen::with(&[], credential());
    tenant.facts.credential = CredentialKind::Federated;
    assert_eq!(tenant.wrong(), ["credential.kind: fail"]);
}

#[test]
fn a_second_connection_is_told_by_what_makes_it_one() {
    let other = |client_id, fingerprint: &str, connector: &str| {
        let mut other = Connection {
            id: "other".parse().unwrap(),
            client_id,
            connector: connector.into(),
            ..connection()
        };
        other.credential.as_mut().unwrap().fingerprint = Some(fingerprint.into());
        other
    };
    for (by, second, expected) in [
        (
            UniqueBy::Tenant,
            other(PRINCIPAL, "f2", "example"),
            &["connection.duplicate-tenant other: fail"][..],
        ),
        (UniqueBy::Tenant, other(CLIENT, "f1", "another"), &[]),
        (
            UniqueBy::TenantAndApplication,
            other(CLIENT, "f2", "example"),
            &["connection.duplicate other: warn"],
        ),
        (UniqueBy::TenantAndApplication, other(PRINCIPAL, "f2", "example"), &[]),
        (
            UniqueBy::Credential,
            other(CLIENT, "f1", "another"),
            &["connection.duplicate-credential other: fail"],
        ),
        (UniqueBy::Credential, other(CLIENT, "f2", "example"), &[]),
    ] {
        let mut tenant = Seen::with(&[], vec![Need::Unique { by }]);
        tenant.others = vec![second];
        assert_eq!(tenant.wrong(), expected, "{by:?}");
    }
}

#[test]
fn a_domain_and_the_id_it_stands_for_are_one_tenant() {
    let mut tenant = Seen::with(&[], vec![Need::Unique { by: UniqueBy::Tenant }]);
    tenant.connection.tenant = "contoso.example".parse().unwrap();
    tenant.others = vec![Connection { id: "other".parse().unwrap(), ..connection() }];
    assert_eq!(tenant.wrong(), ["connection.duplicate-tenant other: fail"]);
}

/// What is wrong with the connection is mended by Fairlead's own commands.
#[test]
fn remedies_name_the_command_that_mends() {
    let command = |tenant: &Seen, id: &str| tenant.only(id).remedy.unwrap().command.unwrap_or_default();
    let expired = command(&refused(7_000_222, Diagnosis::SecretExpired), "credential.expired");
    assert!(expired.ends_with("\nfairlead connections rotate contoso"), "{expired}");
    let mut swapped = refused(90_002, Diagnosis::TenantUnknown);
    swapped.facts.tenant = TenantFact::Unknown { elsewhere: None, swapped: true, evidence: vec![] };
    let exchange = format!("fairlead connections edit contoso --tenant {CLIENT} --client-id {TENANT}");
    assert_eq!(command(&swapped, "client-id.swapped"), exchange);
    let mut elsewhere = refused(90_002, Diagnosis::TenantUnknown);
    let home = Some(Cloud::China);
    elsewhere.facts.tenant = TenantFact::Unknown { elsewhere: home, swapped: false, evidence: vec![] };
    assert_eq!(command(&elsewhere, "tenant.other-cloud"), "fairlead connections edit contoso --cloud china");
    let mut unknown = refused(90_002, Diagnosis::TenantUnknown);
    unknown.facts.tenant = TenantFact::Unknown { elsewhere: None, swapped: false, evidence: vec![] };
    let portal = unknown.only("tenant.unknown").remedy.unwrap().portal.unwrap();
    assert!(
        !portal.url.contains(&TENANT.to_string()),
        "nobody can open a tenant that is not there: {portal:?}"
    );
}

#[test]
fn a_service_that_is_disabled_is_what_is_to_be_enabled() {
    let mut tenant = Seen::with(&[], vec![]);
    tenant.facts.tokens.insert(Api::ResourceManager, refusing(500_014, Diagnosis::ServiceUnusable));
    let remedy = tenant.only("sign-in.service-unusable").remedy.unwrap();
    let service = fairlead_azure::known::RESOURCE_MANAGER;
    assert_eq!(remedy.command.unwrap(), format!("az ad sp update --id {service} --set accountEnabled=true"));
    assert!(remedy.portal.unwrap().path.contains(&service.to_string()));
}

#[test]
fn nobody_is_advised_to_grant_what_would_be_too_much() {
    let advice = |more: Vec<Need>| {
        let mut untold = Seen::with(&[], [credential(), more].concat());
        untold.connection.credential.as_mut().unwrap().expires_at = None;
        let remedy = untold.only("credential.expiry-unknown").remedy.unwrap();
        let edit = "fairlead connections edit contoso --client-secret-expires DATE";
        assert_eq!(remedy.command.as_deref(), Some(edit));
        remedy.action.contains("Application.Read.All")
    };
    assert!(advice(vec![]));
    assert!(!advice(vec![Need::NoExcess { tolerated: vec![] }]));
}
