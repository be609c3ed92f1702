//! Onboarding: one scenario for each way in which connecting a tenant goes wrong and what a validation says of it,
//! and the scripts that set a tenant up.

mod command;
mod connections;
mod guiding;
mod least;
mod registry;
mod rotation;
mod rows;
#[cfg(feature = "full")]
mod scripts;
mod table;
mod webhooks;
mod world;
