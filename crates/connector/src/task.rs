//! Tasks and what they carry.

use serde::{Deserialize, Serialize};

use crate::{Failure, Task};

impl Task {
    /// A task with a payload. Kind and key name it within a run: the same pair runs once.
    ///
    /// # Errors
    /// `Fatal` when the payload cannot be JSON.
    pub fn new(kind: &str, key: impl Into<String>, payload: &impl Serialize) -> Result<Self, Failure> {
        let payload = serde_json::to_string(payload).map_err(|error| {
            Failure::Fatal(format!("the payload of a task \"{kind}\" cannot be written: {error}"))
        })?;
        Ok(Self { kind: kind.to_owned(), key: key.into(), payload })
    }

    /// Reads the payload; an empty one is read as `null`.
    ///
    /// # Errors
    /// `Fatal` when it is not what this version of the connector writes.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Failure> {
        let payload = if self.payload.is_empty() { "null" } else { &self.payload };
        serde_json::from_str(payload).map_err(|error| {
            Failure::Fatal(format!(
                "task \"{}\" {} carries what this version of the connector does not understand ({error}): \
                 start the sync anew",
                self.kind, self.key
            ))
        })
    }

    /// What a connector says to a task it does not know.
    pub fn unknown(&self) -> Failure {
        Failure::Fatal(format!("there is no task \"{}\" in this connector", self.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_comes_back_as_it_was() {
        let task = Task::new("users", "2", &("next", 2)).unwrap();
        assert_eq!(task.read::<(&str, u8)>().unwrap(), ("next", 2));
        assert_eq!(Task { payload: String::new(), ..task }.read::<Option<u8>>().unwrap(), None);
    }

    #[test]
    fn a_payload_of_another_version_is_a_sentence() {
        let task = Task::new("users", "2", &"next").unwrap();
        let Err(Failure::Fatal(sentence)) = task.read::<u8>() else { panic!("it was read") };
        assert!(sentence.starts_with("task \"users\" 2 carries what"), "{sentence}");
        assert!(task.unknown().reason().contains("\"users\""));
    }
}
