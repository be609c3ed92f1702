//! What a refusal of an assertion means: one signed with a certificate, or one of a federated credential.
//!
//! Whose assertion it is (issuer, subject, audience) is no secret: it is what a federated credential has to repeat
//! letter by letter, so the sentence shows it.

use super::Attempt;
use crate::token::{
    assertion::AssertionTold,
    credential::Proof,
    error::Diagnosis::{self, AssertionWrong, CertificateWrong},
};

/// The sentence for a code that is about the assertion; `{code}` stands where the code is shown.
pub(super) fn known(code: u32, description: &str, attempt: Attempt<'_>) -> Option<(Diagnosis, String)> {
    match attempt.proof {
        Proof::Secret(_) => None,
        Proof::Certificate { thumbprint, .. } => {
            let sentence = certificate(code, description, attempt, thumbprint)?;
            Some((CertificateWrong, sentence))
        }
        Proof::Federated { told, .. } => Some((AssertionWrong, federated(code, attempt, told)?)),
    }
}

fn certificate(code: u32, description: &str, attempt: Attempt<'_>, thumbprint: &str) -> Option<String> {
    let Attempt { client_id, .. } = attempt;
    Some(match code {
        // The reason stands in brackets: "[Reason - The key used is expired., …]".
        700_027 if description.contains("expired") => format!(
            "the certificate {thumbprint} of application {client_id} has expired{{code}}: upload a new one under \
             Certificates & secrets, and give it to the connection"
        ),
        700_027 | 50_027 | 7_000_215 | 7_000_216 | 7_000_218 => format!(
            "the certificate {thumbprint} is not one of application {client_id}{{code}}: upload it under Certificates \
             & secrets, Certificates, or give the connection one whose thumbprint is listed there"
        ),
        700_024 => clock(client_id),
        700_023 => audience(attempt),
        _ => return None,
    })
}

fn federated(code: u32, attempt: Attempt<'_>, told: &AssertionTold) -> Option<String> {
    let Attempt { client_id, .. } = attempt;
    let AssertionTold { issuer, subject, audience, .. } = told;
    let place = "under Certificates & secrets, Federated credentials";
    Some(match code {
        70_021 => format!(
            "application {client_id} has no federated credential for this assertion{{code}}: add one {place}, with \
             issuer {issuer}, subject {subject} and audience {audience}; a new one takes some minutes to count"
        ),
        700_211 | 7_002_137 => format!(
            "no federated credential of application {client_id} has the assertion's issuer{{code}}: {place}, make \
             the issuer exactly {issuer}, letter by letter"
        ),
        700_213 | 7_002_138 => format!(
            "no federated credential of application {client_id} has the assertion's subject{{code}}: {place}, make \
             the subject exactly {subject}, letter by letter"
        ),
        700_212 => format!(
            "no federated credential of application {client_id} has the assertion's audience{{code}}: the assertion is \
             for {audience}; {place}, make the audience that, or ask its issuer for api://AzureADTokenExchange"
        ),
        700_229 => format!(
            "the assertion for application {client_id} is about a user{{code}}: give one that Entra ID issued to an \
             application or a managed identity"
        ),
        700_027 | 50_027 => format!(
            "the assertion's signature does not fit its issuer {issuer}{{code}}: check that the issuer publishes its \
             keys, signs with RS256, and that the assertion is whole"
        ),
        700_024 => clock(client_id),
        _ => return None,
    })
}

fn clock(client_id: uuid::Uuid) -> String {
    format!(
        "the assertion for application {client_id} does not hold at this time{{code}}: set this machine's clock right, \
         and see that assertions are renewed"
    )
}

fn audience(attempt: Attempt<'_>) -> String {
    let Attempt { host, client_id, .. } = attempt;
    format!(
        "{host} does not take the assertion for application {client_id} to be meant for it{{code}}: check the \
         connection's cloud"
    )
}
