//! A connection's settings against its connector's schema.

use fairlead_model::{Description, Mode};
use serde_json::{Map, Value};

use crate::EngineError;

/// Checks settings against the connector's JSON Schema.
///
/// # Errors
/// `Settings` with the first problem and where it is; `Defect` when the schema itself is broken.
pub(crate) fn check(connector: &Description, settings: &Map<String, Value>) -> Result<(), EngineError> {
    let schema: Value =
        serde_json::from_str(&connector.settings_schema).map_err(|error| broken_schema(connector, &error))?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| broken_schema(connector, &error))?;
    let given = Value::Object(settings.clone());
    match validator.iter_errors(&given).next() {
        None => Ok(()),
        Some(problem) => Err(EngineError::Settings {
            connector: connector.id.clone(),
            problem: sentence(&schema, &problem),
        }),
    }
}

/// Checks that the connector offers the mode.
///
/// # Errors
/// `Mode`, naming those it offers.
pub(crate) fn check_mode(connector: &Description, mode: Mode) -> Result<(), EngineError> {
    let mode = mode.to_string();
    if connector.modes.iter().any(|offered| offered.name == mode) {
        return Ok(());
    }
    let offered = connector.modes.iter().map(|mode| mode.name.as_str()).collect::<Vec<_>>();
    Err(EngineError::Mode { connector: connector.id.clone(), mode, offered: offered.join(" and ") })
}

fn sentence(schema: &Value, problem: &jsonschema::ValidationError<'_>) -> String {
    let place = problem.instance_path().to_string();
    let place = if place.is_empty() { String::new() } else { format!(" at {place}") };
    let known = schema["properties"]
        .as_object()
        .map(|properties| properties.keys().cloned().collect::<Vec<_>>().join(", "))
        .unwrap_or_default();
    format!("{problem}{place}; the settings are: {known}")
}

fn broken_schema(connector: &Description, error: &dyn std::fmt::Display) -> EngineError {
    EngineError::Defect(format!("the settings schema of {} is broken: {error}", connector.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connector() -> Description {
        Description {
            id: "example".into(),
            vendor: "Example".into(),
            title: "Example".into(),
            summary: String::new(),
            version: "1.0.0".into(),
            settings_schema: r#"{"type":"object","additionalProperties":false,
                "properties":{"page-size":{"type":"integer","maximum":999}}}"#
                .into(),
            modes: vec![],
            needs: vec![],
            items: vec![],
            links: vec![],
            artifacts: vec![],
        }
    }

    fn settings(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn settings_that_fit_pass() {
        assert!(check(&connector(), &settings(r#"{"page-size": 10}"#)).is_ok());
    }

    #[test]
    fn a_wrong_value_and_an_unknown_name_are_told_with_what_there_is() {
        let wrong = check(&connector(), &settings(r#"{"page-size": "ten"}"#)).unwrap_err();
        assert!(wrong.to_string().contains("/page-size"), "{wrong}");
        let unknown = check(&connector(), &settings(r#"{"pagesize": 1}"#)).unwrap_err();
        assert!(unknown.to_string().contains("the settings are: page-size"), "{unknown}");
    }
}
