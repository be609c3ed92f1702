//! Ways to Azure for tests and benches: answers held in memory, or made by a function.

use std::{cell::RefCell, collections::BTreeMap};

use crate::{Azure, Method, Refusal, Request, Response};

/// Answers with what a function makes of each request.
pub struct FromFn<F>(pub F);

impl<F: Fn(&Request) -> Result<Response, Refusal>> Azure for FromFn<F> {
    fn send(&self, request: Request) -> Result<Response, Refusal> {
        (self.0)(&request)
    }
}

/// Answers from a table of paths, and remembers what was asked.
#[derive(Debug, Default)]
pub struct Canned {
    answers: BTreeMap<String, Result<Response, Refusal>>,
    asked: RefCell<Vec<String>>,
}

impl Canned {
    /// No answers yet: every request is refused as not declared.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers a path (with its query) or a next link with 200 and a body. Other methods than GET stand before
    /// the path: "POST /path".
    #[must_use]
    pub fn ok(self, path: &str, body: impl Into<Vec<u8>>) -> Self {
        self.status(path, 200, body)
    }

    /// Answers with a status and a body.
    #[must_use]
    pub fn status(mut self, path: &str, status: u16, body: impl Into<Vec<u8>>) -> Self {
        self.answers.insert(path.to_owned(), Ok(response(status, body)));
        self
    }

    /// Answers with an error document.
    #[must_use]
    pub fn error(self, path: &str, status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({"error": {"code": code, "message": message}}).to_string();
        self.status(path, status, body)
    }

    /// Does not send it.
    #[must_use]
    pub fn refuse(mut self, path: &str, refusal: Refusal) -> Self {
        self.answers.insert(path.to_owned(), Err(refusal));
        self
    }

    /// What was asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }
}

impl Azure for Canned {
    fn send(&self, request: Request) -> Result<Response, Refusal> {
        let asked = match request.method {
            Method::Get => request.path,
            Method::Head => format!("HEAD {}", request.path),
            Method::Post => format!("POST {}", request.path),
            Method::Put => format!("PUT {}", request.path),
            Method::Patch => format!("PATCH {}", request.path),
            Method::Delete => format!("DELETE {}", request.path),
        };
        let answer = self.answers.get(&asked).cloned();
        let answer =
            answer.unwrap_or_else(|| Err(Refusal::NotDeclared(format!("there is no answer to {asked}"))));
        self.asked.borrow_mut().push(asked);
        answer
    }
}

/// A response without headers.
pub fn response(status: u16, body: impl Into<Vec<u8>>) -> Response {
    Response { status, headers: Vec::new(), body: body.into() }
}
