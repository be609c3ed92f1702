//! Messages against state in memory: what is done, what is left, and what is told of it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fairlead_model::{
    Announcement, Connection, ConnectionId, FailureKind, Happening, Message, Outcome, Subject,
    ValidationState,
};
use fairlead_secrets::{FileOptions, FileStore, Secret, SecretStore as _, Stage};
use fairlead_store::State;
use jiff::Timestamp;
use object_store::memory::InMemory;
use secrecy::SecretString;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{EngineError, Handled, Installation, Queue, Told, announce::Deliver};

/// An installation without connectors: syncs and validations of it fail before anything is asked of Azure.
struct Desk {
    installation: Installation,
    state: State,
    secrets: Arc<FileStore>,
    queue: Basket,
    delivered: Arc<Mutex<Vec<Announcement>>>,
    _folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let told = Told { home: Some(folder.path().to_owned()), ..Told::default() };
        let settings = told.in_force(None, None, |home| vec![home.join("connectors")]).unwrap();
        let state = State::objects(Arc::new(InMemory::new()));
        let secrets = Arc::new(FileStore::new(FileOptions::new(folder.path().join("secrets.age"))));
        let delivered = Arc::<Mutex<Vec<Announcement>>>::default();
        let installation = Installation::new(settings)
            .with_stores(state.clone(), secrets.clone())
            .with_listeners(Arc::new(Listener(delivered.clone())));
        Self { installation, state, secrets, queue: Basket::default(), delivered, _folder: folder }
    }

    async fn connect(&self, connection: Connection) {
        self.state.add_connection(&connection).await.unwrap();
    }

    async fn handle(&self, message: &Message) -> Handled {
        self.installation.handle(message, &self.queue, None, &CancellationToken::new()).await
    }

    async fn runs(&self) -> Vec<fairlead_model::RunRecord> {
        self.state.runs(Some(&id()), 10).await.unwrap().found
    }

    fn sent(&self) -> Vec<Message> {
        self.queue.0.lock().unwrap().clone()
    }
}

#[derive(Default)]
struct Basket(Mutex<Vec<Message>>);

#[async_trait]
impl Queue for Basket {
    async fn send(&self, messages: &[Message]) -> Result<(), EngineError> {
        self.0.lock().unwrap().extend(messages.iter().cloned());
        Ok(())
    }
}

struct Listener(Arc<Mutex<Vec<Announcement>>>);

#[async_trait]
impl Deliver for Listener {
    async fn deliver(&self, announcement: &Announcement) -> Handled {
        self.0.lock().unwrap().push(announcement.clone());
        Handled::Done
    }
}

fn id() -> ConnectionId {
    "contoso".parse().unwrap()
}

/// A connection whose connector is nowhere.
fn connection(schedule: Option<&str>) -> Connection {
    serde_json::from_value(json!({
        "id": id(), "connector": "nowhere", "tenant": "contoso.example", "schedule": schedule,
        "client-id": Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
        "credential": {"kind": "client-secret", "set-at": Timestamp::UNIX_EPOCH},
    }))
    .unwrap()
}

fn sync(scheduled_for: Option<Timestamp>) -> Message {
    Message::Sync { connection: id(), scheduled_for, asked_at: Timestamp::now() }
}

fn secret() -> Secret {
    Secret::ClientSecret(SecretString::from("abc8Q~not-a-secret-of-anybody"))
}

#[tokio::test]
async fn what_is_gone_or_disabled_is_left_alone() {
    let desk = Desk::new();
    assert_eq!(desk.handle(&sync(None)).await, Handled::Done);
    desk.connect(Connection { enabled: false, ..connection(Some("1h")) }).await;
    assert_eq!(desk.handle(&sync(Some(Timestamp::now()))).await, Handled::Done);
    assert!(desk.runs().await.is_empty() && desk.sent().is_empty());
}

#[tokio::test]
async fn a_scheduled_sync_that_cannot_begin_is_on_record_told_once_and_not_repeated() {
    let desk = Desk::new();
    desk.connect(connection(Some("1h"))).await;
    desk.secrets.set(&id(), &secret()).await.unwrap();
    let moment = Timestamp::now();
    for _ in 0..3 {
        assert_eq!(desk.handle(&sync(Some(moment))).await, Handled::Done);
    }
    let runs = desk.runs().await;
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].outcome, runs[0].failure), (Outcome::Failed, Some(FailureKind::Settings)));
    assert_eq!(runs[0].scheduled_for, Some(moment));
    assert!(runs[0].error.as_ref().unwrap().contains("\"nowhere\""), "{:?}", runs[0].error);
    let [Message::Announce { id }] = desk.sent()[..] else { panic!("one announcement: {:?}", desk.sent()) };
    assert_eq!(desk.handle(&Message::Announce { id }).await, Handled::Done);
    let told = desk.delivered.lock().unwrap()[0].what.clone();
    assert!(matches!(told, Happening::RunFinished { outcome: Outcome::Failed, .. }), "{told:?}");
}

#[tokio::test]
async fn what_somebody_asked_for_and_cannot_succeed_is_refused_with_the_reason() {
    let desk = Desk::new();
    desk.connect(connection(None)).await;
    let Handled::Refused(reason) = desk.handle(&sync(None)).await else { panic!("refused") };
    assert!(
        reason.contains("\"contoso\"") && reason.contains("given it again") || reason.contains("secret"),
        "{reason}"
    );
    assert_eq!(desk.runs().await[0].failure, Some(FailureKind::Auth), "its secret is missing");
}

#[tokio::test]
async fn a_failure_is_noted_in_the_run_that_goes_on_later() {
    let desk = Desk::new();
    desk.connect(connection(Some("1d"))).await;
    let lease = desk.state.lease(&id(), "another", std::time::Duration::from_mins(1)).await.unwrap();
    let mut run: fairlead_model::RunRecord = serde_json::from_value(json!({
        "schema": 1, "id": Uuid::now_v7(), "connection": id(), "connector": "nowhere", "connector-version": "",
        "connector-digest": "", "started-at": Timestamp::now(), "outcome": "stopped",
    }))
    .unwrap();
    lease.save_run(&run).await.unwrap();
    lease.release().await.unwrap();
    let moment = Timestamp::now();
    assert_eq!(desk.handle(&sync(Some(moment))).await, Handled::Done);
    let noted = desk.runs().await;
    run.failure = Some(FailureKind::Auth);
    run.scheduled_for = Some(moment);
    run.error.clone_from(&noted[0].error);
    assert_eq!(noted, [run], "it can still be continued");
}

#[tokio::test]
async fn while_somebody_works_on_a_connection_a_message_waits() {
    let desk = Desk::new();
    desk.connect(connection(Some("1h"))).await;
    let _lease = desk.state.lease(&id(), "another", std::time::Duration::from_mins(1)).await.unwrap();
    let handled = desk.handle(&sync(Some(Timestamp::now()))).await;
    assert!(matches!(handled, Handled::Later(_)), "{handled:?}");
    assert!(desk.runs().await.is_empty());
}

/// As a webhook's proposal makes one.
fn proposed(validation: Uuid) -> Connection {
    Connection { id: format!("proposed-{validation}").parse().unwrap(), ..connection(None) }
}

#[tokio::test]
async fn a_proposed_connections_secret_is_gone_once_its_report_is_there_whatever_it_says() {
    let desk = Desk::new();
    let validation = Uuid::now_v7();
    let proposed = proposed(validation);
    desk.secrets.set(&proposed.id, &secret()).await.unwrap();
    let subject = Subject::Proposed(Box::new(proposed.clone()));
    let message = Message::Validate { id: validation, subject };
    assert_eq!(desk.handle(&message).await, Handled::Done);
    let record = desk.state.validation(validation).await.unwrap().unwrap();
    let ValidationState::Failed { error } = &record.state else { panic!("{record:?}") };
    assert!(error.contains("\"nowhere\""), "{error}");
    assert!(desk.secrets.get(&proposed.id, Stage::Current).await.unwrap().is_none());
    assert_eq!(desk.handle(&message).await, Handled::Done);
    assert_eq!(desk.state.validation(validation).await.unwrap(), Some(record), "nothing is looked at twice");
}

#[tokio::test]
async fn who_sends_to_the_queue_chooses_no_secret_no_address_and_no_program() {
    let desk = Desk::new();
    desk.connect(connection(None)).await;
    desk.secrets.set(&id(), &secret()).await.unwrap();
    let validation = Uuid::now_v7();
    let with = |changes: serde_json::Value| {
        let mut changed = serde_json::to_value(proposed(validation)).unwrap();
        changed.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value::<Connection>(changed).unwrap()
    };
    let authority = "https://attacker.example";
    let elsewhere = json!({"custom": {
        "authority": authority, "graph": authority, "resource-manager": authority,
    }});
    let command = json!({
        "kind": "federated", "assertion": {"command": ["touch", "here"]}, "set-at": Timestamp::UNIX_EPOCH,
    });
    for forged in [connection(None), with(json!({"cloud": elsewhere})), with(json!({"credential": command}))]
    {
        let subject = Subject::Proposed(Box::new(forged));
        let handled = desk.handle(&Message::Validate { id: validation, subject }).await;
        let Handled::Refused(reason) = handled else { panic!("{handled:?}") };
        assert!(reason.contains("no webhook proposed"), "{reason}");
        assert!(desk.state.validation(validation).await.unwrap().is_none(), "nothing was looked at");
        assert!(desk.secrets.get(&id(), Stage::Current).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn an_announcement_that_is_gone_is_refused() {
    let desk = Desk::new();
    let handled = desk.handle(&Message::Announce { id: Uuid::nil() }).await;
    assert!(matches!(handled, Handled::Refused(_)), "{handled:?}");
}
