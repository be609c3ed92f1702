//! What a connector is called for, as errors and logs name it.

use std::fmt;

use fairlead_model::Task;

/// One kind of call to a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// To say what it is.
    Describe,
    /// To say what a tenant must have.
    Requirements,
    /// To look at a tenant during a validation.
    Check,
    /// To say what there is to do.
    Plan,
    /// To do one piece of work.
    Task {
        /// The task's kind.
        kind: String,
        /// The task's key.
        key: String,
    },
    /// To make its files.
    Publish,
}

impl From<&Task> for Work {
    fn from(task: &Task) -> Self {
        Self::Task { kind: task.kind.clone(), key: task.key.clone() }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Describe => f.write_str("describing itself"),
            Self::Requirements => f.write_str("naming its requirements"),
            Self::Check => f.write_str("checking the tenant"),
            Self::Plan => f.write_str("planning"),
            Self::Task { kind, key } if key.is_empty() => write!(f, "task {}", Plain(kind)),
            Self::Task { kind, key } => write!(f, "task {} \"{}\"", Plain(kind), Plain(key)),
            Self::Publish => f.write_str("publishing"),
        }
    }
}

/// A connector's text made fit for a terminal: no control characters, and of bounded length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain<'a>(pub(crate) &'a str);

/// The longest text of a connector that is shown, in characters.
const LONGEST: usize = 2_000;

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(LONGEST) {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                fmt::Write::write_char(f, character)?;
            }
        }
        if characters.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// [`Plain`] as a string.
pub(crate) fn plain(text: &str) -> String {
    Plain(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connectors_text_cannot_steer_a_terminal_or_flood_it() {
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(plain(&"ü".repeat(LONGEST)).chars().count(), LONGEST);
        assert!(plain(&"ü".repeat(LONGEST + 1)).ends_with('…'));
    }

    #[test]
    fn a_task_is_named_by_kind_and_key() {
        let task = |key: &str| Work::Task { kind: "members".into(), key: key.into() };
        assert_eq!(task("").to_string(), "task members");
        assert_eq!(task("g1").to_string(), "task members \"g1\"");
    }
}
