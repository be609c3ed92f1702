//! Stands in front of moto and gives the answers AWS has and moto has not: refusals, in AWS's own form.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::{manager, moto};

/// A refusal as AWS words it.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The operation it is for.
    pub(crate) operation: &'static str,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// How many are let through first.
    pub(crate) after: usize,
    /// How often it is given then.
    pub(crate) times: usize,
}

impl Refusal {
    pub(crate) fn new(operation: &'static str, code: &'static str, message: &str) -> Self {
        Self { operation, status: 400, code, message: message.to_owned(), after: 0, times: usize::MAX }
    }
}

/// The server.
pub(crate) struct Front {
    pub(crate) address: String,
    doing: Arc<Doing>,
}

#[derive(Default)]
struct Doing {
    refusals: Mutex<Vec<Refusal>>,
    asked: Mutex<Vec<String>>,
    http: reqwest::Client,
}

impl Front {
    /// Starts one that refuses nothing yet.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let doing = Arc::new(Doing::default());
        let router = Router::new().fallback(answer).with_state(doing.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, doing }
    }

    pub(crate) fn refuse(&self, refusal: Refusal) {
        self.doing.refusals.lock().expect("no panic").push(refusal);
    }

    pub(crate) fn relent(&self) {
        self.doing.refusals.lock().expect("no panic").clear();
    }

    /// The operations asked for since the last time this was called.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.doing.asked.lock().expect("no panic"))
    }
}

async fn answer(State(doing): State<Arc<Doing>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    doing.asked.lock().expect("no panic").push(operation.clone());
    if let Some(refusal) = doing.refused(&operation) {
        let body = serde_json::json!({"__type": refusal.code, "message": refusal.message}).to_string();
        let status = StatusCode::from_u16(refusal.status).expect("a status");
        return (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body).into_response();
    }
    if operation == "PutSecretValue" {
        let parameters: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        if manager::puts_current(&parameters) {
            let (status, told) = manager::put_current(&parameters).await;
            let status = StatusCode::from_u16(status).expect("a status");
            let content = (header::CONTENT_TYPE, "application/x-amz-json-1.1");
            return (status, [content], told.to_string()).into_response();
        }
    }
    let mut forwarded = headers.clone();
    forwarded.remove(header::HOST);
    let answered = doing.http.post(moto::address()).headers(forwarded).body(body).send().await.expect("moto");
    let status = answered.status();
    let body = answered.bytes().await.expect("a body");
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body).into_response()
}

impl Doing {
    fn refused(&self, operation: &str) -> Option<Refusal> {
        let mut refusals = self.refusals.lock().expect("no panic");
        let refusal = refusals.iter_mut().find(|it| it.operation == operation && it.times > 0)?;
        if refusal.after > 0 {
            refusal.after -= 1;
            return None;
        }
        refusal.times -= 1;
        Some(refusal.clone())
    }
}
