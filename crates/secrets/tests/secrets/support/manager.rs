//! Calls of moto's Secrets Manager as anybody else could make them, and what it does otherwise than AWS.

use serde_json::{Value, json};

use super::moto;

/// `PutSecretValue` of what is to be current at once, as AWS does it. moto takes AWSCURRENT from the version that was
/// current when it was last set, whoever got it since: after a rotation two versions would have it.
pub(crate) async fn put_current(parameters: &Value) -> (u16, Value) {
    const MEANWHILE: &str = "MEANWHILE";
    let secret = &parameters["SecretId"];
    let (status, told) = call("DescribeSecret", &json!({"SecretId": secret})).await;
    if status != 200 {
        return (status, told);
    }
    let current = told["VersionIdsToStages"].as_object().and_then(|versions| {
        let is_current =
            |stages: &&Value| stages.as_array().is_some_and(|all| all.contains(&json!("AWSCURRENT")));
        versions.iter().find(|(_, stages)| is_current(stages)).map(|(id, _)| id.clone())
    });
    let mut parameters = parameters.clone();
    parameters["VersionStages"] = json!([MEANWHILE]);
    let (status, put) = call("PutSecretValue", &parameters).await;
    if status != 200 {
        return (status, put);
    }
    let new = put["VersionId"].clone();
    let moved = json!({
        "SecretId": secret, "VersionStage": "AWSCURRENT", "RemoveFromVersionId": current, "MoveToVersionId": new,
    });
    let (status, told) = call("UpdateSecretVersionStage", &moved).await;
    assert_eq!(status, 200, "{told}");
    let tidied = json!({"SecretId": secret, "VersionStage": MEANWHILE, "RemoveFromVersionId": new});
    call("UpdateSecretVersionStage", &tidied).await;
    (200, put)
}

/// Whether a `PutSecretValue` is of what is to be current at once.
pub(crate) fn puts_current(parameters: &Value) -> bool {
    parameters["VersionStages"].as_array().is_none_or(|stages| stages.contains(&json!("AWSCURRENT")))
}

/// Calls an operation as anybody with rights in the account could.
pub(crate) async fn call(operation: &str, parameters: &Value) -> (u16, Value) {
    let answered = reqwest::Client::new()
        .post(moto::address())
        .header("x-amz-target", format!("secretsmanager.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/secretsmanager/aws4_request",
        )
        .body(parameters.to_string())
        .send()
        .await
        .expect("moto");
    let status = answered.status().as_u16();
    (status, serde_json::from_slice(&answered.bytes().await.expect("a body")).expect("JSON"))
}
