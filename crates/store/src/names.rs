//! Names given by connectors: one path segment, and nothing that leads elsewhere.

use crate::StoreError;

/// The longest file name the usual file systems hold, in bytes.
const LONGEST: usize = 255;

/// Checks the name of a file a connector wants to write.
///
/// # Errors
/// `Name`, with a sentence that says what is wrong.
pub(crate) fn check_file_name(name: &str) -> Result<(), StoreError> {
    let problem = if name.is_empty() {
        "it is empty"
    } else if name.len() > LONGEST {
        "it is longer than 255 bytes"
    } else if name.contains(['/', '\\']) {
        "it has a path separator"
    } else if name.starts_with('.') {
        "it starts with a dot"
    } else if name.chars().any(char::is_control) {
        "it has a control character"
    } else if name.contains(['#', ':', '*', '?', '"', '<', '>', '|']) {
        "it has one of # : * ? \" < > |"
    } else if name.ends_with([' ', '.']) {
        "it ends with a space or a dot"
    } else {
        return Ok(());
    };
    let shown: String = name.chars().take(80).collect();
    Err(StoreError::Name(format!(
        "{shown:?} cannot name a file: {problem}; use a plain name such as report.csv"
    )))
}

/// Checks a key of the state store: plain names joined by slashes.
///
/// # Errors
/// `Name`, with a sentence that says what is wrong.
pub(crate) fn check_key(key: &str) -> Result<(), StoreError> {
    key.split('/').try_for_each(check_file_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_one_plain_segment() {
        for good in ["sync.db", "report 2026.csv", "größe.txt", &"a".repeat(255)] {
            assert_eq!(check_file_name(good), Ok(()), "{good}");
        }
        let bad = [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "/etc/passwd",
            "a\0b",
            "a\nb",
            ".hidden",
            "a#1",
            "c:x",
            "a.",
        ];
        for bad in bad.into_iter().chain([&*"a".repeat(256)]) {
            assert!(matches!(check_file_name(bad), Err(StoreError::Name(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_key_cannot_climb() {
        assert_eq!(check_key("artifacts/contoso/1/sync.db"), Ok(()));
        for bad in ["", "/a", "a//b", "a/../b", "a/"] {
            assert!(check_key(bad).is_err(), "{bad:?}");
        }
    }
}
