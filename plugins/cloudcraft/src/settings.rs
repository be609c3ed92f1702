//! The connector's settings.

use serde::Deserialize;

/// The settings of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Whether the inside of Kubernetes clusters is drawn: workloads and pods.
    pub scan_kubernetes: bool,
}

/// JSON Schema of [`Settings`].
pub const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Cloudcraft connector",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "scan-kubernetes": {
      "type": "boolean", "default": false, "title": "Cluster scanning",
      "description": "Draw the workloads and pods of Kubernetes clusters (AKS). It takes another role, and clusters that let their API server be reached."
    }
  }
}"#;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_schema_is_valid_and_its_default_is_the_settings_default() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
        let default = &schema["properties"]["scan-kubernetes"]["default"];
        let settings = serde_json::from_value::<Settings>(json!({ "scan-kubernetes": default })).unwrap();
        assert_eq!(settings, Settings::default());
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(validator.is_valid(&json!({"scan-kubernetes": true})));
        assert!(!validator.is_valid(&json!({"scan-aks": true})));
    }
}
