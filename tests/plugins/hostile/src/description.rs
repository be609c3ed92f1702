//! What it says of itself, which is the only honest thing about it.

use crate::bindings::{
    exports::fairlead::connector::descriptor::{ApiNeed, ArtifactKind, Description, Kind, Mode},
    fairlead::connector::types::{Api, Method},
};

const SETTINGS: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "tasks": {
      "type": "array",
      "items": { "type": "string" },
      "default": ["good"],
      "description": "Kinds of the tasks to plan; each kind is a misbehaviour, but for good and users"
    },
    "publish": {
      "type": "string",
      "default": "good",
      "description": "What to do when publishing"
    },
    "requirements": {
      "type": "string",
      "default": "good",
      "description": "What to ask of a tenant"
    },
    "check": {
      "type": "string",
      "default": "good",
      "description": "What to do when checking a tenant"
    }
  }
}"#;

pub(crate) fn description() -> Description {
    let kind = |name: &str, title: &str| Kind { name: name.to_owned(), title: title.to_owned() };
    let artifact = |name: &str, title: &str, media_type: &str| ArtifactKind {
        name: name.to_owned(),
        title: title.to_owned(),
        media_type: media_type.to_owned(),
    };
    Description {
        id: "hostile".to_owned(),
        vendor: "Fairlead's tests".to_owned(),
        title: "Hostile".to_owned(),
        summary: "Does everything a connector must not do.".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings_schema: SETTINGS.to_owned(),
        modes: vec![Mode {
            name: "read".to_owned(),
            title: "Read".to_owned(),
            summary: "Reads what it may, and tries to read more.".to_owned(),
        }],
        needs: vec![ApiNeed {
            api: Api::Graph,
            methods: vec![Method::Get],
            paths: vec!["/v1.0/users".to_owned()],
            why: "To have an answer of Azure in its memory.".to_owned(),
        }],
        items: vec![
            kind("user", "Users"),
            kind("answer", "Answers of Azure"),
            kind("memory", "Texts found in its own memory"),
        ],
        links: vec![kind("knows", "Who knows whom")],
        artifacts: vec![
            artifact("notes.txt", "Notes", "text/plain"),
            artifact("rows.db", "Rows", "application/vnd.sqlite3"),
        ],
    }
}
