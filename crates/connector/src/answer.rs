//! What an answer means: found, denied, not licensed, gone, or rejected for another reason.

use serde::Deserialize;

use crate::{Failure, Refusal, Response, Text};

/// The most of a body that is no error document that goes into a sentence, in characters.
const LONGEST_EXCERPT: usize = 200;

/// What Azure said to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The body of a success.
    Found(Vec<u8>),
    /// Looking is not allowed; why, as a sentence.
    Denied(String),
    /// The tenant lacks the licence for it; as a sentence.
    Unlicensed(String),
    /// The thing asked about is not there (any more).
    Gone,
    /// Any other error: for whoever knows what its code means here.
    Rejected(AzureError),
}

/// An error as Azure describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureError {
    /// HTTP status.
    pub status: u16,
    /// Azure's code, such as `Authorization_RequestDenied`; empty when there is none.
    pub code: String,
    /// Azure's words, or an excerpt of what it sent instead.
    pub message: String,
}

impl AzureError {
    /// Reads the error document of Graph and Resource Manager (`{"error": {"code", "message"}}`) and the flat
    /// one that some resource providers send.
    pub fn of(response: &Response) -> Self {
        let read = serde_json::from_slice::<Document<'_>>(&response.body).unwrap_or_default();
        let parts = read.error.unwrap_or(Parts { code: read.code, message: read.message });
        let text = |part: Option<Text<'_>>| part.map(Text::into_string).unwrap_or_default();
        let (code, message) = (text(parts.code), text(parts.message));
        let message = if message.is_empty() { excerpt(&response.body) } else { message };
        Self { status: response.status, code, message }
    }

    /// Whether it has one of these codes. Azure is not consistent about their case.
    pub fn is(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.code.eq_ignore_ascii_case(code))
    }

    /// Whether the tenant lacks a licence. Azure has no status of its own for that: these codes come with 400
    /// and 403 (Privileged Identity Management without P2, sign-ins without P1).
    pub fn is_about_licence(&self) -> bool {
        self.is(&[
            "AadPremiumLicenseRequired",
            "PimLicenseRequired",
            "TenantLicenseRequired",
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        ])
    }

    /// The error as a sentence about `what`, such as "the list of users".
    pub fn sentence(&self, what: &str) -> String {
        let Self { status, code, message } = self;
        match (code.as_str(), message.as_str()) {
            ("", "") => format!("{what}: Azure answered {status}"),
            ("", message) => format!("{what}: Azure answered {status}, {message}"),
            (code, message) => format!("{what}: Azure answered {status} {code}, {message}"),
        }
    }

    /// What a task ends with that does not know what to make of the error.
    pub fn into_failure(self, what: &str) -> Failure {
        let sentence = self.sentence(what);
        match self.status {
            401 => Failure::Denied(sentence),
            408 | 429 | 500.. => Failure::RetryLater(sentence),
            _ => Failure::Fatal(sentence),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow)]
    error: Option<Parts<'a>>,
    code: Option<Text<'a>>,
    message: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parts<'a> {
    #[serde(borrow)]
    code: Option<Text<'a>>,
    message: Option<Text<'a>>,
}

fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_EXCERPT).collect()
}

/// Says what came of a request for `what` (such as "the list of users").
///
/// # Errors
/// What ends the task: the run is stopping, the service cannot be reached, the credential does not work, or the
/// call is not one the connector may make.
pub fn judge(what: &str, sent: Result<Response, Refusal>) -> Result<Answer, Failure> {
    let response = match sent {
        Ok(response) => response,
        Err(Refusal::NotApproved(why)) => return Ok(Answer::Denied(why)),
        Err(refusal) => return Err(refusal.into()),
    };
    if (200..300).contains(&response.status) {
        return Ok(Answer::Found(response.body));
    }
    let error = AzureError::of(&response);
    Ok(match error.status {
        _ if error.is_about_licence() => Answer::Unlicensed(error.sentence(what)),
        403 => Answer::Denied(error.sentence(what)),
        404 => Answer::Gone,
        401 | 408 | 429 | 500.. => return Err(error.into_failure(what)),
        _ => Answer::Rejected(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Result<Answer, Failure> {
        judge("the list of users", Ok(Response { status, headers: vec![], body: body.into() }))
    }

    #[test]
    fn a_denial_carries_azures_own_words() {
        let body = r#"{"error":{"code":"Authorization_RequestDenied",
            "message":"Insufficient privileges to complete the \"operation\".","innerError":{"date":"x"}}}"#;
        assert_eq!(
            judged(403, body),
            Ok(Answer::Denied(
                "the list of users: Azure answered 403 Authorization_RequestDenied, Insufficient privileges \
                 to complete the \"operation\"."
                    .into()
            ))
        );
    }

    #[test]
    fn a_missing_licence_is_told_from_a_missing_permission() {
        for (status, code) in [
            (400, "AadPremiumLicenseRequired"),
            (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"),
        ] {
            let answer = judged(status, &format!(r#"{{"error":{{"code":"{code}","message":"m"}}}}"#));
            assert!(matches!(answer, Ok(Answer::Unlicensed(_))), "{answer:?}");
        }
    }

    #[test]
    fn what_may_be_different_later_ends_the_task_for_now() {
        for status in [408, 429, 500, 503] {
            assert!(matches!(judged(status, ""), Err(Failure::RetryLater(_))), "{status}");
        }
        assert!(matches!(judged(401, "{}"), Err(Failure::Denied(_))));
    }

    #[test]
    fn a_vanished_thing_is_gone_and_other_errors_are_for_the_caller() {
        assert_eq!(judged(404, "{}"), Ok(Answer::Gone));
        let flat = r#"{"code":"FeatureNotSupportedForAccount","message":"No blobs."}"#;
        let Ok(Answer::Rejected(error)) = judged(409, flat) else { panic!("it was judged") };
        assert!(error.is(&["featureNotSupportedForAccount"]));
        assert_eq!(
            error.into_failure("the containers of a"),
            Failure::Fatal(
                "the containers of a: Azure answered 409 FeatureNotSupportedForAccount, No blobs.".into()
            )
        );
    }

    #[test]
    fn an_error_that_is_no_document_is_quoted_in_part() {
        let page = format!("<html>\n  {}</html>", "Bad gateway ".repeat(100));
        let Ok(Answer::Denied(sentence)) = judged(403, &page) else { panic!("it was judged") };
        assert!(sentence.contains("403, <html> Bad gateway"), "{sentence}");
        assert!(sentence.len() < 300);
        assert_eq!(judged(403, ""), Ok(Answer::Denied("the list of users: Azure answered 403".into())));
        let odd = judged(400, r#"{"error":"invalid"}"#);
        assert!(matches!(odd, Ok(Answer::Rejected(error)) if error.message == r#"{"error":"invalid"}"#));
    }

    #[test]
    fn a_call_the_operator_did_not_approve_is_a_denial() {
        assert_eq!(judge("x", Err(Refusal::NotApproved("no".into()))), Ok(Answer::Denied("no".into())));
        assert!(matches!(judge("x", Err(Refusal::Stopping)), Err(Failure::RetryLater(_))));
    }
}
