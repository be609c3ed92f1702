//! The one place where machine code becomes callable without having been compiled in this process.

#![allow(unsafe_code, reason = "wasmtime cannot check machine code, so loading it is the caller's promise")]

use wasmtime::{Engine, component::Component};

use crate::cache::Authentic;

/// Loads a component that was compiled before.
///
/// # Errors
/// When it was compiled for another engine.
pub(crate) fn load(engine: &Engine, artifact: &Authentic) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` runs whatever these bytes are as machine code. `Authentic` exists for bytes only that
    // carry the seal this installation put on what wasmtime had just compiled; they are the very bytes the seal
    // was checked on, already in memory, so nobody can change them in between.
    unsafe { Component::deserialize(engine, artifact.bytes()) }
}
