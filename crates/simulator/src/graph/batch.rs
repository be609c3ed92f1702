//! `$batch`: up to twenty requests in one, each on its own account (azure.md 2.7).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::actions::body;
use super::error::{Answer, GraphError};
use super::path::GraphPath;
use crate::odata::JsonWriter;
use crate::server::call::{Call, Request, Response};

/// The most requests of a batch.
const MOST: usize = 20;

#[derive(Debug, Deserialize)]
struct Batch<'b> {
    #[serde(borrow)]
    requests: Vec<Item<'b>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'b> {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(borrow, default)]
    body: Option<&'b RawValue>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// Answers a batch; the answer is 200 whatever befell its items.
pub(super) fn answer(call: &Call<'_>, path: &GraphPath) -> Answer {
    let batch: Batch<'_> = body(&call.request.body)?;
    check(&batch.requests)?;
    let order = order(&batch.requests)?;
    let mut answers: Vec<Option<Response>> = batch.requests.iter().map(|_| None).collect();
    let position: HashMap<String, usize> =
        batch.requests.iter().enumerate().map(|(at, item)| (item.id.to_lowercase(), at)).collect();
    for at in order {
        let item = &batch.requests[at];
        let prerequisite_failed = item.depends_on.iter().any(|id| {
            position
                .get(&id.to_lowercase())
                .and_then(|at| answers[*at].as_ref())
                .is_none_or(|answer| answer.status.is_client_error() || answer.status.is_server_error())
        });
        answers[at] = Some(if prerequisite_failed { failed_dependency(call) } else { run(call, path, item) });
    }
    let changed = answers.iter().flatten().any(|answer| answer.changed);
    let room = answers.iter().flatten().map(|answer| answer.body.len() + 256).sum();
    let mut json = JsonWriter::with_capacity(room);
    json.object(|json| {
        json.array_member("responses", |json| {
            for (item, answer) in batch.requests.iter().zip(answers.iter().flatten()) {
                write(json, item, answer);
            }
        });
    });
    let response = Response::json(StatusCode::OK, json.into_bytes());
    Ok(if changed { response.changed() } else { response })
}

fn run(call: &Call<'_>, path: &GraphPath, item: &Item<'_>) -> Response {
    match request(call, path, item) {
        Ok(request) => call.physics.item(call, &request, super::handle),
        Err(error) => error.into_response(call),
    }
}

/// The request that an item stands for. Its address is relative to the version, with or without a slash.
fn request(call: &Call<'_>, path: &GraphPath, item: &Item<'_>) -> Answer<Request> {
    let method = Method::from_bytes(item.method.to_uppercase().as_bytes())
        .map_err(|_| GraphError::bad_request("BadRequest", "Invalid batch payload format."))?;
    let target = format!("/{}/{}", if path.beta { "beta" } else { "v1.0" }, item.url.trim_start_matches('/'));
    if GraphPath::parse(target.split('?').next().unwrap_or_default())
        .is_some_and(|inner| inner.segments.iter().any(|segment| segment.eq_ignore_ascii_case("$batch")))
    {
        return Err(GraphError::bad_request(
            "BadRequest",
            "A batch request cannot contain another batch request.",
        ));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &item.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            headers.insert(name, value);
        }
    }
    if item.body.is_some() && !headers.contains_key(CONTENT_TYPE) {
        return Err(GraphError::bad_request(
            "BadRequest",
            format!("Write request id : {} does not contain Content-Type header or body.", item.id),
        ));
    }
    let body = item.body.map_or_else(Bytes::new, |body| Bytes::copy_from_slice(body.get().as_bytes()));
    Ok(Request::new(method, &target, headers, body, &call.request.base_url, Uuid::new_v4()))
}

fn failed_dependency(call: &Call<'_>) -> Response {
    let error = GraphError {
        status: StatusCode::FAILED_DEPENDENCY,
        code: "FailedDependency",
        message: "A request that this one depends on has failed.".to_owned(),
        location: None,
    };
    error.into_response(call)
}

fn check(items: &[Item<'_>]) -> Answer<()> {
    let refuse = |message: String| Err(GraphError::bad_request("BadRequest", message));
    if items.is_empty() {
        return refuse("Invalid batch payload format.".to_owned());
    }
    if items.len() > MOST {
        return refuse(format!("Number of batch request steps exceeds the maximum value of {MOST}."));
    }
    for (at, item) in items.iter().enumerate() {
        if items[..at].iter().any(|before| before.id.eq_ignore_ascii_case(&item.id)) {
            return refuse(format!("Request Id '{}' is not unique within the batch.", item.id));
        }
        if let Some(unknown) =
            item.depends_on.iter().find(|id| !items.iter().any(|other| other.id.eq_ignore_ascii_case(id)))
        {
            return refuse(format!("Request '{}' depends on the unknown request '{unknown}'.", item.id));
        }
    }
    Ok(())
}

/// The items, each after those it depends on; refused when they depend on each other in a circle.
fn order(items: &[Item<'_>]) -> Answer<Vec<usize>> {
    let mut order = Vec::with_capacity(items.len());
    while order.len() < items.len() {
        let done = |id: &String| order.iter().any(|at: &usize| items[*at].id.eq_ignore_ascii_case(id));
        let ready: Vec<usize> = (0..items.len())
            .filter(|at| !order.contains(at) && items[*at].depends_on.iter().all(done))
            .collect();
        if ready.is_empty() {
            return Err(GraphError::bad_request("BadRequest", "The batch contains circular dependencies."));
        }
        order.extend(ready);
    }
    Ok(order)
}

fn write(json: &mut JsonWriter, item: &Item<'_>, answer: &Response) {
    json.object(|json| {
        json.string_member("id", &item.id);
        json.integer_member("status", i64::from(answer.status.as_u16()));
        json.object_member("headers", |json| {
            for (name, value) in &answer.headers {
                json.optional_string_member(&canonical(name.as_str()), value.to_str().ok());
            }
        });
        if answer.body.is_empty() {
            return;
        }
        json.key("body");
        let is_json = answer
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/json"));
        if is_json {
            json.raw(&answer.body);
        } else {
            json.string(&STANDARD.encode(&answer.body));
        }
    });
}

/// `retry-after` as clients look for it: `Retry-After`. Names that begin with `x-` stay as they are.
fn canonical(name: &str) -> String {
    if name.starts_with("x-") || name.ends_with("request-id") {
        return name.to_owned();
    }
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<Item<'_>> {
        serde_json::from_str(text).expect("items")
    }

    #[test]
    fn items_run_after_what_they_depend_on() {
        let items = items(
            r#"[{"id":"a","method":"GET","url":"/x","dependsOn":["B"]},{"id":"b","method":"GET","url":"/x"}]"#,
        );
        assert_eq!(order(&items).expect("an order"), [1, 0]);
    }

    #[test]
    fn a_circle_an_unknown_and_a_repeated_id_are_refused() {
        let circle = items(
            r#"[{"id":"a","method":"GET","url":"/x","dependsOn":["b"]},
                {"id":"b","method":"GET","url":"/x","dependsOn":["a"]}]"#,
        );
        assert!(order(&circle).is_err());
        assert!(check(&items(r#"[{"id":"a","method":"GET","url":"/x","dependsOn":["z"]}]"#)).is_err());
        let repeated =
            items(r#"[{"id":"a","method":"GET","url":"/x"},{"id":"A","method":"GET","url":"/x"}]"#);
        assert!(check(&repeated).is_err());
    }

    #[test]
    fn header_names_are_spelled_as_clients_look_for_them() {
        assert_eq!(canonical("retry-after"), "Retry-After");
        assert_eq!(canonical("content-type"), "Content-Type");
        assert_eq!(canonical("x-ms-resource-unit"), "x-ms-resource-unit");
    }
}
