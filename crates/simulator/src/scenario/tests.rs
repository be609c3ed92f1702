//! What scenario files may say, and what they are told when they say it wrong.

use jiff::Timestamp;

use super::*;
use crate::world::arm::Scope;
use crate::world::{ObjectKind, ObjectRef};

fn now() -> Timestamp {
    Timestamp::from_second(generate::EPOCH_SECONDS + 1_000_000).unwrap()
}

fn error(text: &str) -> String {
    match Scenario::parse(text).and_then(|it| it.build(now()).map(drop)) {
        Err(error) => error.to_string(),
        Ok(()) => "no error".to_owned(),
    }
}

const EMPTY: &str = r#"
[[tenant]]
name = "Small"
domain = "small.example"
[tenant.sizes]
users = 0
groups = 0
memberships = 0
nested = 0
cycles = 0
devices = 0
service-principals = 0
managed-identities = 0
app-role-assignments = 0
directory-role-assignments = 0
directory-role-schedules = 0
management-groups = 0
subscriptions = 0
resource-groups = 0
custom-roles = 0
role-assignments = 0
role-schedules = 0
storage-accounts = 0
containers = 0
"#;

#[test]
fn unknown_keys_are_refused_with_their_line() {
    let message = error("seed = 3\n[[tenant]]\nnmae = \"x\"\n");
    assert!(message.contains("line 3") && message.contains("nmae"), "{message}");
    assert!(error("seed = \"x\"").contains("line 1"));
}

#[test]
fn what_does_not_go_together_is_named_with_its_place() {
    let message =
        error("[[tenant]]\nname = \"T\"\n[tenant.sizes]\nusers = 1\ngroups = 1\nmemberships = 50\n");
    assert!(message.contains("tenant T, sizes") && message.contains("50 memberships"), "{message}");
    assert!(error("tenant = []").contains("at least one"));
    assert!(error("[physics.faults]\nreset = 2.0").contains("reset"));
    let twice = "[[tenant]]\nid = \"11111111-2222-4333-8444-555555555555\"\n".repeat(2);
    assert!(error(&twice).contains("same id"));
}

#[test]
fn names_that_nobody_has_are_named() {
    let with = |text: &str| error(&format!("{EMPTY}{text}"));
    assert!(
        with("[[tenant.group]]\nname = \"G\"\nmembers = [\"nobody@x\"]").contains("`nobody@x` is no user")
    );
    assert!(with("[tenant.reader]\ngranted = [\"User.Fly.All\"]").contains("`User.Fly.All`"));
    assert!(with("[tenant.reader]\ntoken-error = 12").contains("AADSTS12"));
    let role = "[[tenant.role-assignment]]\nprincipal = \"Directory reader\"\nrole = \"Wizard\"";
    assert!(with(role).contains("no Azure role `Wizard`"));
    assert!(
        with("[tenant.reader]\nroles = [{ role = \"Reader\", scope = \"x\" }]").contains("`x` is no scope")
    );
}

#[test]
fn explicit_objects_find_each_other() {
    let text = format!(
        r#"{EMPTY}
[[tenant.user]]
user-principal-name = "ada@small.example"
manager = "grace@small.example"
[[tenant.user]]
user-principal-name = "grace@small.example"
[[tenant.group]]
name = "Outer"
members = ["Inner", "ada@small.example"]
[[tenant.group]]
name = "Inner"
members = ["Outer", "Robot"]
[[tenant.service-principal]]
name = "Robot"
app-roles = ["Read"]
assigned = [{{ principal = "ada@small.example", role = "Read" }}]
[[tenant.subscription]]
name = "Main"
resource-groups = ["rg"]
[[tenant.storage-account]]
name = "stmain"
subscription = "Main"
resource-group = "rg"
containers = ["c1", "c2"]
[[tenant.role-assignment]]
principal = "Outer"
role = "Reader"
"#
    );
    let built = Scenario::parse(&text).unwrap().build(now()).unwrap();
    let tenant = &built.world.tenants()[0];
    let ada = tenant.users.position_by_upn("ADA@small.example").unwrap();
    let grace = tenant.users.position_by_upn("grace@small.example").unwrap();
    assert_eq!(tenant.users.manager(ada), Some(grace));
    assert!(tenant.groups.contains(0, ObjectRef::new(ObjectKind::Group, 1)));
    assert!(tenant.groups.contains(1, ObjectRef::new(ObjectKind::Group, 0)));
    assert_eq!(tenant.assignments_of(tenant.users.id_at(ada).unwrap()).count(), 1);
    let outer = tenant.groups.objects.at(0).unwrap().id;
    let assigned: Vec<_> = tenant.arm.assignments_of(outer).collect();
    assert_eq!(assigned[0].scope, Scope::ManagementGroup(tenant.id.to_string()));
}

#[test]
fn the_reader_may_read_what_a_sync_reads_unless_told_otherwise() {
    let reader = |text: &str| {
        let built = Scenario::parse(&format!("{EMPTY}{text}")).unwrap().build(now()).unwrap();
        let connection = built.readers[0].clone();
        let tenant = &built.world.tenants()[0];
        let principal = tenant.service_principal_of(connection.client_id).map(|it| {
            let id = tenant.service_principals.at(it).unwrap().id;
            (tenant.assignments_of(id).count(), tenant.arm.assignments_of(id).count())
        });
        (connection, principal)
    };
    let (first, counts) = reader("");
    assert_eq!(counts, Some((20, 2)));
    let (again, counts) = reader("[tenant.reader]\ngranted = []\nroles = []");
    assert_eq!(counts, Some((0, 0)));
    assert_eq!(first.client_id, again.client_id);
    assert_eq!(reader("[tenant.reader]\nwithout-principal = true").1, None);
}

#[test]
fn default_secrets_look_like_azure_s() {
    use secrecy::ExposeSecret as _;
    let secret = default_secret(1, Uuid::nil());
    assert_eq!(secret.expose_secret().len(), 40);
    assert_eq!(&secret.expose_secret()[3..6], "8Q~");
    assert_ne!(secret.expose_secret(), default_secret(2, Uuid::nil()).expose_secret());
}

#[test]
fn a_secret_lasts_at_least_half_a_year() {
    let built = Scenario::default().build(now()).unwrap();
    let tenant = &built.world.tenants()[0];
    let application = tenant.application_of(built.readers[0].client_id).unwrap();
    let end = tenant.applications.at(application).unwrap().password_credentials[0].end;
    assert!(end > now() + jiff::SignedDuration::from_hours(24 * 180));
}

#[test]
fn every_word_is_on_the_page_about_scenario_files() {
    let page = include_str!("../../SCENARIOS.md");
    let sources = [
        include_str!("plan/mod.rs"),
        include_str!("plan/app.rs"),
        include_str!("plan/azure.rs"),
        include_str!("plan/directory.rs"),
        include_str!("../faults/settings.rs"),
    ];
    let fields = sources.iter().flat_map(|source| source.lines()).filter_map(|line| {
        let (name, _) = line.trim().strip_prefix("pub ")?.split_once(": ")?;
        name.bytes().all(|it| it == b'_' || it.is_ascii_alphanumeric()).then(|| name.replace('_', "-"))
    });
    // Collections are named by their table.
    let is_there = |word: &str| {
        let table = word.strip_suffix('s').unwrap_or(word);
        [format!("`{word}"), format!("[[tenant.{table}]]"), format!("tenant.{word}]"), format!(" {word}")]
            .iter()
            .any(|it| page.contains(it))
    };
    let missing: Vec<String> = fields.filter(|word| !is_there(word)).collect();
    assert!(missing.is_empty(), "these words are not in SCENARIOS.md: {missing:?}");
}
