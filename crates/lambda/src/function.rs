//! A function: what it has, and what it does with an event.

use aws_config::BehaviorVersion;
use axum::Router;
use fairlead_engine::{Installation, Queue as _, schedule::Planner};
use fairlead_model::{Message, Subject, ValidationRecord, ValidationState};
use fairlead_web::teller;
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{json, value::RawValue};
use std::{sync::Arc, time::Instant};
use tokio::sync::{Mutex, OnceCell};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    deadline,
    error::FunctionError,
    event::{Asked, Event},
    metrics::Metrics,
    queue::SqsQueue,
    records,
    settings::{Role, Settings},
};

/// One function, for as long as its environment lives.
pub(crate) struct Function {
    role: Role,
    pub(crate) installation: Installation,
    pub(crate) queue: SqsQueue,
    pub(crate) metrics: Metrics,
    pub(crate) router: OnceCell<Router>,
    planner: Mutex<Planner>,
}

impl Function {
    /// Nothing is asked of anybody before it is needed.
    pub(crate) async fn new(settings: Settings) -> Result<Self, FunctionError> {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&config), settings.queue, settings.dead_letters);
        let metrics = Metrics::new(settings.metrics_namespace);
        let installation = Installation::new(settings.installed)
            .with_compiled(settings.compiled)
            .with_observer(Arc::new(metrics.clone()));
        let teller = teller(installation.state()?.clone(), installation.secrets().await?.clone())
            .map_err(|error| FunctionError::Settings(error.to_string()))?;
        let installation = installation.with_listeners(Arc::new(teller));
        let router = OnceCell::new();
        Ok(Self { role: settings.role, installation, queue, metrics, router, planner: Mutex::default() })
    }

    /// Handles one event.
    ///
    /// # Errors
    /// For what is no event of this function's, and when it could not be handled at all.
    pub(crate) async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<serde_json::Value, FunctionError> {
        let LambdaEvent { payload, context } = event;
        let span =
            tracing::info_span!("invocation", request_id = context.request_id, role = self.role.as_str());
        Box::pin(self.dispatch(&payload, context)).instrument(span).await.inspect_err(|error| {
            tracing::error!(%error, "the invocation failed");
        })
    }

    async fn dispatch(
        &self,
        payload: &RawValue,
        context: Context,
    ) -> Result<serde_json::Value, FunctionError> {
        let event = Event::of(payload)?;
        let name = event.name();
        match (self.role, event) {
            (Role::Worker, Event::Messages(batch)) => {
                let deadline =
                    Timestamp::from_millisecond(i64::try_from(context.deadline).unwrap_or(i64::MAX));
                let now = Timestamp::now();
                let deadline = deadline.ok().and_then(|deadline| deadline::of(deadline, now));
                Ok(serde_json::to_value(self.records(batch, deadline).await?)?)
            }
            (Role::Worker, Event::Asked(Asked::Tick {})) => self.tick().await,
            (Role::Worker, Event::Asked(Asked::Sync { connection })) => {
                let asked_at = Timestamp::now();
                self.ask(Message::Sync { connection, scheduled_for: None, asked_at }).await
            }
            (Role::Worker, Event::Asked(Asked::Validate { connection })) => {
                let record = ValidationRecord {
                    id: Uuid::now_v7(),
                    connection: connection.clone(),
                    asked_at: Timestamp::now(),
                    state: ValidationState::Pending,
                };
                let state = self.installation.state()?;
                state.save_validation(&record).await.map_err(fairlead_engine::EngineError::from)?;
                self.ask(Message::Validate { id: record.id, subject: Subject::Connection(connection) }).await
            }
            (_, Event::Asked(Asked::Describe {})) => self.describe().await,
            (Role::Rotator, Event::Rotation(rotation)) => {
                self.rotate(&rotation).await?;
                Ok(serde_json::Value::Null)
            }
            (Role::Webhook, Event::Http(request)) => self.http(*request, context).await,
            _ => Err(FunctionError::NotMine { event: name, role: self.role.as_str() }),
        }
    }

    /// Asks for a sync of every connection that is due. One tick at a time; the planner remembers what it asked for.
    async fn tick(&self) -> Result<serde_json::Value, FunctionError> {
        let ticked = {
            let mut planner = self.planner.lock().await;
            planner.tick(self.installation.state()?, &self.queue, Timestamp::now()).await?
        };
        let asked = ticked.asked.len();
        tracing::info!(connections = ticked.connections, asked, waiting = ticked.waiting, "planned");
        Ok(json!({
            "connections": ticked.connections,
            "asked": ticked.asked,
            "waiting": ticked.waiting,
            "announced": ticked.announced,
        }))
    }

    /// What this function is and which connectors it can run, for whoever has just deployed it.
    async fn describe(&self) -> Result<serde_json::Value, FunctionError> {
        let mut connectors = Vec::new();
        for file in self.installation.catalogue().files() {
            let started = Instant::now();
            let id = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            connectors.push(match self.installation.connector(&id).await {
                Ok(connector) => json!({
                    "connector": id,
                    "version": connector.description().version,
                    "digest": connector.digest(),
                    "loaded-in-ms": started.elapsed().as_secs_f64() * 1000.0,
                }),
                Err(error) => json!({ "connector": id, "problem": error.to_string() }),
            });
        }
        Ok(json!({
            "version": env!("CARGO_PKG_VERSION"),
            "role": self.role.as_str(),
            "connectors": connectors,
        }))
    }

    async fn ask(&self, message: Message) -> Result<serde_json::Value, FunctionError> {
        let messages = [message];
        self.queue.send(&messages).await?;
        Ok(records::sent(&messages)?)
    }
}
