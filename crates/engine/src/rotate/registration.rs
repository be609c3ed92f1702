//! An application's own registration, in Microsoft Graph: its secrets are seen, added and removed here.
//!
//! These are the only calls of Fairlead's own that change a tenant, so the gateway is held to exactly them.

use fairlead_azure::{Credential, Gateway, GatewayOptions, Pace, PolicedGateway, Policy};
use fairlead_model::{Api, ApiNeed, Connection, Header, Method, Mode, Refusal, Request, Response};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroize as _;

use super::RotateError;
use crate::EngineError;

/// A secret as the directory shows it, as far as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Password {
    pub(super) key_id: Uuid,
    pub(super) display_name: Option<String>,
}

/// A secret that was just made: its text is shown this once.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Added {
    pub(super) key_id: Uuid,
    pub(super) secret_text: SecretString,
    pub(super) end_date_time: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    #[serde(default)]
    password_credentials: Option<Vec<Password>>,
}

/// An application's way to its own registration.
#[derive(Debug)]
pub(super) struct Registration {
    gateway: Gateway,
    policed: PolicedGateway,
    client_id: Uuid,
}

impl Registration {
    /// The way of a connection's application, signed in with this secret. Nothing is sent yet.
    pub(super) fn of(connection: &Connection, secret: &SecretString) -> Result<Self, EngineError> {
        let (cloud, tenant) = (connection.cloud.clone(), connection.tenant.clone());
        let credential = Credential::ClientSecret(secret.clone());
        let mut options = GatewayOptions::new(cloud, tenant, connection.client_id, credential);
        options.pace = pace();
        let gateway = Gateway::connect(options)?;
        let own = path(connection.client_id);
        let needs = [
            need(Method::Get, vec![own.clone()]),
            need(Method::Post, vec![format!("{own}/addPassword"), format!("{own}/removePassword")]),
        ];
        let policed = gateway.policed(Policy::new(&needs, Mode::ReadWrite));
        Ok(Self { gateway, policed, client_id: connection.client_id })
    }

    /// Signs in.
    pub(super) async fn sign_in(&self) -> Result<(), EngineError> {
        self.gateway.sign_in(Api::Graph).await?;
        Ok(())
    }

    /// The application's secrets.
    pub(super) async fn passwords(&self) -> Result<Vec<Password>, RotateError> {
        let path = format!("{}?$select=id,passwordCredentials", path(self.client_id));
        let answer = self.policed.send(Request::get(Api::Graph, path)).await;
        let registered: Registered = self.read(answer, None)?;
        Ok(registered.password_credentials.unwrap_or_default())
    }

    /// Has a secret made.
    pub(super) async fn add(&self, name: &str, ends: Timestamp) -> Result<Added, RotateError> {
        let wanted = json!({ "passwordCredential": { "displayName": name, "endDateTime": ends } });
        let lifetime = ends.duration_since(Timestamp::now());
        let answer = self.post("addPassword", &wanted).await;
        let body = answer.as_ref().map(|answer| answer.body.clone()).unwrap_or_default();
        let added = self.read(answer, Some(lifetime));
        // By now nobody else has it.
        if let Ok(mut body) = body.try_into_mut() {
            body.zeroize();
        }
        added
    }

    /// Removes a secret. One that is gone already is no error.
    pub(super) async fn remove(&self, key_id: Uuid) -> Result<(), RotateError> {
        let refused = match self.post("removePassword", &json!({ "keyId": key_id })).await {
            Ok(answer) if (200..300).contains(&answer.status) => return Ok(()),
            Ok(answer) => self.refused(&answer, None),
            Err(refusal) => RotateError::Graph(refusal.to_string()),
        };
        // An answer that was lost on its way may have been a yes.
        match self.passwords().await {
            Ok(left) if left.iter().all(|one| one.key_id != key_id) => Ok(()),
            _ => Err(refused),
        }
    }

    async fn post(&self, action: &str, body: &serde_json::Value) -> Result<Response, Refusal> {
        let json = Header { name: "Content-Type".to_owned(), value: "application/json".to_owned() };
        let request = Request {
            api: Api::Graph,
            method: Method::Post,
            path: format!("{}/{action}", path(self.client_id)),
            headers: vec![json],
            body: Some(body.to_string().into()),
        };
        self.policed.send(request).await
    }

    fn read<T: DeserializeOwned>(
        &self,
        answer: Result<Response, Refusal>,
        lifetime: Option<SignedDuration>,
    ) -> Result<T, RotateError> {
        let answer = answer.map_err(|refusal| RotateError::Graph(refusal.to_string()))?;
        if !(200..300).contains(&answer.status) {
            return Err(self.refused(&answer, lifetime));
        }
        // What serde complains of may repeat what was read, which may be the secret.
        let garbled = |_| RotateError::Graph("Microsoft Graph's answer cannot be read: try again".to_owned());
        serde_json::from_slice(&answer.body).map_err(garbled)
    }

    /// A refusal as a sentence. Codes of app management policies as clients of Graph meet them
    /// (github.com/microsoft/PubSec-Info-Assistant/issues/681, github.com/OfficeDev/microsoft-365-agents-toolkit).
    fn refused(&self, answer: &Response, lifetime: Option<SignedDuration>) -> RotateError {
        let client_id = self.client_id;
        let Problem { code, message } = Told::of(&answer.body).error;
        match (answer.status, code.as_str()) {
            (_, "CredentialTypeNotAllowedAsPerAppPolicy") => RotateError::Forbidden { client_id, code },
            (_, "CredentialInvalidLifetimeAsPerAppPolicy") => {
                let days = lifetime.unwrap_or_default().as_hours().div_euclid(24);
                RotateError::TooLong { client_id, days, code }
            }
            (401 | 403, _) => RotateError::Denied { client_id, code },
            (404, _) => RotateError::Elsewhere { client_id },
            (status, _) => RotateError::Graph(format!(
                "Microsoft Graph answers HTTP {status} {code}: {}; try again later",
                message.trim_end_matches('.')
            )),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    error: Problem,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    message: String,
}

impl Told {
    fn of(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

fn path(client_id: Uuid) -> String {
    format!("/v1.0/applications(appId='{client_id}')")
}

fn need(method: Method, paths: Vec<String>) -> ApiNeed {
    ApiNeed { api: Api::Graph, methods: vec![method], paths, why: String::new() }
}

/// A function or a person waits, and a step can be repeated.
fn pace() -> Pace {
    Pace { batch: false, attempts: 4, call_seconds: 30, ..Pace::default() }
}
