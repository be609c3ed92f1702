//! Which of all secrets that were ever staged.

use std::fmt;

use uuid::Uuid;

/// Tells one staging of a secret from another. In AWS Secrets Manager it is the version's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// One that nothing else has.
    pub(crate) fn new() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// As the store writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Version {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
