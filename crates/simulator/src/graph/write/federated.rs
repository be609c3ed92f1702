//! Trust of registrations in other issuers.

use serde::Deserialize;
use uuid::Uuid;

use super::super::change::Change;
use super::super::credentials::FederatedCredentialType;
use super::super::error::{Answer, GraphError};
use super::{applications, body, done};
use crate::odata::Selection;
use crate::world::principals::FederatedCredential;

use http::StatusCode;

/// The most that a registration has.
const MOST: usize = 20;

#[derive(Debug, Deserialize)]
struct Wanted {
    name: String,
    issuer: String,
    subject: String,
    audiences: Vec<String>,
    description: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Properties {
    issuer: Option<String>,
    subject: Option<String>,
    audiences: Option<Vec<String>>,
    description: Option<String>,
}

/// `POST /applications/{id}/federatedIdentityCredentials`
pub(in super::super) fn create(change: &mut Change<'_>) -> Answer {
    let object = applications::writable(change)?;
    let wanted: Wanted = body(change)?;
    let created = change.now();
    let credential = FederatedCredential {
        id: Uuid::new_v4(),
        name: wanted.name,
        issuer: wanted.issuer,
        subject: wanted.subject,
        audience: only(wanted.audiences)?,
        description: wanted.description,
        created,
    };
    let known = &mut applications::at(change, object)?.federated_credentials;
    if known.len() >= MOST {
        return Err(GraphError::request(format!("An application has at most {MOST} federated credentials.")));
    }
    let same = |it: &FederatedCredential| {
        it.name == credential.name || (it.issuer == credential.issuer && it.subject == credential.subject)
    };
    if known.iter().any(same) {
        return Err(GraphError::exists(format!(
            "FederatedIdentityCredential with name {} already exists, or another one has its issuer and subject.",
            credential.name
        )));
    }
    known.push(credential.clone());
    let fragment = format!("applications('{}')/federatedIdentityCredentials/$entity", change.key(0));
    let ask = change.as_ask();
    let selection = Selection::<FederatedCredentialType>::new(None, ask.path.beta)?;
    let mut response = ask.entity(&fragment, |json| selection.write(json, &&credential)).changed();
    response.status = StatusCode::CREATED;
    Ok(response)
}

/// `PATCH /applications/{id}/federatedIdentityCredentials/{id or name}`
pub(in super::super) fn update(change: &mut Change<'_>) -> Answer {
    let object = applications::writable(change)?;
    let wanted: Properties = body(change)?;
    let key = change.key(1).to_owned();
    let audience = wanted.audiences.map(only).transpose()?;
    let known = &mut applications::at(change, object)?.federated_credentials;
    let credential = known.iter_mut().find(|it| is(it, &key)).ok_or_else(|| GraphError::not_found(&key))?;
    credential.issuer = wanted.issuer.unwrap_or_else(|| credential.issuer.clone());
    credential.subject = wanted.subject.unwrap_or_else(|| credential.subject.clone());
    credential.audience = audience.unwrap_or_else(|| credential.audience.clone());
    credential.description = wanted.description.or_else(|| credential.description.clone());
    Ok(done())
}

/// `DELETE /applications/{id}/federatedIdentityCredentials/{id or name}`
pub(in super::super) fn remove(change: &mut Change<'_>) -> Answer {
    let object = applications::writable(change)?;
    let key = change.key(1).to_owned();
    let known = &mut applications::at(change, object)?.federated_credentials;
    let before = known.len();
    known.retain(|it| !is(it, &key));
    if known.len() == before { Err(GraphError::not_found(&key)) } else { Ok(done()) }
}

fn is(credential: &FederatedCredential, key: &str) -> bool {
    credential.name == key || key.parse() == Ok(credential.id)
}

fn only(audiences: Vec<String>) -> Answer<String> {
    let count = audiences.len();
    audiences.into_iter().next().filter(|_| count == 1).ok_or_else(|| {
        GraphError::request("The property 'audiences' of a federated credential holds exactly one value.")
    })
}
