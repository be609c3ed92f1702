//! What can be seen without asking anybody.

use fairlead_azure::Credential;
use fairlead_model::{Connection, CredentialKind};
use fairlead_secrets::{Lint, lint_client_secret};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::connect::ids_of;

/// What is wrong with a connection's credential on the face of it.
pub(super) fn credential(credential: &Credential, of: &Connection) -> Option<Lint> {
    match credential {
        Credential::ClientSecret(secret) => {
            lint_client_secret(secret, ids_of(of)).into_iter().find(|lint| !lint.is_hint())
        }
        _ => None,
    }
}

/// The first three characters of a client secret, which the directory shows as its hint.
pub(super) fn hint(credential: &Credential) -> Option<String> {
    match credential {
        Credential::ClientSecret(secret) => Some(secret.expose_secret().chars().take(3).collect()),
        _ => None,
    }
}

/// Whether one id was pasted as both tenant and client id.
pub(super) fn pasted_twice(connection: &Connection) -> bool {
    connection.tenant.as_str().parse::<Uuid>().is_ok_and(|tenant| tenant == connection.client_id)
}

/// The kind of a credential.
pub(super) fn kind(credential: &Credential) -> CredentialKind {
    match credential {
        Credential::Certificate(_) => CredentialKind::Certificate,
        Credential::Assertion(_) => CredentialKind::Federated,
        _ => CredentialKind::ClientSecret,
    }
}
