//! Graph's `$batch`: up to twenty calls in one request, and their answers taken apart again.
//!
//! Format: learn.microsoft.com/graph/json-batching. No document is built: the envelope is read into
//! slices of the received bytes, and each part's body is such a slice.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::Call;
use crate::wire::Answer;

/// The most calls Graph takes in one batch.
pub(super) const MOST: usize = 20;
/// Fewer are sent one by one, side by side.
pub(super) const FEWEST: usize = 3;

#[derive(Serialize)]
struct Envelope<'a> {
    requests: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    id: String,
    method: &'static str,
    url: String,
    headers: OwnHeaders<'a>,
}

struct OwnHeaders<'a>(&'a Call);

impl Serialize for OwnHeaders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.own_headers())
    }
}

/// The body of a batch; a part's id is its place.
pub(super) fn encode<'a>(calls: impl Iterator<Item = &'a Call>) -> Result<Bytes, serde_json::Error> {
    let requests = calls
        .enumerate()
        .map(|(place, call)| Part {
            id: place.to_string(),
            method: call.method.as_str(),
            url: call.within_version(),
            headers: OwnHeaders(call),
        })
        .collect();
    serde_json::to_vec(&Envelope { requests }).map(Bytes::from)
}

#[derive(Deserialize)]
struct Answers<'a> {
    #[serde(borrow)]
    responses: Vec<PartAnswer<'a>>,
}

#[derive(Deserialize)]
struct PartAnswer<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    status: u16,
    #[serde(borrow, default)]
    headers: Option<Headers<'a>>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

/// Values are strings but for some services that write numbers.
type Headers<'a> = std::collections::HashMap<Cow<'a, str>, &'a RawValue>;

/// Takes a batch's answer apart. Parts come in any order; one that is missing or cannot be read is absent.
pub(super) fn decode(body: &Bytes, calls: usize) -> Result<Vec<Option<Answer>>, serde_json::Error> {
    let answers: Answers<'_> = serde_json::from_slice(body)?;
    let mut parts: Vec<Option<Answer>> = (0..calls).map(|_| None).collect();
    for answer in answers.responses {
        let place = answer.id.parse::<usize>().ok().and_then(|place| parts.get_mut(place));
        if let (Some(place), Ok(status)) = (place, StatusCode::from_u16(answer.status)) {
            let headers = answer.headers.map(headers).unwrap_or_default();
            let body = answer.body.map(|part| part_body(body, part, &headers)).unwrap_or_default();
            *place = Some(Answer { status, headers, body });
        }
    }
    Ok(parts)
}

fn headers(given: Headers<'_>) -> HeaderMap {
    given
        .into_iter()
        .filter_map(|(name, value)| {
            let name = HeaderName::try_from(name.as_ref()).ok()?;
            Some((name, HeaderValue::try_from(text(value).as_ref()).ok()?))
        })
        .collect()
}

fn text(value: &RawValue) -> Cow<'_, str> {
    serde_json::from_str::<String>(value.get()).map_or(Cow::Borrowed(value.get()), Cow::Owned)
}

/// A JSON body is a slice of the whole answer. Anything else arrives as a string, in base64.
fn part_body(whole: &Bytes, part: &RawValue, headers: &HeaderMap) -> Bytes {
    let json =
        headers.get(CONTENT_TYPE).is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.contains("json")));
    match part.get() {
        "null" => Bytes::new(),
        raw if json || !raw.starts_with('"') => whole.slice_ref(raw.as_bytes()),
        _ => {
            let text = text(part);
            STANDARD.decode(text.as_bytes()).unwrap_or_else(|_| text.into_owned().into_bytes()).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use fairlead_model::{Api, Header, Request};

    use super::*;
    use crate::{pacing::Service, policy::Target};

    fn call(path: &str, headers: &[(&str, &str)]) -> Call {
        let base = "https://graph.example".parse().unwrap();
        let target = Target::resolve(Api::Graph, &base, path).unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| Header { name: (*name).into(), value: (*value).into() })
            .collect();
        Call::new(Request { headers, ..Request::get(Api::Graph, path) }, Service::Graph, target).unwrap()
    }

    #[test]
    fn a_batch_names_each_call_by_its_place_and_keeps_its_headers() {
        let calls = [
            call("/v1.0/groups/1/members?$select=id&$filter=a eq 'b'", &[("ConsistencyLevel", "eventual")]),
            call("/v1.0/users/2", &[]),
        ];
        let body = encode(calls.iter()).unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
            serde_json::json!({"requests": [
                {"id": "0", "method": "GET", "url": "/groups/1/members?$select=id&$filter=a%20eq%20%27b%27",
                 "headers": {"consistencylevel": "eventual"}},
                {"id": "1", "method": "GET", "url": "/users/2", "headers": {}},
            ]})
        );
    }

    #[test]
    fn answers_are_put_back_in_order_without_copying_their_bodies() {
        let whole = Bytes::from_static(
            br#"{"responses":[
                {"id":"2","status":429,"headers":{"Retry-After":"7"},"body":{"error":{"code":"TooManyRequests"}}},
                {"id":"0","status":200,"headers":{"Content-Type":"application/json"},"body":{"value":[1, 2]}},
                {"id":"9","status":200,"body":{}},
                {"id":"3","status":204},
                {"id":"4","status":200,"headers":{"content-type":"image/png","x-ms-resource-unit":1},"body":"aGk="}
            ]}"#,
        );
        let parts = decode(&whole, 5).unwrap();
        let first = parts[0].as_ref().unwrap();
        assert_eq!(first.body, r#"{"value":[1, 2]}"#);
        assert!(whole.as_ptr_range().contains(&first.body.as_ptr()), "the body was copied");
        assert!(parts[1].is_none());
        let throttled = parts[2].as_ref().unwrap();
        assert_eq!(
            (throttled.status.as_u16(), &throttled.headers["retry-after"]),
            (429, &"7".parse().unwrap())
        );
        assert!(parts[3].as_ref().unwrap().body.is_empty());
        let image = parts[4].as_ref().unwrap();
        assert_eq!(
            (&image.body[..], &image.headers["x-ms-resource-unit"]),
            (&b"hi"[..], &"1".parse().unwrap())
        );
    }

    #[test]
    fn what_is_no_batch_answer_is_an_error() {
        for body in ["", "{}", r#"{"responses":[{"id":"0""#, r#"{"error":{}}"#] {
            assert!(decode(&Bytes::from(body), 1).is_err(), "{body}");
        }
    }
}
