//! `POST /webhooks/validate` and `GET /validations/{id}`: who is answered what, and what is done.

use std::{
    io,
    sync::{Arc, Mutex, atomic::Ordering},
};

use fairlead_model::{Message as Work, Subject, ValidationState};
use fairlead_secrets::{KeysOf, Secret};
use http::{Method, Request, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::json;
use uuid::Uuid;

use crate::support::{self, Answered, CANARY, Message, World, plain};

/// A proposal with a secret.
fn proposal() -> serde_json::Value {
    json!({
        "proposed": {
            "connector": "example",
            "tenant": "Fabrikam.example",
            "client-id": Uuid::from_u128(2),
            "mode": "read",
            "scope": {"subscriptions": [Uuid::from_u128(3)]},
            "settings": {"depth": 3},
        },
        "credential": {"client-secret": CANARY},
    })
}

fn id_in(answered: &Answered) -> Uuid {
    let location = answered.header("location");
    location.strip_prefix("/validations/").and_then(|id| id.parse().ok()).expect("a validation's address")
}

#[tokio::test]
async fn a_signed_message_about_a_connection_is_taken() {
    let world = World::new().await;
    let key = world.key("portal");
    let answered = world.send(Message::about(&world, "msg_1", "contoso").signed(&key)).await;
    assert_eq!(answered.status, StatusCode::ACCEPTED, "{answered:?}");
    let id = id_in(&answered);
    assert_eq!(answered.header("retry-after"), "5");
    let told = answered.json();
    assert_eq!((&told["id"], &told["state"]), (&json!(id), &json!("pending")));
    let subject = Subject::Connection("contoso".parse().unwrap());
    assert_eq!(world.queue.messages(), [Work::Validate { id, subject }]);
    let kept = world.state.validation(id).await.unwrap().unwrap();
    assert_eq!((kept.connection.as_str(), kept.state), ("contoso", ValidationState::Pending));
    assert_eq!(world.secrets.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn the_same_message_again_is_answered_alike_and_does_nothing() {
    let world = World::new().await;
    let key = world.key("portal");
    let first = world.send(Message::about(&world, "msg_1", "contoso").signed(&key)).await;
    let stored = world.stored().await;
    assert_eq!(world.queue.take().len(), 1);
    // Repeated byte for byte by who overheard it, and signed anew by its sender.
    assert_eq!(world.send(Message::about(&world, "msg_1", "contoso").signed(&key)).await, first);
    world.later(200);
    assert_eq!(world.send(Message::about(&world, "msg_1", "contoso").signed(&key)).await, first);
    world.did_nothing(&stored).await;
    // What it asked for being gone by now is no reason to answer otherwise.
    world.objects_of("connections/contoso").await;
    assert_eq!(world.send(Message::about(&world, "msg_1", "contoso").signed(&key)).await, first);
    assert_eq!(world.queue.messages(), []);
}

#[tokio::test]
async fn another_message_under_the_same_id_is_refused() {
    let world = World::new().await;
    let key = world.key("portal");
    world.send(Message::about(&world, "msg_1", "contoso").signed(&key)).await;
    world.queue.take();
    let stored = world.stored().await;
    let answered = world.send(Message::new(&world, "msg_1", proposal().to_string()).signed(&key)).await;
    assert_eq!((answered.status, answered.code().as_str()), (StatusCode::CONFLICT, "id-reused"));
    world.did_nothing(&stored).await;
}

#[tokio::test]
async fn ids_of_one_sender_are_not_those_of_another() {
    let world = World::new().await;
    let (portal, partner) = (world.key("portal"), world.key("partner"));
    let one = world.send(Message::about(&world, "msg_1", "contoso").signed(&portal)).await;
    let two = world.send(Message::about(&world, "msg_1", "contoso").signed(&partner)).await;
    assert_ne!(id_in(&one), id_in(&two));
    assert_eq!(world.queue.messages().len(), 2);
}

#[tokio::test]
async fn a_proposals_secret_goes_where_secrets_are_kept_and_nowhere_else() {
    let world = World::new().await;
    let key = world.key("portal");
    let logged = Logged::start();
    let answered = world.send(Message::new(&world, "msg_1", proposal().to_string()).signed(&key)).await;
    assert_eq!(answered.status, StatusCode::ACCEPTED, "{answered:?}");
    let id = id_in(&answered);
    let name = format!("proposed-{id}");
    let Some(Secret::ClientSecret(kept)) = world.secrets.secret(&name) else {
        panic!("{name} has no secret")
    };
    assert_eq!(kept.expose_secret(), CANARY);
    let messages = world.queue.messages();
    let [Work::Validate { subject, .. }] = &messages[..] else { panic!("{messages:?}") };
    let Subject::Proposed(connection) = subject else { panic!("{subject:?}") };
    assert_eq!((connection.id.as_str(), connection.tenant.as_str()), (name.as_str(), "fabrikam.example"));
    assert!(connection.credential.is_some() && !connection.enabled);
    assert_eq!(connection.settings["depth"], 3);
    let everything =
        format!("{} {:?} {}", serde_json::to_string(&messages).unwrap(), world.stored().await, logged.text());
    assert!(everything.contains("msg_1") && !everything.contains(CANARY), "{everything}");
    assert!(!everything.contains("v1,") && !everything.contains("whsec_"), "{everything}");
}

#[tokio::test]
async fn whoever_has_no_key_is_refused_and_nothing_is_done() {
    let world = World::new().await;
    let key = world.key("portal");
    let other = World::new().await.key("portal");
    let stored = world.stored().await;
    let right = || Message::about(&world, "msg_1", "contoso");
    let without = |header: &str| {
        let mut request = right().signed(&key);
        request.headers_mut().remove(header);
        request
    };
    let changed = |body: &'static str| right().signed(&key).map(|_| body.into());
    let requests: Vec<Request<axum::body::Body>> = vec![
        right().signed(&other),
        without("webhook-id"),
        without("webhook-timestamp"),
        without("webhook-signature"),
        changed(r#"{"connection":"fabrikam"}"#),
        changed(""),
        Message::about(&world, "msg_1", "nobody").signed(&other),
        Message::new(&world, "msg_1", proposal().to_string()).signed(&other),
        plain(Method::POST, "/webhooks/validate", "{"),
        plain(Method::GET, "/validations/none", ""),
        plain(Method::GET, &format!("/validations/{}", Uuid::nil()), ""),
    ];
    let mut answers = Vec::new();
    for request in requests {
        let answered = world.send(request).await;
        assert_eq!((answered.status, answered.code().as_str()), (StatusCode::UNAUTHORIZED, "unauthorized"));
        answers.push(answered);
    }
    assert!(answers.iter().all(|answered| *answered == answers[0]), "one answer for all: {answers:?}");
    world.did_nothing(&stored).await;
}

#[tokio::test]
async fn a_message_of_another_time_is_refused_and_nothing_is_done() {
    let world = World::new().await;
    let key = world.key("portal");
    let stored = world.stored().await;
    for (skew, told) in [(-301, "301 s behind"), (301, "301 s ahead of"), (-1_000_000, "behind")] {
        let at = world.seconds() + skew;
        let message = Message { at, ..Message::about(&world, "msg_1", "contoso") };
        let answered = world.send(message.signed(&key)).await;
        assert_eq!((answered.status, answered.code().as_str()), (StatusCode::UNAUTHORIZED, "timestamp"));
        assert!(answered.body.contains(told), "{answered:?}");
    }
    // Overheard, and sent again later: the answer it had was another one, and nothing is done.
    world.send(Message::about(&world, "msg_2", "contoso").signed(&key)).await;
    world.queue.take();
    let taken = world.stored().await;
    let replayed = Message::about(&world, "msg_2", "contoso").signed(&key);
    world.later(301);
    assert_eq!(world.send(replayed).await.code(), "timestamp");
    world.did_nothing(&taken).await;
    assert_ne!(stored, taken);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_reason_and_nothing_is_done() {
    let world = World::new().await;
    let key = world.key("portal");
    let stored = world.stored().await;
    let changed = |pointer: &str, value: serde_json::Value| {
        let mut changed = proposal();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed.to_string()
    };
    let custom = json!({"custom": {
        "authority": "http://169.254.169.254/", "graph": "http://10.0.0.1/", "resource-manager": "http://10.0.0.1/",
        "ca-file": "/etc/passwd",
    }});
    let with_cloud = {
        let mut changed = proposal();
        changed["proposed"]["cloud"] = custom;
        changed.to_string()
    };
    let cases = [
        (StatusCode::BAD_REQUEST, "malformed", "{\"connection\":".to_owned()),
        (StatusCode::BAD_REQUEST, "malformed", String::new()),
        (StatusCode::NOT_FOUND, "unknown-connection", r#"{"connection":"nobody"}"#.to_owned()),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "{}".to_owned()),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid", r#"{"connection":"../contoso"}"#.to_owned()),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid", changed("/proposed/tenant", json!(CANARY))),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid", changed("/proposed/mode", json!("root"))),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid", changed("/proposed/connector", json!(""))),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid", changed("/credential", json!({"certificate": CANARY}))),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid", changed("/credential/client-secret", json!(" "))),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            changed("/credential/client-secret", json!(CANARY.repeat(40))),
        ),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid", with_cloud),
        (StatusCode::PAYLOAD_TOO_LARGE, "too-large", " ".repeat(256 * 1024 + 1)),
    ];
    for (number, (status, code, body)) in cases.into_iter().enumerate() {
        let shown = body.chars().take(100).collect::<String>();
        let answered = world.send(Message::new(&world, &format!("msg_{number}"), body).signed(&key)).await;
        assert_eq!((answered.status, answered.code().as_str()), (status, code), "{shown}");
        world.did_nothing(&stored).await;
    }
    let mut undeclared = Message::about(&world, "msg_a", "contoso").signed(&key);
    undeclared.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    let answered = world.send(undeclared).await;
    assert_eq!((answered.status, answered.code().as_str()), (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json"));
    let mut waiting = Message::about(&world, "msg_b", "contoso");
    waiting.address.push_str("?wait=21");
    assert_eq!(world.send(waiting.signed(&key)).await.code(), "invalid");
    world.did_nothing(&stored).await;
    // What was refused was not taken: the same id, mended, is.
    let answered = world.send(Message::about(&world, "msg_0", "contoso").signed(&key)).await;
    assert_eq!(answered.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_cloud_of_its_own_is_proposed_only_where_a_connection_has_it() {
    let world = World::new().await;
    let key = world.key("portal");
    let cloud = json!({"custom": {
        "authority": "https://login.example/", "graph": "https://graph.example/",
        "resource-manager": "https://arm.example/",
    }});
    let mut own = support::connection("own");
    own.cloud = serde_json::from_value(cloud.clone()).unwrap();
    world.state.add_connection(&own).await.unwrap();
    let mut body = proposal();
    body["proposed"]["cloud"] = cloud;
    let answered = world.send(Message::new(&world, "msg_1", body.to_string()).signed(&key)).await;
    assert_eq!(answered.status, StatusCode::ACCEPTED, "{answered:?}");
    body["proposed"]["cloud"]["custom"]["ca-file"] = json!("/etc/passwd");
    let answered = world.send(Message::new(&world, "msg_2", body.to_string()).signed(&key)).await;
    assert_eq!(answered.code(), "invalid");
}

#[tokio::test]
async fn a_sender_in_a_loop_is_told_to_wait() {
    let world = World::new().await;
    let key = world.key("portal");
    for number in 0..60 {
        let message = Message::about(&world, &format!("msg_{number}"), "contoso");
        assert_eq!(world.send(message.signed(&key)).await.status, StatusCode::ACCEPTED, "{number}");
    }
    let answered = world.send(Message::about(&world, "msg_60", "contoso").signed(&key)).await;
    assert_eq!((answered.status, answered.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too-many"));
    let seconds: i64 = answered.header("retry-after").parse().unwrap();
    assert_eq!(world.queue.messages().len(), 60);
    world.later(seconds);
    let answered = world.send(Message::about(&world, "msg_60", "contoso").signed(&key)).await;
    assert_eq!(answered.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn trouble_of_ours_asks_to_come_again_and_coming_again_finishes_it() {
    let world = World::new().await;
    let key = world.key("portal");
    let send = async || world.send(Message::new(&world, "msg_1", proposal().to_string()).signed(&key)).await;
    let unavailable = |answered: Answered| {
        assert_eq!(
            (answered.status, answered.code().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        );
        assert_eq!(answered.header("retry-after"), "10");
        assert!(
            !answered.body.contains("secrets.age"),
            "what exactly failed is nobody's business: {answered:?}"
        );
    };
    world.secrets.broken.store(true, Ordering::SeqCst);
    unavailable(send().await);
    world.secrets.broken.store(false, Ordering::SeqCst);
    world.queue.broken.store(true, Ordering::SeqCst);
    unavailable(send().await);
    assert_eq!(world.queue.messages(), []);
    world.queue.broken.store(false, Ordering::SeqCst);
    let answered = send().await;
    assert_eq!(answered.status, StatusCode::ACCEPTED);
    let messages = world.queue.messages();
    assert!(matches!(messages[..], [Work::Validate { id, .. }] if id == id_in(&answered)), "{messages:?}");
}

#[tokio::test]
async fn who_died_after_enqueueing_leaves_nothing_that_a_repetition_does_not_mend() {
    let world = World::new().await;
    let key = world.key("portal");
    let send = async || world.send(Message::new(&world, "msg_1", proposal().to_string()).signed(&key)).await;
    let first = send().await;
    let id = id_in(&first);
    world.objects_of("hooks/").await;
    // Nobody has looked at it yet: it is enqueued once more, as the same validation.
    assert_eq!(send().await, first);
    let ids = world.queue.take().into_iter().map(|message| match message {
        Work::Validate { id, .. } => id,
        other => panic!("{other:?}"),
    });
    assert_eq!(ids.collect::<Vec<_>>(), [id, id]);
    // It is finished and its secret removed: neither comes back.
    world.finish(id).await;
    world.objects_of("hooks/").await;
    let writes = world.secrets.writes();
    let answered = send().await;
    assert_eq!((answered.status, id_in(&answered)), (StatusCode::OK, id));
    assert_eq!((world.queue.messages(), world.secrets.writes()), (vec![], writes));
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_given_the_report_when_it_comes_in_time() {
    let world = World::new().await;
    let key = world.key("portal");
    let waiting = |id: &str| {
        let mut message = Message::about(&world, id, "contoso");
        message.address.push_str("?wait=20");
        message.signed(&key)
    };
    let started = tokio::time::Instant::now();
    let answered = world.send(waiting("msg_1")).await;
    assert_eq!((answered.status, answered.json()["state"].as_str()), (StatusCode::ACCEPTED, Some("pending")));
    assert_eq!(started.elapsed().as_secs(), 20);
    world.queue.arrived.notified().await;
    let (answered, ()) = tokio::join!(world.send(waiting("msg_2")), async {
        world.queue.arrived.notified().await;
        let [_, Work::Validate { id, .. }] = world.queue.messages()[..] else { panic!("two are enqueued") };
        world.finish(id).await;
    });
    assert_eq!(answered.status, StatusCode::OK);
    let told = answered.json();
    assert_eq!((&told["state"], &told["report"]["requests"]), (&json!("done"), &json!(7)));
}

#[tokio::test]
async fn a_report_is_for_whoever_asked_for_it() {
    let world = World::new().await;
    let (key, other) = (world.key("portal"), world.key("partner"));
    let asked = world.send(Message::about(&world, "msg_1", "contoso").signed(&key)).await;
    let address = asked.header("location").to_owned();
    let get = async |id: &str, address: &str, key: &str| {
        world.send(Message::get(&world, id, address).signed(key)).await
    };
    let pending = get("msg_1", &address, &key).await;
    assert_eq!((pending.status, pending.json()["state"].as_str()), (StatusCode::OK, Some("pending")));
    assert_eq!(pending.header("retry-after"), "5");
    world.finish(id_in(&asked)).await;
    let done = get("msg_1", &address, &key).await;
    assert_eq!((done.status, done.json()["state"].as_str()), (StatusCode::OK, Some("done")));
    assert_eq!(done.json()["report"]["connection"], "contoso");
    // Neither another sender, nor who knows the address only, nor another message of the same sender.
    assert_eq!(get("msg_1", &address, &other).await.code(), "unknown-validation");
    assert_eq!(get("msg_2", &address, &key).await.code(), "unknown-validation");
    assert_eq!(get("msg_1", "/validations/none", &key).await.code(), "unknown-validation");
    assert_eq!(get("msg_9", "/validations/%FF", &key).await.code(), "unknown-validation");
    assert_eq!(world.send(plain(Method::GET, &address, "")).await.code(), "unauthorized");
    // The signature of the message itself, which has a body, is none of a question.
    let mut post = Message::about(&world, "msg_1", "contoso").signed(&key);
    *post.method_mut() = Method::GET;
    *post.uri_mut() = address.parse().unwrap();
    assert_eq!(world.send(post).await.code(), "unauthorized");
}

#[tokio::test]
async fn a_key_is_replaced_without_a_gap_and_refused_a_minute_after_it_was_removed() {
    let world = World::new().await;
    let old = world.key("portal");
    let ask = async |id: &str, key: &str| {
        world.send(Message::about(&world, id, "contoso").signed(key)).await.status
    };
    assert_eq!(ask("msg_1", &old).await, StatusCode::ACCEPTED);
    let new = world.key("portal");
    world.later(60);
    assert_eq!(ask("msg_2", &old).await, StatusCode::ACCEPTED);
    assert_eq!(ask("msg_3", &new).await, StatusCode::ACCEPTED);
    // The same message by the other key is the same message.
    assert_eq!(ask("msg_3", &old).await, StatusCode::ACCEPTED);
    assert_eq!(world.queue.messages().len(), 3);
    let newest = world.secrets.keys(KeysOf::Senders, |keys| keys.newest().unwrap().key.id());
    world.secrets.keys(KeysOf::Senders, |keys| keys.retain(|kept| kept.key.id() == newest));
    world.later(60);
    assert_eq!(ask("msg_4", &old).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask("msg_4", &new).await, StatusCode::ACCEPTED);
}

impl World {
    /// Removes objects, as if they had never been written.
    async fn objects_of(&self, prefix: &str) {
        use object_store::ObjectStoreExt as _;
        for (key, _) in self.stored().await.iter().filter(|(key, _)| key.starts_with(prefix)) {
            self.objects.delete(&key.as_str().into()).await.unwrap();
        }
    }
}

/// Everything that is logged on this thread, at every level.
struct Logged {
    text: Text,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Logged {
    fn start() -> Self {
        let text = Text::default();
        let writer = text.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        Self { text, _guard: tracing::subscriber::set_default(subscriber) }
    }

    fn text(&self) -> String {
        String::from_utf8(self.text.0.lock().unwrap().clone()).unwrap()
    }
}
