//! The one place where machine code becomes callable without having been compiled in this process.

#![allow(unsafe_code, reason = "wasmtime cannot check machine code, so loading it is the caller's promise")]

use wasmtime::{Engine, component::Component};

/// Bytes of a seal.
const SEAL: usize = 32;

/// Machine code of which this process knows where it comes from.
pub(crate) struct Authentic(Vec<u8>);

impl Authentic {
    /// What a file holds, a seal and the code behind it; none when `is_genuine`, which gets both, says that the
    /// seal is not the right one for this code.
    ///
    /// The file is in memory before that is asked, never mapped, so that nobody changes it afterwards.
    pub(crate) fn check(file: Vec<u8>, is_genuine: impl FnOnce(&[u8], &[u8]) -> bool) -> Option<Self> {
        let (seal, code) = file.split_at_checked(SEAL)?;
        is_genuine(seal, code).then_some(Self(file))
    }

    /// The code.
    pub(crate) fn code(&self) -> &[u8] {
        &self.0[SEAL..]
    }
}

/// Loads a component that was compiled before.
///
/// # Errors
/// When it was compiled for another engine, or for a machine that can do more than this one.
pub(crate) fn load(engine: &Engine, artifact: &Authentic) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` runs whatever these bytes are as machine code. `Authentic` exists for bytes only whose
    // seal was found to be right: the cache's, which this installation puts on what wasmtime has just compiled, or
    // the package's, which is as trustworthy as the program it comes with. They are the very bytes the seal was
    // checked on, already in memory, so nobody can change them in between.
    unsafe { Component::deserialize(engine, artifact.code()) }
}
