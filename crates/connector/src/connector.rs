//! The trait a connector implements.

use serde::de::DeserializeOwned;

use crate::{Azure, Bookmark, Connection, Description, Failure, Finding, Requirement, Step, Task};

/// A connector: pure functions from a task to records and further tasks. Nothing survives a call but what it
/// returned. [`export!`](crate::export!) makes a component of it.
pub trait Connector {
    /// What the settings schema describes. Fields carry `#[serde(default)]` where the schema has a default.
    type Settings: DeserializeOwned;

    /// What it is and asks for, read before anything else runs.
    fn describe() -> Description;

    /// What the tenant must have for the connection's mode and settings. Also the place to refuse settings that
    /// make no sense together: it is asked before a connection is added.
    ///
    /// # Errors
    /// `Settings` with a sentence that says which one is wrong.
    fn requirements(context: &Context<Self::Settings>) -> Result<Vec<Requirement>, Failure>;

    /// What only this connector can look at, beyond its requirements, with a few requests that change nothing.
    /// What cannot be looked at is a finding of its own ([`look`](crate::finding::look)).
    ///
    /// # Errors
    /// Why nothing at all could be looked at.
    fn check(_context: &Context<Self::Settings>, _azure: &impl Azure) -> Result<Vec<Finding>, Failure> {
        Ok(Vec::new())
    }

    /// The tasks a sync begins with.
    ///
    /// # Errors
    /// Why there is nothing to begin with.
    fn plan(context: &Context<Self::Settings>, bookmarks: &[Bookmark]) -> Result<Vec<Task>, Failure>;

    /// Does one task. A connector that plans none knows none.
    ///
    /// # Errors
    /// Why it could not be done.
    fn run(_context: &Context<Self::Settings>, task: &Task, _azure: &impl Azure) -> Result<Step, Failure> {
        Err(task.unknown())
    }

    /// Makes files of what was collected; none, unless a connector has some to make.
    ///
    /// # Errors
    /// Why they could not be made.
    fn publish(_context: &Context<Self::Settings>) -> Result<(), Failure> {
        Ok(())
    }
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
                "the settings of connection {} do not fit the connector ({error}): correct them",
                connection.name
            ))
        })?;
        Ok(Self { connection, settings })
    }

    /// Whether the connection is one that changes things in the tenant.
    pub fn may_change(&self) -> bool {
        self.connection.mode == "read-write"
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
            subscriptions: Vec::new(),
            management_group: None,
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
