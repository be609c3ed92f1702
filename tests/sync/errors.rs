//! What goes wrong is told in one sentence with the next step, and the exit code says whose turn it is.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use fairlead_test_support::{Installation, Ran};

use crate::world::World;

const USAGE: i32 = 2;
const TENANT: i32 = 3;
const OURS: i32 = 4;

/// One line, the exit code, and each of the words a person needs.
fn told(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "one sentence, not {lines:#?}");
    assert!(lines[0].starts_with("error: "), "{}", lines[0]);
    for word in words {
        assert!(lines[0].contains(word), "\"{word}\" is missing in: {}", lines[0]);
    }
}

/// Connects the simulator's tenant with one argument replaced, and syncs it.
fn sync_with(world: &World, option: &str, value: &str) -> Ran {
    let name = format!("other-{}", option.trim_start_matches('-'));
    let mut connect = Installation::connect(&world.simulator, &name, "c1");
    let given = connect.iter().position(|argument| argument == option).expect("the option is given");
    value.clone_into(&mut connect[given + 1]);
    let _added = world.run(&connect.iter().map(String::as_str).collect::<Vec<_>>()).succeeded();
    world.run(&["--quiet", "sync", &name])
}

#[test]
fn a_wrong_tenant_client_or_secret_is_told_by_its_name() {
    let world = World::connected(&[]);
    let nowhere = "99999999-9999-4999-8999-999999999999";
    told(&sync_with(&world, "--tenant", nowhere), TENANT, &["AADSTS90002", nowhere]);
    told(&sync_with(&world, "--client-id", nowhere), TENANT, &["AADSTS700016", nowhere]);
    world.connect("unkept", "c1", &["--no-credential"]);
    let mut command = world.installation.command();
    command.env("FAIRLEAD_CLIENT_SECRET", "not-the-secret").args(["--quiet", "sync", "unkept"]);
    let ran: Ran = command.output().expect("fairlead starts").into();
    told(&ran, TENANT, &["AADSTS7000215", "secret"]);
    assert!(!ran.stderr.contains("not-the-secret"), "{}", ran.stderr);
}

#[test]
fn an_azure_that_cannot_be_reached_is_not_a_refusal() {
    let mut world = World::connected(&[]);
    world.simulator.kill();
    told(&world.run(&["--quiet", "sync", "contoso"]), TENANT, &["localhost"]);
}

#[test]
fn an_unknown_connector_is_told_with_those_there_are() {
    let world = World::new(&[]);
    let connect = Installation::connect(&world.simulator, "contoso", "c2");
    let ran = world.run(&connect.iter().map(String::as_str).collect::<Vec<_>>());
    told(&ran, USAGE, &["\"c2\"", "there is c1"]);
}

#[test]
fn an_unknown_connection_is_told_with_where_to_look() {
    let world = World::new(&[]);
    told(&world.run(&["sync", "contoso"]), USAGE, &["\"contoso\"", "fairlead connections list"]);
    told(&world.run(&["show", "contoso"]), USAGE, &["\"contoso\"", "fairlead connections list"]);
}

#[test]
fn bad_settings_are_told_by_name_before_anything_is_stored() {
    let world = World::new(&[]);
    let connect = Installation::connect(&world.simulator, "contoso", "c1");
    let arguments: Vec<&str> = connect.iter().map(String::as_str).chain(["--set", "no-such=1"]).collect();
    told(&world.run(&arguments), USAGE, &["no-such", "the settings are"]);
    let listed: Vec<serde_json::Value> = world.run(&["--json", "connections", "list"]).succeeded().json();
    assert!(listed.is_empty(), "{listed:?}");
}

#[test]
fn a_configuration_file_with_a_mistake_is_told_with_its_line() {
    let world = World::new(&[]);
    let file = world.folder.path().join("fairlead.toml");
    fs::write(&file, "parallel = 4\nparalel = 5\n").expect("a file");
    let ran = world.run(&["--config", &file.to_string_lossy(), "connections", "list"]);
    assert_eq!(ran.code, Some(USAGE), "{ran:?}");
    assert!(ran.stderr.contains("line 2") && ran.stderr.contains("paralel"), "{}", ran.stderr);
}

#[test]
fn a_missing_secret_is_told_with_the_ways_to_give_it() {
    let world = World::new(&[]);
    world.connect("contoso", "c1", &["--no-credential"]);
    let ran = world.installation.run(&["--quiet", "sync", "contoso"]).expect("fairlead starts");
    told(&ran, USAGE, &["FAIRLEAD_CLIENT_SECRET", "--client-secret-stdin"]);
}

#[test]
fn a_damaged_work_file_is_told_and_a_fresh_start_mends_it() {
    let world = World::connected(&[]);
    kill_while_collecting(&world);
    let file = work_file(&world);
    // The log beside it could mend the file, so both are damaged.
    for suffix in ["", "-wal"] {
        let name = format!("{}{suffix}", file.display());
        let mut damaged = OpenOptions::new().write(true).open(name).expect("the work file");
        damaged.write_all(&[0x5A; 4096]).expect("a write");
    }
    told(&world.run(&["--quiet", "sync", "contoso"]), OURS, &["damaged", "--fresh"]);
    let _synced = world.run(&["sync", "contoso", "--fresh"]).succeeded();
}

/// Whether this machine lets a test have a file system of its own; a container may not.
fn can_mount() -> bool {
    let mount = "mount -t tmpfs -o size=1m tmpfs /mnt";
    let tried = Command::new("unshare").args(["--map-root-user", "--mount", "sh", "-c", mount]).output();
    tried.is_ok_and(|tried| tried.status.success())
}

#[test]
fn a_full_disk_is_told_with_what_to_do() {
    if !can_mount() {
        eprintln!("not tested: nobody may mount a file system here");
        return;
    }
    let world = World::connected(&[]);
    let home = world.elsewhere("small").home;
    fs::create_dir_all(&home).expect("a folder");
    let connect = Installation::connect(&world.simulator, "contoso", "c1").join(" ");
    let fairlead = world.installation.binaries.join("fairlead");
    // A file system of its own, too small for the snapshot, that ends with the command.
    let script = format!(
        "mount -t tmpfs -o size=1m tmpfs {home} && {fairlead} {connect} >/dev/null 2>&1 && \
         exec {fairlead} --quiet sync contoso",
        home = home.display(),
        fairlead = fairlead.display(),
    );
    let ran: Ran = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .env("FAIRLEAD_HOME", &home)
        .env("FAIRLEAD_CONNECTORS", world.installation.connectors())
        .env("FAIRLEAD_CLIENT_SECRET", &world.simulator.tenant.client_secret)
        .output()
        .expect("unshare (util-linux) starts")
        .into();
    told(&ran, OURS, &["is full", "free some space"]);
}

/// Starts a sync and kills it once its first task is done.
fn kill_while_collecting(world: &World) {
    let mut child = world
        .installation
        .command_as(&world.simulator)
        .args(["-v", "sync", "contoso"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("fairlead starts");
    let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let done = stderr.lines().map_while(Result::ok).find(|line| line.contains("task done"));
    assert!(done.is_some(), "the sync ended without a task");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

fn work_file(world: &World) -> PathBuf {
    let files = fs::read_dir(world.installation.home.join("work/contoso")).expect("the folder of work files");
    files
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|extension| extension == "sqlite"))
        .expect("a killed sync leaves its work file")
}
