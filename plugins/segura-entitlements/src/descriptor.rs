//! What the connector says of itself.

use fairlead_connector::{Api, Description};
use fairlead_onboarding::{mode, reads};

use crate::check;

const SETTINGS: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Segura Cloud Entitlements connector",
  "type": "object",
  "additionalProperties": false,
  "properties": {}
}"#;

/// The connector's description.
pub fn describe() -> Description {
    Description {
        id: "segura-entitlements".to_owned(),
        vendor: "Segura".to_owned(),
        title: "Segura Cloud Entitlements".to_owned(),
        summary: "Finds who has more rights in a tenant than they need. This version checks that the tenant is ready \
                  for it."
            .to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings_schema: SETTINGS.to_owned(),
        modes: vec![
            mode("read", "Read", "Reads the directory and its roles; changes nothing."),
            mode("read-write", "Read and Write", "Also takes away rights that are too many."),
        ],
        needs: vec![reads(Api::Graph, &[check::PATH], "Checks that last sign-ins can be told.")],
        items: Vec::new(),
        links: Vec::new(),
        artifacts: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Settings;

    #[test]
    fn there_are_no_settings_and_none_is_taken() {
        let schema: Value = serde_json::from_str(SETTINGS).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
        assert!(!jsonschema::is_valid(&schema, &json!({"mode": "read"})));
        assert!(serde_json::from_value::<Settings>(json!({})).is_ok());
        assert!(serde_json::from_value::<Settings>(json!({"mode": "read"})).is_err());
    }
}
