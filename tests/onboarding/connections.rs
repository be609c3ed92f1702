//! Connections through the command: what they keep, who may change them, and what becomes of their secrets.

use std::{fs, path::Path};

use crate::command::{Desk, told};

const USAGE: i32 = 2;
const TENANT: i32 = 3;
const OURS: i32 = 4;

#[test]
fn a_connection_keeps_what_the_vendors_forms_ask_for() {
    let desk = Desk::of("correct-cloudcraft");
    let more = [
        "--subscription",
        "60000000-0000-4000-8000-000000000001",
        "--description",
        "The estate",
        "--tag",
        " Production ",
        "--tag",
        "production",
        "--owner",
        "ada@contoso.example",
        "--team",
        "platform",
        "--client-secret-expires",
        "2028-01-31",
    ];
    let added = desk.connect("estate", "cloudcraft", &more);
    assert_eq!(added.code, Some(0), "{added:?}");
    let shown = desk.shown("estate");
    assert_eq!(shown["scope"]["subscriptions"][0], "60000000-0000-4000-8000-000000000001");
    assert_eq!(shown["description"], "The estate");
    assert_eq!(shown["tags"], serde_json::json!(["production"]));
    assert_eq!((&shown["owner"], &shown["teams"][0]), (&"ada@contoso.example".into(), &"platform".into()));
    assert_eq!((&shown["enabled"], &shown["mode"]), (&true.into(), &"read".into()));
    assert_eq!(shown["credential"]["expires-at"], "2028-01-31T00:00:00Z");
}

#[test]
fn a_connection_is_private_unless_it_is_shared() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("estate", "cloudcraft", &["--team", "platform"]).succeeded();
    let _edited = desk.run(&["connections", "edit", "estate", "--private"]).succeeded();
    assert!(desk.shown("estate").get("teams").is_none(), "nobody shares it");
    let text = desk.run(&["connections", "show", "estate"]).succeeded().stdout;
    assert!(text.lines().any(|line| line.starts_with("shared with") && line.ends_with("nobody")), "{text}");
}

#[test]
fn eleven_tags_are_too_many() {
    let desk = Desk::of("correct-cloudcraft");
    let tags: Vec<String> = (0..11).map(|number| format!("tag-{number}")).collect();
    let more: Vec<&str> = tags.iter().flat_map(|tag| ["--tag", tag]).collect();
    told(&desk.connect("estate", "cloudcraft", &more), USAGE, &["11 tags", "at most 10"]);
}

#[test]
fn a_domain_is_resolved_to_the_tenants_id() {
    let desk = Desk::of("correct-cloudcraft");
    let domain = "contoso.example";
    let _added = desk.connect("estate", "cloudcraft", &["--tenant", domain]);
    let shown = desk.shown("estate");
    assert_eq!(shown["tenant"], desk.simulator.tenant.tenant_id.as_str());
    assert_eq!(shown["domain"], domain);
    told(
        &desk.connect("other", "cloudcraft", &["--tenant", "nowhere.example"]),
        TENANT,
        &["nowhere.example", "Directory (tenant) ID"],
    );
}

#[test]
fn the_secret_is_kept_and_used_without_being_given_again() {
    let desk = Desk::of("correct-c1-read");
    let _added = desk.connect("contoso", "c1", &[]).succeeded();
    let _synced = desk.run(&["sync", "contoso"]).succeeded();
}

#[test]
fn two_who_change_a_connection_at_once_both_have_their_way() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("estate", "cloudcraft", &[]).succeeded();
    let edits: Vec<_> = (0..6)
        .map(|number| {
            let mut command = desk.installation.command();
            let edit = match number {
                0 => ["--description", "changed"],
                1 => ["--owner", "ada"],
                2 => ["--tag", "blue"],
                3 => ["--team", "platform"],
                4 => ["--mode", "read"],
                _ => ["--subscription", "60000000-0000-4000-8000-000000000001"],
            };
            command.args(["--quiet", "connections", "edit", "estate"]).args(edit);
            command.stdout(std::process::Stdio::null()).spawn().expect("fairlead starts")
        })
        .collect();
    for mut edit in edits {
        assert!(edit.wait().expect("it ends").success());
    }
    let shown = desk.shown("estate");
    assert_eq!(shown["description"], "changed");
    assert_eq!(shown["owner"], "ada");
    assert_eq!(shown["tags"][0], "blue");
    assert_eq!(shown["teams"][0], "platform");
    assert_eq!(shown["scope"]["subscriptions"][0], "60000000-0000-4000-8000-000000000001");
}

#[test]
fn a_change_to_what_is_not_there_any_more_is_refused() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("estate", "cloudcraft", &[]).succeeded();
    let seen = desk.shown("estate")["generation"].to_string();
    let edit =
        |owner| desk.run(&["connections", "edit", "estate", "--owner", owner, "--if-generation", &seen]);
    let _first = edit("ada").succeeded();
    told(&edit("grace"), USAGE, &["\"estate\"", "changed"]);
    assert_eq!(desk.shown("estate")["owner"], "ada");
}

#[test]
fn a_product_that_takes_one_application_a_tenant_refuses_a_second() {
    let desk = Desk::of("correct-segura-entitlements-read");
    let _added = desk.connect("first", "segura-entitlements", &[]).succeeded();
    let other = ["--client-id", "99999999-9999-4999-8999-999999999999"];
    told(&desk.connect("second", "segura-entitlements", &other), USAGE, &["\"first\"", "one application"]);
    let elsewhere = ["--tenant", "99999999-9999-4999-8999-999999999999"];
    told(&desk.connect("second", "segura-entitlements", &elsewhere), USAGE, &["\"first\"", "credential"]);
    let listed: Vec<serde_json::Value> = desk.run(&["--json", "connections", "list"]).succeeded().json();
    assert_eq!(listed.len(), 1, "nothing else is kept");
}

#[test]
fn elsewhere_a_duplicate_is_a_warning() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("first", "cloudcraft", &[]).succeeded();
    let second = desk.connect("second", "cloudcraft", &[]).succeeded();
    assert!(second.stderr.contains("\"first\" already connects"), "{}", second.stderr);
}

#[test]
fn a_disabled_connection_keeps_what_it_has() {
    let desk = Desk::of("correct-c1-read");
    let _added = desk.connect("contoso", "c1", &[]).succeeded();
    let _synced = desk.run(&["sync", "contoso"]).succeeded();
    let _disabled = desk.run(&["connections", "disable", "contoso"]).succeeded();
    assert_eq!(desk.shown("contoso")["enabled"], false);
    let _shown = desk.run(&["show", "contoso"]).succeeded();
    let _enabled = desk.run(&["connections", "enable", "contoso"]).succeeded();
    assert_eq!(desk.shown("contoso")["enabled"], true);
}

#[test]
fn a_new_secret_replaces_the_old_one_once_it_has_signed_in() {
    let desk = Desk::of("correct-c1-read");
    let _added = desk.connect("contoso", "c1", &[]).succeeded();
    let wrong =
        desk.run_as("Bad8Q~this-is-not-the-secret-of-anybody-", &["connections", "rotate", "contoso"]);
    told(&wrong, TENANT, &["AADSTS7000215"]);
    let _still = desk.run(&["--quiet", "sync", "contoso"]).succeeded();
    let right = desk.simulator.tenant.client_secret.clone();
    let _rotated = desk.run_as(&right, &["connections", "rotate", "contoso"]).succeeded();
    let _synced = desk.run(&["--quiet", "sync", "contoso"]).succeeded();
}

#[test]
fn removing_takes_the_secret_and_leaves_snapshots_unless_told_otherwise() {
    let desk = Desk::of("correct-c1-read");
    for (name, purge) in [("kept", false), ("purged", true)] {
        let _added = desk.connect(name, "c1", &[]).succeeded();
        let _synced = desk.run(&["--quiet", "sync", name]).succeeded();
        let files = desk.installation.home().join("state/files").join(name);
        assert!(files.is_dir(), "there is a snapshot");
        let arguments =
            ["connections", "remove", "--yes", name].into_iter().chain(purge.then_some("--purge"));
        let _removed = desk.run(&arguments.collect::<Vec<_>>()).succeeded();
        assert_eq!(files.is_dir() && fs::read_dir(&files).unwrap().next().is_some(), !purge);
        // Under its name nothing signs in any more, not even once it is connected again.
        let connect = desk.connect(name, "c1", &["--no-credential"]).succeeded();
        assert!(!connect.stdout.contains("client secret"), "{}", connect.stdout);
        told(&desk.run(&["--quiet", "sync", name]), USAGE, &["no client secret"]);
    }
}

#[test]
fn a_secret_file_that_cannot_be_used_is_told_and_left_as_it_is() {
    let desk = Desk::of("correct-c1-read");
    let _added = desk.connect("contoso", "c1", &[]).succeeded();
    let file = desk.installation.home().join("secrets/secrets.age");
    let whole = fs::read(&file).expect("the secret file");
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let ran = desk.run(&["--quiet", "sync", "contoso"]);
    told(&ran, OURS, &["secrets.age"]);
    let ran = desk.connect("other", "c1", &[]);
    told(&ran, OURS, &["secrets.age"]);
    assert_eq!(fs::read(&file).unwrap(), whole[..whole.len() / 2], "nothing was lost by trying");
    fs::write(&file, whole).unwrap();
    let _synced = desk.run(&["--quiet", "sync", "contoso"]).succeeded();
}

#[test]
fn no_secret_is_in_any_file_output_or_log() {
    let desk = Desk::of("correct-segura-entitlements-read");
    let secret = desk.simulator.tenant.client_secret.clone();
    let mut outputs = vec![desk.connect("contoso", "segura-entitlements", &["-vv"])];
    let commands: [&[&str]; 7] = [
        &["-vv", "connections", "show", "contoso"],
        &["-vv", "--json", "connections", "list"],
        &["-vv", "--json", "validate", "contoso"],
        &["-vv", "guide", "segura-entitlements"],
        &["-vv", "connections", "edit", "contoso", "--owner", "ada"],
        &["-vv", "sync", "contoso"],
        &["-vv", "config"],
    ];
    outputs.extend(commands.iter().map(|arguments| desk.traced(None, arguments)));
    outputs.push(desk.traced(
        Some("Bad8Q~canary-of-a-secret-that-is-wrong-1"),
        &["-vv", "connections", "rotate", "contoso"],
    ));
    outputs.push(desk.traced(Some(&secret), &["-vv", "connections", "rotate", "contoso"]));
    assert!(outputs.iter().any(|ran| ran.stderr.contains("TRACE")), "everything is logged");
    for needle in [secret.as_str(), "Bad8Q~canary-of-a-secret-that-is-wrong-1", "eyJ"] {
        for ran in &outputs {
            assert!(!ran.stdout.contains(needle) && !ran.stderr.contains(needle), "{ran:?}");
        }
        let mut files = 0;
        each_file(desk.folder.path(), &mut |path, bytes| {
            // The simulator's own note of what it made.
            if path.ends_with("connection.json") {
                return;
            }
            files += 1;
            let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            assert!(!found, "in {}", path.display());
        });
        assert!(files >= 4, "there was hardly anything to look at: {files} files");
    }
}

fn each_file(folder: &Path, look: &mut impl FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            each_file(&path, look);
        } else {
            look(&path, &fs::read(&path).expect("a readable file"));
        }
    }
}
