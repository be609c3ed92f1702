//! A router with stores in memory, and a sender that signs with the scheme's own library.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod fakes;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{Router, body::Body};
use fairlead_engine::webhooks::Clock;
use fairlead_model::{Connection, Report, ValidationRecord, ValidationState};
use fairlead_secrets::{KeptKey, KeysOf, WebhookKey};
use fairlead_store::State;
use fairlead_web::{Service, router};
use futures::{StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, Method, Request, StatusCode};
use jiff::Timestamp;
use object_store::{ObjectStore, ObjectStoreExt as _, memory::InMemory, path::Path};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tower::ServiceExt as _;
use uuid::Uuid;

use fakes::{Pigeonhole, Safe};

/// Stands in every secret of these tests, so that one that is told is found.
pub(crate) const CANARY: &str = "canary8Q~in-a-cage-of-its-own-0123456789";

/// Everything around the router.
pub(crate) struct World {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) state: State,
    pub(crate) secrets: Arc<Safe>,
    pub(crate) queue: Arc<Pigeonhole>,
    pub(crate) now: Arc<AtomicI64>,
    pub(crate) router: Router,
}

/// What was answered.
#[derive(Debug, PartialEq)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The code of a problem document.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{problem}");
        problem["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("{name} is missing: {self:?}")).to_str().unwrap()
    }
}

impl World {
    /// One connection, `contoso`, and one sender, `portal`, with one key.
    pub(crate) async fn new() -> Self {
        let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let state = State::objects(objects.clone());
        state.add_connection(&connection("contoso")).await.unwrap();
        let (secrets, queue) = (Arc::new(Safe::default()), Arc::new(Pigeonhole::default()));
        let now = Arc::new(AtomicI64::new(Timestamp::now().as_second()));
        let service = Service {
            state: state.clone(),
            secrets: secrets.clone(),
            queue: queue.clone(),
            clock: clock(&now),
            waiters: 64,
        };
        Self { objects, state, secrets, queue, now, router: router(service) }
    }

    /// A key of a sender, as the sender has it.
    pub(crate) fn key(&self, sender: &str) -> String {
        let key = WebhookKey::generate().unwrap();
        let text = key.to_text().expose_secret().to_owned();
        let sender = Some(sender.parse().unwrap());
        let kept = KeptKey { sender, added_at: Timestamp::UNIX_EPOCH, key };
        self.secrets.keys(KeysOf::Senders, |keys| keys.add(kept).unwrap());
        text
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    pub(crate) fn later(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(!body.contains(CANARY), "{body}");
        assert_eq!(parts.headers["cache-control"], "no-store");
        assert_eq!(parts.headers["x-content-type-options"], "nosniff");
        Answered { status: parts.status, headers: parts.headers, body }
    }

    /// What the state holds, as it lies there.
    pub(crate) async fn stored(&self) -> Vec<(String, String)> {
        let listed: Vec<Path> =
            self.objects.list(None).map_ok(|object| object.location).try_collect().await.unwrap();
        let read = futures::stream::iter(listed).then(|key| async move {
            let bytes = self.objects.get(&key).await.unwrap().bytes().await.unwrap();
            (key.to_string(), String::from_utf8(bytes.to_vec()).unwrap())
        });
        read.collect().await
    }

    /// Fails if anything was done since the state was what it is told to have been.
    pub(crate) async fn did_nothing(&self, before: &[(String, String)]) {
        assert_eq!(self.queue.messages(), [], "nothing is enqueued");
        assert_eq!(self.secrets.writes(), Vec::<String>::new(), "no secret is kept");
        assert_eq!(self.stored().await, before, "nothing is remembered");
    }

    /// What a worker does with a validation.
    pub(crate) async fn finish(&self, id: Uuid) {
        finish(&self.state, id).await;
    }
}

pub(crate) async fn finish(state: &State, id: Uuid) {
    let pending = state.validation(id).await.unwrap().expect("it is on record before it is enqueued");
    let report = Report {
        connection: pending.connection.clone(),
        connector: "example".to_owned(),
        mode: fairlead_model::Mode::Read,
        purpose: String::new(),
        started_at: pending.asked_at,
        finished_at: pending.asked_at,
        requests: 7,
        retry_after_seconds: None,
        findings: Vec::new(),
    };
    let done = ValidationRecord { state: ValidationState::Done { report }, ..pending };
    state.save_validation(&done).await.unwrap();
}

pub(crate) fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = now.clone();
    Arc::new(move || Timestamp::from_second(now.load(Ordering::SeqCst)).unwrap())
}

pub(crate) fn connection(id: &str) -> Connection {
    serde_json::from_value(json!({
        "id": id, "connector": "example", "tenant": "contoso.example",
        "client-id": Uuid::from_u128(1), "created-at": Timestamp::UNIX_EPOCH,
    }))
    .unwrap()
}

/// A request without anything around it.
pub(crate) fn plain(method: Method, address: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder().method(method).uri(address).body(body.into()).unwrap()
}

/// A message to be signed.
pub(crate) struct Message {
    pub(crate) method: Method,
    pub(crate) address: String,
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) body: String,
}

impl Message {
    /// `POST /webhooks/validate` with a body.
    pub(crate) fn new(world: &World, id: &str, body: impl Into<String>) -> Self {
        let address = "/webhooks/validate".to_owned();
        Self { method: Method::POST, address, id: id.to_owned(), at: world.seconds(), body: body.into() }
    }

    /// The same for a connection.
    pub(crate) fn about(world: &World, id: &str, connection: &str) -> Self {
        Self::new(world, id, json!({ "connection": connection }).to_string())
    }

    /// `GET` of an address.
    pub(crate) fn get(world: &World, id: &str, address: &str) -> Self {
        let (method, address) = (Method::GET, address.to_owned());
        Self { method, address, id: id.to_owned(), at: world.seconds(), body: String::new() }
    }

    /// Signed by the scheme's own library.
    pub(crate) fn signed(&self, key: &str) -> Request<Body> {
        let signature = Webhook::new(key).unwrap().sign(&self.id, self.at, self.body.as_bytes()).unwrap();
        Request::builder()
            .method(self.method.clone())
            .uri(&self.address)
            .header("content-type", "application/json")
            .header("webhook-id", &self.id)
            .header("webhook-timestamp", self.at)
            .header("webhook-signature", signature)
            .body(self.body.clone().into())
            .unwrap()
    }
}
