//! State in S3: opening it, and telling its failures.

use std::{error::Error, sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ClientOptions, Error as ObjectError, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    client::{HttpError, HttpErrorKind},
    prefix::PrefixStore,
};
use url::{Host, Url};

use crate::{
    Bucket, StoreError,
    objects::{Objects, Place},
};

/// How long a request is tried again. The client's own three minutes are more than what many an invocation of a
/// function has left.
const RETRY_FOR: Duration = Duration::from_secs(10);
/// The longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A connection on which nothing comes or goes for so long is given up.
const SILENCE: Duration = Duration::from_secs(30);
/// The longest request: a large file in one piece, over a slow line. One that is cut goes on where it was.
const LONGEST_REQUEST: Duration = Duration::from_mins(10);

/// Where credentials are asked for that no variable gives: a machine's, and a container's.
const METADATA: &[&str] = &["169.254.169.254", "169.254.170.2"];

/// Opens a bucket. Nothing is sent before the first use.
pub(crate) fn open(bucket: &Bucket) -> Result<Objects, StoreError> {
    if bucket.bucket.is_empty() {
        return Err(StoreError::Location(format!("{bucket} names no bucket: write s3://BUCKET/PREFIX")));
    }
    let store = builder(bucket)?.build();
    let store = store.map_err(|error| failure(bucket.to_string(), &error))?;
    let store: Arc<dyn ObjectStore> = if bucket.prefix.is_empty() {
        Arc::new(store)
    } else {
        Arc::new(PrefixStore::new(store, bucket.prefix.as_str()))
    };
    Ok(Objects::new(store, Place::Bucket(bucket.to_string().into())))
}

fn builder(bucket: &Bucket) -> Result<AmazonS3Builder, StoreError> {
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(&bucket.bucket);
    if let Some(region) = &bucket.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &bucket.endpoint {
        // Before anything the environment says.
        builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint.as_str());
    }
    if let Some(key) = &bucket.kms_key {
        builder = builder.with_sse_kms_encryption(key).with_bucket_key(true);
    }
    let in_force = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
    let endpoint = in_force.iter().find_map(|key| builder.get_config_value(key));
    let client = ClientOptions::new()
        .with_allow_http(endpoint.map_or(Ok(false), |endpoint| may_be_plain(&endpoint))?)
        .with_timeout(LONGEST_REQUEST)
        .with_read_timeout(SILENCE);
    let backoff = BackoffConfig { max_backoff: LONGEST_PAUSE, ..BackoffConfig::default() };
    let retry = RetryConfig { backoff, retry_timeout: RETRY_FOR, ..RetryConfig::default() };
    Ok(builder.with_client_options(client).with_retry(retry))
}

/// Whether the endpoint is spoken to without TLS, which only this machine is.
fn may_be_plain(endpoint: &str) -> Result<bool, StoreError> {
    let url = Url::parse(endpoint).map_err(|error| {
        StoreError::Location(format!("the endpoint \"{endpoint}\" is not an address ({error})"))
    })?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(false),
        "http" if is_here => Ok(true),
        _ => Err(StoreError::Location(format!(
            "the endpoint {endpoint} is not safe for a tenant's directory: use https, which only this machine \
             may do without"
        ))),
    }
}

/// A failure as a sentence. Of what S3 answered only its code is told: the rest may repeat what was signed, and
/// with it a session's token.
pub(crate) fn failure(place: String, error: &ObjectError) -> StoreError {
    let said = error.to_string();
    if METADATA.iter().any(|address| said.contains(address)) {
        return StoreError::NoCredentials { place };
    }
    if said.contains("Missing AccessKeyId") || said.contains("Missing SecretAccessKey") {
        let reason = "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set".to_owned();
        return StoreError::Credentials { place, reason };
    }
    if let Some(code) = between(&said, "<Code>", "</Code>") {
        return of_code(place, code, error);
    }
    match error {
        ObjectError::NotFound { .. } => StoreError::Missing { key: place },
        ObjectError::PermissionDenied { .. } | ObjectError::Unauthenticated { .. } => {
            StoreError::Denied { place }
        }
        // What the client says of a redirect without an address, which is how S3 tells of another region.
        _ if said.contains("incorrectly configured region") => StoreError::WrongRegion { place },
        _ => match transport(error) {
            Some(reason) => StoreError::Unreachable { place, reason: reason.to_owned() },
            None => StoreError::Access { place, reason: status(&said) },
        },
    }
}

/// What a code of S3 means: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
fn of_code(place: String, code: &str, error: &ObjectError) -> StoreError {
    match code {
        "NoSuchBucket" => StoreError::NoBucket { place },
        "NoSuchKey" => StoreError::Missing { key: place },
        "AccessDenied" | "AllAccessDisabled" => StoreError::Denied { place },
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            StoreError::WrongRegion { place }
        }
        "ExpiredToken"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "RequestTimeTooSkewed"
        | "SignatureDoesNotMatch"
        | "TokenRefreshRequired" => StoreError::Credentials { place, reason: code.to_owned() },
        _ if matches!(error, ObjectError::NotFound { .. }) => StoreError::Missing { key: place },
        // Everything else of KMS: the key is disabled, gone, or in another account.
        _ if matches!(error, ObjectError::PermissionDenied { .. }) => StoreError::Denied { place },
        _ => StoreError::Access { place, reason: format!("S3 says {code}") },
    }
}

/// What kept a request from being answered at all.
fn transport(error: &ObjectError) -> Option<&'static str> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<HttpError>() {
            return Some(match error.kind() {
                HttpErrorKind::Connect => "nobody answers there",
                HttpErrorKind::Timeout => "the answer took too long",
                HttpErrorKind::Interrupted => "the connection was cut",
                _ => "the request failed on its way",
            });
        }
        cause = error.source();
    }
    None
}

/// The status of an answer without a code.
fn status(said: &str) -> String {
    match between(said, "status code: ", ":") {
        Some(status) => format!("S3 answered {status}"),
        None => "S3 gave an answer that makes no sense".to_owned(),
    }
}

fn between<'text>(text: &'text str, start: &str, end: &str) -> Option<&'text str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the client makes of an answer.
    fn answered(status: &str, body: &str) -> ObjectError {
        let text = format!("Error performing PUT x - Server returned non-2xx status code: {status}: {body}");
        ObjectError::Generic { store: "S3", source: text.into() }
    }

    #[test]
    fn of_an_answer_only_the_code_is_told() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code>\
                    <CanonicalRequest>x-amz-security-token:canary</CanonicalRequest></Error>";
        let told = failure("s3://ours".to_owned(), &answered("403 Forbidden", body));
        assert_eq!(
            told.to_string(),
            "AWS does not accept the credentials for s3://ours (SignatureDoesNotMatch): renew them, and see that \
             this machine's clock is right"
        );
        let told = failure("s3://ours".to_owned(), &answered("500 Oh", "canary <html>canary"));
        assert!(!format!("{told} {told:?}").contains("canary"), "{told}");
        assert!(told.to_string().contains("500 Oh"), "{told}");
    }

    #[test]
    fn what_a_person_has_to_do_follows_from_the_code() {
        let of = |code: &str| {
            failure("s3://ours/x".into(), &answered("400", &format!("<Error><Code>{code}</Code></Error>")))
        };
        let place = || "s3://ours/x".to_owned();
        assert_eq!(of("NoSuchBucket"), StoreError::NoBucket { place: place() });
        assert_eq!(of("AccessDenied"), StoreError::Denied { place: place() });
        assert_eq!(of("AuthorizationHeaderMalformed"), StoreError::WrongRegion { place: place() });
        assert!(of("NoSuchBucket").is_usage());
        assert!(of("SlowDown").to_string().contains("S3 says SlowDown"));
    }

    #[test]
    fn nobody_but_this_machine_is_spoken_to_without_tls() {
        for here in ["http://127.0.0.1:5000", "http://localhost:1/", "http://[::1]:80"] {
            assert_eq!(may_be_plain(here), Ok(true), "{here}");
        }
        assert_eq!(may_be_plain("https://s3.example"), Ok(false));
        for elsewhere in ["http://s3.example", "http://10.0.0.1:9000", "ftp://127.0.0.1", "x"] {
            let refused = may_be_plain(elsewhere).unwrap_err();
            assert!(matches!(&refused, StoreError::Location(_)), "{refused}");
        }
    }
}
