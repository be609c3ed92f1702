//! What every answer of a service carries: request ids, security headers, content type, compression.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use uuid::Uuid;

use super::call::{Request, Response};
use super::service::Service;

const GRAPH_JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// Bodies below this many bytes are not worth compressing.
const SMALLEST: usize = 1_024;

/// Adds the headers of a service.
pub(crate) fn headers(service: Service, request: &Request, response: Response, now: Timestamp) -> Response {
    let response = response.with_text("strict-transport-security", "max-age=31536000");
    match service {
        Service::Graph => graph(request, response),
        Service::Arm => arm(request, response, now),
        Service::Entra => entra(request, response),
    }
}

fn graph(request: &Request, response: Response) -> Response {
    let id = request.id.to_string();
    let json =
        response.headers.get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
    let response = if json { response.with_text("content-type", GRAPH_JSON) } else { response };
    let response = if response.status == StatusCode::NO_CONTENT {
        response
    } else {
        response.with_text("odata-version", "4.0")
    };
    response
        .with_text("client-request-id", request.header("client-request-id").unwrap_or(&id))
        .with_text("request-id", &id)
        .with_text(
            "x-ms-ags-diagnostic",
            r#"{"ServerInfo":{"DataCenter":"Simulator","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"SIM0"}}"#,
        )
}

fn arm(request: &Request, response: Response, now: Timestamp) -> Response {
    let id = request.id.to_string();
    let correlation =
        request.header("x-ms-correlation-request-id").filter(|id| Uuid::try_parse(id).is_ok()).unwrap_or(&id);
    let routing = format!("SIMULATOR:{}:{id}", now.strftime("%Y%m%dT%H%M%SZ"));
    let response = response
        .with_text("cache-control", "no-cache")
        .with_text("pragma", "no-cache")
        .with_text("expires", "-1")
        .with_text("x-content-type-options", "nosniff")
        .with_text("x-ms-correlation-request-id", correlation)
        .with_text("x-ms-routing-request-id", &routing)
        .with_text("x-ms-request-id", &id);
    let wanted =
        request.header("x-ms-return-client-request-id").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    match request.header("x-ms-client-request-id").filter(|_| wanted) {
        Some(id) => response.with_text("x-ms-client-request-id", id),
        None => response,
    }
}

fn entra(request: &Request, response: Response) -> Response {
    let response = response
        .with_text("cache-control", "no-store, no-cache")
        .with_text("pragma", "no-cache")
        .with_text("expires", "-1")
        .with_text("x-content-type-options", "nosniff")
        .with_text("x-ms-ests-server", "2.1.1 - SIM ProdSlices")
        .with_text("x-ms-request-id", &request.id.to_string());
    match request.header("client-request-id") {
        Some(id) => response.with_text("client-request-id", id),
        None => response,
    }
}

/// Compresses a body when the client can read that and it is worth it; quickly rather than well.
pub(crate) fn compressed(request: &Request, mut response: Response) -> Response {
    if response.body.len() < SMALLEST || !accepts_gzip(request) {
        return response;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(response.body.len() / 4), Compression::fast());
    let Ok(bytes) = encoder.write_all(&response.body).and_then(|()| encoder.finish()) else {
        return response;
    };
    response.body = Bytes::from(bytes);
    response.headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    response.with(CONTENT_ENCODING, HeaderValue::from_static("gzip"))
}

fn accepts_gzip(request: &Request) -> bool {
    request.header("accept-encoding").is_some_and(|header| {
        header.split(',').any(|part| {
            let (coding, weight) = part.split_once(';').unwrap_or((part, ""));
            let weight = weight.trim();
            coding.trim().eq_ignore_ascii_case("gzip") && weight != "q=0" && weight != "q=0.0"
        })
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn request(headers: &[(&'static str, &str)]) -> Request {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        Request::new(Method::GET, "/", map, Bytes::new(), "https://localhost", Uuid::from_u128(9))
    }

    #[test]
    fn bodies_are_compressed_only_for_who_can_read_them() {
        let long = || Response::json(StatusCode::OK, "x".repeat(5_000));
        let encoded = |header| {
            let response = compressed(&request(&[("accept-encoding", header)]), long());
            response.headers.contains_key(CONTENT_ENCODING)
        };
        assert!(encoded("gzip, deflate, br") && encoded("br;q=1.0, GZIP;q=0.5"));
        assert!(!encoded("br") && !encoded("gzip;q=0"));
        let short =
            compressed(&request(&[("accept-encoding", "gzip")]), Response::json(StatusCode::OK, "{}"));
        assert_eq!(short.body, "{}");
    }

    #[test]
    fn each_service_has_its_own_ids() {
        let now = Timestamp::UNIX_EPOCH;
        let ok = || Response::json(StatusCode::OK, "{}");
        let id = Uuid::from_u128(9).to_string();
        let graph = headers(Service::Graph, &request(&[("client-request-id", "abc")]), ok(), now).headers;
        assert_eq!(graph["request-id"], id.as_str());
        assert_eq!(graph["client-request-id"], "abc");
        assert_eq!(graph[CONTENT_TYPE], GRAPH_JSON);
        let echo = [("x-ms-client-request-id", "c"), ("x-ms-return-client-request-id", "true")];
        let arm = headers(Service::Arm, &request(&echo), ok(), now).headers;
        assert_eq!(
            (&arm["x-ms-request-id"], &arm["x-ms-client-request-id"]),
            (&HeaderValue::from_str(&id).unwrap(), &HeaderValue::from_static("c"))
        );
        let entra = headers(Service::Entra, &request(&[]), ok(), now).headers;
        assert_eq!(entra["cache-control"], "no-store, no-cache");
    }
}
