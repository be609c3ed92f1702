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

/// Checks that the connector has a setting of this name.
///
/// # Errors
/// `Settings`, naming those it has.
pub(crate) fn check_name(connector: &Description, name: &str) -> Result<(), EngineError> {
    let schema: Value =
        serde_json::from_str(&connector.settings_schema).map_err(|error| broken_schema(connector, &error))?;
    if schema["properties"].get(name).is_some() {
        return Ok(());
    }
    let problem = format!("there is no setting \"{name}\"; the settings are: {}", names(&schema));
    Err(EngineError::Settings { connector: connector.id.clone(), problem })
}

fn sentence(schema: &Value, problem: &jsonschema::ValidationError<'_>) -> String {
    let place = problem.instance_path().to_string();
    let place = if place.is_empty() { String::new() } else { format!(" at {place}") };
    let setting = problem.instance_path().to_string();
    let setting = setting.trim_start_matches('/').split('/').next().unwrap_or_default();
    match expected(&schema["properties"][setting], setting) {
        Some(expected) => format!("{problem}{place}; {expected}"),
        None => format!("{problem}{place}; the settings are: {}", names(schema)),
    }
}

fn names(schema: &Value) -> String {
    let properties = schema["properties"].as_object();
    properties.map(|properties| properties.keys().cloned().collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

/// What a setting takes, with an example as it is typed.
fn expected(property: &Value, name: &str) -> Option<String> {
    let several = property["type"] == "array";
    let allowed = if several { &property["items"]["enum"] } else { &property["enum"] };
    let allowed: Vec<String> = allowed.as_array().into_iter().flatten().map(Value::to_string).collect();
    let list = allowed.join(", ");
    let first = allowed.first();
    Some(match (several, first) {
        (true, Some(first)) => {
            format!("it is a list of any of {list}, such as {name}='[{first}]'")
        }
        (true, None) => format!("it is a list, such as {name}='[\"one\", \"two\"]'"),
        (false, Some(_)) => format!("it is one of {list}"),
        (false, None) => format!("it is of type {}", property["type"].as_str()?),
    })
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
                "properties":{"page-size":{"type":"integer","maximum":999},
                "parts":{"type":"array","items":{"enum":["disks","volumes"]}}}}"#
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
        assert!(wrong.to_string().contains("/page-size; it is of type integer"), "{wrong}");
        let listed = check(&connector(), &settings(r#"{"parts": "disks"}"#)).unwrap_err().to_string();
        assert!(listed.contains(r#"any of "disks", "volumes", such as parts='["disks"]'"#), "{listed}");
        let unknown = check(&connector(), &settings(r#"{"pagesize": 1}"#)).unwrap_err();
        assert!(unknown.to_string().contains("the settings are: page-size, parts"), "{unknown}");
        assert!(check_name(&connector(), "parts").is_ok());
        let unknown = check_name(&connector(), "nope").unwrap_err().to_string();
        assert!(unknown.contains("no setting \"nope\"") && unknown.contains("page-size"), "{unknown}");
    }
}
