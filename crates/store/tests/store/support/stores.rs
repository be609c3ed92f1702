//! The stores state can be kept in, for tests that hold for every one.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use fairlead_store::State;
use http::{Method, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
        HttpResponseBody, HttpService, ReqwestConnector,
    },
    local::LocalFileSystem,
    memory::InMemory,
};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::moto;

/// The secret key of these tests, so that one that is printed is found.
pub(crate) const CANARY: &str = "canary-secret-key";

/// Each kind of store, empty: a folder, memory, S3, and an S3 that fails in every way it can.
pub(crate) async fn stores(folder: &Path) -> Vec<State> {
    stores_and_objects(folder).await.into_iter().map(|(state, _)| state).collect()
}

/// The same, each with what lies under it.
pub(crate) async fn stores_and_objects(folder: &Path) -> Vec<(State, Arc<dyn ObjectStore>)> {
    let state = State::folder(folder).unwrap();
    let mut all: Vec<(State, Arc<dyn ObjectStore>)> =
        vec![(state, Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap()))];
    let faulty = s3(&bucket().await).with_http_connector(Faults::seeded(7)).build().unwrap();
    let objects: [Arc<dyn ObjectStore>; 3] =
        [Arc::new(InMemory::new()), Arc::new(s3(&bucket().await).build().unwrap()), Arc::new(faulty)];
    all.extend(objects.into_iter().map(|objects| (State::objects(objects.clone()), objects)));
    all
}

/// A state in S3, what lies under it, and how many requests the state has made.
pub(crate) async fn counted() -> (State, Arc<dyn ObjectStore>, Arc<AtomicU64>) {
    let requests = Arc::new(AtomicU64::new(0));
    let bucket = bucket().await;
    let counting: AmazonS3 = s3(&bucket).with_http_connector(Counting(requests.clone())).build().unwrap();
    (State::objects(Arc::new(counting)), Arc::new(s3(&bucket).build().unwrap()), requests)
}

/// The same state as it is seen when every lease of before has expired.
pub(crate) fn much_later(state: &State) -> State {
    state.clone().with_clock(|| Timestamp::now() + SignedDuration::from_hours(2))
}

/// A new bucket.
pub(crate) async fn bucket() -> String {
    let name = format!("test-{}", uuid::Uuid::new_v4());
    let client = connect(&ClientOptions::new().with_allow_http(true));
    let request = http::Request::builder()
        .method(Method::PUT)
        .uri(format!("{}/{name}", moto::address()))
        .header("authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request")
        .body(HttpRequestBody::empty());
    let made = client.execute(request.unwrap()).await.expect("moto");
    assert!(made.status().is_success(), "{}", made.status());
    name
}

fn s3(bucket: &str) -> AmazonS3Builder {
    let quick = Duration::from_millis(1);
    let backoff = BackoffConfig { init_backoff: quick, max_backoff: quick, base: 2.0 };
    AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region("us-east-1")
        .with_endpoint(moto::address())
        .with_allow_http(true)
        .with_access_key_id("AKIDEXAMPLE")
        .with_secret_access_key(CANARY)
        .with_retry(RetryConfig { backoff, ..RetryConfig::default() })
}

fn connect(options: &ClientOptions) -> HttpClient {
    ReqwestConnector::default().connect(options).unwrap()
}

#[derive(Debug)]
struct Counting(Arc<AtomicU64>);

impl HttpConnector for Counting {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Counted { client: connect(options), requests: self.0.clone() }))
    }
}

#[derive(Debug)]
struct Counted {
    client: HttpClient,
    requests: Arc<AtomicU64>,
}

#[async_trait]
impl HttpService for Counted {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.client.execute(request).await
    }
}

/// Fails about every second request, on its way there or back, but never one thing so often that whoever is
/// patient does not get there.
#[derive(Debug, Clone)]
struct Faults {
    drawn: Arc<Mutex<Drawn>>,
}

#[derive(Debug)]
struct Drawn {
    random: ChaCha8Rng,
    /// Faults of a request in a row.
    in_a_row: HashMap<String, u32>,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Passes,
    /// It does not arrive, and nobody learns that.
    LostThere,
    /// It is done, and nobody learns that.
    LostBack,
    /// It is done, and the answer is that the service is down.
    DoneAndDown,
    /// It is not done: the service is down.
    Down,
    /// It is not done: somebody else is just writing under that key.
    Conflict,
}

impl Faults {
    fn seeded(seed: u64) -> Self {
        let drawn = Drawn { random: ChaCha8Rng::seed_from_u64(seed), in_a_row: HashMap::new() };
        Self { drawn: Arc::new(Mutex::new(drawn)) }
    }

    fn fate(&self, request: &HttpRequest) -> Fate {
        let mut drawn = self.drawn.lock().unwrap();
        // The parts of an upload are gone once it is complete, so that only one of those may be lost.
        let ends_upload = request.method() == Method::POST && request.uri().query() != Some("delete");
        let most = if ends_upload { 1 } else { 3 };
        let what = format!("{} {}", request.method(), request.uri().path());
        let number = drawn.random.random_range(0..12);
        let in_a_row = drawn.in_a_row.entry(what).or_default();
        let creates = request.headers().contains_key("if-none-match");
        let fate = match number {
            0 => Fate::LostThere,
            1 => Fate::LostBack,
            2 => Fate::DoneAndDown,
            3 => Fate::Down,
            4 if creates => Fate::Conflict,
            _ => Fate::Passes,
        };
        if *in_a_row >= most || fate == Fate::Passes {
            if !ends_upload {
                *in_a_row = 0;
            }
            return Fate::Passes;
        }
        *in_a_row += 1;
        fate
    }
}

impl HttpConnector for Faults {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Faulty { client: connect(options), faults: self.clone() }))
    }
}

#[derive(Debug)]
struct Faulty {
    client: HttpClient,
    faults: Faults,
}

#[async_trait]
impl HttpService for Faulty {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        match self.faults.fate(&request) {
            Fate::Passes => self.client.execute(request).await,
            Fate::LostThere => Err(lost()),
            Fate::LostBack => {
                self.client.execute(request).await?;
                Err(lost())
            }
            Fate::DoneAndDown => {
                self.client.execute(request).await?;
                Ok(answer(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"))
            }
            Fate::Down => Ok(answer(StatusCode::SERVICE_UNAVAILABLE, "SlowDown")),
            Fate::Conflict => Ok(answer(StatusCode::CONFLICT, "ConditionalRequestConflict")),
        }
    }
}

fn lost() -> HttpError {
    HttpError::new(HttpErrorKind::Timeout, std::io::Error::from(std::io::ErrorKind::TimedOut))
}

fn answer(status: StatusCode, code: &str) -> HttpResponse {
    let body = format!("<Error><Code>{code}</Code></Error>");
    Response::builder().status(status).body(HttpResponseBody::from(body)).unwrap()
}
