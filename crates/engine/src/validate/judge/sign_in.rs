//! Does Entra ID give the application tokens, and where not, which mistake is it?

use fairlead_azure::{Diagnosis, SignInError};
use fairlead_model::{Api, Finding, Weight};
use fairlead_secrets::Lint;
use jiff::SignedDuration;

use super::{Case, Told as _, fail, pass, unknown};
use crate::{
    likeness::Likeness,
    validate::facts::{SignedIn, TenantFact, Whereabouts},
};

/// Codes of a refusal that say more than its diagnosis.
const PRINCIPAL_MISSING: u32 = 7_000_229;
const DISABLED_BY_MICROSOFT: u32 = 1_000_031;
const NOT_ASSIGNED: [u32; 2] = [501_051, 50_105];
const PUBLIC_CLIENT: u32 = 700_025;
const THROTTLED: [u32; 2] = [90_055, 50_196];
const SERVICE_DISABLED: u32 = 500_014;

/// How long Entra ID may take to know a secret that was just made.
const SECRET_SPREADS: SignedDuration = SignedDuration::from_mins(2);

/// What signing in came to: one finding, however many services were signed in to, unless they differ.
pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let facts = case.facts;
    if let Some(damage) = facts.damage.filter(|damage| damage.is_hopeless()) {
        return vec![damaged(case, damage)];
    }
    let accepted = facts.any_token().map(|(signed_in, token)| {
        let name = token.claims.app_displayname.as_deref().unwrap_or("the application");
        pass("credential.accepted", format!("Entra ID accepts the {} of {name}", facts.credential))
            .resting_on([signed_in.evidence.clone()])
    });
    let mut findings: Vec<Finding> = accepted.into_iter().collect();
    let refused = facts.tokens.iter().filter_map(|(api, one)| Some((*api, one, one.outcome.as_ref().err()?)));
    for (api, signed_in, error) in refused {
        let mut one = refusal(case, api, signed_in, error);
        if !findings.is_empty() && !findings.iter().any(|other| other.id == one.id) {
            // Another service did give a token: the fault is with this one.
            one.subject = api.to_string();
        }
        if !findings.iter().any(|other| other.id == one.id) {
            findings.push(one);
        }
    }
    let unreachable = matches!(facts.tenant, TenantFact::Unreachable(_)) && facts.any_token().is_none();
    findings.retain(|one| !(unreachable && one.id == "sign-in.unreachable"));
    findings
}

/// "Enabled for users to sign-in": a token proves it.
pub(super) fn principal_enabled(case: &Case<'_>) -> Option<Finding> {
    let (signed_in, _) = case.facts.any_token()?;
    let sentence = "the enterprise application is enabled for sign-in";
    Some(pass("principal.enabled", sentence).resting_on([signed_in.evidence.clone()]))
}

fn refusal(case: &Case<'_>, api: Api, signed_in: &SignedIn, error: &SignInError) -> Finding {
    let told = match error {
        SignInError::Refused { diagnosis, code, .. } => {
            let refused =
                Refused { api, diagnosis: *diagnosis, code: *code, status: signed_in.evidence.status };
            refusal_for(case, refused, error.to_string())
        }
        SignInError::NoAssertion(_) => fail("credential.assertion-unavailable", error.to_string())
            .mended_by(case.remedies.plain("see that the assertion's file or command works on this machine")),
        SignInError::Unreachable(_) | SignInError::Garbled { .. } | SignInError::Stopping => {
            unknown("sign-in.unreachable", error.to_string()).mended_by(case.remedies.network())
        }
        SignInError::Unsupported(_) => unknown("sign-in.unsupported", error.to_string()),
    };
    told.resting_on([signed_in.evidence.clone()])
}

/// What Entra ID refused a token with.
#[derive(Debug, Clone, Copy)]
struct Refused {
    api: Api,
    diagnosis: Diagnosis,
    code: Option<u32>,
    status: Option<u16>,
}

fn refusal_for(case: &Case<'_>, refused: Refused, sentence: String) -> Finding {
    let Refused { api, diagnosis, code, status } = refused;
    let remedies = &case.remedies;
    match diagnosis {
        Diagnosis::TenantUnknown => fail("tenant.unknown", sentence).mended_by(remedies.tenant_id()),
        Diagnosis::OtherCloud => fail("tenant.other-cloud", sentence).mended_by(remedies.cloud(None)),
        Diagnosis::ApplicationUnknown if code == Some(PRINCIPAL_MISSING) => {
            let sentence = format!(
                "application {} has no enterprise application in tenant {}: nobody consented to it there yet",
                case.connection.client_id, case.connection.tenant
            );
            fail("principal.missing", sentence).mended_by(remedies.create_principal())
        }
        Diagnosis::ApplicationUnknown => application_unknown(case),
        Diagnosis::ApplicationDisabled if code == Some(DISABLED_BY_MICROSOFT) => {
            let sentence = format!("Microsoft has disabled application {}", case.connection.client_id);
            fail("principal.disabled-by-microsoft", sentence).mended_by(remedies.appeal())
        }
        Diagnosis::ApplicationDisabled => fail("principal.disabled", sentence).mended_by(remedies.enable()),
        Diagnosis::SecretWrong if code == Some(PUBLIC_CLIENT) => {
            let sentence = format!(
                "application {} is registered as a public client, which may not send a secret",
                case.connection.client_id
            );
            fail("credential.kind", sentence).mended_by(remedies.confidential())
        }
        Diagnosis::SecretWrong => secret_wrong(case, sentence),
        Diagnosis::SecretExpired => fail("credential.expired", sentence)
            .mended_by(remedies.secret("make a new client secret and give its value")),
        Diagnosis::CertificateWrong => certificate_wrong(case, code, sentence),
        Diagnosis::AssertionWrong => assertion_wrong(case, code, sentence),
        Diagnosis::Blocked if code.is_some_and(|code| NOT_ASSIGNED.contains(&code)) => {
            fail("sign-in.not-assigned", sentence).mended_by(remedies.assign_application())
        }
        Diagnosis::Blocked => fail("sign-in.blocked", sentence).mended_by(remedies.conditional_access()),
        Diagnosis::ServiceUnusable => {
            let remedy = remedies.enable_service(api, code == Some(SERVICE_DISABLED));
            fail("sign-in.service-unusable", sentence).mended_by(remedy)
        }
        Diagnosis::Busy => {
            let throttled = status == Some(429) || code.is_some_and(|code| THROTTLED.contains(&code));
            let id = if throttled { "sign-in.throttled" } else { "sign-in.unreachable" };
            unknown(id, sentence).mended_by(remedies.later())
        }
        Diagnosis::RequestWrong | Diagnosis::Other => {
            fail("sign-in.refused", sentence).mended_by(remedies.plain(
                "show the code and the request's id to whoever runs the tenant, or to Microsoft's support",
            ))
        }
    }
}

fn application_unknown(case: &Case<'_>) -> Finding {
    let (client, tenant) = (case.connection.client_id, &case.connection.tenant);
    match &case.facts.whereabouts {
        Some(Whereabouts::ObjectId { application, name, witness, evidence }) => fail(
            "client-id.object-id",
            format!(
                "{client} is an object id of \"{name}\", not its application (client) id, which is {application} (as \
                 the connection {witness} sees)"
            ),
        )
        .resting_on(evidence.clone())
        .mended_by(case.remedies.right_client_id(*application)),
        Some(Whereabouts::OtherTenant { tenant: other, name, witness, evidence }) => fail(
            "client-id.other-tenant",
            format!(
                "application {client} (\"{name}\") is in tenant {other}, not in {tenant} (as the connection {witness} \
                 sees)"
            ),
        )
        .resting_on(evidence.clone())
        .mended_by(case.remedies.edit(
            format!(
                "give the connection the tenant {other}, or an application of tenant {tenant}; one that is made for \
                 several tenants needs an administrator's consent in each"
            ),
            &["--tenant", other],
        )),
        None => fail(
            "client-id.unknown",
            format!(
                "tenant {tenant} has no application {client}: most often an object id was copied instead of the \
                 application (client) id, else the application is in another tenant, or nobody consented to it in \
                 this one"
            ),
        )
        .mended_by(case.remedies.client_id()),
    }
}

/// What a secret looks like explains why it was refused.
fn damaged(case: &Case<'_>, damage: Lint) -> Finding {
    let id = if matches!(damage, Lint::Id(_)) { "credential.secret-id" } else { "credential.damaged" };
    let action =
        "copy the secret's value, which Entra ID shows once when the secret is made, or make a new one";
    fail(id, damage.to_string()).mended_by(case.remedies.secret(action))
}

fn secret_wrong(case: &Case<'_>, sentence: String) -> Finding {
    if let Some(damage) = case.facts.damage {
        return damaged(case, damage);
    }
    let like = Likeness { connection: case.connection, tenant_id: None, fingerprint: case.fingerprint };
    let owner = case
        .others
        .iter()
        .find(|other| like.has_secret_of(other) && other.client_id != case.connection.client_id);
    let action = "give the value of a secret of this application, or make a new one";
    let told = match owner {
        Some(other) => fail(
            "credential.other-application",
            format!(
                "the client secret is that of application {} (connection {}), not of {}",
                other.client_id, other.id, case.connection.client_id
            ),
        ),
        None => fail("credential.wrong", sentence),
    };
    let is_new = case.young.is_some_and(|young| young.age < SECRET_SPREADS);
    let remedy = if is_new {
        let new =
            format!("{action}; one that was made a moment ago may need two minutes: then validate again");
        case.remedies.secret(&new)
    } else {
        case.remedies.secret(action)
    };
    told.mended_by(remedy)
}

fn certificate_wrong(case: &Case<'_>, code: Option<u32>, sentence: String) -> Finding {
    let told = case.connection.credential.as_ref().and_then(|record| record.expires_at);
    let expired = told.is_some_and(|end| end <= case.now) || sentence.contains("has expired");
    let (id, action) = match code {
        Some(700_024) => ("credential.assertion-time", "set this machine's clock right"),
        _ if expired => {
            ("credential.certificate-expired", "upload a new certificate, and give it to the connection")
        }
        _ => ("credential.certificate-unknown", "upload the certificate to the app registration"),
    };
    let remedy = match id {
        "credential.certificate-expired" => case.remedies.certificate(action),
        "credential.assertion-time" => case.remedies.plain(action),
        _ => case.remedies.credentials(action),
    };
    fail(id, sentence).mended_by(remedy)
}

fn assertion_wrong(case: &Case<'_>, code: Option<u32>, sentence: String) -> Finding {
    let action = "make the federated credential's issuer, subject and audience those of the assertion, letter by letter";
    let told = match code {
        // A federated credential takes minutes to count.
        Some(70_021) => case.missing("credential.assertion-unknown", Weight::Required, sentence),
        Some(700_211 | 7_002_137) => fail("credential.assertion-issuer", sentence),
        Some(700_213 | 7_002_138) => fail("credential.assertion-subject", sentence),
        Some(700_212) => fail("credential.assertion-audience", sentence),
        Some(700_229) => fail("credential.assertion-user", sentence),
        Some(700_024) => fail("credential.assertion-time", sentence),
        _ => fail("credential.assertion-signature", sentence),
    };
    told.mended_by(case.remedies.credentials(action))
}

/// Whether every service refused for this reason.
pub(in crate::validate) fn application_is_unknown(
    tokens: &std::collections::BTreeMap<Api, SignedIn>,
) -> bool {
    let unknown = |one: &SignedIn| {
        matches!(
            &one.outcome,
            Err(SignInError::Refused { diagnosis: Diagnosis::ApplicationUnknown, code, .. })
                if *code != Some(PRINCIPAL_MISSING)
        )
    };
    !tokens.is_empty() && tokens.values().all(unknown)
}
