//! The queue of work in SQS.

use async_trait::async_trait;
use aws_sdk_sqs::{
    Client,
    error::DisplayErrorContext,
    types::{ChangeMessageVisibilityBatchRequestEntry, MessageAttributeValue, SendMessageBatchRequestEntry},
};
use fairlead_engine::{EngineError, Queue};
use fairlead_model::Message;

/// Messages that one request takes.
const BATCH: usize = 10;
/// The longest time SQS hides a message, in seconds.
const LONGEST_HIDDEN: u64 = 12 * 60 * 60;

/// A queue, and the one for what nobody can do.
#[derive(Debug, Clone)]
pub(crate) struct SqsQueue {
    client: Client,
    url: String,
    dead_letters: Option<String>,
}

impl SqsQueue {
    pub(crate) fn new(client: Client, url: String, dead_letters: Option<String>) -> Self {
        Self { client, url, dead_letters }
    }

    /// The queue's name: the end of its URL and of its ARN.
    pub(crate) fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// Whether an ARN (`arn:PARTITION:sqs:REGION:ACCOUNT:NAME`) is that of the queue, whose URL ends in account and
    /// name.
    pub(crate) fn is(&self, arn: &str) -> bool {
        let (mut arn, mut url) = (arn.rsplit(':'), self.url.rsplit('/'));
        let ends = |parts: &mut dyn Iterator<Item = &str>| {
            (parts.next().map(str::to_owned), parts.next().map(str::to_owned))
        };
        let ours = ends(&mut url);
        ours.0.is_some() && ours.1.is_some() && ours == ends(&mut arn)
    }

    /// Has a message come again after that time.
    pub(crate) async fn hide(&self, receipt: &str, seconds: u64) -> Result<(), EngineError> {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
            .id("0")
            .receipt_handle(receipt)
            .visibility_timeout(i32::try_from(seconds.min(LONGEST_HIDDEN)).unwrap_or(i32::MAX))
            .build()
            .map_err(|error| EngineError::Defect(error.to_string()))?;
        let sent = self.client.change_message_visibility_batch().queue_url(&self.url).entries(entry).send();
        sent.await.map(drop).map_err(|error| self.failed("be told when a message is to come again", &error))
    }

    /// Puts a message where somebody looks at it, with the reason. False: there is no such place.
    pub(crate) async fn bury(&self, body: &str, reason: &str) -> Result<bool, EngineError> {
        let Some(url) = &self.dead_letters else { return Ok(false) };
        let reason = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(reason)
            .build()
            .map_err(|error| EngineError::Defect(error.to_string()))?;
        let sent =
            self.client.send_message().queue_url(url).message_body(body).message_attributes("reason", reason);
        sent.send().await.map(|_| true).map_err(|error| self.failed("take a dead letter", &error))
    }

    fn failed<E>(&self, what: &str, error: &aws_sdk_sqs::error::SdkError<E>) -> EngineError
    where
        E: std::error::Error + 'static,
    {
        let error = DisplayErrorContext(error).to_string();
        EngineError::Queue(format!("the queue {} cannot {what}: {error}", self.name()))
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, messages: &[Message]) -> Result<(), EngineError> {
        for some in messages.chunks(BATCH) {
            let mut entries = Vec::with_capacity(some.len());
            for (number, message) in some.iter().enumerate() {
                let body = serde_json::to_string(message)
                    .map_err(|error| EngineError::Defect(format!("a message cannot be written ({error})")))?;
                let entry = SendMessageBatchRequestEntry::builder().id(number.to_string()).message_body(body);
                entries.push(entry.build().map_err(|error| EngineError::Defect(error.to_string()))?);
            }
            let sent =
                self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await;
            let sent = sent.map_err(|error| self.failed("take messages", &error))?;
            if let Some(refused) = sent.failed().first() {
                return Err(EngineError::Queue(format!(
                    "the queue {} did not take {} of {} messages: {}",
                    self.name(),
                    sent.failed().len(),
                    some.len(),
                    refused.message().unwrap_or(refused.code())
                )));
            }
        }
        Ok(())
    }
}
