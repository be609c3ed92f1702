//! Where an application is that the tenant does not know: asked of the registry's other connections, which may
//! read applications, in this tenant or another. Only of those that the same people answer for, that are not paused,
//! and whose credential is had without running a program: nobody's connection is used for somebody else.

use fairlead_azure::{Gateway, GatewayOptions, permissions::satisfied_by};
use fairlead_model::{Api, AssertionSource, Connection, CredentialSource};
use futures::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Asker, directory::SEE_APPLICATIONS, pace};
use crate::validate::{
    Witnesses,
    facts::{Application, Look, ServicePrincipal, Whereabouts},
};

/// Connections that are asked: more would keep a person waiting for little.
const MOST_WITNESSES: usize = 5;

/// Asks the witnesses side by side; the nearest that knows something is believed. Also how many requests it took.
pub(in crate::validate) async fn look(
    connection: &Connection,
    tenant: Option<Uuid>,
    others: &[Connection],
    witnesses: &dyn Witnesses,
    stop: &CancellationToken,
) -> (Option<Whereabouts>, u64) {
    let mut near: Vec<&Connection> = others
        .iter()
        .filter(|other| other.cloud == connection.cloud && other.client_id != connection.client_id)
        .filter(|other| other.enabled && is_shared(connection, other) && !runs_a_program(other))
        .collect();
    near.sort_by_key(|other| (!is_of(other, connection, tenant), other.id.clone()));
    near.dedup_by_key(|other| (other.tenant.clone(), other.client_id));
    near.truncate(MOST_WITNESSES);
    let near: Vec<Connection> = near.into_iter().cloned().collect();
    let told: Vec<(Option<Whereabouts>, u64)> = stream::iter(near)
        .map(async |witness| {
            let same = is_of(&witness, connection, tenant);
            ask(&witness, same, connection.client_id, witnesses, stop).await.unwrap_or((None, 0))
        })
        .buffered(MOST_WITNESSES)
        .collect()
        .await;
    let requests = told.iter().map(|(_, requests)| requests).sum();
    (told.into_iter().find_map(|(found, _)| found), requests)
}

/// Whether the same person answers for both, or they are shared with the same team.
fn is_shared(one: &Connection, other: &Connection) -> bool {
    one.owner.is_some() && one.owner == other.owner || one.teams.iter().any(|team| other.teams.contains(team))
}

fn runs_a_program(connection: &Connection) -> bool {
    let source = connection.credential.as_ref().map(|record| &record.source);
    matches!(source, Some(CredentialSource::Federated { assertion: AssertionSource::Command(_) }))
}

fn is_of(witness: &Connection, connection: &Connection, tenant: Option<Uuid>) -> bool {
    witness.tenant == connection.tenant || tenant.is_some_and(|id| witness.tenant.as_str() == id.to_string())
}

async fn ask(
    witness: &Connection,
    same_tenant: bool,
    client_id: Uuid,
    witnesses: &dyn Witnesses,
    stop: &CancellationToken,
) -> Option<(Option<Whereabouts>, u64)> {
    let credential = witnesses.credential(witness).await?;
    let mut options =
        GatewayOptions::new(witness.cloud.clone(), witness.tenant.clone(), witness.client_id, credential);
    options.pace = pace();
    options.stop = stop.clone();
    let gateway = Gateway::connect(options).ok()?;
    let signed_in = gateway.sign_in(Api::Graph).await;
    let granted = signed_in.map(|token| token.claims.roles.into_iter().collect()).unwrap_or_default();
    let found = match satisfied_by(SEE_APPLICATIONS, &granted) {
        None => None,
        Some(_) if same_tenant => as_object_id(&Asker::new(gateway.clone()), witness, client_id).await,
        Some(_) => {
            in_other_tenant(&Asker::new(gateway.clone()), witness, client_id, &gateway.tenant_id()).await
        }
    };
    Some((found, gateway.statistics().requests))
}

async fn as_object_id(asker: &Asker, witness: &Connection, client_id: Uuid) -> Option<Whereabouts> {
    let application = format!("/v1.0/applications/{client_id}?$select=id,appId,displayName");
    let principal = format!("/v1.0/servicePrincipals/{client_id}?$select=id,appId,displayName");
    let (application, principal) = tokio::join!(
        asker.get::<Application>(Api::Graph, &application),
        asker.get::<Application>(Api::Graph, &principal),
    );
    [application, principal].into_iter().find_map(|look| match look {
        Look::Seen(found, evidence) => Some(Whereabouts::ObjectId {
            application: found.app_id,
            name: found.display_name.unwrap_or_default(),
            witness: witness.id.clone(),
            evidence,
        }),
        _ => None,
    })
}

async fn in_other_tenant(
    asker: &Asker,
    witness: &Connection,
    client_id: Uuid,
    tenant: &str,
) -> Option<Whereabouts> {
    let path = format!("/v1.0/servicePrincipals(appId='{client_id}')?$select=id,displayName");
    match asker.get::<ServicePrincipal>(Api::Graph, &path).await {
        Look::Seen(found, evidence) => Some(Whereabouts::OtherTenant {
            tenant: tenant.to_owned(),
            name: found.display_name.unwrap_or_default(),
            witness: witness.id.clone(),
            evidence,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn connection(given: &serde_json::Value) -> Connection {
        let mut whole = json!({
            "id": "one", "connector": "example", "tenant": "contoso.example",
            "client-id": Uuid::nil(), "created-at": jiff::Timestamp::UNIX_EPOCH,
        });
        whole.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_connection_of_somebody_else_is_no_witness() {
        let ours = connection(&json!({"owner": "ada", "teams": ["platform"]}));
        for (other, expected) in [
            (json!({"owner": "ada"}), true),
            (json!({"owner": "grace", "teams": ["network", "platform"]}), true),
            (json!({"owner": "grace", "teams": ["network"]}), false),
            (json!({}), false),
        ] {
            assert_eq!(is_shared(&ours, &connection(&other)), expected, "{other}");
        }
        let nobodys = connection(&json!({}));
        assert!(!is_shared(&nobodys, &nobodys));
    }

    #[test]
    fn a_connection_whose_credential_is_a_program_s_is_no_witness() {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let with = |credential: &serde_json::Value| connection(&json!({ "credential": credential }));
        let command = json!({"kind": "federated", "assertion": {"command": ["./token"]}, "set-at": at});
        let file = json!({"kind": "federated", "assertion": {"file": "/token"}, "set-at": at});
        assert!(runs_a_program(&with(&command)));
        assert!(
            !runs_a_program(&with(&file))
                && !runs_a_program(&with(&json!({"kind": "client-secret", "set-at": at})))
        );
    }
}
