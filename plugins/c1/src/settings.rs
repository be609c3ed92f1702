//! The connector's settings: the options of the vendor's own connector, under their own names.
//!
//! All of them are known, so that a connection configured today keeps its meaning; those that this version does
//! not do yet are refused by name when they are switched on, rather than ignored.

use fairlead_connector::Failure;
use serde::Deserialize;

/// The settings of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Tells people's accounts from rooms and shared mailboxes by their mailbox.
    #[serde(rename = "mailboxSettings")]
    pub mailbox_settings: bool,
    /// Leaves out groups synchronised from Active Directory.
    pub skip_ad_groups: bool,
    /// Leaves out roles that nobody has.
    pub skip_unused_roles: bool,
    /// Leaves out blob containers.
    pub skip_sync_storage_containers: bool,
    /// Leaves identities to another connector's file.
    pub enable_sync_external_resources_via_baton_id: bool,
    /// Does not read eligible assignments, which need a licence.
    pub skip_entra_id_p2_license_features: bool,
    /// Microsoft Graph's host, for the vendor's connector; here the connection's cloud decides.
    pub graph_domain: String,
}

/// JSON Schema of [`Settings`].
pub const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "C1 connector",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "mailboxSettings": {
      "type": "boolean", "default": false, "title": "Mailbox settings",
      "description": "Tell people's accounts from rooms, equipment and shared mailboxes by their mailbox. Looked at when the tenant is validated; a sync of this version refuses it."
    },
    "skip-ad-groups": {
      "type": "boolean", "default": false, "title": "Skip Active Directory groups",
      "description": "Leave out groups that are synchronised from an on-premises Active Directory. Not in this version: leave it off."
    },
    "skip-unused-roles": {
      "type": "boolean", "default": false, "title": "Skip unused roles",
      "description": "Leave out roles that nobody has been assigned. Not in this version: leave it off."
    },
    "skip-sync-storage-containers": {
      "type": "boolean", "default": false, "title": "Skip storage containers",
      "description": "Leave out the blob containers of storage accounts. Not in this version: leave it off."
    },
    "enable-sync-external-resources-via-baton-id": {
      "type": "boolean", "default": false, "title": "External resources",
      "description": "Take users, groups and managed identities from a shared identity source. Not in this version: leave it off."
    },
    "skip-entra-id-p2-license-features": {
      "type": "boolean", "default": false, "title": "Skip Entra ID P2 features",
      "description": "Do not read eligible assignments, which need Entra ID P2 or Governance. This version never reads them, so both values give the same file."
    },
    "graph-domain": {
      "type": "string", "default": "", "title": "Graph domain",
      "description": "The host of Microsoft Graph in the vendor's own connector. Leave it empty: the connection's cloud decides."
    }
  }
}"#;

impl Settings {
    /// Refuses what a sync of this version does not do.
    ///
    /// # Errors
    /// `Settings` with a sentence naming the setting and what to do.
    pub fn check(&self) -> Result<(), Failure> {
        if self.mailbox_settings {
            return Err(not_yet("mailboxSettings"));
        }
        self.check_onboarding()
    }

    /// Refuses what this version neither does nor looks at. Mailboxes are looked at when a tenant is validated.
    ///
    /// # Errors
    /// `Settings` with a sentence naming the setting and what to do.
    pub fn check_onboarding(&self) -> Result<(), Failure> {
        let switches = [
            ("skip-ad-groups", self.skip_ad_groups),
            ("skip-unused-roles", self.skip_unused_roles),
            ("skip-sync-storage-containers", self.skip_sync_storage_containers),
            ("enable-sync-external-resources-via-baton-id", self.enable_sync_external_resources_via_baton_id),
        ];
        if let Some((name, _)) = switches.iter().find(|(_, is_on)| *is_on) {
            return Err(not_yet(name));
        }
        if !self.graph_domain.is_empty() {
            return Err(Failure::Settings(
                "\"graph-domain\" has no effect here, because the connection's cloud decides where Microsoft \
                 Graph is: remove the setting, and check the connection's cloud"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

fn not_yet(name: &str) -> Failure {
    Failure::Settings(format!(
        "this version of the C1 connector does not do \"{name}\" yet: set it to false or leave it out"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn properties() -> serde_json::Map<String, Value> {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        schema["properties"].as_object().unwrap().clone()
    }

    #[test]
    fn the_schema_is_valid_and_takes_what_the_settings_take() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(validator.is_valid(&json!({})));
        assert!(validator.is_valid(&json!({"skip-ad-groups": true, "graph-domain": "x"})));
        assert!(!validator.is_valid(&json!({"skip-add-groups": true})));
        assert!(!validator.is_valid(&json!({"mailboxSettings": "yes"})));
    }

    #[test]
    fn the_defaults_in_the_schema_are_the_settings_defaults() {
        let defaults: Value = properties()
            .into_iter()
            .map(|(name, property)| (name, property["default"].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(serde_json::from_value::<Settings>(defaults).unwrap(), Settings::default());
        assert_eq!(serde_json::from_value::<Settings>(json!({})).unwrap(), Settings::default());
        assert_eq!(Settings::default().check(), Ok(()));
    }

    #[test]
    fn what_this_version_does_not_do_is_refused_by_name() {
        for (name, property) in properties() {
            let given = if property["type"] == "boolean" { json!(true) } else { json!("graph.example") };
            let settings: Settings = serde_json::from_value(json!({ name.clone(): given })).unwrap();
            if name == "skip-entra-id-p2-license-features" {
                assert_eq!(settings.check(), Ok(()), "what it asks for is what this version does");
                continue;
            }
            let Err(Failure::Settings(sentence)) = settings.check() else { panic!("{name} was taken") };
            assert!(sentence.contains(&format!("\"{name}\"")), "{sentence}");
            let is_validated = name == "mailboxSettings";
            assert_eq!(settings.check_onboarding().is_ok(), is_validated, "{name}");
        }
    }

    #[test]
    fn a_setting_that_is_not_known_is_refused() {
        assert!(serde_json::from_value::<Settings>(json!({"skip-everything": true})).is_err());
    }
}
