//! Why a guide cannot be made.

use fairlead_azure::ConnectError;
use fairlead_model::{ConnectionId, CredentialKind, Grant};
use thiserror::Error;

use super::{LONGEST_NAME, Language};

/// A guide cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GuideError {
    /// The connector asks for a permission Microsoft Graph does not have.
    #[error(
        "the connector asks for {name}, which is no permission of Microsoft Graph{}: report it to the connector's \
         maker",
        perhaps(*.meant)
    )]
    Permission {
        /// As it is asked for.
        name: String,
        /// What may be meant.
        meant: Option<&'static str>,
    },
    /// The connector asks for a permission of a kind that does not exist.
    #[error(
        "the connector asks for {name} as {} permission, which it is not: report it to the connector's maker",
        kind(*.grant)
    )]
    Grant {
        /// The permission.
        name: &'static str,
        /// As what it is asked for.
        grant: Grant,
    },
    /// The connector proposes a role that is not known.
    #[error(
        "the connector proposes \"{name}\", which is no built-in role of Azure known here: report it to the \
         connector's maker"
    )]
    Role {
        /// As it is proposed.
        name: String,
    },
    /// The connection's management group cannot be one.
    #[error(
        "{name:?} cannot be a management group's name: copy its ID, not its title, from Management groups in the \
         Azure portal"
    )]
    ManagementGroup {
        /// As it is given.
        name: String,
    },
    /// The application cannot be called that.
    #[error("{name:?} cannot be an application's name: use 1 to {LONGEST_NAME} characters on one line")]
    Name {
        /// As it is given.
        name: String,
    },
    /// The vendor does not take this kind of credential.
    #[error("{product} does not take a {kind}: choose {}", either(.taken))]
    Credential {
        /// The product.
        product: String,
        /// The kind that was asked for.
        kind: CredentialKind,
        /// What it takes.
        taken: Vec<CredentialKind>,
    },
    /// A federated credential, and nobody to trust.
    #[error("a federated credential needs an issuer and a subject to trust: give both")]
    Federation,
    /// The language's tools cannot be pointed at such a cloud.
    #[error("{language} cannot be pointed at a custom cloud: use the az script, with the cloud registered")]
    CustomCloud {
        /// The language.
        language: Language,
    },
    /// The connection has an application, which the language cannot take over.
    #[error(
        "{language} would make a second application beside the one that \"{connection}\" has: use another language, or \
         ask for a connection there is not yet"
    )]
    Second {
        /// The language.
        language: Language,
        /// The connection.
        connection: ConnectionId,
    },
    /// The cloud's addresses cannot be used.
    #[error(transparent)]
    Cloud(#[from] ConnectError),
}

fn perhaps(meant: Option<&str>) -> String {
    meant.map(|name| format!(" (perhaps {name})")).unwrap_or_default()
}

fn kind(grant: Grant) -> &'static str {
    match grant {
        Grant::Application => "an application",
        Grant::Delegated => "a delegated",
    }
}

fn either(kinds: &[CredentialKind]) -> String {
    kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}
