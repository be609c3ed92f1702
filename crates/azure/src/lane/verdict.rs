//! Whether an answer is for the connector, worth another try, or the end.

use std::time::Duration;

use fairlead_model::{Refusal, Response};
use http::StatusCode;
use tokio::time::Instant;

use super::{Call, Outcome};
use crate::{
    pacing::{Pace, Signals},
    policy::incoming,
    token::SignInError,
    wire::{Answer, Breakdown},
};

/// Statuses that may be different the next time.
pub(super) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// Whether an answer asks to send less. It was then not carried out.
pub(super) fn asks_to_slow_down(status: StatusCode, signals: &Signals) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || (status == StatusCode::SERVICE_UNAVAILABLE && signals.retry_after.is_some())
}

/// What to do with a call next.
#[derive(Debug)]
pub(super) enum Verdict {
    /// This is the connector's answer.
    Done(Response),
    /// Send it again with a new token instead of the one with this number.
    Renew(u64),
    /// Send it again, outside of any batch.
    Alone,
    /// Send it again after a wait.
    Again(Duration),
}

/// The tries of one call.
pub(super) struct Tries<'a> {
    /// When the call is given up.
    pub(super) deadline: Instant,
    call: &'a Call,
    pace: &'a Pace,
    failed: u32,
    renewed: bool,
    /// What went wrong last.
    last: String,
}

impl<'a> Tries<'a> {
    pub(super) fn new(call: &'a Call, pace: &'a Pace) -> Self {
        let deadline = Instant::now() + pace.call_time();
        Self {
            deadline,
            call,
            pace,
            failed: 0,
            renewed: false,
            last: "it does not answer; try again later".to_owned(),
        }
    }

    /// Gives up at once when the service pauses for longer than the call may take.
    pub(super) fn check_pause(&self, resume_at: Option<Instant>) -> Result<(), Refusal> {
        match resume_at {
            Some(resume_at) if resume_at > self.deadline => Err(Refusal::Unavailable(format!(
                "{} asks to be left alone for {} s, longer than a call may take ({} s): try again then",
                self.call.service,
                resume_at.duration_since(Instant::now()).as_secs(),
                self.pace.call_seconds
            ))),
            _ => Ok(()),
        }
    }

    /// Decides on what became of a try; absent: the time was up first.
    pub(super) fn judge(&mut self, outcome: Option<Outcome>) -> Result<Verdict, Refusal> {
        match outcome {
            None => Err(self.given_up(&format!("within {} s", self.pace.call_seconds))),
            Some(Outcome::Alone) => Ok(Verdict::Alone),
            Some(Outcome::NoToken(error)) => Err(no_token(error)),
            Some(Outcome::Broke(breakdown)) => self.broke(&breakdown),
            Some(Outcome::Answered(answer, serial)) => self.answered(answer, serial),
        }
    }

    fn answered(&mut self, answer: Answer, serial: u64) -> Result<Verdict, Refusal> {
        if answer.status == StatusCode::UNAUTHORIZED && !self.renewed {
            self.renewed = true;
            return Ok(Verdict::Renew(serial));
        }
        if !is_transient(answer.status) {
            return Ok(Verdict::Done(response(answer)));
        }
        let signals = Signals::of(&answer.headers, jiff::Timestamp::now());
        let not_done = asks_to_slow_down(answer.status, &signals);
        if !self.call.repeatable && !not_done {
            // It may have been carried out: only the connector can find out.
            return Ok(Verdict::Done(response(answer)));
        }
        self.last = format!("it answers {}; try again later", told(&answer));
        // When it asked to be left alone, the limiter holds the next try for as long.
        self.again(not_done)
    }

    fn broke(&mut self, breakdown: &Breakdown) -> Result<Verdict, Refusal> {
        if let (Breakdown::Broken(sentence), false) = (breakdown, self.call.repeatable) {
            return Err(Refusal::Unavailable(format!(
                "{}: {sentence}; it may have been carried out, so it is not sent again",
                self.call.name()
            )));
        }
        self.last = match breakdown {
            Breakdown::NotSent(sentence) => sentence.clone(),
            Breakdown::Broken(sentence) => format!("{sentence}; try again later"),
        };
        self.again(false)
    }

    fn again(&mut self, held: bool) -> Result<Verdict, Refusal> {
        self.failed += 1;
        if self.failed >= self.pace.attempts.into() {
            return Err(self.given_up(&format!("in {} tries", self.failed)));
        }
        Ok(Verdict::Again(if held { Duration::ZERO } else { self.pace.back_off(self.failed) }))
    }

    fn given_up(&self, effort: &str) -> Refusal {
        Refusal::Unavailable(format!("{} did not succeed {effort}: {}", self.call.name(), self.last))
    }
}

fn no_token(error: SignInError) -> Refusal {
    match error {
        SignInError::Stopping => Refusal::Stopping,
        transient if transient.is_transient() => Refusal::Unavailable(transient.to_string()),
        refused => Refusal::Credential(refused.to_string()),
    }
}

fn response(answer: Answer) -> Response {
    Response { status: answer.status.as_u16(), headers: incoming(&answer.headers), body: answer.body }
}

/// Status and the service's id of the request, which its support asks for.
fn told(answer: &Answer) -> String {
    let id = ["request-id", "x-ms-request-id"]
        .iter()
        .find_map(|name| answer.headers.get(*name)?.to_str().ok())
        .map(|id| format!(" (request {id})"))
        .unwrap_or_default();
    format!("{}{id}", answer.status)
}
