//! Rotation through the command, on one machine.

use serde_json::Value;

use crate::command::{Desk, told};

const USAGE: i32 = 2;
const TENANT: i32 = 3;

/// Findings of a validation, as "id: outcome".
fn findings(desk: &Desk, name: &str) -> Vec<String> {
    let report: Value = desk.run(&["--json", "validate", name]).json();
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .map(|it| format!("{}: {}", it["id"].as_str().unwrap(), it["outcome"].as_str().unwrap()))
        .collect()
}

#[test]
fn a_secret_is_rotated_when_it_is_due_and_nothing_shows_it() {
    let desk = Desk::of("../rotation");
    let _added = desk.connect("estate", "cloudcraft", &[]).succeeded();
    assert!(
        findings(&desk, "estate").contains(&"permission.excess: warn".to_owned()),
        "it is needed for nothing"
    );
    let none: Value = desk.run(&["--json", "connections", "rotate", "--due"]).succeeded().json();
    assert_eq!(none, serde_json::json!([]), "rotation is off");

    let _edited = desk.run(&["connections", "edit", "estate", "--rotate", "on"]).succeeded();
    let found = findings(&desk, "estate");
    assert!(found.contains(&"rotation.owned: pass".to_owned()), "{found:?}");
    assert!(!found.contains(&"permission.excess: warn".to_owned()), "{found:?}");
    // The validation found when it ends; who edits sees no change of anybody's.
    let before = desk.shown("estate");
    assert!(before["credential"]["expires-at"].is_string());

    let rotated = desk.traced(None, &["--json", "connections", "rotate", "estate", "--new"]).succeeded();
    // Every secret of the simulator has this in it.
    assert!(!rotated.stdout.contains("8Q~") && !rotated.stderr.contains("8Q~"), "a secret is shown");
    let after = desk.shown("estate");
    assert_ne!(after["credential"]["fingerprint"], before["credential"]["fingerprint"]);
    assert_eq!(after["credential"]["set-at"], before["credential"]["set-at"]);
    assert_eq!(after["updated-at"], before["updated-at"]);
    assert!(after["credential"]["rotated-at"].is_string(), "{after}");
    assert!(findings(&desk, "estate").contains(&"credential.lasting: pass".to_owned()));
    let none: Value = desk.run(&["--json", "connections", "rotate", "--due"]).succeeded().json();
    assert_eq!(none, serde_json::json!([]), "it was made a moment ago");
}

#[test]
fn what_cannot_be_rotated_says_why() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("estate", "cloudcraft", &[]).succeeded();
    let refused = desk.run(&["connections", "rotate", "estate", "--new"]);
    told(&refused, TENANT, &["Application.ReadWrite.OwnedBy", "az ad app owner add"]);
    let _edited = desk.run(&["connections", "edit", "estate", "--rotate", "on"]).succeeded();
    let found = findings(&desk, "estate");
    assert!(found.iter().any(|it| it.starts_with("permission.missing")), "{found:?}");
    let _added = desk.connect("directory", "c1", &[]).succeeded();
    let _federated =
        desk.run(&["connections", "rotate", "directory", "--federated-aws", "--unproven"]).succeeded();
    told(&desk.run(&["connections", "rotate", "directory", "--new"]), USAGE, &["a federated credential"]);
    told(
        &desk.run(&["connections", "edit", "directory", "--rotate", "on"]),
        USAGE,
        &["only a client secret"],
    );
}
