//! Validation: does a tenant have what a connector requires of it, and where not, which mistake is it?
//!
//! Two halves that know nothing of each other. Probes ask Azure, in stages, and note what was seen as
//! [`Facts`]; nothing they do changes the tenant. Judges are pure: facts and a requirement in, findings out.
//!
//! ```text
//! lint ─► discovery + tokens ─► directory + resources ─► details ─► mailboxes ─► the connector's own checks
//! ```
//!
//! What stands on one line of this is asked side by side. A stage whose failure makes later ones pointless
//! ends the asking: one finding, not thirty.

mod facts;
mod judge;
mod lint;
mod probe;
mod remedy;
mod report;
mod stages;
mod unlooked;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use fairlead_azure::Credential;
use fairlead_host::Connector;
use fairlead_model::{Connection, Report, Requirement};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{EngineError, Subscriber};

pub use self::{
    facts::{
        AppRoleGrant, Application, Assignment, Definition, DelegatedGrant, DenyAssignment, Directory, Facts,
        Look, PasswordCredential, RequiredAccess, RequiredResource, Resources, ServicePrincipal, SignedIn,
        Subscription, SubscriptionState, TenantFact, Whereabouts,
    },
    stages::Stage,
    unlooked::unlooked,
};

/// Credentials of other connections of the registry, by which a client id can be looked up that this
/// connection's tenant does not know.
#[async_trait]
pub trait Witnesses: Send + Sync {
    /// The credential of a connection; absent where there is none to be had without asking a person.
    async fn credential(&self, of: &Connection) -> Option<Credential>;
}

/// Nobody can be asked.
#[derive(Debug, Clone, Copy)]
pub struct NoWitnesses;

#[async_trait]
impl Witnesses for NoWitnesses {
    async fn credential(&self, _: &Connection) -> Option<Credential> {
        None
    }
}

/// Everything one validation needs.
#[derive(Clone)]
pub struct Validator<'a> {
    /// What is looked at.
    pub connection: &'a Connection,
    /// How it signs in.
    pub credential: Credential,
    /// The keyed hash of its secret, where one is known that the connection's record does not hold.
    pub fingerprint: Option<String>,
    /// The other connections of the registry, of any connector.
    pub others: &'a [Connection],
    /// Their credentials.
    pub witnesses: &'a dyn Witnesses,
    /// What counts as the present: for expiry, and for what was changed a moment ago.
    pub now: Timestamp,
    /// Told of each stage and finding.
    pub subscriber: Arc<dyn Subscriber>,
    /// Stops the validation.
    pub stop: CancellationToken,
}

/// What a validation gives back.
#[derive(Debug, Clone)]
pub struct Validation {
    /// The findings.
    pub report: Report,
    /// What was seen of the tenant, for whoever compares it with something else.
    pub facts: Facts,
    /// When the credential ends, if the directory told: for the connection's record.
    pub credential_ends: Option<Timestamp>,
}

impl Validator<'_> {
    /// Holds the tenant against the connector's requirements, then has the connector look at what only it can.
    ///
    /// # Errors
    /// Faults of our own or of the connector; whatever is wrong with the tenant is a finding.
    pub async fn validate(&self, connector: &Connector) -> Result<Validation, EngineError> {
        Box::pin(stages::with_connector(self, connector)).await
    }

    /// Holds the tenant against requirements.
    ///
    /// # Errors
    /// Faults of our own; whatever is wrong with the tenant is a finding.
    pub async fn validate_requirements(
        &self,
        requirements: &[Requirement],
    ) -> Result<Validation, EngineError> {
        Box::pin(stages::without_connector(self, requirements)).await
    }
}

// The credential hides itself, but everything around it is long.
impl fmt::Debug for Validator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").field("connection", &self.connection.id).finish_non_exhaustive()
    }
}
