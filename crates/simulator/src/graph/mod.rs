//! Microsoft Graph: v1.0 and beta.

mod actions;
mod ask;
mod batch;
mod change;
mod collection;
mod credentials;
mod delta;
mod endpoint;
mod error;
mod expand;
mod grants;
mod mailbox;
mod opaque;
mod page;
pub mod path;
pub mod permission;
mod query;
mod relation;
mod reports;
mod resource;
mod roles;
mod rows;
mod schedules;
mod shape;
mod table;
mod tenant;
pub mod types;
mod write;

use crate::odata::QueryOptions;
use crate::server::call::{Call, Request, Response, Route};
use ask::Ask;
use change::Change;
use endpoint::Run;
use error::{Answer, GraphError};
use path::GraphPath;

/// The route a request belongs to, known before it is admitted: its template, cost and kind.
pub fn describe(request: &Request) -> Route {
    endpoint::route(request)
}

/// Answers an authenticated and admitted request.
pub fn handle(call: &Call<'_>) -> Response {
    answer(call).unwrap_or_else(|error| error.into_response(call))
}

fn answer(call: &Call<'_>) -> Answer {
    let path =
        GraphPath::parse(call.request.path()).ok_or_else(|| GraphError::segment(call.request.segment(0)))?;
    let (endpoint, keys) = endpoint::find(&call.request.method, &path)?;
    match endpoint.run {
        Run::Read(run) => {
            let options = QueryOptions::read(&call.request.query)?;
            let world = call.world.read();
            let tenant = world.tenant(call.caller.tenant).ok_or_else(GraphError::denied)?;
            run(&Ask { call, tenant, path: &path, keys: &keys, template: endpoint.template, options })
        }
        Run::Write(run) => {
            let mut world = call.world.write();
            let (tenant, others) = world.among(call.caller.tenant).ok_or_else(GraphError::denied)?;
            run(&mut Change { call, tenant, others, path: &path, keys: &keys, template: endpoint.template })
        }
        Run::Batch => batch::answer(call, &path),
    }
}
