//! What every store must do, and the servers the managed one is tried against.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod conformance;
pub(crate) mod front;
pub(crate) mod manager;
pub(crate) mod moto;

use fairlead_model::ConnectionId;
use fairlead_secrets::Secret;
use secrecy::ExposeSecret as _;

/// Stands in every secret of these tests, so that one that is printed is found.
pub(crate) const CANARY: &str = "canary";

pub(crate) fn secret(name: &str) -> Secret {
    Secret::ClientSecret(format!("{CANARY}8Q~\"{name}\"").into())
}

pub(crate) fn id(name: &str) -> ConnectionId {
    name.parse().expect("a slug")
}

/// The name a secret of these tests was made with.
pub(crate) fn named(secret: Option<Secret>) -> Option<String> {
    let Secret::ClientSecret(value) = secret? else { panic!("a client secret was set") };
    value.expose_secret().split('"').nth(1).map(str::to_owned)
}

/// Fails where something that is shown has a secret in it.
pub(crate) fn tells_nothing(shown: &str) {
    assert!(!shown.contains(CANARY), "{shown}");
}
