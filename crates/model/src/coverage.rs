//! How much of a kind was seen. "Could not look" is never "there is none".

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How much was seen, from best to worst: the worst scope decides for the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// Everything there is.
    Complete,
    /// Left out on request.
    Skipped,
    /// Some of it.
    Partial,
    /// The tenant lacks the licence for it.
    Unlicensed,
    /// The tenant does not let this application look.
    Denied,
}

impl Coverage {
    /// The word used in files and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Skipped => "skipped",
            Self::Partial => "partial",
            Self::Unlicensed => "unlicensed",
            Self::Denied => "denied",
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Coverage {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Complete, Self::Skipped, Self::Partial, Self::Unlicensed, Self::Denied]
            .into_iter()
            .find(|coverage| coverage.as_str() == word)
            .ok_or_else(|| format!("\"{word}\" is not a coverage"))
    }
}

/// What was seen of one kind within one scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CoverageNote {
    /// Kind of item or link.
    pub kind: String,
    /// Subscription, group or other scope; empty: the whole tenant.
    pub scope: String,
    /// How much was seen there.
    pub coverage: Coverage,
    /// Why it is not complete, as a sentence; empty when complete.
    pub reason: String,
}
