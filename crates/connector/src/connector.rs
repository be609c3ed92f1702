//! The trait a connector implements.

use serde::de::DeserializeOwned;

use crate::{Azure, Bookmark, Connection, Description, Failure, Step, Task};

/// A connector: pure functions from a task to records and further tasks. Nothing survives a call but what it
/// returned. [`export!`](crate::export!) makes a component of it.
pub trait Connector {
    /// What the settings schema describes. Fields carry `#[serde(default)]` where the schema has a default.
    type Settings: DeserializeOwned;

    /// What it is and asks for, read before anything else runs.
    fn describe() -> Description;

    /// The tasks a sync begins with.
    ///
    /// # Errors
    /// Why there is nothing to begin with.
    fn plan(context: &Context<Self::Settings>, bookmarks: &[Bookmark]) -> Result<Vec<Task>, Failure>;

    /// Does one task.
    ///
    /// # Errors
    /// Why it could not be done.
    fn run(context: &Context<Self::Settings>, task: &Task, azure: &impl Azure) -> Result<Step, Failure>;

    /// Makes files of what was collected.
    ///
    /// # Errors
    /// Why they could not be made.
    fn publish(context: &Context<Self::Settings>) -> Result<(), Failure>;
}

/// The connection a call is made for, with its settings.
#[derive(Debug, Clone)]
pub struct Context<S> {
    /// The connection as the host gave it.
    pub connection: Connection,
    /// Its settings.
    pub settings: S,
}

impl<S: DeserializeOwned> Context<S> {
    /// Reads the connection's settings.
    ///
    /// # Errors
    /// `Settings` with a sentence that says which one is wrong.
    pub fn new(connection: Connection) -> Result<Self, Failure> {
        let given = if connection.settings.trim().is_empty() { "{}" } else { &connection.settings };
        let settings = serde_json::from_str(given).map_err(|error| {
            Failure::Settings(format!(
                "the settings of connection {} do not fit the connector ({error}): correct them and sync again",
                connection.name
            ))
        })?;
        Ok(Self { connection, settings })
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
    #[derive(Default)]
    struct Settings {
        page_size: u16,
    }

    fn read(settings: &str) -> Result<Context<Settings>, Failure> {
        Context::new(Connection {
            name: "contoso".into(),
            tenant_id: "t".into(),
            mode: "read".into(),
            settings: settings.into(),
            entra_portal: String::new(),
        })
    }

    #[test]
    fn absent_settings_are_the_defaults() {
        assert_eq!(read("").unwrap().settings.page_size, 0);
        assert_eq!(read(r#"{"page-size": 7}"#).unwrap().settings.page_size, 7);
    }

    #[test]
    fn wrong_settings_name_connection_and_setting() {
        for (settings, named) in [(r#"{"page-sice": 7}"#, "page-sice"), (r#"{"page-size": "x"}"#, "\"x\"")] {
            let Err(Failure::Settings(sentence)) = read(settings) else { panic!("{settings} was taken") };
            assert!(sentence.starts_with("the settings of connection contoso"), "{sentence}");
            assert!(sentence.contains(named), "{sentence}");
        }
    }
}
