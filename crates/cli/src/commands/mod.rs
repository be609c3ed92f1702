//! One file a command: its arguments, what it calls, how it prints.

pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod connections;
pub(crate) mod connectors;
pub(crate) mod export;
pub(crate) mod guide;
mod latest;
pub(crate) mod query;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod sync;
pub(crate) mod validate;
pub(crate) mod webhooks;
