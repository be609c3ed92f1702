//! Messages: what a queue delivers, done. Each may come twice, late and out of order.

mod sync;
mod validate;

use std::time::Duration;

use fairlead_model::Message;
use futures::{FutureExt as _, future::BoxFuture};
use jiff::Timestamp;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument as _;
use uuid::Uuid;

use super::Installation;
use crate::{EngineError, Handled, Queue};

/// After this, what failed for a reason that may pass is tried again.
const SOON: Duration = Duration::from_secs(30);
/// After this, a connection on which somebody works is looked at again.
const WHILE_BUSY: Duration = Duration::from_mins(5);
/// A run that ran out of time goes on as soon as somebody has time.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How long there is to work, where somebody ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// When to stop and to keep what there is.
    pub stop_at: Timestamp,
    /// When the process ends, or is halted, whatever it does. Nothing is leased for longer.
    pub ends_at: Timestamp,
}

impl Installation {
    /// Does what a message asks for, and stops in time. What follows from it goes to `queue`.
    ///
    /// Failures of a run are on its record; `Refused` is for what nobody will try again by itself.
    pub fn handle<'a>(
        &'a self,
        message: &'a Message,
        queue: &'a dyn Queue,
        deadline: Option<Deadline>,
        stop: &CancellationToken,
    ) -> BoxFuture<'a, Handled> {
        let limited = Limited::new(stop, deadline);
        let (stop, time) = (limited.stop.clone(), limited.time());
        let doing = match message {
            Message::Sync { connection, scheduled_for, asked_at } => {
                let span = tracing::info_span!("sync", %connection, run = tracing::field::Empty);
                let asked = sync::Asked { connection, scheduled_for: *scheduled_for, at: *asked_at };
                self.handle_sync(asked, queue, time).instrument(span).boxed()
            }
            Message::Validate { id, subject } => {
                let span =
                    tracing::info_span!("validate", validation = %id, connection = %subject.connection());
                self.handle_validate(*id, subject, queue, stop).instrument(span).boxed()
            }
            Message::Announce { id } => self.handle_announce(*id).boxed(),
        };
        async move {
            let done = doing.await;
            drop(limited);
            done.unwrap_or_else(|error| {
                tracing::error!(%error, "a message could not be handled and is tried again");
                Handled::Later(SOON)
            })
        }
        .boxed()
    }

    async fn handle_announce(&self, id: Uuid) -> Result<Handled, EngineError> {
        Ok(match self.state()?.announcement(id).await? {
            Some(announcement) => self.deliver.deliver(&announcement).await,
            None => Handled::Refused(format!(
                "the announcement {id} is not there any more: nobody is told of what it said"
            )),
        })
    }
}

/// How long there is to work.
#[derive(Debug, Clone)]
struct Time {
    stop: CancellationToken,
    ends_at: Option<Timestamp>,
}

/// A stop that comes by itself when time is over.
struct Limited {
    stop: CancellationToken,
    deadline: Option<Deadline>,
    _timer: Option<AbortOnDropHandle<()>>,
}

impl Limited {
    fn time(&self) -> Time {
        Time { stop: self.stop.clone(), ends_at: self.deadline.map(|deadline| deadline.ends_at) }
    }

    fn new(outer: &CancellationToken, deadline: Option<Deadline>) -> Self {
        let stop = outer.child_token();
        let timer = deadline.map(|Deadline { stop_at, .. }| {
            let left = Duration::try_from(stop_at.duration_since(Timestamp::now())).unwrap_or_default();
            let stop = stop.clone();
            AbortOnDropHandle::new(tokio::spawn(async move {
                tokio::time::sleep(left).await;
                stop.cancel();
            }))
        });
        Self { stop, deadline, _timer: timer }
    }
}

#[cfg(test)]
mod tests;
