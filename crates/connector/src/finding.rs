//! Findings of a connector's own checks, and the requests they rest on.
//!
//! A check never fails because it could not look: [`look`] gives what was seen or why it was not, and what was
//! not seen becomes a finding of its own, [`Unseen::finding`]. What the application is not allowed to see is no
//! finding: the requirement that is missing for it is one already.

use crate::{
    Answer, Azure, AzureError, Evidence, Finding, FindingOutcome, Method, PortalPlace, Refusal, Remedy,
    Request, Response, judge,
};

impl Finding {
    /// As it should be. `id` is "AREA.WORD".
    pub fn pass(id: &str, sentence: impl Into<String>) -> Self {
        Self::new(id, FindingOutcome::Pass, sentence)
    }

    /// It works, but somebody should know.
    pub fn warn(id: &str, sentence: impl Into<String>) -> Self {
        Self::new(id, FindingOutcome::Warn, sentence)
    }

    /// It could not be looked at.
    pub fn unknown(id: &str, sentence: impl Into<String>) -> Self {
        Self::new(id, FindingOutcome::Unknown, sentence)
    }

    /// It is wrong.
    pub fn fail(id: &str, sentence: impl Into<String>) -> Self {
        Self::new(id, FindingOutcome::Fail, sentence)
    }

    fn new(id: &str, outcome: FindingOutcome, sentence: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            subject: String::new(),
            outcome,
            sentence: sentence.into(),
            evidence: Vec::new(),
            remedy: None,
        }
    }

    /// Which of several with this id.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// The requests it rests on.
    #[must_use]
    pub fn shown_by(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

impl Remedy {
    /// What to do, as a sentence.
    pub fn new(action: impl Into<String>) -> Self {
        Self { action: action.into(), portal: None, command: None, needs_role: None }
    }

    /// Where in the portal, as people click, and a link that leads there.
    #[must_use]
    pub fn portal(mut self, path: impl Into<String>, url: impl Into<String>) -> Self {
        self.portal = Some(PortalPlace { path: path.into(), url: url.into() });
        self
    }

    /// The same as an Azure CLI command.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// The role whoever does it needs.
    #[must_use]
    pub fn needs_role(mut self, role: &str) -> Self {
        self.needs_role = Some(role.to_owned());
        self
    }
}

/// What a look gave, and the request it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The body of a success.
    pub body: Vec<u8>,
    /// The request.
    pub evidence: Evidence,
}

/// Why there is nothing to see, and the request that shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Unseen {
    /// As a sentence.
    pub why: String,
    /// Azure's error, when it answered with one.
    pub error: Option<AzureError>,
    /// The request.
    pub evidence: Evidence,
}

impl Unseen {
    /// The finding that something could not be looked at; none where it is not allowed.
    pub fn finding(self, id: &str) -> Option<Finding> {
        let is_denied = self.evidence.status == Some(403) && !self.is_about_licence();
        (!is_denied).then(|| Finding::unknown(id, self.why).shown_by([self.evidence]))
    }

    /// Whether Azure answered with one of these codes.
    pub fn is(&self, codes: &[&str]) -> bool {
        self.error.as_ref().is_some_and(|error| error.is(codes))
    }

    /// Whether the tenant lacks a licence for it.
    pub fn is_about_licence(&self) -> bool {
        self.error.as_ref().is_some_and(AzureError::is_about_licence)
    }
}

/// What became of a look.
pub type Look = Result<Seen, Box<Unseen>>;

/// Asks for `what`, such as "the storage accounts of X".
///
/// # Errors
/// Why it was not seen; nothing of it ends the check.
pub fn look(what: &str, request: Request, azure: &impl Azure) -> Look {
    let evidence = asked(&request);
    let sent = azure.send(request);
    seen(what, evidence, sent)
}

/// [`look`] for several things side by side, in the order asked.
pub fn look_all(asked_for: Vec<(String, Request)>, azure: &impl Azure) -> Vec<Look> {
    let about: Vec<_> = asked_for.iter().map(|(what, request)| (what.clone(), asked(request))).collect();
    let sent = azure.send_all(asked_for.into_iter().map(|(_, request)| request).collect());
    about.into_iter().zip(sent).map(|((what, evidence), sent)| seen(&what, evidence, sent)).collect()
}

fn seen(what: &str, asked: Evidence, sent: Result<Response, Refusal>) -> Look {
    let error = sent.as_ref().ok().filter(|response| response.status >= 300).map(AzureError::of);
    let evidence = answered(asked, sent.as_ref().ok(), error.as_ref());
    let why = match judge(what, sent) {
        Ok(Answer::Found(body)) => return Ok(Seen { body, evidence }),
        Ok(Answer::Denied(why) | Answer::Unlicensed(why)) => why,
        Ok(Answer::Gone) => format!("{what}: there is no such thing, or the application may not see it"),
        Ok(Answer::Rejected(error)) => error.sentence(what),
        Err(failure) => failure.reason().to_owned(),
    };
    Err(Box::new(Unseen { why: one_line(&why), error, evidence }))
}

/// Azure's messages have line breaks, and no bound.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 800;
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The evidence before there is an answer.
fn asked(request: &Request) -> Evidence {
    let method = match request.method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    };
    Evidence {
        api: request.api,
        request: format!("{method} {}", request.path),
        status: None,
        code: None,
        request_id: None,
    }
}

fn answered(asked: Evidence, response: Option<&Response>, error: Option<&AzureError>) -> Evidence {
    let Some(response) = response else { return asked };
    // Graph and Resource Manager name it differently.
    let is_id = |name: &str| ["request-id", "x-ms-request-id"].iter().any(|id| name.eq_ignore_ascii_case(id));
    let id = response.headers.iter().find(|header| is_id(&header.name));
    Evidence {
        status: Some(response.status),
        code: error.map(|error| error.code.clone()).filter(|code| !code.is_empty()),
        request_id: id.map(|header| header.value.clone()),
        ..asked
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::{Api, Header, testing::FromFn};

    struct Sent(Result<Response, Refusal>);

    impl From<Response> for Sent {
        fn from(response: Response) -> Self {
            Self(Ok(response))
        }
    }

    impl From<Refusal> for Sent {
        fn from(refusal: Refusal) -> Self {
            Self(Err(refusal))
        }
    }

    fn ask(response: impl Into<Sent>) -> Look {
        let Sent(response) = response.into();
        let azure = FromFn(|_: &Request| response.clone());
        look("the list", Request::get(Api::Graph, "/v1.0/users?$top=1"), &azure)
    }

    fn response(status: u16, body: &str) -> Response {
        let id = Header { name: "Request-Id".into(), value: "r-1".into() };
        Response { status, headers: vec![id], body: body.into() }
    }

    #[test]
    fn what_is_seen_comes_with_the_request_it_rests_on() {
        let seen = ask(response(200, "{}")).unwrap();
        assert_eq!((seen.body.as_slice(), seen.evidence.status), (&b"{}"[..], Some(200)));
        assert_eq!(seen.evidence.request, "GET /v1.0/users?$top=1");
        assert_eq!(seen.evidence.request_id.as_deref(), Some("r-1"));
    }

    #[test]
    fn what_cannot_be_looked_at_is_unknown_and_says_why() {
        let body = r#"{"error":{"code":"BadRequest","message":"No."}}"#;
        let finding = ask(response(400, body)).unwrap_err().finding("area.unknown").unwrap();
        assert_eq!(finding.outcome, FindingOutcome::Unknown);
        assert_eq!(finding.sentence, "the list: Azure answered 400 BadRequest, No.");
        assert_eq!(finding.evidence[0].code.as_deref(), Some("BadRequest"));
        for status in [404, 429, 500] {
            assert_eq!(ask(response(status, "")).unwrap_err().evidence.status, Some(status));
        }
        let refused = ask(Refusal::Unavailable("busy".into())).unwrap_err();
        assert_eq!((refused.why.as_str(), refused.evidence.status), ("busy", None));
    }

    #[test]
    fn azures_own_words_become_one_line_of_bounded_length() {
        let body = serde_json::json!({"error": {"code": "X", "message": format!("a\r\nb\u{1b} {}", "c".repeat(2_000))}});
        let why = ask(response(403, &body.to_string())).unwrap_err().why;
        assert!(why.starts_with("the list: Azure answered 403 X, a b c"), "{why}");
        assert_eq!(why.chars().count(), 801);
    }

    /// A permission or role is missing, and the requirement for it says so.
    #[test]
    fn what_is_not_allowed_is_no_finding_of_the_check() {
        let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"No."}}"#;
        assert_eq!(ask(response(403, body)).unwrap_err().finding("area.unknown"), None);
    }

    #[test]
    fn a_missing_licence_is_told_from_a_denial() {
        let body =
            r#"{"error":{"code":"Authentication_RequestFromNonPremiumTenantOrB2CTenant","message":"x"}}"#;
        assert!(ask(response(403, body)).unwrap_err().is_about_licence());
        assert!(!ask(response(403, "{}")).unwrap_err().is_about_licence());
    }
}
