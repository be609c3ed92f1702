//! What an invocation brings, told by its shape.

use aws_lambda_events::sqs::SqsEvent;
use fairlead_model::ConnectionId;
use lambda_http::request::LambdaRequest;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use crate::error::FunctionError;

/// An event.
#[derive(Debug)]
pub(crate) enum Event {
    /// Messages of the queue.
    Messages(SqsEvent),
    /// A request to the function's address.
    Http(Box<LambdaRequest>),
    /// A step of a rotation.
    Rotation(Rotation),
    /// What the schedule or a person asks for.
    Asked(Asked),
}

/// A step of a rotation, as Secrets Manager asks for it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Rotation {
    pub(crate) step: String,
    pub(crate) secret_id: String,
    pub(crate) client_request_token: String,
}

/// What the schedule's `Input`, or `aws lambda invoke`, may say.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Asked {
    /// Look which connections are due.
    // Braces, since serde lets unknown fields pass beside a unit variant.
    Tick {},
    /// Say what this function is and which connectors it can run.
    Describe {},
    /// Sync this connection.
    Sync { connection: ConnectionId },
    /// Validate this connection.
    Validate { connection: ConnectionId },
}

/// What tells events apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    request_context: Option<RequestContext>,
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
    #[serde(rename = "ClientRequestToken")]
    token: Option<IgnoredAny>,
    kind: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct RequestContext {
    http: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_source: Option<String>,
}

impl Event {
    /// Tells what the payload is.
    ///
    /// # Errors
    /// `UnknownEvent`. Nothing of the payload is repeated in it: it may hold a secret.
    pub(crate) fn of(payload: &RawValue) -> Result<Self, FunctionError> {
        let text = payload.get();
        let unknown = |_| FunctionError::UnknownEvent("it has none of the shapes that are known".to_owned());
        let shape: Shape = serde_json::from_str(text).map_err(unknown)?;
        let malformed = |what: &'static str| {
            move |error: serde_json::Error| {
                let (line, column) = (error.line(), error.column());
                FunctionError::UnknownEvent(format!("{what} is malformed at line {line}, column {column}"))
            }
        };
        if shape.request_context.is_some_and(|context| context.http.is_some()) {
            return Ok(Self::Http(serde_json::from_str(text).map_err(malformed("the request"))?));
        }
        if shape.token.is_some() {
            return Ok(Self::Rotation(serde_json::from_str(text).map_err(malformed("the rotation"))?));
        }
        if let Some([first, ..]) = shape.records.as_deref()
            && first.event_source.as_deref() == Some("aws:sqs")
        {
            return Ok(Self::Messages(
                serde_json::from_str(text).map_err(malformed("the batch of messages"))?,
            ));
        }
        if shape.kind.is_some() {
            return Ok(Self::Asked(serde_json::from_str(text).map_err(malformed("what is asked for"))?));
        }
        Err(FunctionError::UnknownEvent("it has none of the shapes that are known".to_owned()))
    }

    /// As errors name it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Messages(_) => "a message of the queue",
            Self::Http(_) => "a request over HTTP",
            Self::Rotation(_) => "a step of a rotation",
            Self::Asked(_) => "a tick or a direct invocation",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(text: &str) -> Result<Event, FunctionError> {
        Event::of(&RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn each_source_is_known_by_its_shape() {
        let url = r#"{"version":"2.0","routeKey":"$default","rawPath":"/healthz","rawQueryString":"","headers":{},
            "requestContext":{"accountId":"anonymous","apiId":"x","domainName":"x.on.aws","domainPrefix":"x",
            "http":{"method":"GET","path":"/healthz","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"x"},
            "requestId":"r","routeKey":"$default","stage":"$default","time":"12/Mar/2026:19:03:58 +0000",
            "timeEpoch":1583348638390},"isBase64Encoded":false}"#;
        assert!(matches!(event(url).unwrap(), Event::Http(_)));
        let sqs = r#"{"Records":[{"messageId":"1","receiptHandle":"h","body":"{}","eventSource":"aws:sqs",
            "eventSourceARN":"arn:aws:sqs:eu-west-1:1:work"}]}"#;
        assert!(matches!(event(sqs).unwrap(), Event::Messages(_)));
        let rotation =
            r#"{"Step":"createSecret","SecretId":"arn","ClientRequestToken":"t","RotationToken":"x"}"#;
        assert!(matches!(event(rotation).unwrap(), Event::Rotation(_)));
        assert!(matches!(event(r#"{"kind":"tick"}"#).unwrap(), Event::Asked(Asked::Tick {})));
        assert!(matches!(
            event(r#"{"kind":"sync","connection":"contoso"}"#).unwrap(),
            Event::Asked(Asked::Sync { .. })
        ));
    }

    #[test]
    fn what_nobody_sends_is_refused_without_repeating_it() {
        for text in [
            "null",
            "1",
            "[]",
            "{}",
            r#"{"Records":[]}"#,
            r#"{"Records":[{"eventSource":"aws:s3"}]}"#,
            r#"{"kind":"hunter2"}"#,
            r#"{"kind":"sync","connection":"hunter2 hunter2"}"#,
            r#"{"kind":"tick","extra":"hunter2"}"#,
            r#"{"ClientRequestToken":"hunter2"}"#,
        ] {
            let error = event(text).unwrap_err();
            assert!(matches!(error, FunctionError::UnknownEvent(_)), "{text}: {error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_payload_makes_it_panic(text in r#"\{("(kind|Records|Step|requestContext)":("[a-z]{0,9}"|\[\]|\{\}|null|1),?){0,3}\}"#) {
            if let Ok(raw) = RawValue::from_string(text) {
                let _ = Event::of(&raw);
            }
        }
    }
}
