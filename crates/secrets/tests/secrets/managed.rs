//! The store in AWS Secrets Manager, against moto's server; what moto cannot refuse, a front refuses in AWS's words.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use fairlead_secrets::{
    ManagedError, ManagedOptions, ManagedStore, Removal, RotationStore as _, SecretError, SecretStore as _,
    Stage, Version,
};
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{
    conformance,
    front::{Front, Refusal},
    id, manager, moto, named, secret, tells_nothing,
};

async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "canary-key", None, None, "test"))
        .retry_config(
            RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)),
        )
        .load()
        .await
}

/// Options with a prefix that no other test has.
fn options(endpoint: &str) -> ManagedOptions {
    ManagedOptions {
        prefix: format!("test/{}/", uuid::Uuid::new_v4()),
        endpoint: Some(endpoint.parse().expect("an address")),
        ..ManagedOptions::default()
    }
}

async fn store(options: &ManagedOptions) -> ManagedStore {
    ManagedStore::with_config(&config().await, options.clone()).expect("options that work")
}

/// Calls moto as anybody else with rights in the account could.
async fn call(operation: &str, parameters: Value) -> Value {
    manager::call(operation, &parameters).await.1
}

fn name(options: &ManagedOptions, connection: &str) -> String {
    format!("{}connections/{connection}/credential", options.prefix)
}

fn managed(error: SecretError) -> ManagedError {
    tells_nothing(&format!("{error} {error:?}"));
    let SecretError::Managed(error) = error else { panic!("{error:?}") };
    error
}

/// What is traced, at every level.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no panic")).into_owned()
    }

    fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        let level = tracing_subscriber::filter::LevelFilter::TRACE;
        tracing_subscriber::fmt().with_max_level(level).with_writer(self.clone()).finish()
    }

    /// Of everything in this process.
    fn of_all() -> Self {
        static ALL: OnceLock<Kept> = OnceLock::new();
        let start = || {
            let kept = Self::default();
            tracing::subscriber::set_global_default(kept.subscriber()).expect("the only one");
            kept
        };
        ALL.get_or_init(start).clone()
    }
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_managed_store_keeps_the_contract_and_traces_no_secret() {
    let (traced, front) = (Kept::of_all(), Front::start().await);
    for removal in [Removal::Recoverable { days: 7 }, Removal::AtOnce] {
        for cache_for in [Duration::ZERO, Duration::from_mins(5)] {
            let options = ManagedOptions { removal, cache_for, ..options(&front.address) };
            conformance::holds(&store(&options).await).await;
        }
    }
    let traced = traced.text();
    assert!(traced.contains("asked Secrets Manager"));
    tells_nothing(&traced);
}

/// The SDK redacts what it knows to be secret; that nothing of it is traced at all does not rest on that.
#[tokio::test]
async fn what_the_sdk_traces_of_a_call_is_traced_of_none_of_the_stores() {
    let of_the_sdk =
        |kept: &Kept| kept.text().lines().filter(|line| line.contains("aws_smithy_runtime")).count();
    let endpoint =
        aws_sdk_secretsmanager::config::Builder::from(&config().await).endpoint_url(moto::address());
    let client = aws_sdk_secretsmanager::Client::from_conf(endpoint.build());
    let control = Kept::default();
    client.list_secrets().send().with_subscriber(control.subscriber()).await.unwrap();
    assert!(of_the_sdk(&control) > 10, "it traces at its finest level: {}", control.text());
    let (store, kept) = (store(&options(moto::address())).await, Kept::default());
    let used = async {
        store.set(&id("contoso"), &secret("one")).await.unwrap();
        store.get(&id("contoso"), Stage::Current).await.unwrap();
    };
    used.with_subscriber(kept.subscriber()).await;
    assert_eq!(of_the_sdk(&kept), 0, "{}", kept.text());
    assert!(kept.text().contains("asked Secrets Manager"));
}

#[tokio::test]
async fn a_store_is_connected_with_what_the_surroundings_and_the_options_say() {
    // The test's own process is left as it is: a child with an environment of its own plays the operator.
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_some_and(|key| key == "AKIDCHILD") {
        let named = ManagedOptions { region: Some("eu-west-1".into()), ..options(moto_of_parent().as_str()) };
        let store = ManagedStore::connect(named).await.unwrap();
        store.set(&id("connected"), &secret("one")).await.unwrap();
        let kept = store.get(&id("connected"), Stage::Current).await.unwrap();
        assert_eq!(self::named(kept).as_deref(), Some("one"));
        let error =
            ManagedStore::connect(ManagedOptions { prefix: "a b".into(), ..ManagedOptions::default() });
        assert!(matches!(error.await, Err(ManagedError::Prefix { .. })));
        let nowhere = ManagedStore::connect(ManagedOptions::default()).await;
        assert_eq!(nowhere.map(drop), Err(ManagedError::NoRegion));
        return;
    }
    let name = "a_store_is_connected_with_what_the_surroundings_and_the_options_say";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("managed::{name}")])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKIDCHILD")
        .env("AWS_SECRET_ACCESS_KEY", "canary-key")
        .env("AWS_CONFIG_FILE", "/nowhere")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("FAIRLEAD_TEST_MOTO", moto::address())
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    tells_nothing(&said);
}

fn moto_of_parent() -> String {
    std::env::var("FAIRLEAD_TEST_MOTO").expect("the parent's moto")
}

#[tokio::test]
async fn what_is_written_is_plain_json_with_tags_and_the_given_key_at_awss_own_stages() {
    let options = ManagedOptions {
        kms_key_id: Some("alias/fairlead".into()),
        tags: [("team".to_owned(), "identity".to_owned())].into(),
        ..options(moto::address())
    };
    let store = store(&options).await;
    store.set(&id("contoso"), &secret("one")).await.unwrap();
    let two = store.stage(&id("contoso"), &secret("two")).await.unwrap();
    let name = name(&options, "contoso");
    let told = call("DescribeSecret", json!({"SecretId": name})).await;
    assert_eq!(told["KmsKeyId"], "alias/fairlead");
    let tags = told["Tags"].as_array().unwrap();
    for (key, value) in [("application", "fairlead"), ("connection", "contoso"), ("team", "identity")] {
        assert!(tags.contains(&json!({"Key": key, "Value": value})), "{tags:?}");
    }
    let at = async |stage: &str| {
        let read = call("GetSecretValue", json!({"SecretId": name, "VersionStage": stage})).await;
        let value: Value = serde_json::from_str(read["SecretString"].as_str().unwrap()).unwrap();
        assert_eq!(value["kind"], "client-secret");
        (value["value"].as_str().unwrap().to_owned(), read["VersionId"].clone())
    };
    assert!(at("AWSCURRENT").await.0.contains("one"));
    let (value, pending) = at("AWSPENDING").await;
    assert!(value.contains("two"));
    assert_eq!(pending, two.as_str(), "the version is AWS's");
    store.promote(&id("contoso"), &two).await.unwrap();
    assert_eq!(at("AWSCURRENT").await.1, pending, "the version moves, and is not written again");
    assert!(at("AWSPREVIOUS").await.0.contains("one"));
}

#[tokio::test]
async fn a_rotation_by_somebody_else_is_seen_once_the_cache_is_old_or_forgotten() {
    let front = Front::start().await;
    let options = options(&front.address);
    let (ours, theirs) = (store(&options).await, store(&options).await);
    let of = id("contoso");
    ours.set(&of, &secret("one")).await.unwrap();
    let current = async || named(ours.get(&of, Stage::Current).await.unwrap()).unwrap();
    assert_eq!(current().await, "one");
    front.asked();
    assert_eq!(current().await, "one");
    assert!(front.asked().is_empty(), "it is remembered");
    theirs.set(&of, &secret("two")).await.unwrap();
    assert_eq!(current().await, "one");
    ours.forget(&of);
    assert_eq!(current().await, "two");
    ours.set(&of, &secret("three")).await.unwrap();
    assert_eq!(current().await, "three", "what is set here is seen here at once");
    let four = ours.stage(&of, &secret("four")).await.unwrap();
    ours.promote(&of, &four).await.unwrap();
    assert_eq!(current().await, "four");
}

#[tokio::test]
async fn a_promotion_that_was_broken_off_half_way_is_whole() {
    let front = Front::start().await;
    let options = options(&front.address);
    let store = store(&options).await;
    let of = id("contoso");
    store.set(&of, &secret("one")).await.unwrap();
    let two = store.stage(&of, &secret("two")).await.unwrap();
    // The first call moves the stage; the second, which tidies up, never comes through.
    front.refuse(Refusal {
        after: 1,
        ..Refusal::new("UpdateSecretVersionStage", "InternalServiceError", "oh")
    });
    store.promote(&of, &two).await.unwrap();
    let told = call("DescribeSecret", json!({"SecretId": name(&options, "contoso")})).await;
    assert!(told.to_string().contains("AWSPENDING"), "{told}");
    assert_eq!(named(store.get(&of, Stage::Current).await.unwrap()).as_deref(), Some("two"));
    assert_eq!(named(store.get(&of, Stage::Pending).await.unwrap()), None);
    assert!(matches!(store.promote(&of, &two).await, Err(SecretError::NothingPending(_))));
    front.relent();
    // What is set by hand now leaves no trace of it: the old one does not look like one that waits.
    store.set(&of, &secret("by-hand")).await.unwrap();
    assert_eq!(named(store.get(&of, Stage::Pending).await.unwrap()), None);
    assert_eq!(named(store.get(&of, Stage::Previous).await.unwrap()).as_deref(), Some("two"));
    let three = store.stage(&of, &secret("three")).await.unwrap();
    store.promote(&of, &three).await.unwrap();
    assert_eq!(named(store.get(&of, Stage::Current).await.unwrap()).as_deref(), Some("three"));
}

#[tokio::test]
async fn a_rotation_keeps_one_secret_whoever_delivers_its_step_twice() {
    let front = Front::start().await;
    let options = options(&front.address);
    let store = store(&options).await;
    store.set(&id("contoso"), &secret("one")).await.unwrap();
    // What AWS answers when the version is there with another value; moto replaces it.
    let exists = "You can't use ClientRequestToken for a secret version that already exists.";
    front.refuse(Refusal::new("PutSecretValue", "ResourceExistsException", exists));
    let made = conformance::made("two", &fairlead_secrets::RotationToken::random());
    let error = store.keep(&id("contoso"), &made).await.unwrap_err();
    tells_nothing(&format!("{error} {error:?}"));
    assert!(matches!(error, SecretError::Taken { .. }), "{error:?}");
}

#[tokio::test]
async fn throttling_is_waited_out_and_told_when_it_does_not_end() {
    let front = Front::start().await;
    let store = store(&options(&front.address)).await;
    store.set(&id("contoso"), &secret("one")).await.unwrap();
    let throttled = Refusal::new("GetSecretValue", "ThrottlingException", "Rate exceeded");
    front.refuse(Refusal { times: 2, ..throttled.clone() });
    assert!(store.get(&id("contoso"), Stage::Current).await.unwrap().is_some(), "the third try is answered");
    store.forget(&id("contoso"));
    front.refuse(throttled);
    let error = store.get(&id("contoso"), Stage::Current).await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(managed(error), ManagedError::Throttled);
}

#[tokio::test]
async fn a_refusal_names_what_to_allow_or_to_do() {
    let front = Front::start().await;
    let options = options(&front.address);
    let store = store(&options).await;
    store.set(&id("contoso"), &secret("one")).await.unwrap();
    let denied = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: \
                  secretsmanager:GetSecretValue on resource: fairlead/x because no identity-based policy allows it";
    for (operation, code, message, told) in [
        (
            "GetSecretValue",
            "AccessDeniedException",
            denied,
            "does not allow secretsmanager:GetSecretValue on test/",
        ),
        ("GetSecretValue", "AccessDeniedException", "Access to KMS is not allowed", "the KMS key of test/"),
        ("GetSecretValue", "DecryptionFailure", "the key is disabled", "allow kms:Decrypt"),
        ("GetSecretValue", "UnrecognizedClientException", "The security token is invalid", "aws sso login"),
        ("GetSecretValue", "InternalServiceError", "An error occurred", "has trouble (InternalServiceError)"),
        ("GetSecretValue", "SomethingNew", "Odd", "(SomethingNew): Odd"),
    ] {
        front.refuse(Refusal::new(operation, code, message));
        store.forget(&id("contoso"));
        let error = store.get(&id("contoso"), Stage::Current).await.unwrap_err();
        let sentence = managed(error).to_string();
        assert!(sentence.contains(told), "{sentence}");
        front.relent();
    }
    let put = "User: ann is not authorized to perform: secretsmanager:PutSecretValue on resource: x";
    front.refuse(Refusal::new("PutSecretValue", "AccessDeniedException", put));
    let error = managed(store.set(&id("contoso"), &secret("two")).await.unwrap_err());
    assert!(error.to_string().contains("secretsmanager:PutSecretValue on test/"), "{error}");
    front.relent();
    let current = store.get(&id("contoso"), Stage::Current).await.unwrap();
    assert_eq!(named(current).as_deref(), Some("one"), "nothing was changed");
}

#[tokio::test]
async fn two_that_promote_at_once_are_told_apart() {
    let front = Front::start().await;
    let store = store(&options(&front.address)).await;
    store.set(&id("contoso"), &secret("one")).await.unwrap();
    let two = store.stage(&id("contoso"), &secret("two")).await.unwrap();
    // What AWS answers when the version that is to lose the stage does not have it any more.
    let moved =
        "The parameter RemoveFromVersionId can't be empty or is not the version the stage is attached to.";
    front.refuse(Refusal::new("UpdateSecretVersionStage", "InvalidParameterException", moved));
    let error = managed(store.promote(&id("contoso"), &two).await.unwrap_err());
    assert!(matches!(error, ManagedError::Changed { .. }) && error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn an_endpoint_that_is_down_or_somebody_elses_is_told_by_its_address() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = store(&options(&dead)).await.get(&id("contoso"), Stage::Current).await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(
        managed(error).to_string(),
        format!(
            "{dead} cannot be reached: Connection refused (os error 111); check the network, the proxy and the region"
        )
    );
    let router = axum::Router::new().fallback(|| async { "<html>welcome</html>" });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let error = managed(store(&options(&other)).await.get(&id("contoso"), Stage::Current).await.unwrap_err());
    assert!(error.to_string().contains("is not Secrets Manager"), "{error}");
}

/// Credentials that are not there.
#[derive(Debug)]
struct Nobody;

impl ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("nobody is signed in")))
    }
}

#[tokio::test]
async fn without_credentials_it_says_how_to_sign_in_and_without_a_region_which_to_set() {
    let none = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Nobody)
        .load()
        .await;
    let store = ManagedStore::with_config(&none, options(moto::address())).unwrap();
    let error = managed(store.get(&id("contoso"), Stage::Current).await.unwrap_err());
    assert!(error.to_string().contains("nobody is signed in; sign in (aws sso login"), "{error}");
    let nowhere = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    let error = ManagedStore::with_config(&nowhere, ManagedOptions::default()).unwrap_err();
    assert_eq!(error, ManagedError::NoRegion);
}

#[tokio::test]
async fn a_secret_that_is_being_deleted_says_how_to_bring_it_back() {
    let options = options(moto::address());
    let store = store(&options).await;
    let of = id("contoso");
    store.set(&of, &secret("one")).await.unwrap();
    assert!(store.remove(&of).await.unwrap());
    let told = call("DescribeSecret", json!({"SecretId": name(&options, "contoso")})).await;
    assert!(told["DeletedDate"].is_number(), "{told}");
    for error in [
        store.get(&of, Stage::Current).await.unwrap_err(),
        store.stage(&of, &secret("two")).await.unwrap_err(),
        store.promote(&of, &Version::from("two".to_owned())).await.unwrap_err(),
    ] {
        let error = managed(error);
        assert!(error.to_string().contains("aws secretsmanager restore-secret --secret-id test/"), "{error}");
    }
    call("RestoreSecret", json!({"SecretId": name(&options, "contoso")})).await;
    assert_eq!(named(store.get(&of, Stage::Current).await.unwrap()).as_deref(), Some("one"));
}

#[tokio::test]
async fn what_fairlead_did_not_write_is_not_taken_for_a_secret_and_can_be_replaced() {
    let options = options(moto::address());
    let store = store(&options).await;
    for (connection, value) in
        [("text", "canary"), ("other", r#"{"username":"canary"}"#), ("half", r#"{"kind":"client-secret"}"#)]
    {
        call("CreateSecret", json!({"Name": name(&options, connection), "SecretString": value})).await;
        let error = managed(store.get(&id(connection), Stage::Current).await.unwrap_err());
        assert!(matches!(error, ManagedError::Foreign { .. }), "{error:?}");
        store.set(&id(connection), &secret("ours")).await.unwrap();
        assert_eq!(named(store.get(&id(connection), Stage::Current).await.unwrap()).as_deref(), Some("ours"));
    }
    // A rotation of somebody else's may add members of its own.
    let more = r#"{"kind":"client-secret","value":"canary8Q~\"more\"","key_id":"1","not_after":"2027"}"#;
    call("CreateSecret", json!({"Name": name(&options, "more"), "SecretString": more})).await;
    assert_eq!(named(store.get(&id("more"), Stage::Current).await.unwrap()).as_deref(), Some("more"));
}

#[tokio::test]
async fn many_at_once_agree_on_one_fingerprint_key_and_make_each_secret_once() {
    let options = options(moto::address());
    let config = config().await;
    let fingerprints = (0..8).map(|_| {
        let store = ManagedStore::with_config(&config, options.clone()).unwrap();
        tokio::spawn(async move {
            store.set(&id("contoso"), &secret("one")).await.unwrap();
            store.fingerprint(&secret("one")).await.unwrap()
        })
    });
    let mut told = Vec::new();
    for fingerprint in fingerprints.collect::<Vec<_>>() {
        told.push(fingerprint.await.unwrap());
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    let store = store(&options).await;
    assert_eq!(named(store.get(&id("contoso"), Stage::Current).await.unwrap()).as_deref(), Some("one"));
}

#[tokio::test]
async fn a_secret_longer_than_aws_takes_is_refused_here() {
    let store = store(&options(moto::address())).await;
    let long = fairlead_secrets::Secret::ClientSecret("canary".repeat(11_000).into());
    let error = managed(store.set(&id("contoso"), &long).await.unwrap_err());
    assert!(matches!(error, ManagedError::TooLong { .. }), "{error:?}");
}
