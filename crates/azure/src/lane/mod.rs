//! The way to one service: waits for a permit, sends alone or in a batch, and notes what the answer says.

mod batch;
mod call;
mod queue;
mod verdict;

use std::{sync::Arc, time::Duration};

use fairlead_model::{Api, Refusal, Response};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use jiff::Timestamp;
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use url::Url;

pub(crate) use call::Call;

use self::{
    queue::{Queue, Waiting},
    verdict::{Tries, Verdict},
};
use crate::{
    pacing::{Limiter, Pace, Permit, Pressure, Service, Signals},
    token::{SignInError, Tokens},
    wire::{Answer, Breakdown, Outgoing, Wire},
};

/// A service asked to slow down: its calls wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The service, as people call it.
    pub service: String,
    /// When calls go on.
    pub until: Instant,
}

/// What became of sending a call once.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The service answered; the number tells which token was sent.
    Answered(Answer, u64),
    /// No whole answer came.
    Broke(Breakdown),
    /// There was no token to send it with.
    NoToken(SignInError),
    /// The batch it was part of was refused as a whole: it is to be sent alone.
    Alone,
}

/// What the ways to all services of one gateway share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) wire: Wire,
    pub(crate) tokens: Tokens,
    pub(crate) pace: Pace,
    pub(crate) stop: CancellationToken,
    /// The last pause a service asked for.
    pub(crate) waits: watch::Sender<Option<Wait>>,
}

/// The way to one service of one tenant with one application's tokens.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) service: Service,
    pub(crate) limiter: Arc<Limiter>,
    api: Api,
    base: Url,
    queue: Queue,
    shared: Arc<Shared>,
}

impl Lane {
    pub(crate) fn new(service: Service, base: Url, limiter: Arc<Limiter>, shared: Arc<Shared>) -> Self {
        Self { service, api: service.api(), base, limiter, queue: Queue::default(), shared }
    }

    /// Sends a call until there is an answer for the connector, or no hope of one.
    ///
    /// # Errors
    /// `Unavailable`, `Credential` or `Stopping`.
    pub(crate) async fn call(self: &Arc<Self>, call: Call) -> Result<Response, Refusal> {
        let call = Arc::new(call);
        let mut tries = Tries::new(&call, &self.shared.pace);
        let mut alone = !self.shared.pace.batch || call.batch.is_none();
        loop {
            tries.check_pause(self.limiter.resume_at())?;
            let sending = self.send(&call, alone || !self.queue.is_open());
            let outcome = tokio::time::timeout_at(tries.deadline, sending).await;
            match tries.judge(outcome.ok())? {
                Verdict::Done(response) => return Ok(response),
                Verdict::Renew(serial) => self.shared.tokens.rejected(self.api, serial),
                Verdict::Alone => alone = true,
                Verdict::Again(wait) => {
                    self.shared.wire.counters.retry();
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    async fn send(self: &Arc<Self>, call: &Arc<Call>, alone: bool) -> Outcome {
        if alone {
            let permit = self.limiter.acquire().await;
            return self.send_alone(&permit, call).await;
        }
        let mut place = self.queue.push(call.clone());
        loop {
            tokio::select! {
                biased;
                outcome = &mut place.answer => return outcome.unwrap_or_else(|_| lost()),
                permit = self.limiter.acquire() => self.serve(permit),
            }
            // Whoever gets a permit serves the queue, not himself: until his own call is on its way he
            // has to keep asking.
            if place.is_taken() {
                return place.answer.await.unwrap_or_else(|_| lost());
            }
        }
    }

    /// Sends what is next in the queue. It runs on its own: the caller it started in may give up, and
    /// others wait for the same batch.
    fn serve(self: &Arc<Self>, permit: Permit) {
        let taken = self.queue.take();
        if taken.is_empty() {
            return;
        }
        let lane = self.clone();
        tokio::spawn(async move {
            let stop = lane.shared.stop.clone();
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = lane.send_taken(permit, taken) => {}
            }
        });
    }

    async fn send_taken(&self, permit: Permit, mut taken: Vec<Waiting>) {
        if taken.len() > 1 {
            self.send_batch(&permit, taken).await;
        } else if let Some(only) = taken.pop() {
            let outcome = self.send_alone(&permit, &only.call).await;
            deliver(only, outcome);
        }
    }

    async fn send_alone(&self, permit: &Permit, call: &Call) -> Outcome {
        let bearer = match self.shared.tokens.bearer(self.api).await {
            Ok(bearer) => bearer,
            Err(error) => return Outcome::NoToken(error),
        };
        let started = Instant::now();
        let exchanged = self.shared.wire.exchange(call.outgoing(&bearer)).await;
        let elapsed_ms = started.elapsed().as_millis();
        match exchanged {
            Ok(answer) => {
                tracing::debug!(call = %call.name(), status = answer.status.as_u16(), elapsed_ms, "answered");
                self.note(permit, &answer);
                Outcome::Answered(answer, bearer.serial)
            }
            Err(breakdown) => {
                tracing::debug!(call = %call.name(), problem = breakdown.sentence(), elapsed_ms, "broke");
                Outcome::Broke(breakdown)
            }
        }
    }

    async fn send_batch(&self, permit: &Permit, taken: Vec<Waiting>) {
        let bearer = match self.shared.tokens.bearer(self.api).await {
            Ok(bearer) => bearer,
            Err(error) => return deliver_all(taken, || Outcome::NoToken(error.clone())),
        };
        let Some(outgoing) = self.batch_request(&taken, &bearer.header) else {
            return deliver_all(taken, || Outcome::Alone);
        };
        self.shared.wire.counters.batched(taken.len());
        let answer = match self.shared.wire.exchange(outgoing).await {
            Ok(answer) => answer,
            Err(breakdown) => return deliver_all(taken, || Outcome::Broke(breakdown.clone())),
        };
        tracing::debug!(calls = taken.len(), status = answer.status.as_u16(), "batch answered");
        self.note(permit, &answer);
        if verdict::is_transient(answer.status) || answer.status == StatusCode::UNAUTHORIZED {
            return deliver_all(taken, || Outcome::Answered(answer.clone(), bearer.serial));
        }
        let parts = match batch::decode(&answer.body, taken.len()) {
            Ok(parts) if answer.status.is_success() => parts,
            _ => {
                self.queue.refused();
                return deliver_all(taken, || Outcome::Alone);
            }
        };
        self.note_parts(permit, &parts);
        for (waiting, part) in taken.into_iter().zip(parts) {
            let outcome = part.map_or_else(lost, |part| Outcome::Answered(part, bearer.serial));
            deliver(waiting, outcome);
        }
    }

    fn batch_request(&self, taken: &[Waiting], bearer: &HeaderValue) -> Option<Outgoing> {
        let version = taken.first()?.call.batch.as_deref()?;
        let body = batch::encode(taken.iter().map(|waiting| &*waiting.call)).ok()?;
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{version}/$batch", self.base.path().trim_end_matches('/')));
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([
            (ACCEPT, json.clone()),
            (CONTENT_TYPE, json),
            (AUTHORIZATION, bearer.clone()),
        ]);
        Some(Outgoing { method: Method::POST, url, headers, body: Some(body) })
    }

    /// Lets the limiter know what an answer says about the service's load.
    fn note(&self, permit: &Permit, answer: &Answer) {
        let signals = Signals::of(&answer.headers, Timestamp::now());
        if verdict::asks_to_slow_down(answer.status, &signals) {
            self.slow_down(permit, signals.wait());
        } else if answer.status.is_server_error() {
            self.limiter.answered(permit, Pressure::TooHigh);
        } else {
            self.limiter.answered(permit, signals.pressure);
            if let Some(wait) = signals.renews_in {
                self.limiter.pause(wait);
            }
        }
    }

    fn note_parts(&self, permit: &Permit, parts: &[Option<Answer>]) {
        for part in parts.iter().flatten() {
            let signals = Signals::of(&part.headers, Timestamp::now());
            if verdict::asks_to_slow_down(part.status, &signals) {
                self.slow_down(permit, signals.wait());
            }
        }
    }

    fn slow_down(&self, permit: &Permit, wait: Option<Duration>) {
        let (until, longer) = self.limiter.throttled(permit, wait, &self.shared.pace);
        self.shared.wire.counters.throttled(longer);
        tracing::debug!(service = %self.service, added_ms = longer.as_millis(), "asked to slow down");
        self.shared.waits.send_replace(Some(Wait { service: self.service.to_string(), until }));
    }
}

fn deliver(waiting: Waiting, outcome: Outcome) {
    // Its caller may have given up meanwhile.
    let _ = waiting.answer.send(outcome);
}

fn deliver_all(taken: Vec<Waiting>, outcome: impl Fn() -> Outcome) {
    for waiting in taken {
        deliver(waiting, outcome());
    }
}

fn lost() -> Outcome {
    Outcome::Broke(Breakdown::Broken("the answer to a batch lacks this call".to_owned()))
}
