//! What the tests of this folder share: a simulator, a client, and tokens.

#![allow(dead_code, reason = "every test crate uses its own part")]

use std::path::PathBuf;

use fairlead_simulator::{Running, Scenario, Simulator};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::Value;

/// The resource that Graph's tokens are asked for.
pub(crate) const GRAPH: &str = "https://graph.microsoft.com";
/// The resource that Resource Manager's tokens are asked for.
pub(crate) const ARM: &str = "https://management.azure.com";

/// A scenario shipped with the simulator.
pub(crate) fn scenario(name: &str) -> Scenario {
    Scenario::load(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)).unwrap()
}

/// A running simulator over plain HTTP, and a client that keeps connections.
pub(crate) struct Cloud {
    pub(crate) running: Running,
    pub(crate) client: Client,
}

impl Cloud {
    /// Of this scenario.
    pub(crate) async fn of(scenario: Scenario) -> Self {
        let running = Simulator::builder().scenario(scenario).start().await.unwrap();
        Self { running, client: Client::new() }
    }

    /// Of the default scenario, changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Scenario)) -> Self {
        let mut scenario = Scenario::default();
        change(&mut scenario);
        Self::of(scenario).await
    }

    /// An address of the simulator.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.base_url())
    }

    /// Posts a token request for the first tenant.
    pub(crate) async fn ask(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let tenant = self.running.connection().tenant_id;
        self.ask_at(&format!("/{tenant}/oauth2/v2.0/token"), form).await
    }

    /// Posts a token request.
    pub(crate) async fn ask_at(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let response = self.client.post(self.url(path)).body(encoded(form)).send().await.unwrap();
        let status = response.status();
        (status, json(response).await)
    }

    /// A token of the reader for a resource.
    pub(crate) async fn token(&self, resource: &str) -> String {
        let connection = self.running.connection();
        let (client, secret) = (connection.client_id.to_string(), connection.client_secret.expose_secret());
        let (status, body) = self.ask(&secret_form(&client, secret, &format!("{resource}/.default"))).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// A GET with a token.
    pub(crate) fn get(&self, path: &str, token: &str) -> RequestBuilder {
        self.client.get(self.url(path)).bearer_auth(token)
    }

    /// What the admin API says at a path.
    pub(crate) async fn admin(&self, path: &str) -> Value {
        json(self.client.get(self.url(&format!("/_simulator/{path}"))).send().await.unwrap()).await
    }

    /// The lines that the admin API gives at a path.
    pub(crate) async fn admin_lines(&self, path: &str) -> Vec<String> {
        let answer = self.client.get(self.url(&format!("/_simulator/{path}"))).send().await.unwrap();
        answer.text().await.unwrap().lines().map(str::to_owned).collect()
    }
}

/// The form of a token request with a secret.
pub(crate) fn secret_form<'a>(client: &'a str, secret: &'a str, scope: &'a str) -> [(&'a str, &'a str); 4] {
    [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret), ("scope", scope)]
}

/// A form as a body.
pub(crate) fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// A body as JSON.
pub(crate) async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

/// A header's text, or nothing.
pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}
