//! A command that has run.

use std::process::Output;

use serde::de::DeserializeOwned;

/// How a command ended and what it said.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; absent when a signal ended it.
    pub code: Option<i32>,
    /// Its results.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
}

impl Ran {
    /// Its results as JSON.
    ///
    /// # Panics
    /// When they are not: a test's way to fail.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }

    /// Itself, if it succeeded.
    ///
    /// # Panics
    /// When it did not: a test's way to fail.
    #[must_use]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
