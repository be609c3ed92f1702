//! Why there is no token.

use fairlead_model::Api;
use thiserror::Error;

use super::AssertionError;

/// What is behind a refusal of Entra ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Diagnosis {
    /// There is no such tenant in this cloud.
    TenantUnknown,
    /// The tenant lives in another cloud.
    OtherCloud,
    /// The application is not in the tenant.
    ApplicationUnknown,
    /// The application, or its service principal, is disabled.
    ApplicationDisabled,
    /// The secret is not one of the application's.
    SecretWrong,
    /// The secret has expired.
    SecretExpired,
    /// The certificate is not one of the application's, or has expired.
    CertificateWrong,
    /// No federated credential of the application fits the assertion.
    AssertionWrong,
    /// A conditional-access policy or the tenant's security defaults block the application.
    Blocked,
    /// The service cannot be used from this tenant.
    ServiceUnusable,
    /// The request itself was wrong: a defect, or a custom cloud's wrong audience.
    RequestWrong,
    /// Entra ID is overloaded or has trouble.
    Busy,
    /// A refusal Fairlead does not know.
    Other,
}

/// There is no token. Each message is a sentence and says what to do next; none holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignInError {
    /// Entra ID was not reached.
    #[error("cannot sign in: {0}")]
    Unreachable(String),
    /// There is no assertion to sign in with.
    #[error("cannot sign in: {0}")]
    NoAssertion(AssertionError),
    /// Entra ID refused.
    #[error("{sentence}")]
    Refused {
        /// The number of the AADSTS code, where there is one.
        code: Option<u32>,
        /// What is behind it.
        diagnosis: Diagnosis,
        /// The whole sentence.
        sentence: String,
        /// Entra ID's id of the request, for Microsoft's support.
        trace_id: Option<String>,
        /// The HTTP status it was told with; 0 where nothing was sent.
        status: u16,
        /// The OAuth error word, such as `invalid_client`; empty where the answer had none.
        error: String,
    },
    /// Entra ID did not answer as itself.
    #[error(
        "cannot sign in: {host} answered HTTP {status} with something that is not from Entra ID; check the \
         connection's cloud and whether a proxy stands in between"
    )]
    Garbled {
        /// Who answered.
        host: String,
        /// With which status.
        status: u16,
    },
    /// The service has no token of its own in this version.
    #[error("this version of Fairlead cannot sign in to {0}")]
    Unsupported(Api),
    /// The run is being stopped; nothing is wrong.
    #[error("the run is being stopped")]
    Stopping,
}

impl SignInError {
    /// Whether the same might work later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Garbled { .. } | Self::Stopping => true,
            Self::Refused { diagnosis, .. } => *diagnosis == Diagnosis::Busy,
            Self::NoAssertion(AssertionError::Elsewhere { transient, .. }) => *transient,
            Self::NoAssertion(_) | Self::Unsupported(_) => false,
        }
    }

    /// Whether Entra ID does not accept the client secret (any more): a newer one may be known.
    pub fn is_about_secret(&self) -> bool {
        let about = |diagnosis| matches!(diagnosis, Diagnosis::SecretWrong | Diagnosis::SecretExpired);
        matches!(self, Self::Refused { diagnosis, .. } if about(*diagnosis))
    }
}
