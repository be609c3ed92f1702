//! Requests to the function's address, answered by the same router as the daemon's.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, body::to_bytes};
use fairlead_engine::EngineError;
use fairlead_web::{Service as Web, router};
use jiff::Timestamp;
use lambda_http::{Adapter, Body, Request, Response, Service as _, request::LambdaRequest};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use tower::ServiceExt as _;

use crate::{error::FunctionError, function::Function};

/// What a buffered answer of Lambda may hold, in bytes.
const LONGEST_ANSWER: usize = 6 * 1024 * 1024;

impl Function {
    /// The router, made when the first request comes.
    ///
    /// # Errors
    /// When a store cannot be opened.
    async fn router(&self) -> Result<&Router, EngineError> {
        self.router
            .get_or_try_init(|| async {
                Ok(router(Web {
                    state: self.installation.state()?.clone(),
                    secrets: self.installation.secrets().await?.clone(),
                    queue: Arc::new(self.queue.clone()),
                    clock: Arc::new(Timestamp::now),
                    waiters: 0,
                }))
            })
            .await
    }

    /// Answers a request.
    ///
    /// # Errors
    /// When a store cannot be opened, or the answer cannot be written.
    pub(crate) async fn http(
        &self,
        request: LambdaRequest,
        context: Context,
    ) -> Result<serde_json::Value, FunctionError> {
        let router = self.router().await?.clone();
        let mut adapter = Adapter::from(service_fn(move |request: Request| answer(router.clone(), request)));
        let Ok(answered) = adapter.call(LambdaEvent::new(request, context)).await;
        Ok(serde_json::to_value(answered)?)
    }
}

async fn answer(router: Router, request: Request) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    // As it was signed: the bytes, whatever Lambda made of them on the way.
    let bytes = match body {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    };
    let request = http::Request::from_parts(parts, axum::body::Body::from(bytes));
    let Ok(response) = router.oneshot(request).await;
    let (parts, body) = response.into_parts();
    Ok(match to_bytes(body, LONGEST_ANSWER).await {
        Ok(bytes) => match String::from_utf8(bytes.to_vec()) {
            Ok(text) => Response::from_parts(parts, Body::Text(text)),
            Err(bytes) => Response::from_parts(parts, Body::Binary(bytes.into_bytes())),
        },
        Err(error) => {
            tracing::error!(%error, "an answer is too long");
            let mut response = Response::new(Body::Empty);
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    })
}
