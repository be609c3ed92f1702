//! The connector's settings: what the IAM section of the vendor's form lets it manage.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The settings of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is managed.
    pub iam_permissions: BTreeSet<Managed>,
}

/// One thing that is managed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Managed {
    /// Users, their groups and their directory roles.
    Users,
    /// Service accounts: app registrations and their API permissions.
    Accounts,
    /// Secrets of service accounts.
    Credentials,
    /// Virtual machines.
    VirtualMachines,
}

impl Default for Settings {
    fn default() -> Self {
        Self { iam_permissions: [Managed::Users, Managed::Accounts, Managed::Credentials].into() }
    }
}

impl Settings {
    /// Whether something is managed.
    pub fn has(&self, managed: Managed) -> bool {
        self.iam_permissions.contains(&managed)
    }
}

/// JSON Schema of [`Settings`].
pub const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Segura Cloud IAM connector",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "iam-permissions": {
      "type": "array", "uniqueItems": true, "minItems": 1, "title": "IAM",
      "items": { "enum": ["users", "accounts", "credentials", "virtual-machines"] },
      "default": ["users", "accounts", "credentials"],
      "description": "What Cloud IAM may manage: users with their groups and roles, service accounts, their credentials, virtual machines. Virtual machines take an Azure role that the vendor's guide does not mention."
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
        let default = &schema["properties"]["iam-permissions"]["default"];
        let settings = serde_json::from_value::<Settings>(json!({ "iam-permissions": default })).unwrap();
        assert_eq!(settings, Settings::default());
        assert_eq!(serde_json::from_value::<Settings>(json!({})).unwrap(), Settings::default());
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(validator.is_valid(&json!({"iam-permissions": ["virtual-machines"]})));
        assert!(!validator.is_valid(&json!({"iam-permissions": []})));
        assert!(!validator.is_valid(&json!({"iam-permissions": ["everything"]})));
    }
}
