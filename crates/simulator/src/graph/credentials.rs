//! `/applications/{id}/federatedIdentityCredentials`.

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::page::MAXIMUM;
use super::permission;
use super::rows::{self, Paging};
use super::types::properties;
use crate::odata::{Entity, Property, Value};
use crate::world::ObjectKind;
use crate::world::principals::{Application, FederatedCredential};

/// `microsoft.graph.federatedIdentityCredential`
#[derive(Debug)]
pub(super) enum FederatedCredentialType {}

impl Entity for FederatedCredentialType {
    type Item<'w> = &'w FederatedCredential;
    const TYPE: &'static str = "federatedIdentityCredential";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |credential| Value::Guid(credential.id);
        Always "name" |credential| Value::text(&*credential.name);
        Always "issuer" |credential| Value::text(&*credential.issuer);
        Always "subject" |credential| Value::text(&*credential.subject);
        Always "description" |credential| Value::optional_text(credential.description.as_deref());
        Always "audiences" |credential| Value::Texts(vec![credential.audience.as_str().into()]);
    };
}

/// `GET /applications/{id}/federatedIdentityCredentials`
pub(super) fn federated_list(ask: &Ask<'_>) -> Answer {
    let application = application(ask)?;
    let fragment = format!("applications('{}')/federatedIdentityCredentials", application.id);
    let source = || application.federated_credentials.iter();
    rows::list::<FederatedCredentialType, _>(ask, &fragment, Paging::UpTo(MAXIMUM), source, |_, _| ())
}

/// `GET /applications/{id}/federatedIdentityCredentials/{id or name}`
pub(super) fn federated_get(ask: &Ask<'_>) -> Answer {
    let application = application(ask)?;
    let key = ask.key(1);
    let found = application
        .federated_credentials
        .iter()
        .find(|credential| credential.name == key || key.parse() == Ok(credential.id))
        .ok_or_else(|| GraphError::not_found(key))?;
    let fragment = format!("applications('{}')/federatedIdentityCredentials", application.id);
    rows::get::<FederatedCredentialType>(ask, &fragment, &found, |_| ())
}

fn application<'a>(ask: &Ask<'a>) -> Answer<&'a Application> {
    ask.need(permission::APPLICATIONS)?;
    let object = ask.object(ObjectKind::Application, ask.key(0))?;
    ask.tenant.applications.at(object.position).ok_or_else(|| GraphError::not_found(ask.key(0)))
}
