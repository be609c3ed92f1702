//! Rotation against moto's Secrets Manager and the simulator: the four steps, each repeated, and a process that ends at
//! every call it makes.

#[path = "../../../secrets/tests/secrets/support/manager.rs"]
mod manager;
#[path = "../../../secrets/tests/secrets/support/moto.rs"]
mod moto;

mod broken_off;
mod federated;
mod front;
mod one_machine;
mod refused;
mod steps;
mod world;
