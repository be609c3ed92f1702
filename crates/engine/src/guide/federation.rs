//! Whom a federated credential is to trust.

use fairlead_azure::{AssertionProvider as _, AssertionTold, SignInError};
use fairlead_model::Cloud;
use fairlead_secrets::WebIdentity;
use serde::Serialize;

use crate::{AwsAssertions, EngineError};

/// The identity provider a federated credential trusts. Entra ID compares all three letter by letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Federation {
    /// Who issues the assertions (`iss`), an address.
    pub issuer: String,
    /// For whom (`sub`), such as a role's ARN.
    pub subject: String,
    /// To whom (`aud`); absent: the one Entra ID recommends in this cloud.
    pub audience: Option<String>,
}

impl Federation {
    /// AWS, as it vouches for the role this process runs as: a token that it gives says what is to be trusted.
    ///
    /// # Errors
    /// `SignIn` with what AWS says.
    pub async fn by_aws(cloud: &Cloud) -> Result<Self, EngineError> {
        let assertions = AwsAssertions::new(WebIdentity::new(None), cloud);
        let token = assertions.assertion().await.map_err(SignInError::NoAssertion)?;
        let AssertionTold { issuer, subject, .. } = AssertionTold::of(&token);
        Ok(Self { issuer, subject, audience: None })
    }
}
