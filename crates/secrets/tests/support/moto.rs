//! A Secrets Manager of this machine: moto, whose server Python runs.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
};

use serde_json::{Value, json};

/// Ends with its stdin, that is with the test, however that ends.
const SERVE: &str = "\
import os, sys, threading
from moto.server import main
threading.Thread(target=main, args=(['-H', '127.0.0.1', '-p', '0'],), daemon=True).start()
sys.stdin.read()
os._exit(0)
";

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
        .post(address())
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

/// The address of the server, which all tests of a process share.
pub(crate) fn address() -> &'static str {
    static MOTO: OnceLock<(String, Child)> = OnceLock::new();
    &MOTO.get_or_init(start).0
}

fn start() -> (String, Child) {
    let python = std::env::var_os("FAIRLEAD_PYTHON")
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python").into());
    let mut server = Command::new(&python)
        .args(["-c", SERVE])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|problem| panic!("{}: {problem}; cargo xtask test unit makes it", python.display()));
    let mut lines = BufReader::new(server.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    let address = lines
        .find_map(|line| Some(line.split_once("Running on ")?.1.trim().to_owned()))
        .expect("moto tells its address; cargo xtask test unit installs it");
    // What it logs must go somewhere, or it stops.
    thread::spawn(move || lines.for_each(drop));
    (address, server)
}
