//! What endpoints are told, against servers that really listen.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Bytes, response::IntoResponse, routing::post};
use fairlead_engine::{
    EngineError, Handled,
    announce::Deliver as _,
    webhooks::{Endpoints, Overdue, Teller, WebhookError, redeliver, test_endpoint},
};
use fairlead_model::{Announcement, Delivery, DeliveryState, Endpoint, Happening, Message, Outcome, RunId};
use fairlead_secrets::KeysOf;
use fairlead_store::State;
use fairlead_web::HttpCourier;
use http::{HeaderMap, StatusCode};
use jiff::{Timestamp, ToSpan as _};
use object_store::memory::InMemory;
use secrecy::ExposeSecret as _;
use standardwebhooks::Webhook;
use uuid::Uuid;

use crate::support::{
    clock,
    fakes::{Pigeonhole, Safe},
};

/// A server that notes what it is sent, and answers as it is told; 200 otherwise.
#[derive(Clone, Default)]
struct Listener {
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
}

impl Listener {
    async fn start(answers: &[(u16, &'static str)]) -> (Self, SocketAddr) {
        let listener = Self::default();
        listener.answers.lock().unwrap().extend(answers.iter().copied());
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        listener.serve(socket);
        (listener, address)
    }

    fn serve(&self, socket: tokio::net::TcpListener) {
        let listener = self.clone();
        let take = async move |headers: HeaderMap, body: Bytes| listener.take(headers, body);
        let router = Router::new().route("/hook", post(take));
        tokio::spawn(async move { axum::serve(socket, router).await });
    }

    fn take(&self, headers: HeaderMap, body: Bytes) -> impl IntoResponse + use<> {
        self.got.lock().unwrap().push((headers, body));
        let (status, retry_after) = self.answers.lock().unwrap().pop_front().unwrap_or((200, ""));
        let mut answer = (StatusCode::from_u16(status).unwrap(), "a body nobody reads").into_response();
        if !retry_after.is_empty() {
            answer.headers_mut().insert("retry-after", retry_after.parse().unwrap());
        }
        if (300..400).contains(&status) {
            answer.headers_mut().insert("location", "http://127.0.0.1:1/elsewhere".parse().unwrap());
        }
        answer
    }

    fn got(&self) -> Vec<(HeaderMap, Bytes)> {
        self.got.lock().unwrap().clone()
    }
}

struct World {
    state: State,
    secrets: Arc<Safe>,
    now: Arc<AtomicI64>,
    teller: Teller,
}

impl World {
    fn new() -> Self {
        let state = State::objects(Arc::new(InMemory::new()));
        let secrets = Arc::new(Safe::default());
        let now = Arc::new(AtomicI64::new(Timestamp::now().as_second()));
        let courier = Arc::new(HttpCourier::new().unwrap());
        let teller = Teller { state: state.clone(), secrets: secrets.clone(), courier, clock: clock(&now) };
        Self { state, secrets, now, teller }
    }

    fn now(&self) -> Timestamp {
        (self.teller.clock)()
    }

    fn later(&self, pause: Duration) {
        self.now.fetch_add(i64::try_from(pause.as_secs()).unwrap() + 1, Ordering::SeqCst);
    }

    fn endpoints(&self) -> Endpoints<'_> {
        Endpoints { state: &self.state, secrets: &*self.secrets }
    }

    /// Adds an endpoint on this machine; gives back its key too.
    async fn listens(&self, at: SocketAddr, events: &[&str]) -> (Endpoint, String) {
        let url = format!("http://{at}/hook").parse().unwrap();
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        let (endpoint, key) = self.endpoints().add(url, events, true, self.now()).await.unwrap();
        (endpoint, key.key.to_text().expose_secret().to_owned())
    }

    async fn happens(&self) -> Announcement {
        let what = Happening::RunFinished {
            connection: "contoso".parse().unwrap(),
            run: RunId(Uuid::from_u128(7)),
            outcome: Outcome::Complete,
            error: None,
        };
        let announcement = Announcement { id: Uuid::now_v7(), timestamp: self.now(), what };
        self.state.save_announcement(&announcement).await.unwrap();
        announcement
    }

    async fn delivery(&self, announcement: &Announcement, endpoint: &Endpoint) -> Delivery {
        self.state.delivery(announcement.id, endpoint.id).await.unwrap().expect("it was begun").value
    }
}

fn pause(handled: &Handled) -> Duration {
    let Handled::Later(pause) = handled else { panic!("{handled:?}") };
    *pause
}

#[tokio::test]
async fn an_endpoint_is_told_once_signed_so_that_the_schemes_own_library_believes_it() {
    let world = World::new();
    let (listener, at) = Listener::start(&[]).await;
    let (endpoint, key) = world.listens(at, &[]).await;
    let announcement = world.happens().await;
    assert_eq!(world.state.undelivered().await.unwrap(), [announcement.id]);
    assert_eq!(world.teller.deliver(&announcement).await, Handled::Done);
    let [(headers, body)] = &listener.got()[..] else { panic!("{:?}", listener.got()) };
    Webhook::new(&key).unwrap().verify(body, headers).expect("a right signature");
    assert_eq!(headers["webhook-id"], announcement.id.to_string());
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(serde_json::from_slice::<Announcement>(body).unwrap(), announcement);
    let delivery = world.delivery(&announcement, &endpoint).await;
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 1));
    assert_eq!(world.state.undelivered().await.unwrap(), Vec::<Uuid>::new());
    // The message comes a second time, as queues do.
    assert_eq!(world.teller.deliver(&announcement).await, Handled::Done);
    assert_eq!(listener.got().len(), 1);
}

#[tokio::test]
async fn what_fails_is_repeated_later_with_the_same_id_and_a_new_signature() {
    let world = World::new();
    let (listener, at) = Listener::start(&[(500, ""), (302, ""), (429, "100"), (503, "")]).await;
    let (endpoint, key) = world.listens(at, &[]).await;
    let announcement = world.happens().await;
    let mut pauses = Vec::new();
    loop {
        match world.teller.deliver(&announcement).await {
            Handled::Later(pause) => {
                // Too early there is nothing to do.
                assert_eq!(world.teller.deliver(&announcement).await, Handled::Later(pause));
                world.later(pause);
                pauses.push(pause.as_secs());
            }
            Handled::Done => break,
            other @ Handled::Refused(_) => panic!("{other:?}"),
        }
    }
    let [first, second, third, fourth] = pauses[..] else { panic!("{pauses:?}") };
    assert!((5..=6).contains(&first) && (30..=36).contains(&second), "{pauses:?}");
    assert!((120..=144).contains(&third) && (600..=720).contains(&fourth), "{pauses:?}");
    let got = listener.got();
    assert_eq!(got.len(), 5, "redirects are not followed");
    assert!(
        got.iter()
            .all(|(headers, body)| headers["webhook-id"] == got[0].0["webhook-id"] && *body == got[0].1)
    );
    assert_ne!(got[0].0["webhook-timestamp"], got[4].0["webhook-timestamp"]);
    for (headers, body) in &got {
        let at: i64 = headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
        let id = headers["webhook-id"].to_str().unwrap();
        let expected = Webhook::new(&key).unwrap().sign(id, at, body).unwrap();
        assert_eq!(headers["webhook-signature"], expected);
    }
    let delivery = world.delivery(&announcement, &endpoint).await;
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 5));
}

#[tokio::test]
async fn an_endpoint_may_say_for_how_long_it_wants_to_be_left_alone() {
    let world = World::new();
    let (_, at) = Listener::start(&[(503, "3600")]).await;
    world.listens(at, &[]).await;
    let announcement = world.happens().await;
    assert_eq!(pause(&world.teller.deliver(&announcement).await).as_secs(), 3600);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_told_nothing_any_more() {
    let world = World::new();
    let (listener, at) = Listener::start(&[(410, "")]).await;
    let (endpoint, _) = world.listens(at, &[]).await;
    let announcement = world.happens().await;
    assert_eq!(world.teller.deliver(&announcement).await, Handled::Done);
    assert_eq!(world.delivery(&announcement, &endpoint).await.state, DeliveryState::GivenUp);
    let disabled =
        world.state.endpoint(endpoint.id).await.unwrap().unwrap().value.disabled.expect("disabled");
    assert!(disabled.reason.contains("410"), "{disabled:?}");
    assert_eq!(world.teller.deliver(&world.happens().await).await, Handled::Done);
    assert_eq!(listener.got().len(), 1);
    // Somebody mended it.
    world.endpoints().switch(endpoint.id, None).await.unwrap();
    assert_eq!(world.teller.deliver(&world.happens().await).await, Handled::Done);
    assert_eq!(listener.got().len(), 2);
}

#[tokio::test]
async fn an_endpoint_nobody_answers_at_is_given_up_after_days_and_can_be_told_again() {
    let world = World::new();
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    drop(socket);
    let (endpoint, key) = world.listens(at, &[]).await;
    let announcement = world.happens().await;
    let before = world.now();
    while let Handled::Later(pause) = world.teller.deliver(&announcement).await {
        world.later(pause);
    }
    let delivery = world.delivery(&announcement, &endpoint).await;
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::GivenUp, 14));
    let problem = delivery.last.unwrap().problem.unwrap();
    assert!(problem.starts_with("it cannot be reached: ") && !problem.contains("hook"), "{problem}");
    let days = world.now().duration_since(before).as_hours() / 24;
    assert!((2..=3).contains(&days), "{days}");
    // Somebody listens there at last.
    let listener = Listener::default();
    listener.serve(tokio::net::TcpListener::bind(at).await.unwrap());
    let told = redeliver(&world.teller, announcement.id, None).await.unwrap();
    assert_eq!(told.iter().map(|one| one.state).collect::<Vec<_>>(), [DeliveryState::Delivered]);
    let got = listener.got();
    assert_eq!(got[0].0["webhook-id"], announcement.id.to_string(), "it is the same message");
    let parts = |name: &str| got[0].0[name].to_str().unwrap().to_owned();
    let signed = Webhook::new(&key).unwrap().sign(
        &parts("webhook-id"),
        parts("webhook-timestamp").parse().unwrap(),
        &got[0].1,
    );
    assert_eq!(signed.unwrap(), parts("webhook-signature"));
}

#[tokio::test]
async fn each_endpoint_is_told_what_it_asked_for_and_one_does_not_hold_up_another() {
    let world = World::new();
    let (runs, at_runs) = Listener::start(&[]).await;
    let (all, at_all) = Listener::start(&[(500, "")]).await;
    let (expiring, at_expiring) = Listener::start(&[]).await;
    world.listens(at_runs, &["run.finished"]).await;
    let (failing, _) = world.listens(at_all, &[]).await;
    world.listens(at_expiring, &["credential.expiring", "validation.changed"]).await;
    let announcement = world.happens().await;
    let late = Listener::start(&[]).await;
    world.later(Duration::from_secs(5));
    world.listens(late.1, &[]).await;
    world.later(pause(&world.teller.deliver(&announcement).await));
    assert_eq!(world.teller.deliver(&announcement).await, Handled::Done);
    let counts = [&runs, &all, &expiring, &late.0].map(|listener| listener.got().len());
    assert_eq!(counts, [1, 2, 0, 0]);
    assert_eq!(world.delivery(&announcement, &failing).await.attempts, 2);
}

#[tokio::test]
async fn of_several_who_were_given_the_same_message_one_tells() {
    let world = World::new();
    let (listener, at) = Listener::start(&[]).await;
    world.listens(at, &[]).await;
    let announcement = world.happens().await;
    let told = futures::future::join_all((0..8).map(|_| world.teller.deliver(&announcement))).await;
    assert!(told.contains(&Handled::Done), "{told:?}");
    assert_eq!(listener.got().len(), 1);
}

#[tokio::test]
async fn who_dies_while_telling_is_followed_by_another_a_minute_later() {
    let world = World::new();
    let (listener, at) = Listener::start(&[]).await;
    let (endpoint, _) = world.listens(at, &[]).await;
    let announcement = world.happens().await;
    let until = world.now().checked_add(60.seconds()).unwrap();
    let begun = Delivery {
        state: DeliveryState::Sending { until },
        attempts: 1,
        ..Delivery::new(announcement.id, endpoint.id, world.now())
    };
    assert!(world.state.change_delivery(0, &begun).await.unwrap());
    assert_eq!(pause(&world.teller.deliver(&announcement).await).as_secs(), 60);
    assert_eq!(listener.got().len(), 0);
    world.later(Duration::from_mins(1));
    assert_eq!(world.teller.deliver(&announcement).await, Handled::Done);
    assert_eq!(world.delivery(&announcement, &endpoint).await.attempts, 2);
}

#[tokio::test]
async fn while_a_key_is_replaced_everything_is_signed_by_both() {
    let world = World::new();
    let (listener, at) = Listener::start(&[]).await;
    let (endpoint, old) = world.listens(at, &[]).await;
    let new = world.endpoints().rotate(endpoint.id, world.now()).await.unwrap();
    let new = new.key.to_text().expose_secret().to_owned();
    world.teller.deliver(&world.happens().await).await;
    assert_eq!(world.endpoints().finish_rotation(endpoint.id).await.unwrap(), 1);
    assert_eq!(world.endpoints().finish_rotation(endpoint.id).await.unwrap(), 0);
    world.teller.deliver(&world.happens().await).await;
    let believes = |key: &str, (headers, body): &(HeaderMap, Bytes)| {
        Webhook::new(key).unwrap().verify(body, headers).is_ok()
    };
    let got = listener.got();
    assert!(believes(&old, &got[0]) && believes(&new, &got[0]));
    assert!(!believes(&old, &got[1]) && believes(&new, &got[1]));
}

#[tokio::test]
async fn nobody_is_told_anything_inside_this_network_unless_that_is_meant() {
    let world = World::new();
    let (listener, at) = Listener::start(&[]).await;
    let refused =
        world.endpoints().add(format!("http://{at}/hook").parse().unwrap(), vec![], false, world.now()).await;
    assert!(matches!(refused, Err(EngineError::Webhook(WebhookError::Url { .. }))), "{refused:?}");
    // A name that leads here, which can be told only when it is looked up; and an address that got into the state.
    for url in ["https://localhost.localdomain/hook".to_owned(), format!("http://{at}/hook")] {
        let (mut endpoint, _) = world.listens(at, &[]).await;
        let read = world.state.endpoint(endpoint.id).await.unwrap().unwrap();
        (endpoint.url, endpoint.allow_private) = (url.parse().unwrap(), false);
        assert!(world.state.change_endpoint(&read, Some(&endpoint)).await.unwrap());
        let announcement = world.happens().await;
        pause(&world.teller.deliver(&announcement).await);
        let problem = world.delivery(&announcement, &endpoint).await.last.unwrap().problem.unwrap();
        assert!(!problem.is_empty(), "{problem}");
        world.endpoints().remove(endpoint.id).await.unwrap();
    }
    assert_eq!(listener.got().len(), 0);
}

#[tokio::test]
async fn an_endpoint_is_tried_out_without_telling_others() {
    let world = World::new();
    let (one, at_one) = Listener::start(&[]).await;
    let (two, at_two) = Listener::start(&[]).await;
    let (endpoint, _) = world.listens(at_one, &["validation.changed"]).await;
    world.listens(at_two, &[]).await;
    let told = test_endpoint(&world.teller, endpoint.id).await.unwrap();
    assert_eq!(told.iter().map(|one| one.state).collect::<Vec<_>>(), [DeliveryState::Delivered]);
    assert_eq!((one.got().len(), two.got().len()), (1, 0));
    let body: serde_json::Value = serde_json::from_slice(&one.got()[0].1).unwrap();
    assert_eq!(body["type"], "endpoint.test");
}

#[tokio::test]
async fn what_there_is_not_is_told_as_such() {
    let world = World::new();
    let id = Uuid::nil();
    let unknown = redeliver(&world.teller, id, None).await.unwrap_err();
    assert!(unknown.to_string().starts_with("there is no announcement"), "{unknown}");
    let announcement = world.happens().await;
    let nobody = redeliver(&world.teller, announcement.id, None).await.unwrap_err();
    assert!(nobody.to_string().starts_with("no endpoint is told of"), "{nobody}");
    let unknown = test_endpoint(&world.teller, id).await.unwrap_err();
    assert!(unknown.to_string().starts_with("there is no endpoint"), "{unknown}");
    let event = world
        .endpoints()
        .add("https://contoso.example/".parse().unwrap(), vec!["run.started".to_owned()], false, world.now())
        .await
        .unwrap_err();
    assert!(event.to_string().contains("run.finished, validation.changed"), "{event}");
}

#[tokio::test]
async fn an_endpoint_that_is_removed_leaves_no_key() {
    let world = World::new();
    let (listener, at) = Listener::start(&[]).await;
    let (endpoint, _) = world.listens(at, &[]).await;
    world.endpoints().remove(endpoint.id).await.unwrap();
    assert!(world.secrets.keys(KeysOf::Endpoint(endpoint.id), |keys| keys.is_empty()));
    assert_eq!(world.state.endpoints().await.unwrap().found, []);
    assert_eq!(world.teller.deliver(&world.happens().await).await, Handled::Done);
    assert_eq!(listener.got().len(), 0);
}

#[tokio::test]
async fn what_was_lost_with_its_message_is_found_again() {
    let world = World::new();
    let (_, at) = Listener::start(&[(500, "")]).await;
    world.listens(at, &[]).await;
    let announcement = world.happens().await;
    let queue = Pigeonhole::default();
    let mut overdue = Overdue::default();
    let mut found = async || {
        overdue.send(&world.state, &queue, world.now()).await.unwrap();
        queue.take()
    };
    let message = Message::Announce { id: announcement.id };
    assert_eq!(found().await, []);
    world.later(Duration::from_mins(15));
    assert_eq!(found().await, std::slice::from_ref(&message), "nobody began");
    assert_eq!(found().await, [], "it waits in the queue");
    world.later(pause(&world.teller.deliver(&announcement).await));
    assert_eq!(found().await, [], "it is only just due");
    world.later(Duration::from_mins(15));
    assert_eq!(found().await, [message], "nobody went on");
    assert_eq!(world.teller.deliver(&announcement).await, Handled::Done);
    world.later(Duration::from_hours(1));
    assert_eq!(found().await, []);
}
