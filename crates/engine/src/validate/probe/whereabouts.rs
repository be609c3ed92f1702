//! Where an application is that the tenant does not know: asked of the registry's other connections, which may
//! read applications, in this tenant or another.

use fairlead_azure::{Gateway, GatewayOptions, permissions::satisfied_by};
use fairlead_model::{Api, Connection};
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
        Some(_) if same_tenant => as_object_id(&Asker::new(gateway.clone()), client_id).await,
        Some(_) => in_other_tenant(&Asker::new(gateway.clone()), client_id, &gateway.tenant_id()).await,
    };
    Some((found, gateway.statistics().requests))
}

async fn as_object_id(asker: &Asker, client_id: Uuid) -> Option<Whereabouts> {
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
            evidence,
        }),
        _ => None,
    })
}

async fn in_other_tenant(asker: &Asker, client_id: Uuid, tenant: &str) -> Option<Whereabouts> {
    let path = format!("/v1.0/servicePrincipals(appId='{client_id}')?$select=id,displayName");
    match asker.get::<ServicePrincipal>(Api::Graph, &path).await {
        Look::Seen(found, evidence) => Some(Whereabouts::OtherTenant {
            tenant: tenant.to_owned(),
            name: found.display_name.unwrap_or_default(),
            evidence,
        }),
        _ => None,
    }
}
