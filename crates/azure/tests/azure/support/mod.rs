//! A server whose every byte a test decides: Entra, Graph and Resource Manager on one port.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fairlead_azure::{Credential, Gateway, GatewayOptions, Pace, PolicedGateway, Policy};
use fairlead_model::{Api, ApiNeed, Cloud, CustomCloud, Method, Mode, Request};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use uuid::Uuid;

pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const CLIENT: Uuid = Uuid::from_u128(0xc11e);
pub(crate) const SECRET: &str = "hush~Not.For.Anybody~0123456789abcdef~~~";
pub(crate) const TOKEN_PATH: &str = "/entra/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How many requests for the same path came before.
    pub(crate) before: usize,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn is_token(&self) -> bool {
        self.path == TOKEN_PATH
    }
}

/// What the server sends back.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    close: bool,
    gate: Option<Arc<Semaphore>>,
}

impl Reply {
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let headers: String =
            headers.iter().map(|(name, value)| [*name, ": ", *value, "\r\n"].concat()).collect();
        let head = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n{headers}", body.len());
        let bytes = [head.as_bytes(), b"\r\n", body].concat();
        Self { bytes, close: false, gate: None }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, &[("content-type", "application/json")], body.to_string())
    }

    pub(crate) fn ok() -> Self {
        Self::json(200, &json!({"value": []}))
    }

    /// These bytes, whatever they mean, and then the end of the connection.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), close: true, gate: None }
    }

    /// The connection is reset without an answer.
    pub(crate) fn reset() -> Self {
        Self::raw("")
    }

    /// Not before the gate gives a permit.
    pub(crate) fn held(self, gate: &Arc<Semaphore>) -> Self {
        Self { gate: Some(gate.clone()), ..self }
    }
}

/// A token as Entra issues them, signed by nobody.
pub(crate) fn token(name: &str) -> Reply {
    let claims = json!({"tid": TENANT, "oid": "0b1ec7", "roles": ["User.Read.All"], "name": name});
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
    Reply::json(
        200,
        &json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token}),
    )
}

type Answer = dyn Fn(&Seen) -> Reply + Send + Sync;

/// The server.
pub(crate) struct Server {
    pub(crate) address: String,
    log: Arc<Mutex<Vec<Seen>>>,
    count: watch::Receiver<usize>,
}

impl Server {
    /// Starts a server that gives out tokens and answers everything else with `answer`.
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with_entra(move |seen| if seen.is_token() { token("one") } else { answer(seen) }).await
    }

    /// Starts a server that answers everything with `answer`, token requests too.
    pub(crate) async fn start_with_entra(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (counted, count) = watch::channel(0);
        let serving = Serving { answer: Arc::new(answer), log: log.clone(), counted: Arc::new(counted) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().connection(stream));
            }
        });
        Self { address, log, count }
    }

    pub(crate) fn cloud(&self) -> Cloud {
        let at = |path: &str| format!("{}{path}", self.address).parse().unwrap();
        Cloud::Custom(Box::new(CustomCloud {
            authority: at("/entra"),
            graph: at("/graph"),
            resource_manager: at("/arm"),
            graph_audience: None,
            resource_manager_audience: None,
            ca_file: None,
        }))
    }

    pub(crate) fn options(&self) -> GatewayOptions {
        GatewayOptions { pace: quick(), ..options(self.cloud()) }
    }

    pub(crate) fn gateway(&self) -> Gateway {
        Gateway::connect(self.options()).unwrap()
    }

    /// A gateway that may read everything.
    pub(crate) fn reader(&self) -> PolicedGateway {
        self.gateway().policed(everything(Mode::Read))
    }

    /// Waits until so many requests, token requests not counted, have arrived.
    pub(crate) async fn saw(&self, calls: usize) {
        self.count.clone().wait_for(|count| *count >= calls).await.unwrap();
    }

    /// The requests so far, without those for tokens.
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.log.lock().unwrap().iter().filter(|seen| !seen.is_token()).cloned().collect()
    }

    /// The requests for tokens so far.
    pub(crate) fn token_requests(&self) -> Vec<Seen> {
        self.log.lock().unwrap().iter().filter(|seen| seen.is_token()).cloned().collect()
    }
}

pub(crate) fn options(cloud: Cloud) -> GatewayOptions {
    GatewayOptions::new(cloud, TENANT.parse().unwrap(), CLIENT, Credential::ClientSecret(SECRET.into()))
}

/// A pace for tests: the usual rules, waits of a millisecond or two.
pub(crate) fn quick() -> Pace {
    Pace { first_wait_ms: 1, longest_wait_ms: 2, ..Pace::default() }
}

pub(crate) fn everything(mode: Mode) -> Policy {
    let methods = vec![Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];
    let need = |api| ApiNeed { api, methods: methods.clone(), paths: vec!["/**".into()], why: String::new() };
    Policy::new(&[need(Api::Graph), need(Api::ResourceManager), need(Api::Storage)], mode)
}

pub(crate) fn get(path: &str) -> Request {
    Request::get(Api::Graph, path)
}

#[derive(Clone)]
struct Serving {
    answer: Arc<Answer>,
    log: Arc<Mutex<Vec<Seen>>>,
    counted: Arc<watch::Sender<usize>>,
}

impl Serving {
    async fn connection(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some(mut seen) = read(&mut stream).await {
            {
                let mut log = self.log.lock().unwrap();
                seen.before = log.iter().filter(|earlier| earlier.path == seen.path).count();
                log.push(seen.clone());
                self.counted.send_replace(log.iter().filter(|seen| !seen.is_token()).count());
            }
            let reply = (self.answer)(&seen);
            if let Some(gate) = &reply.gate {
                gate.acquire().await.unwrap().forget();
            }
            if reply.close && reply.bytes.is_empty() {
                // Unsent data and no linger make the close a reset.
                let _ = stream.get_ref().set_zero_linger();
                return;
            }
            if stream.get_mut().write_all(&reply.bytes).await.is_err() || reply.close {
                return;
            }
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut seen = Seen { method, path, headers, body: Vec::new(), before: 0 };
    let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    seen.body = vec![0; length];
    stream.read_exact(&mut seen.body).await.ok()?;
    Some(seen)
}
