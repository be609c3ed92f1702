//! Probes: one question each, asked of Azure and noted with its evidence. Nothing here changes anything: the
//! gateway is held to looking.

mod directory;
mod licence;
mod mailbox;
mod resources;
mod tenant;
mod whereabouts;

pub(super) use self::{
    directory::{SEE_APPLICATIONS, Wanted, details as directory_details, look as directory},
    licence::look as licences,
    mailbox::look as mailbox,
    resources::{details as resource_details, look as resources},
    tenant::look as tenant,
    whereabouts::look as whereabouts,
};

use fairlead_azure::{Gateway, Pace, PolicedGateway, Policy, SignInError};
use fairlead_model::{Api, ApiNeed, Evidence, Method, Mode, Refusal, Request, Response};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};

use super::facts::{Look, SignedIn};

/// Pages of a listing that are read: a person waits.
const MOST_PAGES: usize = 20;

/// A person waits: few tries, and everything at once. Batches would hide which request was answered how.
pub(super) fn pace() -> Pace {
    Pace {
        start_concurrency: 16,
        max_concurrency: 16,
        batch: false,
        attempts: 3,
        call_seconds: 20,
        first_wait_ms: 300,
        ..Pace::default()
    }
}

/// Asks Azure as the connection's application, looking only.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    gateway: Gateway,
    policed: PolicedGateway,
}

impl Asker {
    pub(super) fn new(gateway: Gateway) -> Self {
        let anything = |api| ApiNeed {
            api,
            methods: vec![Method::Get],
            paths: vec!["/**".to_owned()],
            why: String::new(),
        };
        let policy = Policy::new(&[anything(Api::Graph), anything(Api::ResourceManager)], Mode::Read);
        Self { policed: gateway.policed(policy), gateway }
    }

    /// Gets a token, fresh since the gateway is.
    pub(super) async fn sign_in(&self, api: Api, tenant: &str) -> SignedIn {
        let outcome = self.gateway.sign_in(api).await;
        let (status, code, request_id) = match &outcome {
            Ok(_) => (Some(200), None, None),
            Err(SignInError::Refused { code, trace_id, status, error, .. }) => {
                let word = (!error.is_empty()).then(|| error.clone());
                let code = code.map(|code| format!("AADSTS{code}")).or(word);
                ((*status != 0).then_some(*status), code, trace_id.clone())
            }
            Err(SignInError::Garbled { status, .. }) => (Some(*status), None, None),
            Err(_) => (None, None, None),
        };
        let request = format!("POST /{tenant}/oauth2/v2.0/token");
        let evidence = Evidence { request, api: None, status, code, request_id, at: Timestamp::now() };
        SignedIn { outcome, evidence }
    }

    /// Reads one object.
    pub(super) async fn get<T: DeserializeOwned>(&self, api: Api, path: &str) -> Look<T> {
        let answer = self.policed.send(Request::get(api, path)).await;
        read(api, path, answer)
    }

    /// Reads the first page of a listing.
    pub(super) async fn first_page<T: DeserializeOwned>(&self, api: Api, path: &str) -> Look<Vec<T>> {
        self.get::<Page<T>>(api, path).await.map(|page| page.value)
    }

    /// Reads a listing, page by page.
    pub(super) async fn list<T: DeserializeOwned>(&self, api: Api, path: &str) -> Look<Vec<T>> {
        let (mut all, mut seen) = (Vec::new(), Vec::<Evidence>::new());
        let mut next = Some(path.to_owned());
        while let Some(path) = next.take() {
            if seen.len() == MOST_PAGES {
                // What was not read may be what is looked for: of a part nothing follows.
                let why = format!("{api} lists more than {MOST_PAGES} pages of it");
                return Look::Unanswered { why, evidence: seen.swap_remove(0) };
            }
            match self.get::<Page<T>>(api, &path).await {
                Look::Seen(page, evidence) => {
                    all.extend(page.value);
                    seen.extend(evidence);
                    next = page.next;
                }
                other => return other.map(|_| Vec::new()),
            }
        }
        Look::Seen(all, seen)
    }
}

/// A page of a listing, in Graph's words or Resource Manager's.
#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink", alias = "nextLink", default)]
    next: Option<String>,
}

/// Resource Manager wraps an error, some of its providers do not.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Wrapped {
    error: Problem,
    #[serde(flatten)]
    flat: Problem,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
struct Problem {
    code: String,
    message: String,
}

fn read<T: DeserializeOwned>(api: Api, path: &str, answer: Result<Response, Refusal>) -> Look<T> {
    let mut evidence = Evidence {
        request: format!("GET {}", without_host(path)),
        api: Some(api),
        status: None,
        code: None,
        request_id: None,
        at: Timestamp::now(),
    };
    let response = match answer {
        Ok(response) => response,
        Err(refusal) => return Look::Unanswered { why: refusal.to_string(), evidence },
    };
    evidence.status = Some(response.status);
    evidence.request_id = header(&response, "request-id").or_else(|| header(&response, "x-ms-request-id"));
    if (200..300).contains(&response.status) {
        return match serde_json::from_slice(&response.body) {
            Ok(value) => Look::Seen(value, vec![evidence]),
            Err(error) => Look::Unanswered {
                why: format!("{api} answered with something unexpected ({error})"),
                evidence,
            },
        };
    }
    let Wrapped { error, flat } = serde_json::from_slice(&response.body).unwrap_or_default();
    let Problem { code, message } = if error.code.is_empty() { flat } else { error };
    evidence.code = (!code.is_empty()).then_some(code);
    if response.status == 429 || response.status >= 500 {
        let status = response.status;
        return Look::Unanswered {
            why: format!("{api} has trouble (HTTP {status}): try again later"),
            evidence,
        };
    }
    Look::Refused { message, evidence }
}

fn header(response: &Response, name: &str) -> Option<String> {
    response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.clone())
}

/// Next links come with the host, which evidence leaves out.
fn without_host(path: &str) -> &str {
    let Some((_, rest)) = path.split_once("://") else { return path };
    rest.find('/').map_or("/", |start| &rest[start..])
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use fairlead_model::Header;

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "as a probe is answered")]
    fn answer(status: u16, body: &'static str) -> Result<Response, Refusal> {
        let headers = vec![Header { name: "request-id".into(), value: "r-1".into() }];
        Ok(Response { status, headers, body: Bytes::from_static(body.as_bytes()) })
    }

    #[test]
    fn an_answer_is_seen_refused_or_says_nothing() {
        let seen = read::<Vec<u8>>(Api::Graph, "/v1.0/x", answer(200, "[1]"));
        assert_eq!(seen.seen(), Some(&vec![1]));
        assert_eq!(seen.evidence()[0].request_id.as_deref(), Some("r-1"));

        let wrapped = r#"{"error":{"code":"AuthorizationFailed","message":"no"}}"#;
        let refused = read::<u8>(Api::ResourceManager, "/subscriptions", answer(403, wrapped));
        assert_eq!((refused.status(), refused.code()), (Some(403), Some("AuthorizationFailed")));
        let flat = read::<u8>(Api::ResourceManager, "/x", answer(404, r#"{"code":"Gone","message":"no"}"#));
        assert_eq!(flat.code(), Some("Gone"));
        assert_eq!(read::<u8>(Api::Graph, "/x", answer(403, "<html>")).code(), None);

        for silent in [answer(429, "slow down"), answer(503, "{}"), answer(200, "<html>")] {
            assert!(matches!(read::<u8>(Api::Graph, "/x", silent), Look::Unanswered { .. }));
        }
        let given_up = read::<u8>(Api::Graph, "/x", Err(Refusal::Unavailable("it is down".into())));
        let Look::Unanswered { why, evidence } = given_up else { panic!("{given_up:?}") };
        assert_eq!((why.as_str(), evidence.status), ("it is down", None));
    }

    #[test]
    fn evidence_names_no_host() {
        assert_eq!(without_host("https://graph.example/v1.0/users?$skiptoken=1"), "/v1.0/users?$skiptoken=1");
        assert_eq!(without_host("/v1.0/users"), "/v1.0/users");
        assert_eq!(without_host("https://graph.example"), "/");
    }
}
