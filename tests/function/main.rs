//! The function as AWS runs it: the real program under a Runtime API, with S3, SQS and Secrets Manager, and an Azure
//! on this machine.

mod aws;
#[path = "../../crates/secrets/tests/secrets/support/moto.rs"]
mod moto;
mod refused;
mod scheduled;
mod world;
