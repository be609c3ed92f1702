//! What a connector says of itself.

use serde::{Deserialize, Serialize};

use crate::{Api, Method};

/// A connector's description, read before anything else of it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Description {
    /// A slug, unique among connectors.
    pub id: String,
    /// Whose product it connects to.
    pub vendor: String,
    /// Its name for people.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Semantic version.
    pub version: String,
    /// JSON Schema (2020-12) of the settings.
    pub settings_schema: String,
    /// Ways of integration.
    pub modes: Vec<ModeDescription>,
    /// Calls it may make.
    pub needs: Vec<ApiNeed>,
    /// Kinds of items it collects.
    pub items: Vec<Kind>,
    /// Kinds of links it collects.
    pub links: Vec<Kind>,
    /// Files it makes.
    pub artifacts: Vec<ArtifactKind>,
}

impl Description {
    /// Whether there is anything it could collect; one that does not yet checks onboardings only.
    pub fn collects(&self) -> bool {
        !self.items.is_empty() || !self.links.is_empty()
    }
}

/// Calls a connector may make to one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiNeed {
    /// The service.
    pub api: Api,
    /// Methods.
    pub methods: Vec<Method>,
    /// Path patterns: "*" is one segment, "**" the rest. What `$expand` reads is a path as well, such as
    /// `/v1.0/users/*/manager`.
    pub paths: Vec<String>,
    /// What for.
    pub why: String,
}

/// A way of integration, such as read, or read and write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeDescription {
    /// Its name in configuration.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// One sentence.
    pub summary: String,
}

/// A kind of item or link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// Its name in snapshots.
    pub name: String,
    /// Its name for people, in the plural.
    pub title: String,
}

/// A kind of file a connector makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ArtifactKind {
    /// File name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Media type.
    pub media_type: String,
}
