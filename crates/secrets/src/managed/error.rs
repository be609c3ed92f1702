//! What AWS Secrets Manager can refuse, as sentences with a next step.

use std::error::Error;

use aws_sdk_secretsmanager::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use thiserror::Error;

use crate::aws::Unanswered;

/// AWS Secrets Manager cannot be used. Each message is a sentence and says what to do; none holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ManagedError {
    /// The prefix cannot begin a name.
    #[error("\"{prefix}\" cannot begin the names of secrets: use letters, digits and /_+=.@- only")]
    Prefix {
        /// What was given.
        prefix: String,
    },
    /// The recovery window is not one AWS has.
    #[error("a removed secret cannot be kept for {days} days: AWS keeps it for 7 to 30, or not at all")]
    Window {
        /// What was given.
        days: u8,
    },
    /// The endpoint would show secrets to whoever is on the way.
    #[error(
        "secrets would travel to {host} for everybody to read: give an endpoint that begins with https://"
    )]
    Endpoint {
        /// The endpoint's host.
        host: String,
    },
    /// No region is known.
    #[error("no AWS region is set: name it in the configuration, or set AWS_REGION")]
    NoRegion,
    /// AWS does not know who asks.
    #[error(
        "there are no AWS credentials that work: {problem}; sign in (aws sso login, aws configure), or give this \
         machine a role, and see that aws sts get-caller-identity answers"
    )]
    NotSignedIn {
        /// Why not.
        problem: String,
    },
    /// An IAM action is missing.
    #[error(
        "AWS does not allow {action} on {name}: add that action for the secret to the IAM policy of whoever runs this"
    )]
    Denied {
        /// The IAM action.
        action: String,
        /// The secret.
        name: String,
    },
    /// The KMS key cannot be used.
    #[error(
        "the KMS key of {name} cannot be used: {problem}; see that the key is enabled, and allow kms:Decrypt and \
         kms:GenerateDataKey on it"
    )]
    Kms {
        /// The secret.
        name: String,
        /// What AWS says.
        problem: String,
    },
    /// Too many requests.
    #[error("AWS Secrets Manager is throttling this account: try again in a minute")]
    Throttled,
    /// AWS has trouble.
    #[error("AWS Secrets Manager has trouble ({code}): try again in a few minutes")]
    Trouble {
        /// What it says.
        code: String,
    },
    /// AWS was not reached.
    #[error("{endpoint} cannot be reached: {problem}; check the network, the proxy and the region")]
    Unreachable {
        /// The address.
        endpoint: String,
        /// Why not.
        problem: String,
    },
    /// The secret is being deleted.
    #[error(
        "the secret {name} is being deleted: bring it back (aws secretsmanager restore-secret --secret-id {name}), or \
         set the connection's secret again"
    )]
    BeingDeleted {
        /// The secret.
        name: String,
    },
    /// Somebody else changed the secret at the same time.
    #[error("the secret {name} was changed by somebody else just now: look at it, and try again")]
    Changed {
        /// The secret.
        name: String,
    },
    /// The secret is not in the form Fairlead writes.
    #[error(
        "the secret {name} is not one Fairlead wrote: expected is {{\"kind\": \"client-secret\", \"value\": …}} or \
         {{\"kind\": \"certificate\", \"pem\": …}}; set the connection's secret again"
    )]
    Foreign {
        /// The secret.
        name: String,
    },
    /// Keys of webhooks are not in the form Fairlead writes.
    #[error(
        "the secret {name} does not hold webhook keys as Fairlead writes them: delete it, and add the keys again with \
         `fairlead webhooks`"
    )]
    ForeignKeys {
        /// The secret.
        name: String,
    },
    /// The secret does not fit.
    #[error(
        "the secret for {name} is longer than the 65536 bytes AWS takes: give a certificate with a shorter chain"
    )]
    TooLong {
        /// The secret.
        name: String,
    },
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers to make a key from: try again once it does")]
    NoRandomness,
    /// AWS refuses for another reason.
    #[error("AWS Secrets Manager refuses {action} on {name} ({code}): {problem}")]
    Refused {
        /// The IAM action of what was asked.
        action: String,
        /// The secret.
        name: String,
        /// AWS's code.
        code: String,
        /// What AWS says.
        problem: String,
    },
}

impl ManagedError {
    /// Whether the same might work later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Throttled | Self::Trouble { .. } | Self::Unreachable { .. } | Self::Changed { .. }
        )
    }
}

/// What was asked, for sentences.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// As IAM calls it, without the service.
    pub(super) action: &'static str,
    pub(super) name: &'a str,
    pub(super) endpoint: &'a str,
}

/// A refusal: the ones the store acts on by itself, and the rest.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is no such secret, or no such version of it.
    NotFound,
    /// There is such a secret already.
    Exists,
    /// The secret is being deleted.
    BeingDeleted,
    /// The versions are not what they were.
    Moved,
    Other(ManagedError),
}

impl Refusal {
    /// What it is to whoever did not expect it.
    pub(super) fn unexpected(self, name: &str) -> ManagedError {
        let name = name.to_owned();
        match self {
            Self::BeingDeleted => ManagedError::BeingDeleted { name },
            Self::NotFound | Self::Exists | Self::Moved => ManagedError::Changed { name },
            Self::Other(error) => error,
        }
    }
}

/// Reads a failed call. Codes: docs.aws.amazon.com/secretsmanager/latest/apireference, under each operation, and
/// CommonErrors.
pub(super) fn read<E>(error: &SdkError<E, HttpResponse>, asked: Asked<'_>) -> Refusal
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(refused) => {
            let (code, message) = (refused.err().code(), refused.err().message());
            told(
                code.unwrap_or_default(),
                message.unwrap_or_default(),
                refused.raw().status().as_u16(),
                asked,
            )
        }
        SdkError::ResponseError(garbled) => told("", "", garbled.raw().status().as_u16(), asked),
        _ => Refusal::Other(not_sent(error, asked)),
    }
}

fn told(code: &str, message: &str, status: u16, asked: Asked<'_>) -> Refusal {
    let (name, problem) = (asked.name.to_owned(), message.trim_end_matches('.').to_owned());
    Refusal::Other(match code {
        "ResourceNotFoundException" => return Refusal::NotFound,
        "ResourceExistsException" => return Refusal::Exists,
        "InvalidRequestException" if message.contains("delet") => return Refusal::BeingDeleted,
        // The version is there, at another stage.
        "InvalidRequestException" if message.contains("VersionStage") => return Refusal::Moved,
        "InvalidParameterException" if asked.action == "UpdateSecretVersionStage" => return Refusal::Moved,
        "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => {
            ManagedError::Throttled
        }
        "DecryptionFailure" | "EncryptionFailure" => ManagedError::Kms { name, problem },
        "AccessDeniedException" | "AccessDenied" if message.contains("KMS") || message.contains("kms:") => {
            ManagedError::Kms { name, problem }
        }
        "AccessDeniedException" | "AccessDenied" => {
            ManagedError::Denied { action: denied(message).unwrap_or_else(|| action(asked)), name }
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException" => ManagedError::NotSignedIn { problem },
        "InternalServiceError" | "InternalFailure" | "ServiceUnavailable" => {
            ManagedError::Trouble { code: code.to_owned() }
        }
        _ if status == 429 => ManagedError::Throttled,
        _ if status >= 500 => ManagedError::Trouble { code: format!("HTTP {status}") },
        "" => ManagedError::Unreachable {
            endpoint: asked.endpoint.to_owned(),
            problem: format!("what answers there (HTTP {status}) is not Secrets Manager"),
        },
        // AWS repeats what was wrong with a parameter, and one of them is the secret.
        "ValidationException" | "ValidationError" => {
            refused(asked, code, "a parameter is not valid".to_owned())
        }
        _ => refused(asked, code, problem),
    })
}

fn refused(asked: Asked<'_>, code: &str, problem: String) -> ManagedError {
    ManagedError::Refused {
        action: action(asked),
        name: asked.name.to_owned(),
        code: code.to_owned(),
        problem,
    }
}

fn action(asked: Asked<'_>) -> String {
    format!("secretsmanager:{}", asked.action)
}

/// The action as AWS names it: making a secret with tags, for one, needs two.
fn denied(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("perform: ")?;
    rest.split_whitespace().next().map(str::to_owned)
}

fn not_sent(error: &(dyn Error + 'static), asked: Asked<'_>) -> ManagedError {
    match Unanswered::of(error) {
        Unanswered::NotSignedIn(problem) => ManagedError::NotSignedIn { problem },
        Unanswered::Unreachable(problem) => {
            ManagedError::Unreachable { endpoint: asked.endpoint.to_owned(), problem }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked<'_> = Asked { action: "GetSecretValue", name: "fairlead/x", endpoint: "aws.example" };

    fn refusal(code: &str, message: &str, status: u16) -> ManagedError {
        told(code, message, status, ASKED).unexpected(ASKED.name)
    }

    #[test]
    fn each_code_has_its_meaning() {
        let denied = "User: arn:aws:iam::1:role/r is not authorized to perform: secretsmanager:TagResource on \
                      resource: x because no identity-based policy allows the action";
        assert_eq!(
            refusal("AccessDeniedException", denied, 400).to_string(),
            "AWS does not allow secretsmanager:TagResource on fairlead/x: add that action for the secret to the IAM \
             policy of whoever runs this"
        );
        let kms = refusal("AccessDeniedException", "Access to KMS is not allowed", 400);
        assert!(matches!(kms, ManagedError::Kms { .. }));
        let deleted = "You can't perform this operation on the secret because it was marked for deletion.";
        assert!(matches!(
            refusal("InvalidRequestException", deleted, 400),
            ManagedError::BeingDeleted { .. }
        ));
        assert!(matches!(refusal("", "", 503), ManagedError::Trouble { .. }));
        assert!(matches!(refusal("", "", 200), ManagedError::Unreachable { .. }));
        assert!(matches!(refusal("ThrottlingException", "Rate exceeded", 400), ManagedError::Throttled));
        assert!(matches!(refusal("ExpiredTokenException", "", 400), ManagedError::NotSignedIn { .. }));
    }

    #[test]
    fn a_message_that_may_repeat_the_secret_is_not_shown() {
        let error = refusal("ValidationException", "Value 'canary' at 'secretString' failed", 400);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
