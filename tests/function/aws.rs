//! An AWS of this machine: moto. Its queues are spoken to as any client does.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::moto;

/// The key of these tests, so that one that is printed is found.
pub(crate) const CANARY: &str = "canary-aws-secret-key";

/// A bucket, a queue with its dead letters, and room for secrets.
pub(crate) struct Aws {
    pub(crate) endpoint: String,
    pub(crate) bucket: String,
    pub(crate) queue: String,
    pub(crate) dead_letters: String,
    client: reqwest::Client,
}

impl Aws {
    pub(crate) async fn start() -> Self {
        let endpoint = moto::address().to_owned();
        let client = reqwest::Client::new();
        let bucket = format!("fairlead-{}", Uuid::new_v4());
        let made = client
            .put(format!("{endpoint}/{bucket}"))
            .header("authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request")
            .send()
            .await;
        assert!(made.expect("moto answers").status().is_success());
        let (queue, dead_letters) = (String::new(), String::new());
        let mut aws = Self { endpoint, bucket, queue, dead_letters, client };
        aws.queue = aws.new_queue("work").await;
        aws.dead_letters = aws.new_queue("dead-letters").await;
        aws
    }

    /// A queue of nobody else.
    async fn new_queue(&self, name: &str) -> String {
        let made = self.sqs("CreateQueue", json!({"QueueName": format!("{name}-{}", Uuid::new_v4())})).await;
        made["QueueUrl"].as_str().expect("a queue has a URL").to_owned()
    }

    /// What events call the queue of work.
    pub(crate) fn queue_arn(&self) -> String {
        let name = self.queue.rsplit('/').next().expect("a URL ends in the queue's name");
        format!("arn:aws:sqs:us-east-1:123456789012:{name}")
    }

    /// What programs find in their environment, as in a function.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", CANARY.to_owned()),
            ("FAIRLEAD_STATE", format!("s3://{}/fairlead", self.bucket)),
            ("FAIRLEAD_SECRETS_STORE", "aws".to_owned()),
        ]
    }

    /// Takes what is in the queue, as an event source does: one batch for each message.
    pub(crate) async fn batches(&self) -> Vec<Value> {
        let mut batches = Vec::new();
        loop {
            let received = self
                .sqs(
                    "ReceiveMessage",
                    json!({"QueueUrl": self.queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600}),
                )
                .await;
            let Some(messages) = received["Messages"].as_array().filter(|messages| !messages.is_empty())
            else {
                return batches;
            };
            batches.extend(messages.iter().map(|message| {
                json!({"Records": [{
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": {},
                    "messageAttributes": {},
                    "eventSource": "aws:sqs",
                    "eventSourceARN": self.queue_arn(),
                    "awsRegion": "us-east-1",
                }]})
            }));
        }
    }

    /// What lies among the dead letters: bodies and reasons.
    pub(crate) async fn dead_letters(&self) -> Vec<(String, String)> {
        let asked = json!({
            "QueueUrl": self.dead_letters, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"],
        });
        let received = self.sqs("ReceiveMessage", asked).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let letters = received["Messages"].as_array().cloned().unwrap_or_default();
        letters
            .iter()
            .map(|it| (text(&it["Body"]), text(&it["MessageAttributes"]["reason"]["StringValue"])))
            .collect()
    }

    async fn sqs(&self, action: &str, body: Value) -> Value {
        let answer = self
            .client
            .post(&self.endpoint)
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sqs/aws4_request")
            .body(body.to_string())
            .send()
            .await
            .expect("moto answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{action}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}
