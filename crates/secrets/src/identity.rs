//! Tokens by which AWS vouches for whoever runs this to somebody outside of AWS ("outbound web identity federation"):
//! with a federated credential that trusts them, an application needs no secret at all.
//!
//! Facts: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_getting_started.html and
//! docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html.

use std::fmt;

use aws_config::SdkConfig;
use aws_sdk_sts::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_web_identity_token::GetWebIdentityTokenError,
};
use secrecy::SecretString;
use thiserror::Error;
use tokio::sync::OnceCell;

use crate::aws::{self, Unanswered, untraced};

/// The one algorithm of AWS's two that Entra ID checks.
const ALGORITHM: &str = "RS256";
/// How long a token lives, in seconds. It is used at once; AWS gives 60 to 3600.
const LIFETIME: i32 = 300;

/// Gets tokens of AWS STS for the role (or user) this process runs as: `sub` is its ARN, `iss` the AWS account's own
/// address. Nothing is asked for before the first token.
pub struct WebIdentity {
    region: Option<String>,
    config: OnceCell<SdkConfig>,
}

/// There is no token. Each message is a sentence and says what to do; none holds a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WebIdentityError {
    /// The account does not issue any.
    #[error(
        "this AWS account does not vouch for its roles outside of AWS: switch that on once (aws iam \
         enable-outbound-web-identity-federation)"
    )]
    Disabled,
    /// The role may not ask for one.
    #[error(
        "AWS does not allow {who} to ask for a token for {audience}: aws iam put-role-policy --role-name ROLE \
         --policy-name fairlead-entra --policy-document '{}'", policy(.audience)
    )]
    Denied {
        /// The ARN of whoever asked, as far as AWS says it.
        who: String,
        /// For whom the token was to be.
        audience: String,
    },
    /// Only regional endpoints issue tokens.
    #[error(
        "{endpoint} issues no tokens for others, which only regional endpoints of AWS STS do: name a region (export \
         AWS_REGION=eu-central-1), and unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS"
    )]
    GlobalEndpoint {
        /// Whom was asked.
        endpoint: String,
    },
    /// The region is switched off.
    #[error(
        "AWS STS is switched off in {region}: switch it on in the account's settings of IAM, or name another region \
         (export AWS_REGION=eu-central-1)"
    )]
    RegionDisabled {
        /// Which.
        region: String,
    },
    /// No region is known.
    #[error(
        "no AWS region is set, and only regional endpoints of AWS STS issue tokens: export AWS_REGION=eu-central-1, or \
         name one with the connection"
    )]
    NoRegion,
    /// AWS does not know who asks.
    #[error(
        "there are no AWS credentials that work: {problem}; give this machine a role, or sign in (aws sso login), and \
         see that aws sts get-caller-identity answers"
    )]
    NotSignedIn {
        /// Why not.
        problem: String,
    },
    /// AWS was not reached.
    #[error("{endpoint} cannot be reached: {problem}; check the network, the proxy and the region")]
    Unreachable {
        /// The service.
        endpoint: String,
        /// Why not.
        problem: String,
    },
    /// AWS has trouble, or too much to do.
    #[error("AWS STS has trouble or too much to do ({code}): try again in a few minutes")]
    Trouble {
        /// What it says.
        code: String,
    },
    /// AWS refuses for another reason.
    #[error("AWS STS refuses sts:GetWebIdentityToken ({code}): {problem}")]
    Refused {
        /// AWS's code.
        code: String,
        /// What AWS says.
        problem: String,
    },
    /// The answer holds no token.
    #[error("{endpoint} answered without a token: check that it is AWS STS")]
    Garbled {
        /// The service.
        endpoint: String,
    },
}

impl WebIdentityError {
    /// Whether the same might work later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Trouble { .. })
    }
}

/// The policy that allows tokens for an audience and no others, on one line.
fn policy(audience: &str) -> String {
    format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"sts:GetWebIdentityToken\",\
         \"Resource\":\"*\",\"Condition\":{{\"ForAnyValue:StringEquals\":{{\"sts:IdentityTokenAudience\":\"{audience}\"}}\
         }}}}]}}"
    )
}

impl WebIdentity {
    /// Tokens for whoever AWS's own tools would sign in as, from this region's STS; absent: the one they would use.
    pub fn new(region: Option<String>) -> Self {
        Self { region, config: OnceCell::new() }
    }

    /// The same with a configuration that is shared with other clients, or was made by hand.
    pub fn with_config(config: SdkConfig) -> Self {
        Self { region: None, config: OnceCell::new_with(Some(config)) }
    }

    /// A token for somebody.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn token(&self, audience: &str) -> Result<SecretString, WebIdentityError> {
        let load = || aws::configuration(self.region.as_deref(), None);
        let config = self.config.get_or_init(load).await;
        let region = config.region().ok_or(WebIdentityError::NoRegion)?.to_string();
        let asked = Asked { audience, endpoint: endpoint(config, &region), region };
        let call = Client::new(config)
            .get_web_identity_token()
            .audience(audience)
            .signing_algorithm(ALGORITHM)
            .duration_seconds(LIFETIME);
        let told = untraced(call.send()).await;
        tracing::debug!(audience, ok = told.is_ok(), "asked AWS STS for a token");
        let token = told.map_err(|error| asked.read(&error))?.web_identity_token;
        token
            .filter(|token| !token.is_empty())
            .map(SecretString::from)
            .ok_or(WebIdentityError::Garbled { endpoint: asked.endpoint })
    }
}

/// Whom is asked, as people would say it.
fn endpoint(config: &SdkConfig, region: &str) -> String {
    config.endpoint_url().map_or_else(|| format!("AWS STS in {region}"), str::to_owned)
}

impl fmt::Debug for WebIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebIdentity").field("region", &self.region).finish_non_exhaustive()
    }
}

/// What was asked, for sentences.
struct Asked<'a> {
    audience: &'a str,
    endpoint: String,
    region: String,
}

impl Asked<'_> {
    fn read(&self, error: &SdkError<GetWebIdentityTokenError, HttpResponse>) -> WebIdentityError {
        match error {
            SdkError::ServiceError(refused) => {
                let (code, message) = (refused.err().code(), refused.err().message());
                let status = refused.raw().status().as_u16();
                self.told(code.unwrap_or_default(), message.unwrap_or_default(), status)
            }
            SdkError::ResponseError(garbled) => self.told("", "", garbled.raw().status().as_u16()),
            _ => match Unanswered::of(error) {
                Unanswered::NotSignedIn(problem) => WebIdentityError::NotSignedIn { problem },
                Unanswered::Unreachable(problem) => {
                    WebIdentityError::Unreachable { endpoint: self.endpoint.clone(), problem }
                }
            },
        }
    }

    fn told(&self, code: &str, message: &str, status: u16) -> WebIdentityError {
        let problem = message.trim_end_matches('.').to_owned();
        match code {
            // With and without the ending, as AWS's query protocol has them.
            _ if code.starts_with("OutboundWebIdentityFederationDisabled") => WebIdentityError::Disabled,
            "AccessDenied" | "AccessDeniedException" => {
                WebIdentityError::Denied { who: asker(message), audience: self.audience.to_owned() }
            }
            // What an endpoint says that does not know the operation.
            "InvalidAction" | "UnsupportedOperation" | "UnknownOperationException" => {
                WebIdentityError::GlobalEndpoint { endpoint: self.endpoint.clone() }
            }
            "RegionDisabledException" | "RegionDisabled" => {
                WebIdentityError::RegionDisabled { region: self.region.clone() }
            }
            "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "IncompleteSignature"
            | "MissingAuthenticationToken" => WebIdentityError::NotSignedIn { problem },
            "Throttling"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "InternalFailure"
            | "ServiceUnavailable" => WebIdentityError::Trouble { code: code.to_owned() },
            _ if status >= 500 || status == 429 => {
                WebIdentityError::Trouble { code: format!("HTTP {status}") }
            }
            "" => WebIdentityError::Garbled { endpoint: self.endpoint.clone() },
            _ => WebIdentityError::Refused { code: code.to_owned(), problem },
        }
    }
}

/// Whom AWS names: "User: arn:… is not authorized to perform: …".
fn asker(message: &str) -> String {
    let named = message.strip_prefix("User: ").and_then(|rest| rest.split_whitespace().next());
    named.unwrap_or("whoever runs this").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_that_is_proposed_is_json_and_allows_the_one_audience() {
        let policy: serde_json::Value = serde_json::from_str(&policy("api://AzureADTokenExchange")).unwrap();
        let statement = &policy["Statement"][0];
        assert_eq!(statement["Action"], "sts:GetWebIdentityToken");
        let audience = &statement["Condition"]["ForAnyValue:StringEquals"]["sts:IdentityTokenAudience"];
        assert_eq!(audience, "api://AzureADTokenExchange");
    }
}
