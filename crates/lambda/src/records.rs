//! Messages of the queue: each done, told when it is to come again, or put where somebody looks at it.

use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use fairlead_engine::{Deadline, EngineError, Handled};
use fairlead_model::Message;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{error::FunctionError, function::Function};

/// The longest time a message waits that came before, unless it is told to wait longer.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

impl Function {
    /// Handles a batch. What is named in the answer stays in the queue; everything else is deleted from it.
    ///
    /// # Errors
    /// When the batch is of another queue.
    pub(crate) async fn records(
        &self,
        event: SqsEvent,
        deadline: Option<Deadline>,
    ) -> Result<SqsBatchResponse, FunctionError> {
        let mut unfinished = SqsBatchResponse::default();
        for record in &event.records {
            self.check_source(record)?;
            if !self.is_done(record, deadline).await {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = record.message_id.clone().unwrap_or_default();
                unfinished.batch_item_failures.push(failure);
            }
        }
        Ok(unfinished)
    }

    /// Whoever may invoke the function could say anything; only what the queue brings is believed.
    fn check_source(&self, record: &SqsMessage) -> Result<(), FunctionError> {
        let arn = record.event_source_arn.as_deref().unwrap_or_default();
        if self.queue.is(arn) {
            return Ok(());
        }
        Err(FunctionError::Foreign(format!(
            "a message came from {arn:?}, not from the queue {}: check the function's event sources",
            self.queue.name()
        )))
    }

    async fn is_done(&self, record: &SqsMessage, deadline: Option<Deadline>) -> bool {
        let body = record.body.as_deref().unwrap_or_default();
        let message: Message = match serde_json::from_str(body) {
            Ok(message) => message,
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                return self
                    .bury(body, &format!("no message of Fairlead's: line {line}, column {column}"))
                    .await;
            }
        };
        let started = Timestamp::now();
        let handled =
            self.installation.handle(&message, &self.queue, deadline, &CancellationToken::new()).await;
        self.metrics.message(&message, &handled, started);
        match handled {
            Handled::Done => true,
            Handled::Later(_) if is_asked_for_again(&message) => true,
            Handled::Later(pause) => {
                self.hide(record, growing(pause, record)).await;
                false
            }
            Handled::Refused(reason) => self.bury(body, &reason).await,
        }
    }

    /// That it fails only means that the message comes when the queue's own time is over.
    async fn hide(&self, record: &SqsMessage, pause: Duration) {
        let receipt = record.receipt_handle.as_deref().unwrap_or_default();
        if let Err(error) = self.queue.hide(receipt, pause.as_secs().max(1)).await {
            tracing::warn!(%error, "a message comes again later than it should");
        }
    }

    async fn bury(&self, body: &str, reason: &str) -> bool {
        tracing::error!(reason, "a message can never be done");
        match self.queue.bury(body, reason).await {
            Ok(buried) => buried,
            Err(error) => {
                tracing::error!(%error, "a message that can never be done comes again");
                false
            }
        }
    }
}

/// The longer the more often a message came, so that one that waits for a long sync is not taken for poison.
fn growing(pause: Duration, record: &SqsMessage) -> Duration {
    let count = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    let doublings = count.unwrap_or(1_u32).saturating_sub(1).min(10);
    pause.saturating_mul(1 << doublings).min(LONGEST_PAUSE.max(pause))
}

/// The state says what of these is still to be done, and the next tick asks for it: a message that came again and
/// again until a long sync is done would look like poison to the queue, and to Lambda like a loop.
fn is_asked_for_again(message: &Message) -> bool {
    matches!(message, Message::Sync { scheduled_for: Some(_), .. } | Message::Announce { .. })
}

/// For the answer to a direct invocation.
pub(crate) fn sent(messages: &[Message]) -> Result<serde_json::Value, EngineError> {
    serde_json::to_value(messages).map_err(|error| EngineError::Defect(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn come(times: &str) -> SqsMessage {
        let mut record = SqsMessage::default();
        record.attributes.insert("ApproximateReceiveCount".to_owned(), times.to_owned());
        record
    }

    #[test]
    fn a_message_waits_longer_each_time_it_comes() {
        let minute = Duration::from_mins(1);
        let waits = |times| growing(minute, &come(times)).as_secs() / 60;
        assert_eq!(["1", "2", "3", "6", "7", "4000000000"].map(waits), [1, 2, 4, 32, 60, 60]);
        assert_eq!(growing(minute, &SqsMessage::default()), minute);
        assert_eq!(growing(Duration::from_hours(3), &come("9")), Duration::from_hours(3), "as it is told");
    }
}
