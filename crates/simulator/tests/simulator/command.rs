//! The command: what it prints, the files it writes, when it stops, what it says when it cannot start.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fairlead-simulator"))
}

#[test]
fn it_says_where_it_listens_and_stops_when_its_input_closes() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut child = command()
        .args(["--port", "0", "--until-stdin-closes", "--users", "3", "--groups", "0", "--memberships", "0"])
        .args(["--ca-file", "ca.pem"])
        .current_dir(folder.path())
        .arg("--connection-file")
        .arg(at("connection.json"))
        .arg("--cloud-file")
        .arg(at("cloud.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    assert!(said["base_url"].as_str().unwrap().starts_with("https://localhost:"));
    assert!(said.get("client_secret").is_none());

    let connection: Value = serde_json::from_slice(&std::fs::read(at("connection.json")).unwrap()).unwrap();
    assert_eq!(connection["base_url"], said["base_url"]);
    assert_eq!(connection["client_secret"].as_str().unwrap().len(), 40);
    let cloud: toml::Table = toml::from_str(&std::fs::read_to_string(at("cloud.toml")).unwrap()).unwrap();
    assert_eq!(cloud["ca-file"].as_str(), at("ca.pem").to_str());
    for service in ["authority", "graph", "resource-manager"] {
        assert!(cloud[service].as_str().unwrap().starts_with("https://localhost:"), "{service}");
    }
    assert!(std::fs::read_to_string(at("ca.pem")).unwrap().contains("BEGIN CERTIFICATE"));

    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_keeps_it_from_starting_is_one_sentence_and_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.toml");
    std::fs::write(&file, "seed = 1\nsede = 2\n").unwrap();
    let scenario = file.to_str().unwrap();
    for (arguments, part) in [
        (vec!["--scenario", scenario], "line 2"),
        (vec!["--scenario", "/nowhere/at-all.toml"], "cannot be read"),
        (vec!["--http", "--users", "0", "--memberships", "9"], "9 memberships do not fit"),
        (vec!["--http", "--fault-reset", "2"], "`reset`"),
        (vec!["--http", "--public-names"], "cannot be used with"),
    ] {
        let output = command().args(["--port", "0"]).args(&arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn help_says_how_services_are_found() {
    let output = command().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for part in ["--latency-ms", "--scenario", "--role-assignments", "/_simulator", "Resource Manager"] {
        assert!(help.contains(part), "{part}");
    }
}
