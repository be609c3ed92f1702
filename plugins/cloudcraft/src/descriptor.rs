//! What the connector says of itself.

use fairlead_connector::{Api, Description};
use fairlead_onboarding::{mode, reads};

use crate::{check, settings};

/// The connector's description.
pub fn describe() -> Description {
    Description {
        id: "cloudcraft".to_owned(),
        vendor: "Datadog".to_owned(),
        title: "Cloudcraft for Azure".to_owned(),
        summary: "Draws what is in Azure subscriptions. This version checks that they are ready for it."
            .to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings_schema: settings::SCHEMA.to_owned(),
        modes: vec![mode("read", "Scan", "Reads what is in the subscriptions; changes nothing.")],
        needs: vec![reads(
            Api::ResourceManager,
            &check::PATHS,
            "Checks that Kubernetes clusters let themselves be scanned.",
        )],
        items: Vec::new(),
        links: Vec::new(),
        artifacts: Vec::new(),
    }
}
