//! What the connector says of itself.

use fairlead_connector::{Api, Description};
use fairlead_onboarding::{mode, reads};

use crate::{check, settings};

/// The connector's description.
pub fn describe() -> Description {
    Description {
        id: "segura-iam".to_owned(),
        vendor: "Segura".to_owned(),
        title: "Segura Cloud IAM".to_owned(),
        summary:
            "Manages a tenant's users, service accounts and their credentials. This version checks that the \
                  tenant is ready for it."
                .to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings_schema: settings::SCHEMA.to_owned(),
        modes: vec![
            mode("read", "Import", "Reads users and service accounts; changes nothing."),
            mode("read-write", "Manage", "Also creates, changes and removes them."),
        ],
        needs: vec![reads(Api::Graph, &[check::PATH], "Checks whether users are managed in this directory.")],
        items: Vec::new(),
        links: Vec::new(),
        artifacts: Vec::new(),
    }
}
