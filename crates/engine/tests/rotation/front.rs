//! Stands in front of Secrets Manager and of Azure, and ends the process at a call: it is carried out or not, and the
//! answer never comes. Toward Secrets Manager it adds what moto lacks.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::manager;

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// The process ends before the call is carried out.
    Before,
    /// The process ends after the call is carried out, and before its answer is there.
    After,
    /// The service refuses, this call and all that follow.
    Refuse,
}

/// Counts the calls to all services, and breaks one.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    inner: Mutex<Inner>,
    ended: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    calls: Vec<String>,
    breaks: Option<(usize, Break)>,
}

impl Gate {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic")
    }

    /// Breaks the call of this number, from 0; none: lets all through.
    pub(crate) fn set(&self, breaks: Option<(usize, Break)>) {
        *self.inner() = Inner { calls: Vec::new(), breaks };
    }

    /// The calls since then.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.inner().calls.clone()
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }

    fn next(&self, call: String) -> Option<Break> {
        let mut inner = self.inner();
        let number = inner.calls.len();
        inner.calls.push(call);
        let (at, how) = inner.breaks?;
        (number == at || number > at && how == Break::Refuse).then_some(how)
    }
}

/// What is behind a front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    SecretsManager,
    Azure,
}

struct Front {
    gate: Arc<Gate>,
    behind: Behind,
    to: String,
    http: reqwest::Client,
    rotations: Arc<Rotations>,
}

/// Rotations that Secrets Manager started, as moto cannot: by the name of the secret.
#[derive(Debug, Default)]
pub(crate) struct Rotations(Mutex<Vec<(String, String)>>);

impl Rotations {
    /// Starts one: from now on the secret has a version of this id that is pending, and no value yet.
    pub(crate) fn start(&self, secret: &str, token: &str) {
        self.0.lock().expect("no panic").push((secret.to_owned(), token.to_owned()));
    }

    /// What `DescribeSecret` says of it.
    fn describe(&self, told: &mut Value) {
        let started = self.0.lock().expect("no panic");
        let Some((_, token)) = started.iter().rev().find(|(name, _)| told["Name"] == **name) else { return };
        told["RotationEnabled"] = json!(true);
        let versions = &mut told["VersionIdsToStages"];
        if versions[token.as_str()].is_null() {
            versions[token.as_str()] = json!(["AWSPENDING"]);
        }
    }
}

/// Starts a front of Secrets Manager; its address.
pub(crate) async fn of_secrets_manager(gate: Arc<Gate>, rotations: Arc<Rotations>, to: &str) -> String {
    serve(gate, Behind::SecretsManager, to, rotations).await
}

/// Starts a front of Azure; its address.
pub(crate) async fn of_azure(gate: Arc<Gate>, to: &str) -> String {
    serve(gate, Behind::Azure, to, Arc::default()).await
}

async fn serve(gate: Arc<Gate>, behind: Behind, to: &str, rotations: Arc<Rotations>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let front = Front { gate, behind, to: to.trim_end_matches('/').to_owned(), http, rotations };
    let router = Router::new().fallback(answer).with_state(Arc::new(front));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn answer(
    State(front): State<Arc<Front>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let operation = front.operation(&method, &uri, &headers);
    match front.gate.next(operation.clone()) {
        Some(Break::Before) => front.end().await,
        Some(Break::After) => {
            front.forward(&operation, method, &uri, headers, body).await;
            front.end().await
        }
        Some(Break::Refuse) => front.refuse(&uri),
        None => front.forward(&operation, method, &uri, headers, body).await,
    }
}

impl Front {
    fn operation(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> String {
        match self.behind {
            Behind::SecretsManager => {
                let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
                target.unwrap_or_default().rsplit('.').next().unwrap_or_default().to_owned()
            }
            Behind::Azure => {
                let last = uri.path().rsplit('/').next().unwrap_or_default();
                format!("{method} {}", last.split('(').next().unwrap_or_default())
            }
        }
    }

    /// Nobody is there any more to be answered.
    async fn end(&self) -> Response {
        self.gate.ended.notify_one();
        std::future::pending().await
    }

    fn refuse(&self, uri: &Uri) -> Response {
        let (status, body) = match self.behind {
            Behind::SecretsManager => {
                (400, json!({"__type": "AccessDeniedException", "message": "not authorized"}))
            }
            Behind::Azure if uri.path().ends_with("/token") => {
                (401, json!({"error": "invalid_client", "error_codes": [7_000_222], "error_description": ""}))
            }
            Behind::Azure => {
                (403, json!({"error": {"code": "Authorization_RequestDenied", "message": "not allowed"}}))
            }
        };
        reply(status, body.to_string())
    }

    async fn forward(
        &self,
        operation: &str,
        method: Method,
        uri: &Uri,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        if operation == "PutSecretValue" {
            let asked: Value = serde_json::from_slice(&body).expect("JSON");
            if has_another_value(&asked).await {
                let told =
                    json!({"__type": "ResourceExistsException", "message": "There is such a version."});
                return reply(400, told.to_string());
            }
            if manager::puts_current(&asked) {
                let (status, told) = manager::put_current(&asked).await;
                return reply(status, told.to_string());
            }
        }
        headers.remove(header::HOST);
        headers.remove(header::ACCEPT_ENCODING);
        let path = uri.path_and_query().map_or("/", |it| it.as_str());
        let request = self.http.request(method, format!("{}{path}", self.to)).headers(headers).body(body);
        let answered = request.send().await.expect("an answer");
        let status = answered.status().as_u16();
        let body = answered.bytes().await.expect("a body");
        if operation == "DescribeSecret" && status == 200 {
            let mut told: Value = serde_json::from_slice(&body).expect("JSON");
            self.rotations.describe(&mut told);
            return reply(status, told.to_string());
        }
        reply(status, body)
    }
}

/// Whether there is a version of this id with another value, which AWS does not replace and moto does.
async fn has_another_value(asked: &Value) -> bool {
    let version = json!({"SecretId": asked["SecretId"], "VersionId": asked["ClientRequestToken"]});
    let (status, there) = manager::call("GetSecretValue", &version).await;
    status == 200 && there["SecretString"] != asked["SecretString"]
}

fn reply(status: u16, body: impl Into<axum::body::Body>) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}
