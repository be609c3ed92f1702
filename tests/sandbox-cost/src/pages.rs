//! Recorded answers of Azure, given to a component's host and to native collectors alike.

use std::collections::HashMap;

use async_trait::async_trait;
use fairlead_model::{Method, Refusal, Request, Response, Task};

/// The tasks of a sync and what Azure answered to each of their requests.
#[derive(Default)]
pub(crate) struct Pages {
    /// Tasks in the order they were done.
    pub(crate) tasks: Vec<Task>,
    /// Answers by method and path.
    pub(crate) answers: HashMap<(Method, String), Response>,
}

impl Pages {
    fn answer(&self, method: Method, path: &str) -> Result<Response, Refusal> {
        let answer = self.answers.get(&(method, path.to_owned()));
        answer.cloned().ok_or_else(|| Refusal::Unavailable(format!("{path} was not recorded")))
    }
}

#[async_trait]
impl fairlead_host::Azure for Pages {
    async fn send(&self, request: Request) -> Result<Response, Refusal> {
        self.answer(request.method, &request.path)
    }
}

impl fairlead_connector::Azure for Pages {
    fn send(
        &self,
        request: fairlead_connector::Request,
    ) -> Result<fairlead_connector::Response, fairlead_connector::Refusal> {
        let method = match request.method {
            fairlead_connector::Method::Post => Method::Post,
            _ => Method::Get,
        };
        let answer = self.answer(method, &request.path);
        let answer = answer.map_err(|_| fairlead_connector::Refusal::Unavailable(request.path))?;
        let headers = answer.headers.iter().map(|header| fairlead_connector::Header {
            name: header.name.clone(),
            value: header.value.clone(),
        });
        Ok(fairlead_connector::Response {
            status: answer.status,
            headers: headers.collect(),
            body: answer.body.to_vec(),
        })
    }
}
