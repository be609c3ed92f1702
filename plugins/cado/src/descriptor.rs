//! What the connector says of itself.

use fairlead_connector::{Api, Description};
use fairlead_onboarding::{mode, reads};

use crate::{check, settings};

/// The connector's description.
pub fn describe() -> Description {
    Description {
        id: "cado".to_owned(),
        vendor: "Cado Security".to_owned(),
        title: "Cado Response for Azure".to_owned(),
        summary:
            "Acquires evidence from disks, machines, storage accounts and Kubernetes clusters. This version \
                  checks that a subscription is ready for it."
                .to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings_schema: settings::SCHEMA.to_owned(),
        modes: vec![
            mode("read", "List", "Lists what could be acquired; acquires nothing."),
            mode("read-write", "Acquire", "Takes snapshots, runs commands, and reads what it took."),
        ],
        needs: vec![reads(
            Api::ResourceManager,
            &check::PATHS,
            "Checks that what is to be acquired can be reached.",
        )],
        items: Vec::new(),
        links: Vec::new(),
        artifacts: Vec::new(),
    }
}
