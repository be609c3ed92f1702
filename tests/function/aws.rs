//! An AWS of this machine: moto. Its queues are spoken to as any client does.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread,
};

use serde_json::{Value, json};
use uuid::Uuid;

/// Ends with its stdin, that is with the test, however that ends.
const SERVE: &str = "\
import os, sys, threading
from moto.server import main
threading.Thread(target=main, args=(['-H', '127.0.0.1', '-p', '0'],), daemon=True).start()
sys.stdin.read()
os._exit(0)
";

/// The key of these tests, so that one that is printed is found.
pub(crate) const CANARY: &str = "canary-aws-secret-key";

/// A bucket, a queue with its dead letters, and room for secrets.
pub(crate) struct Aws {
    pub(crate) endpoint: String,
    pub(crate) bucket: String,
    pub(crate) queue: String,
    pub(crate) dead_letters: String,
    client: reqwest::Client,
    _moto: Child,
}

impl Aws {
    pub(crate) async fn start() -> Self {
        let (endpoint, moto) = start();
        let client = reqwest::Client::new();
        let bucket = format!("fairlead-{}", Uuid::new_v4());
        let made = client
            .put(format!("{endpoint}/{bucket}"))
            .header("authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request")
            .send()
            .await;
        assert!(made.expect("moto answers").status().is_success());
        let (queue, dead_letters) = (String::new(), String::new());
        let mut aws = Self { endpoint, bucket, queue, dead_letters, client, _moto: moto };
        for (name, place) in [("work", 0), ("dead-letters", 1)] {
            let made = aws.sqs("CreateQueue", json!({"QueueName": name})).await;
            let url = made["QueueUrl"].as_str().expect("a queue has a URL").to_owned();
            if place == 0 { aws.queue = url } else { aws.dead_letters = url }
        }
        aws
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
                    "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:work",
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

fn start() -> (String, Child) {
    let python = std::env::var_os("FAIRLEAD_PYTHON")
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../target/venv/bin/python").into());
    let mut server = Command::new(&python)
        .args(["-c", SERVE])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|problem| panic!("{}: {problem}", python.display()));
    let mut lines = BufReader::new(server.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    let address = lines
        .find_map(|line| Some(line.split_once("Running on ")?.1.trim().to_owned()))
        .expect("moto tells its address");
    // What it logs must go somewhere, or it stops.
    thread::spawn(move || lines.for_each(drop));
    (address, server)
}
