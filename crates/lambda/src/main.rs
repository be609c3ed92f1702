//! Fairlead as a function of AWS Lambda: events in, engine calls out.
//!
//! One program serves three functions, each with a role of its own: the worker syncs and validates, the webhook
//! function takes what others send, the rotator makes new client secrets. Events are told apart by their shape, and
//! each function refuses what is not its own.

mod deadline;
mod error;
mod event;
mod function;
mod http;
mod logging;
mod metrics;
mod queue;
mod records;
mod rotation;
mod settings;

use std::sync::Arc;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::{function::Function, settings::Settings};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    logging::start();
    let settings =
        Settings::read().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    let function = Arc::new(Function::new(settings).await?);
    let handler = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let function = function.clone();
        async move { function.handle(event).await }
    });
    lambda_runtime::run_concurrent(handler).await
}
