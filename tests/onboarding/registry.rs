//! Connections through the command, where several are at it at once, or something is wrong with one of many.

use std::{
    fs,
    io::Write as _,
    process::{Child, Stdio},
};

use fairlead_test_support::Ran;
use serde_json::Value;

use crate::command::{Desk, told};

const USAGE: i32 = 2;
const TENANT: i32 = 3;
const UNSETTLED: i32 = 5;

/// Another secret of the same application.
const SECOND: &str = "Onb8Q~another-one-that-begins-the-same-w";
const WRONG: &str = "Bad8Q~of-nobody-that-was-ever-known-here";

/// Starts the command with a secret on its standard input.
fn start(desk: &Desk, secret: &str, arguments: &[&str]) -> Child {
    let mut command = desk.installation.command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("fairlead starts");
    writeln!(child.stdin.take().expect("a pipe"), "{secret}").expect("it reads");
    child
}

/// Runs the command with a secret on its standard input.
fn given(desk: &Desk, secret: &str, arguments: &[&str]) -> Ran {
    ended(start(desk, secret, arguments))
}

fn ended(child: Child) -> Ran {
    child.wait_with_output().expect("it ends").into()
}

/// A connection of the tenant that keeps no credential.
fn without_credential(desk: &Desk, name: &str) {
    let _added = desk.connect(name, "cloudcraft", &["--no-credential"]).succeeded();
}

#[test]
fn one_secret_is_never_given_to_two_connections() {
    let desk = Desk::of("correct-cloudcraft");
    for name in ["one", "two"] {
        without_credential(&desk, name);
    }
    let secret = desk.simulator.tenant.client_secret.clone();
    let both = given(&desk, &secret, &["validate", "one", "two", "--client-secret-stdin"]);
    told(&both, USAGE, &["--client-secret-stdin", "name one"]);
    let both = desk.run_as(&secret, &["validate", "--all"]);
    told(&both, USAGE, &["FAIRLEAD_CLIENT_SECRET", "one, two"]);
    let one = given(&desk, &secret, &["--json", "validate", "one", "--client-secret-stdin"]);
    assert!(one.stdout.contains("credential.accepted"), "{one:?}");
}

#[test]
fn of_many_connections_one_that_is_broken_hides_no_other() {
    let desk = Desk::of("correct-cloudcraft");
    without_credential(&desk, "broken");
    let _added = desk.connect("sound", "cloudcraft", &[]).succeeded();
    let junit = desk.folder.path().join("report.xml");
    let all = desk.run(&["--json", "validate", "--all", "--junit", junit.to_str().expect("a plain path")]);
    assert_eq!(all.code, Some(UNSETTLED), "{all:?}");
    let reports: Vec<Value> = all.json();
    assert_eq!(reports[0]["findings"][0]["id"], "connection.unusable");
    assert!(reports[0]["findings"][0]["sentence"].as_str().unwrap().contains("no client secret"));
    assert!(reports[1]["findings"].as_array().unwrap().iter().all(|it| it["outcome"] != "fail"));
    assert!(fs::read_to_string(junit).expect("written").contains("sound"));
    // Alone, it is an error.
    told(&desk.run(&["validate", "broken"]), USAGE, &["no client secret"]);
}

#[test]
fn whoever_asks_for_all_gets_a_list_also_of_one() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("only", "cloudcraft", &["--tag", "blue"]).succeeded();
    for which in [["--all"].as_slice(), &["--tag", "blue"]] {
        let arguments = [["--json", "validate"].as_slice(), which].concat();
        assert!(desk.run(&arguments).json::<Value>().is_array());
    }
    assert!(desk.run(&["--json", "validate", "only"]).json::<Value>().is_object());
    let _disabled = desk.run(&["connections", "disable", "only"]).succeeded();
    told(&desk.run(&["validate", "--all"]), USAGE, &["no enabled connection:"]);
    let none = desk.run(&["validate"]);
    assert!(none.stderr.contains("--all") && none.stderr.contains("--tag"), "{none:?}");
}

#[test]
fn a_secret_given_for_once_is_judged_by_itself() {
    let desk = Desk::of("correct-cloudcraft");
    let secret = desk.simulator.tenant.client_secret.clone();
    for (name, kept) in [("stale", WRONG), ("sound", &secret)] {
        let connect = fairlead_test_support::Installation::connect(&desk.simulator, name, "cloudcraft");
        let mut connect: Vec<&str> = connect.iter().map(String::as_str).collect();
        connect.extend(["--client-secret-expires", "2999-01-31"]);
        let _added = desk.run_as(kept, &connect).succeeded();
    }
    let validate =
        |name| given(&desk, &secret, &["--json", "validate", name, "--client-secret-stdin"]).stdout;
    let other = validate("stale");
    assert!(other.contains("credential.accepted") && !other.contains("2999-01-31"), "{other}");
    // It is the one another connection keeps.
    assert!(other.contains("sound"), "{other}");
    let same = validate("sound");
    assert!(same.contains("2999-01-31"), "{same}");
}

#[test]
fn of_two_rotations_at_once_a_wrong_secret_never_becomes_the_one_in_use() {
    let desk = Desk::of("credential-expiring-one-of-two");
    let _added = desk.connect("contoso", "cloudcraft", &[]).succeeded();
    for _ in 0..3 {
        let rotate = ["connections", "rotate", "contoso", "--client-secret-stdin"];
        let (good, bad) = (start(&desk, SECOND, &rotate), start(&desk, WRONG, &rotate));
        let (good, bad) = (ended(good), ended(bad));
        told(&bad, TENANT, &["AADSTS7000215", "nothing was changed"]);
        // The good one is used, or it was told that another one came in between.
        assert!(good.code == Some(0) || good.stderr.contains("at the same time"), "{good:?}");
        let seen = desk.run(&["--json", "validate", "contoso"]);
        assert!(seen.stdout.contains("credential.accepted"), "{seen:?}");
    }
}

#[test]
fn what_was_rotated_without_a_try_can_be_taken_back() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("contoso", "cloudcraft", &[]).succeeded();
    told(&desk.run(&["connections", "rotate", "contoso", "--back"]), USAGE, &["no earlier secret"]);
    let rotate = ["connections", "rotate", "contoso", "--client-secret-stdin"];
    let refused = given(&desk, WRONG, &rotate);
    told(&refused, TENANT, &["nothing was changed"]);
    let unproven = given(&desk, WRONG, &[rotate.as_slice(), &["--unproven"]].concat()).succeeded();
    assert!(unproven.stderr.contains("--back"), "{unproven:?}");
    assert_eq!(desk.run(&["--quiet", "validate", "contoso"]).code, Some(TENANT));
    let _back = desk.run(&["connections", "rotate", "contoso", "--back"]).succeeded();
    assert!(desk.run(&["--json", "validate", "contoso"]).stdout.contains("credential.accepted"));
}

#[test]
fn a_secret_that_nothing_signs_in_with_any_more_is_removed() {
    let desk = Desk::of("correct-c1-read");
    let _added = desk.connect("contoso", "c1", &[]).succeeded();
    let file = ["connections", "rotate", "contoso", "--federated-token-file", "/run/token", "--unproven"];
    let _rotated = desk.run(&file).succeeded();
    assert_eq!(desk.shown("contoso")["credential"]["kind"], "federated");
    // There is no earlier one either.
    told(&desk.run(&["connections", "rotate", "contoso", "--back"]), USAGE, &["no earlier secret"]);
}

#[test]
fn of_six_who_connect_a_tenant_that_may_be_connected_once_one_does() {
    let desk = Desk::of("correct-segura-entitlements-read");
    let names: Vec<String> = (0..6).map(|number| format!("e{number}")).collect();
    let adding: Vec<Child> = names
        .iter()
        .map(|name| {
            let connect =
                fairlead_test_support::Installation::connect(&desk.simulator, name, "segura-entitlements");
            let mut arguments: Vec<&str> = connect.iter().map(String::as_str).collect();
            arguments.push("--client-secret-stdin");
            start(&desk, &desk.simulator.tenant.client_secret, &arguments)
        })
        .collect();
    let ran: Vec<Ran> = adding.into_iter().map(ended).collect();
    assert_eq!(ran.iter().filter(|it| it.code == Some(0)).count(), 1, "{ran:?}");
    for refused in ran.iter().filter(|it| it.code != Some(0)) {
        told(refused, USAGE, &["already connects tenant"]);
    }
    let listed: Vec<Value> = desk.run(&["--json", "connections", "list"]).succeeded().json();
    assert_eq!(listed.len(), 1);
}

#[test]
fn a_connection_that_is_removed_while_its_secret_is_replaced_leaves_none() {
    let desk = Desk::of("correct-cloudcraft");
    for _ in 0..3 {
        without_credential(&desk, "contoso");
        let secret = desk.simulator.tenant.client_secret.clone();
        let rotating = start(&desk, &secret, &["connections", "rotate", "contoso", "--client-secret-stdin"]);
        let _removed = desk.run(&["connections", "remove", "contoso", "--yes"]).succeeded();
        let rotated = ended(rotating);
        assert!(rotated.code == Some(0) || rotated.code == Some(USAGE), "{rotated:?}");
        // A secret that was left would be what this is about.
        told(&desk.run(&["connections", "remove", "contoso", "--yes"]), USAGE, &["no connection"]);
    }
}

#[test]
fn purging_leaves_nothing_of_the_tenant_also_later() {
    let desk = Desk::of("correct-c1-read");
    let _added = desk.connect("contoso", "c1", &[]).succeeded();
    let _synced = desk.run(&["--quiet", "sync", "contoso"]).succeeded();
    // As a sync that was killed leaves it.
    let work = desk.installation.home().join("work/contoso");
    fs::create_dir_all(&work).unwrap();
    fs::write(work.join("unfinished.sqlite"), "ada@contoso.example").unwrap();
    let _removed = desk.run(&["connections", "remove", "contoso", "--yes"]).succeeded();
    // What it collected can be read still, and gone through.
    let _shown = desk.run(&["show", "contoso"]).succeeded();
    let asked = desk.run(&["query", "contoso", "select count(*) from items", "--format", "csv"]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert!(work.exists());
    let _purged = desk.run(&["connections", "remove", "contoso", "--purge", "--yes"]).succeeded();
    assert!(!work.exists() && !desk.installation.home().join("state/files/contoso").exists());
    told(&desk.run(&["show", "contoso"]), USAGE, &["no connection"]);
    told(&desk.run(&["connections", "remove", "contoso", "--purge", "--yes"]), USAGE, &["no connection"]);
    // One that is connected later under the name starts with nothing.
    let _again = desk.connect("contoso", "c1", &[]).succeeded();
    told(&desk.run(&["show", "contoso"]), USAGE, &["no snapshot yet"]);
}

#[test]
fn several_are_switched_or_none() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("contoso", "cloudcraft", &[]).succeeded();
    told(&desk.run(&["connections", "disable", "contoso", "nope"]), USAGE, &["\"nope\""]);
    assert_eq!(desk.shown("contoso")["enabled"], true);
    // A connection whose connector is gone can be switched all the same.
    let mut command = desk.installation.command();
    command.env("FAIRLEAD_CONNECTORS", desk.folder.path()).args(["connections", "disable", "contoso"]);
    assert!(command.status().expect("fairlead starts").success());
    assert_eq!(desk.shown("contoso")["enabled"], false);
}

#[test]
fn when_a_secret_ends_can_be_told_later_and_not_for_the_past() {
    let desk = Desk::of("correct-cloudcraft");
    let past = desk.connect("contoso", "cloudcraft", &["--client-secret-expires", "2020-01-01"]);
    assert_eq!(past.code, Some(USAGE));
    assert!(past.stderr.contains("that is past"), "{past:?}");
    let _added = desk.connect("contoso", "cloudcraft", &[]).succeeded();
    let _told =
        desk.run(&["connections", "edit", "contoso", "--client-secret-expires", "2999-01-31"]).succeeded();
    assert_eq!(desk.shown("contoso")["credential"]["expires-at"], "2999-01-31T00:00:00Z");
    without_credential(&desk, "other");
    let other = desk.run(&["connections", "edit", "other", "--client-secret-expires", "2999-01-31"]);
    told(&other, USAGE, &["\"other\"", "no client secret"]);
}

#[test]
fn what_is_wrong_is_told_before_a_secret_is_asked_for() {
    let desk = Desk::of("correct-cloudcraft");
    let connect = |more: &[&str]| {
        let words = fairlead_test_support::Installation::connect(&desk.simulator, "contoso", "cloudcraft");
        let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
        // No secret is around, and nobody can be asked.
        desk.run(&words)
    };
    told(&connect(&["--mode", "read-write"]), USAGE, &["no mode"]);
    told(&connect(&["--set", "nope=1"]), USAGE, &["nope"]);
    told(&connect(&[]), USAGE, &["no client secret"]);
    let name = connect(&["--subscription", "Production"]);
    assert!(name.stderr.contains("az account list"), "{name:?}");
    let group = connect(&["--management-group", "bad group!"]);
    assert!(group.stderr.contains("cannot be the ID of a management group"), "{group:?}");
    let _added = desk.connect("contoso", "cloudcraft", &[]).succeeded();
    told(&desk.run(&["connections", "edit", "contoso", "--unset", "nope"]), USAGE, &["no setting \"nope\""]);
}

#[test]
fn nobody_is_sent_to_sync_what_only_checks_onboardings() {
    let desk = Desk::of("correct-cloudcraft");
    let added = desk.connect("contoso", "cloudcraft", &[]).succeeded();
    assert!(!added.stderr.contains("sync"), "{added:?}");
    told(&desk.run(&["show", "contoso"]), USAGE, &["collects nothing"]);
    let syncs = Desk::of("correct-c1-read");
    assert!(syncs.connect("contoso", "c1", &[]).succeeded().stderr.contains("fairlead sync contoso"));
}

#[test]
fn of_a_command_for_assertions_only_the_program_is_shown() {
    let desk = Desk::of("correct-c1-read");
    let command = ["--federated-token-command", "./get-token --password canary-of-an-argument"];
    let added = desk.connect("contoso", "c1", &command).succeeded();
    let shown = desk.run(&["connections", "show", "contoso"]).succeeded();
    let listed = desk.run(&["--json", "connections", "list"]).succeeded();
    for ran in [&added, &shown, &listed] {
        assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"), "{ran:?}");
    }
    let program = &desk.shown("contoso")["credential"]["assertion"]["command"];
    assert!(program[0].as_str().unwrap().starts_with('/'), "{program}");
}

#[test]
fn a_passphrase_that_is_set_is_never_taken_for_none() {
    let desk = Desk::of("correct-cloudcraft");
    let connect = fairlead_test_support::Installation::connect(&desk.simulator, "contoso", "cloudcraft");
    let with = |passphrase: &std::ffi::OsStr| -> Ran {
        let mut command = desk.installation.command_as(&desk.simulator);
        command.env("FAIRLEAD_SECRETS_PASSPHRASE", passphrase).args(&connect);
        command.output().expect("fairlead starts").into()
    };
    told(&with("".as_ref()), USAGE, &["FAIRLEAD_SECRETS_PASSPHRASE", "empty"]);
    #[cfg(unix)]
    {
        let bytes = std::os::unix::ffi::OsStrExt::from_bytes(b"hun\xffter2-long".as_slice());
        told(&with(bytes), USAGE, &["FAIRLEAD_SECRETS_PASSPHRASE", "UTF-8"]);
    }
    assert!(!desk.installation.home().join("secrets").exists(), "nothing was kept without it");
}

#[test]
fn looking_around_with_a_mistyped_home_makes_none() {
    let desk = Desk::of("correct-cloudcraft");
    let home = desk.folder.path().join("mistyped");
    let home_name = home.to_str().expect("a plain path");
    let listed = desk.run(&["--home", home_name, "connections", "list"]).succeeded();
    assert!(listed.stdout.contains(home_name), "{listed:?}");
    told(&desk.run(&["--home", home_name, "connections", "show", "contoso"]), USAGE, &["no connection"]);
    told(&desk.run(&["--home", home_name, "validate", "contoso"]), USAGE, &["no connection"]);
    let _runs = desk.run(&["--home", home_name, "runs"]).succeeded();
    assert!(!home.exists());
}

#[test]
fn a_damaged_record_is_not_none() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("contoso", "cloudcraft", &[]).succeeded();
    fs::write(desk.installation.home().join("state/connections/contoso/00000001.json"), "{").unwrap();
    let listed = desk.run(&["connections", "list"]).succeeded();
    assert_eq!(listed.stdout.trim(), "", "{listed:?}");
    assert!(listed.stderr.contains("is damaged"), "{listed:?}");
    let listed = desk.run(&["--json", "connections", "list"]).succeeded();
    let warnings: Vec<&str> = listed.stderr.lines().filter(|line| line.starts_with('{')).collect();
    assert_eq!(warnings.len(), 1, "{listed:?}");
    for line in warnings {
        let warning: Value = serde_json::from_str(line).expect("JSON for programs");
        assert!(warning["warning"].as_str().unwrap().contains("is damaged"), "{line}");
    }
}

#[test]
fn what_programs_read_is_json_whatever_was_typed() {
    let desk = Desk::of("correct-cloudcraft");
    let _added = desk.connect("contoso", "cloudcraft", &[]).succeeded();
    let ran = desk.run(&["--json", "connections", "edit", "contoso", "--set", "a\u{202e}b=1"]);
    let error: Value = serde_json::from_str(&ran.stderr).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert!(error["error"]["message"].as_str().unwrap().contains('\u{202e}'));
    let description = "A\u{9b}31mred\u{202e}txet\n  pass    all is well";
    let edit = ["--json", "connections", "edit", "contoso", "--description", description];
    let edited = desk.run(&edit).succeeded();
    assert_eq!(edited.json::<Value>()["description"], description);
    assert!(!edited.stdout.contains(['\u{9b}', '\u{202e}']), "{edited:?}");
    let shown = desk.run(&["connections", "show", "contoso"]).succeeded().stdout;
    assert!(!shown.lines().any(|line| line.starts_with("  pass")), "{shown}");
}

#[test]
fn a_file_is_named_and_not_its_folder_and_programs_are_told_what_was_written() {
    let desk = Desk::of("correct-c1-read");
    let _added = desk.connect("contoso", "c1", &[]).succeeded();
    let _synced = desk.run(&["--quiet", "sync", "contoso"]).succeeded();
    let folder = desk.folder.path().to_str().expect("a plain path").to_owned();
    for what in [["--artifact", "sync.c1z"], ["--items", "user"]] {
        let export = [["export", "contoso"].as_slice(), &what, &["-o", &folder]].concat();
        told(&desk.run(&export), USAGE, &["is a folder", "name a file"]);
        let file = format!("{folder}/{}", what[1]);
        let export = [["--json", "export", "contoso"].as_slice(), &what, &["-o", &file]].concat();
        let written: Value = desk.run(&export).succeeded().json();
        assert_eq!(written["file"], file.as_str());
        assert_eq!(written["bytes"], fs::metadata(&file).unwrap().len());
    }
}

#[test]
fn what_is_no_connector_is_told_once_and_in_words() {
    let desk = Desk::of("correct-cloudcraft");
    let folder = desk.folder.path().join("connectors");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("junk.wasm"), "this is no component").unwrap();
    let mut command = desk.installation.command();
    let ran: Ran = command
        .env("FAIRLEAD_CONNECTORS", &folder)
        .arg("connectors")
        .output()
        .expect("fairlead starts")
        .into();
    let line = ran.stdout.lines().find(|line| line.contains("junk.wasm")).expect("it is named");
    assert_eq!(line.matches("junk.wasm").count(), 1, "{line}");
    assert!(!line.contains("0x"), "{line}");
}

#[test]
fn help_says_all_there_is_to_say() {
    let desk = Desk::of("correct-cloudcraft");
    let help = |words: &[&str]| desk.run(words).succeeded().stdout;
    let config = help(&["help", "config"]);
    assert!(config.contains("[secrets]") && config.contains("FAIRLEAD_SECRETS_PASSPHRASE"), "{config}");
    assert!(help(&["validate", "--help"]).contains("Exit codes"));
    let show = help(&["show", "--help"]);
    let everywhere = show.find("Options of every command").expect("a heading of their own");
    assert!(show.find("--home").is_some_and(|place| place > everywhere), "{show}");
    let overview = help(&["--help"]);
    for command in
        ["connectors", "guide", "validate", "sync", "runs", "show", "export", "query", "completions"]
    {
        let line = overview.lines().find(|line| line.trim_start().starts_with(command));
        assert!(line.is_some_and(|line| line.split_whitespace().count() > 3), "{command}: {overview}");
    }
}
