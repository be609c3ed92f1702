//! The connector's settings: what is acquired, and where from and to.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The settings of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is acquired. Roles for anything else are not asked for.
    pub capabilities: BTreeSet<Capability>,
    /// Resource group that snapshots are put into; empty: that of their disk.
    pub acquisition_resource_group: String,
    /// Whether the Cado platform runs in this very tenant.
    pub same_tenant: bool,
}

/// One thing that can be acquired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Whole disks, by snapshots.
    Disks,
    /// A triage of a running machine, by a command run on it.
    RunCommand,
    /// Blobs of storage accounts.
    Storage,
    /// Containers of Kubernetes clusters.
    Kubernetes,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Disks, Self::RunCommand, Self::Storage, Self::Kubernetes];
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            capabilities: Capability::ALL.into(),
            acquisition_resource_group: String::new(),
            same_tenant: false,
        }
    }
}

impl Settings {
    /// Whether something is acquired.
    pub fn has(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }
}

/// JSON Schema of [`Settings`].
pub const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Cado connector",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "capabilities": {
      "type": "array", "uniqueItems": true, "minItems": 1, "title": "Capabilities",
      "items": { "enum": ["disks", "run-command", "storage", "kubernetes"] },
      "default": ["disks", "run-command", "storage", "kubernetes"],
      "description": "What is acquired: whole disks, a triage by a command run on a machine, blobs of storage accounts, containers of Kubernetes clusters. Only the roles for these are asked for."
    },
    "acquisition-resource-group": {
      "type": "string", "default": "", "maxLength": 90, "pattern": "^[-\\w.()]*$", "title": "Acquisition resource group",
      "description": "Resource group that snapshots are put into. It has to exist in each subscription: the roles cannot make one. Empty: the resource group of the disk."
    },
    "same-tenant": {
      "type": "boolean", "default": false, "title": "Same tenant",
      "description": "The Cado platform runs in this tenant, so that an app registration for this tenant only will do."
    }
  }
}"#;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_schema_is_valid_and_its_defaults_are_the_settings_defaults() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
        let defaults: serde_json::Map<String, Value> = schema["properties"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, property)| (name.clone(), property["default"].clone()))
            .collect();
        assert_eq!(serde_json::from_value::<Settings>(defaults.into()).unwrap(), Settings::default());
        assert_eq!(serde_json::from_value::<Settings>(json!({})).unwrap(), Settings::default());
    }

    #[test]
    fn the_schema_refuses_what_the_settings_cannot_be() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(
            validator.is_valid(&json!({"capabilities": ["disks"], "acquisition-resource-group": "rg_1.(x)"}))
        );
        for wrong in [
            json!({"capabilities": []}),
            json!({"capabilities": ["memory"]}),
            json!({"capabilities": ["disks", "disks"]}),
            json!({"acquisition-resource-group": "a/../b"}),
            json!({"region": "westeurope"}),
        ] {
            assert!(!validator.is_valid(&wrong), "{wrong}");
        }
    }
}
