//! One request from its arrival to its answer: latency, faults, authentication, limits, the endpoint, the log.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HOST};
use http::uri::Scheme;
use http::{HeaderValue, Method, StatusCode};
use hyper::body::{Body as _, Incoming};
use jiff::Timestamp;
use uuid::Uuid;

use super::State;
use super::call::{Call, Quota, Request, Response, Route, RouteKind};
use super::reply::Reply;
use super::service::Service;
use super::{authenticate, dress, errors};
use crate::faults::{Admitted, Fault};
use crate::log::{Entry, micros};
use crate::{admin, arm, entra, graph};

/// The most that a request's body may have; Graph and Resource Manager take 4 MB.
const LARGEST_BODY: usize = 4 << 20;

/// The connection is to break now, by an injected reset.
#[derive(Debug)]
pub(crate) struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is reset on purpose")
    }
}

impl std::error::Error for Reset {}

impl From<Infallible> for Reset {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Answers one request.
pub(crate) async fn answer(
    state: &State,
    incoming: http::Request<Incoming>,
    secure: bool,
) -> Result<http::Response<Reply>, Reset> {
    let request = match read(incoming, secure).await {
        Ok(request) => request,
        Err(status) => return Ok(bare(status)),
    };
    if request.segment(0) == admin::PREFIX {
        return Ok(admin::handle(state, &request));
    }
    let in_flight = state.log.begin();
    let latency = state.physics.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let reply = serve(state, &request);
    drop(in_flight);
    reply
}

/// An answer by an endpoint, or in its stead.
struct Outcome {
    response: Response,
    route: Route,
    client: Option<Uuid>,
    fault: Option<Fault>,
}

fn serve(state: &State, request: &Request) -> Result<http::Response<Reply>, Reset> {
    let start = Instant::now();
    let now = state.clock.now();
    let service = Service::of(request);
    let outcome = decide(state, service, request, now);
    let length = outcome.response.body.len();
    let broken = outcome.fault == Some(Fault::Reset);
    let status = outcome.response.status;
    let changed = outcome.response.changed;
    let reply = finish(state, service, request, outcome.response, outcome.fault, now);
    state.log.record(Entry {
        number: 0,
        service,
        method: request.method.to_string(),
        target: request.target.clone(),
        template: outcome.route.template,
        status: if broken { 0 } else { status.as_u16() },
        client: outcome.client,
        request_id: request.id,
        units: if status.is_success() && service == Service::Graph { outcome.route.cost } else { 0 },
        bytes: if broken { 0 } else { length },
        write: outcome.route.kind.writes(),
        changed,
        fault: outcome.fault.map(Fault::as_str),
        micros: micros(start.elapsed()),
    });
    if broken { Err(Reset) } else { Ok(reply) }
}

fn decide(state: &State, service: Service, request: &Request, now: Timestamp) -> Outcome {
    let fault = state.physics.fault(service);
    match service {
        Service::Entra => {
            let route = entra::describe(request);
            let response = match fault {
                Some(Fault::Throttled) => entra::throttled(state.physics.settings().faults.retry_after_s),
                Some(Fault::Unavailable) => {
                    Response::text(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
                }
                Some(Fault::Internal) => Response::text(StatusCode::INTERNAL_SERVER_ERROR, "Server Error"),
                Some(Fault::Reset | Fault::Truncated) | None => {
                    state.entra.handle(&state.world, &state.physics, &state.clock, request)
                }
            };
            Outcome { response, route, client: None, fault }
        }
        Service::Graph => api(state, service, request, now, fault, graph::describe(request), graph::handle),
        Service::Arm if is_cloud_metadata(request) => {
            let version = request.option("api-version").unwrap_or_default();
            let metadata = entra::discovery::cloud_metadata(&request.base_url, version);
            let response = Response::json(StatusCode::OK, metadata.to_string());
            let template = "/metadata/endpoints";
            let route = Route { template, cost: 0, kind: RouteKind::Read, quota: Quota::None };
            Outcome { response, route, client: None, fault: None }
        }
        Service::Arm => api(state, service, request, now, fault, arm::describe(request), arm::handle),
    }
}

/// The description of the cloud, which is read before there is a token.
fn is_cloud_metadata(request: &Request) -> bool {
    request.method == Method::GET
        && request.segment(0).eq_ignore_ascii_case("metadata")
        && request.segment(1).eq_ignore_ascii_case("endpoints")
}

fn api(
    state: &State,
    service: Service,
    request: &Request,
    now: Timestamp,
    fault: Option<Fault>,
    route: Route,
    handle: fn(&Call<'_>) -> Response,
) -> Outcome {
    let caller = match authenticate::caller(state, service, request, now) {
        Ok(caller) => caller,
        Err(response) => return Outcome { response: *response, route, client: None, fault: None },
    };
    let client = Some(caller.app_id);
    let admitted = Admitted { service, caller: &caller, request, route: &route };
    let response = match fault {
        Some(fault @ (Fault::Throttled | Fault::Unavailable | Fault::Internal)) => {
            state.physics.refuse(fault, &admitted, now)
        }
        Some(Fault::Reset) => Response::status(StatusCode::OK),
        Some(Fault::Truncated) | None => match state.physics.admit(&state.world, &admitted, now) {
            Err(refusal) => *refusal,
            Ok(quota) => quota.write(handle(&Call {
                world: &state.world,
                caller: &caller,
                request,
                clock: &state.clock,
                physics: &state.physics,
            })),
        },
    };
    Outcome { response, route, client, fault }
}

/// Headers, compression and, when it is so decreed, a break in the body.
fn finish(
    state: &State,
    service: Service,
    request: &Request,
    response: Response,
    fault: Option<Fault>,
    now: Timestamp,
) -> http::Response<Reply> {
    let response = dress::headers(service, request, response, now);
    let mut response = if state.compress { dress::compressed(request, response) } else { response };
    if request.method == Method::HEAD {
        response.body = Bytes::new();
    }
    if fault != Some(Fault::Truncated) || response.body.len() < 2 {
        let body = Reply::whole(response.body);
        return assembled(response.status, response.headers, body);
    }
    let part = response.body.slice(..response.body.len() / 2);
    let zipped = response.headers.contains_key(http::header::CONTENT_ENCODING);
    if zipped && state.physics.lot() < 0.5 {
        // The message is whole as HTTP goes, but the gzip stream in it is not.
        return assembled(response.status, response.headers, Reply::whole(part));
    }
    response.headers.insert(CONTENT_LENGTH, HeaderValue::from(response.body.len()));
    assembled(response.status, response.headers, Reply::Broken { part: Some(part), sent: false })
}

fn assembled(status: StatusCode, headers: http::HeaderMap, body: Reply) -> http::Response<Reply> {
    let mut assembled = http::Response::new(body);
    *assembled.status_mut() = status;
    *assembled.headers_mut() = headers;
    assembled
}

fn bare(status: StatusCode) -> http::Response<Reply> {
    let response = errors::arm(status, "BadRequest", "The request cannot be read.");
    assembled(status, response.headers, Reply::whole(response.body))
}

async fn read(incoming: http::Request<Incoming>, secure: bool) -> Result<Request, StatusCode> {
    let (parts, mut body) = incoming.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > LARGEST_BODY {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            bytes.extend_from_slice(&data);
        }
    }
    // HTTP/2 names the host in the address, HTTP/1 in a header.
    let host = parts
        .uri
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| Some(parts.headers.get(HOST)?.to_str().ok()?.to_owned()))
        .ok_or(StatusCode::BAD_REQUEST)?;
    let scheme = if secure { Scheme::HTTPS } else { Scheme::HTTP };
    let target = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    Ok(Request::new(
        parts.method,
        target,
        parts.headers,
        bytes.freeze(),
        &format!("{scheme}://{}", host.to_ascii_lowercase()),
        Uuid::new_v4(),
    ))
}
