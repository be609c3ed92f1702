//! What is kept: snapshots, files, and everything the state remembers.

mod artifacts;
mod bucket;
mod checkpoints;
mod collecting;
mod conformance;
mod damage;
mod killed;
mod reading;
mod retention;
mod runs;
mod state;
mod support;
mod webhooks;
