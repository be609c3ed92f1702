//! State by the address of a bucket, with the credentials the surroundings give.
//!
//! What is in the environment of a process belongs to all its tests, so each test starts itself with one of its own.

use std::{env, process::Command, time::Duration};

use fairlead_model::ConnectionId;
use fairlead_store::{Bucket, State, StateLocation, StoreError};

use crate::support::{CANARY, bucket, moto, record};

/// Set in the process that has surroundings of its own: the bucket it opens, as JSON.
const OPENS: &str = "FAIRLEAD_TEST_OPENS";

fn contoso() -> ConnectionId {
    "contoso".parse().unwrap()
}

fn at_moto(bucket: &str) -> Bucket {
    Bucket {
        region: Some("us-east-1".to_owned()),
        endpoint: Some(moto().parse().unwrap()),
        ..Bucket::new(bucket, "a/prefix")
    }
}

/// What the process with its own surroundings does: use the state as a sync would, and say how that went.
#[tokio::test]
async fn the_process_with_surroundings_of_its_own() {
    let Ok(location) = env::var(OPENS) else { return };
    let bucket: Bucket = serde_json::from_str(&location).unwrap();
    let told = match used(&StateLocation::S3(bucket)).await {
        Ok(place) => format!("used {place}"),
        Err(error) => format!("{error} / {error:?}"),
    };
    println!("\ntold: {told}");
}

async fn used(location: &StateLocation) -> Result<String, StoreError> {
    let state = State::open(location)?;
    let lease = state.lease(&contoso(), "me", Duration::from_mins(1)).await?;
    let run = record();
    lease.save_run(&run).await?;
    assert_eq!(state.runs(None, 3).await?.found, std::slice::from_ref(&run));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, vec![1; 20 << 20]).unwrap();
    let stored = state.put_file(&format!("files/contoso/{}/x.bin", run.id), &file, "x/y").await?;
    state.fetch(&stored, &folder.path().join("copy")).await?;
    lease.release().await?;
    Ok(state.place_of(&stored))
}

/// What comes of it in an environment of only these variables.
fn told(bucket: &Bucket, environment: &[(&str, &str)]) -> String {
    let mut process = Command::new(env::current_exe().unwrap());
    process.env_clear().envs(environment.iter().copied()).env(OPENS, serde_json::to_string(bucket).unwrap());
    process.args(["--exact", "bucket::the_process_with_surroundings_of_its_own", "--nocapture"]);
    let output = process.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!all.contains("canary"), "{all}");
    let told = said.lines().find_map(|line| line.strip_prefix("told: "));
    told.unwrap_or_else(|| panic!("{all}")).to_owned()
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", CANARY)];

#[tokio::test]
async fn an_address_the_environment_and_a_bucket_are_all_it_takes() {
    let name = bucket().await;
    let said = told(&at_moto(&name), &KEYS);
    assert!(said.starts_with(&format!("used s3://{name}/a/prefix/files/contoso/")), "{said}");
    // The same by the variables AWS's own tools know.
    let bare = Bucket::new(&name, "another");
    let more = [("AWS_REGION", "us-east-1"), ("AWS_ENDPOINT_URL_S3", moto())];
    let said = told(&bare, &[&KEYS[..], &more].concat());
    assert!(said.starts_with(&format!("used s3://{name}/another/files/")), "{said}");
    let encrypted = Bucket { kms_key: Some("alias/aws/s3".to_owned()), ..at_moto(&bucket().await) };
    assert!(told(&encrypted, &KEYS).starts_with("used "));
}

#[tokio::test]
async fn what_is_wrong_with_a_bucket_is_said_with_what_to_do() {
    let missing = told(&at_moto("nobodys-bucket"), &KEYS);
    assert!(missing.starts_with("there is no bucket for s3://nobodys-bucket/a/prefix/leases"), "{missing}");

    let nobody = Bucket { endpoint: Some("http://127.0.0.1:9/".parse().unwrap()), ..at_moto("ours") };
    let unreachable = told(&nobody, &KEYS);
    assert!(unreachable.contains("cannot be reached (nobody answers there)"), "{unreachable}");
    assert!(unreachable.contains("nothing was lost"), "{unreachable}");

    let plain = Bucket { endpoint: Some("http://s3.example/".parse().unwrap()), ..at_moto("ours") };
    let refused = told(&plain, &KEYS);
    assert!(refused.contains("use https"), "{refused}");

    let half = told(&at_moto("ours"), &KEYS[1..]);
    assert!(half.contains("only one of AWS_ACCESS_KEY_ID"), "{half}");
}
