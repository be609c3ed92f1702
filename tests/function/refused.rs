//! What a function refuses: what is not its own, what nobody sends, and what nobody can do.

use std::time::Duration;

use lambda_simulator::InvocationStatus;
use serde_json::{Value, json};

use crate::world::{Size, World};

const LONG: Duration = Duration::from_mins(1);

fn message(body: &str, queue_arn: &str) -> Value {
    json!({"Records": [{
        "messageId": "1", "receiptHandle": "h", "body": body, "eventSource": "aws:sqs", "eventSourceARN": queue_arn,
    }]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_refuses_what_is_not_its_own_with_a_word_for_alarms() {
    let world = World::new(Size::Small, &[]).await;
    let rotation = json!({"Step": "createSecret", "SecretId": "arn", "ClientRequestToken": "token"});
    let worker = world.function("worker", LONG).await;
    let webhook = world.function("webhook", LONG).await;
    let ours = world.aws.queue_arn();
    for (function, event, word) in [
        (&worker, rotation, "Fairlead.NotMine"),
        (&webhook, json!({"kind": "tick"}), "Fairlead.NotMine"),
        (&webhook, message("{}", &ours), "Fairlead.NotMine"),
        (&worker, message("{}", &format!("{ours}-too")), "Fairlead.Foreign"),
        (&worker, message("{}", &ours.replace("123456789012", "210987654321")), "Fairlead.Foreign"),
        (&worker, json!({"what": "canary-in-an-event"}), "Fairlead.UnknownEvent"),
        (&worker, json!({"kind": "canary-in-an-event"}), "Fairlead.UnknownEvent"),
    ] {
        let invoked = function.invoke(event.clone()).await;
        assert_eq!(invoked.status, InvocationStatus::Error, "{event}: {invoked:?}");
        let (found, sentence) = invoked.error.expect("an error");
        assert_eq!(found, word, "{event}: {sentence}");
        assert!(!sentence.contains("canary"), "{sentence}");
    }
    assert!(!world.logs().contains("canary-in-an-event"));
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_goes_to_the_dead_letters_with_a_reason() {
    let world = World::new(Size::Small, &[]).await;
    let worker = world.function("worker", LONG).await;
    let gone = json!({"kind": "announce", "id": uuid::Uuid::nil()}).to_string();
    for (body, reason) in [("no message", "no message of Fairlead's"), (&gone, "is not there any more")] {
        let invoked = worker.invoke(message(body, &world.aws.queue_arn())).await;
        assert_eq!(invoked.answer["batchItemFailures"], json!([]), "{invoked:?}");
        let [(found, why)] = world.aws.dead_letters().await.try_into().expect("one letter");
        assert_eq!(found, body);
        assert!(why.contains(reason), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook_function_answers_as_the_daemon_does() {
    let world = World::new(Size::Small, &[]).await;
    let webhook = world.function("webhook", LONG).await;
    let request = |method: &str, path: &str| {
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {},
            "requestContext": {
                "accountId": "anonymous", "apiId": "x", "domainName": "x.on.aws", "domainPrefix": "x",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x"},
                "requestId": "r", "routeKey": "$default", "stage": "$default",
                "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 1_583_348_638_390_u64,
            },
            "isBase64Encoded": false,
        })
    };
    let health = webhook.invoke(request("GET", "/healthz")).await;
    assert_eq!(
        (&health.answer["statusCode"], &health.answer["body"]),
        (&json!(200), &json!("ok")),
        "{health:?}"
    );
    let unsigned = webhook.invoke(request("POST", "/webhooks/validate")).await;
    assert_eq!(unsigned.answer["statusCode"], json!(401), "{unsigned:?}");
    assert!(world.aws.batches().await.is_empty(), "no work was done");
}
