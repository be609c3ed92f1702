//! The setup script as an administrator runs it: the real Azure CLI against an Azure on this machine.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use fairlead_engine::guide::{GuideOptions, Language, Script, guide, script};
use fairlead_model::{
    Audience, Cloud, ConnectionId, CredentialKind, CustomCloud, Grant, Mode, Need, Requirement, RoleScope,
    Scope, TenantId, Weight,
};
use fairlead_test_support::Simulator;
use serde_json::Value;
use tempfile::TempDir;
use uuid::{Uuid, uuid};

const SUBSCRIPTIONS: [Uuid; 2] =
    [uuid!("60000000-0000-4000-8000-000000000001"), uuid!("60000000-0000-4000-8000-000000000002")];

/// What setup notes beside itself.
const NOTED: &str = "contoso.application-id";

/// What a token for Graph is asked for.
const GRAPH: &str = "https://graph.microsoft.com";
/// What a token for Resource Manager is asked for.
const RESOURCE_MANAGER: &str = "https://management.core.windows.net/";

/// An Azure with nothing set up, and an Azure CLI that is signed in to it as somebody who may set everything up.
struct Bench {
    simulator: Simulator,
    folder: TempDir,
    cli: PathBuf,
    script: Script,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let binaries =
            PathBuf::from(std::env::var_os("FAIRLEAD_BINARIES").expect("`cargo xtask test` sets it"));
        let cli = PathBuf::from(std::env::var_os("FAIRLEAD_AZ").expect("`cargo xtask test --full` sets it"));
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("onboarding/scenarios/setup-empty.toml");
        let scenario = ["--scenario", scenario.to_str().unwrap()];
        let simulator =
            Simulator::start(&binaries.join("fairlead-simulator"), folder.path(), &scenario).unwrap();
        let script = setup(&simulator);
        let bench = Self { simulator, folder, cli, script };
        bench.sign_in();
        bench
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap();
        command.env_clear().current_dir(self.folder.path());
        command.env("PATH", format!("{}:{path}", self.cli.parent().unwrap().display()));
        command.env("HOME", self.folder.path()).env("AZURE_CONFIG_DIR", self.folder.path().join("azure"));
        command.env("REQUESTS_CA_BUNDLE", &self.simulator.ca_file).env("AZURE_CORE_COLLECT_TELEMETRY", "no");
        // The simulator is an authority Microsoft does not know.
        command.env("AZURE_CORE_INSTANCE_DISCOVERY", "false");
        command
    }

    fn az(&self, arguments: &[&str]) -> String {
        let output = self.command(&self.cli).args(arguments).output().unwrap();
        succeeded(&output);
        String::from_utf8(output.stdout).unwrap()
    }

    fn sign_in(&self) {
        let address = self.simulator.address.as_str();
        let of_graph = "https://graph.windows.net/";
        let register = ["cloud", "register", "--name", "Here", "--endpoint-active-directory", address];
        let resources = [
            ["--endpoint-active-directory-resource-id", RESOURCE_MANAGER],
            ["--endpoint-active-directory-graph-resource-id", of_graph],
            ["--endpoint-microsoft-graph-resource-id", address],
            ["--endpoint-resource-manager", address],
            ["--endpoint-management", address],
        ];
        self.az(&[register.as_slice(), resources.as_flattened()].concat());
        self.az(&["cloud", "set", "--name", "Here"]);
        let tenant = &self.simulator.tenant;
        let who = ["--username", &tenant.client_id, "--password", &tenant.client_secret];
        self.az(&[["login", "--service-principal", "--tenant", &tenant.tenant_id].as_slice(), &who].concat());
    }

    fn run(&self, text: &str, arguments: &[&str]) -> Output {
        let file = self.folder.path().join("script.sh");
        std::fs::write(&file, text).unwrap();
        self.command(Path::new("bash")).arg(&file).args(arguments).output().unwrap()
    }

    /// Everything of the tenant that a setup touches, as Graph and Resource Manager tell it.
    fn state(&self) -> BTreeMap<String, Value> {
        let address = &self.simulator.address;
        let graph = ["applications", "servicePrincipals", "oauth2PermissionGrants"]
            .map(|list| (list.to_owned(), format!("{address}/v1.0/{list}")));
        let roles = SUBSCRIPTIONS.map(|id| {
            let path = format!("subscriptions/{id}/providers/Microsoft.Authorization/roleAssignments");
            (id.to_string(), format!("{address}/{path}?api-version=2022-04-01"))
        });
        let ask = |url: &str| -> Value {
            let audience = if url.contains("/v1.0/") { GRAPH } else { RESOURCE_MANAGER };
            serde_json::from_str(&self.az(&["rest", "--url", url, "--resource", audience])).unwrap()
        };
        let mut state: BTreeMap<_, _> =
            graph.into_iter().chain(roles).map(|(name, url)| (name, ask(&url)["value"].clone())).collect();
        for principal in state["servicePrincipals"].as_array().unwrap().clone() {
            let id = principal["id"].as_str().unwrap();
            let granted = ask(&format!("{address}/v1.0/servicePrincipals/{id}/appRoleAssignments"));
            state.insert(format!("granted to {id}"), granted["value"].clone());
        }
        state
    }
}

fn setup(simulator: &Simulator) -> Script {
    let address = simulator.address.parse().unwrap();
    let custom = |address: &url::Url| CustomCloud {
        authority: address.clone(),
        graph: address.clone(),
        resource_manager: address.clone(),
        graph_audience: None,
        resource_manager_audience: None,
        ca_file: None,
    };
    let cloud = Cloud::Custom(Box::new(custom(&address)));
    let connection: ConnectionId = "contoso".parse().unwrap();
    let tenant: TenantId = simulator.tenant.tenant_id.parse().unwrap();
    let options = GuideOptions {
        connector: "sample",
        product: "Sample Product",
        connection: &connection,
        name: Some("It's a \"sample\" $(of) nasty; names"),
        cloud: &cloud,
        tenant: &tenant,
        client_id: None,
        mode: Mode::Read,
        purpose: "",
        settings: &serde_json::Map::new(),
        scope: &Scope { subscriptions: SUBSCRIPTIONS.to_vec(), management_group: None },
        credential: None,
        federation: None,
        least: false,
        requirements: &requirements(),
    };
    script(&guide(&options).unwrap(), Language::Az).unwrap()
}

fn requirements() -> Vec<Requirement> {
    let need =
        |need| Requirement { need, why: "It is needed.".into(), weight: Weight::Required, smaller: None };
    let permission = |name: &str, grant| need(Need::GraphPermission { name: name.into(), grant });
    let role = |role, name: &str| {
        need(Need::AzureRole { role, name: name.into(), scope: RoleScope::EachSubscription, actions: vec![] })
    };
    vec![
        need(Need::Audience { audience: Audience::Single }),
        need(Need::Credential { kinds: vec![CredentialKind::ClientSecret], lifetime_days: Some(180) }),
        permission("User.Read.All", Grant::Application),
        permission("AuditLog.Read.All", Grant::Application),
        permission("Directory.AccessAsUser.All", Grant::Delegated),
        role(uuid!("acdd72a7-3385-48ef-bd42-f606fba81ae7"), "Reader"),
        role(uuid!("7efff54f-a5b4-42b5-a1c5-5411624893ce"), "Disk Snapshot Contributor"),
        need(Need::OwnsItself),
    ]
}

fn succeeded(output: &Output) {
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{told}");
}

fn count(value: &Value) -> usize {
    value.as_array().unwrap().len()
}

#[test]
fn an_empty_tenant_is_set_up_once_and_left_as_it_was() {
    let bench = Bench::new();
    let before = bench.state();

    let rehearsal = bench.run(&bench.script.setup, &["--dry-run"]);
    succeeded(&rehearsal);
    assert_eq!(bench.state(), before, "a rehearsal changes nothing");

    let first = bench.run(&bench.script.setup, &[]);
    succeeded(&first);
    let after = bench.state();
    let application = after["applications"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["displayName"] == "It's a \"sample\" $(of) nasty; names")
        .unwrap();
    assert_eq!(application["signInAudience"], "AzureADMyOrg");
    assert_eq!(count(&application["requiredResourceAccess"][0]["resourceAccess"]), 3);
    assert_eq!(count(&application["passwordCredentials"]), 1);
    let principals = after["servicePrincipals"].as_array().unwrap();
    let principal = principals.iter().find(|it| it["appId"] == application["appId"]).unwrap();
    assert_eq!(principal["accountEnabled"], true);
    let id = principal["id"].as_str().unwrap();
    assert_eq!(count(&after[&format!("granted to {id}")]), 2);
    let object = application["id"].as_str().unwrap();
    let owners = bench.az(&[
        "rest",
        "--url",
        &format!("{}/v1.0/applications/{object}/owners", bench.simulator.address),
        "--resource",
        GRAPH,
    ]);
    assert!(owners.contains(id), "the application is an owner of itself: {owners}");
    let grants = after["oauth2PermissionGrants"].as_array().unwrap();
    let grant = grants.iter().find(|it| it["clientId"] == id).unwrap();
    assert_eq!(
        (&grant["consentType"], &grant["scope"]),
        (&"AllPrincipals".into(), &"Directory.AccessAsUser.All".into())
    );
    for subscription in SUBSCRIPTIONS.map(|it| it.to_string()) {
        let roles = after[&subscription].as_array().unwrap().iter();
        let ours: Vec<_> = roles.filter(|it| it["properties"]["principalId"] == id).collect();
        assert_eq!(ours.len(), 2, "{subscription}");
        assert!(ours.iter().all(|it| it["properties"]["description"] == "fairlead:contoso"));
    }

    // The secret is where it was said to be, works, and is nowhere else.
    let file = bench.folder.path().join("contoso.client-secret");
    let secret = std::fs::read_to_string(&file).unwrap();
    for said in [&first.stdout, &first.stderr] {
        assert!(!String::from_utf8_lossy(said).contains(secret.trim()));
    }
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777,
        0o600
    );

    let second = bench.run(&bench.script.setup, &[]);
    succeeded(&second);
    assert_eq!(bench.state(), after, "the second time changes nothing");

    let teardown = bench.script.teardown.clone().unwrap();
    let unsure = bench.run(&teardown, &[]);
    assert!(!unsure.status.success(), "nobody said yes");
    assert_eq!(bench.state(), after);
    succeeded(&bench.run(&teardown, &["--yes"]));
    assert_eq!(bench.state(), before, "nothing but what setup made is gone");
    succeeded(&bench.run(&teardown, &["--yes"]));
}

#[test]
fn what_an_interrupted_setup_left_undone_is_done_by_the_next() {
    let bench = Bench::new();
    succeeded(&bench.run(&bench.script.setup, &[]));
    let whole = bench.state();
    // As if it had been stopped half-way: a consent and a role are missing.
    let id = whole
        .keys()
        .find_map(|key| key.strip_prefix("granted to ").filter(|_| count(&whole[key]) == 2))
        .unwrap();
    let address = &bench.simulator.address;
    let granted = whole[&format!("granted to {id}")][0]["id"].as_str().unwrap();
    let delete = |url: String, audience: &str| {
        bench.az(&["rest", "--method", "delete", "--url", &url, "--resource", audience]);
    };
    delete(format!("{address}/v1.0/servicePrincipals/{id}/appRoleAssignments/{granted}"), GRAPH);
    let roles = whole[&SUBSCRIPTIONS[0].to_string()].as_array().unwrap();
    let role = roles.iter().find(|it| it["properties"]["principalId"] == id).unwrap();
    delete(format!("{address}{}?api-version=2022-04-01", role["id"].as_str().unwrap()), RESOURCE_MANAGER);

    succeeded(&bench.run(&bench.script.setup, &[]));

    let again = bench.state();
    assert_eq!(count(&again[&format!("granted to {id}")]), 2);
    for subscription in SUBSCRIPTIONS.map(|it| it.to_string()) {
        assert_eq!(count(&again[&subscription]), count(&whole[&subscription]));
    }
}

#[test]
fn an_application_of_the_same_name_that_somebody_else_made_is_left_alone() {
    let bench = Bench::new();
    let body = r#"{"displayName": "It's a \"sample\" $(of) nasty; names"}"#;
    let url = format!("{}/v1.0/applications", bench.simulator.address);
    bench.az(&["rest", "--method", "post", "--url", &url, "--body", body, "--resource", GRAPH]);
    let before = bench.state();
    succeeded(&bench.run(&bench.script.setup, &[]));
    assert_eq!(count(&bench.state()["applications"]), count(&before["applications"]) + 1);
    succeeded(&bench.run(bench.script.teardown.as_deref().unwrap(), &["--yes"]));
    assert_eq!(bench.state(), before);
}

/// Whoever may register applications can put our tag on theirs, and would get all that is set up.
#[test]
fn an_application_that_somebody_else_gave_our_tag_is_not_taken_over() {
    let bench = Bench::new();
    let body = r#"{"displayName": "Timesheets", "tags": ["fairlead:contoso"]}"#;
    let url = format!("{}/v1.0/applications", bench.simulator.address);
    let made = bench.az(&["rest", "--method", "post", "--url", &url, "--body", body, "--resource", GRAPH]);
    let squatter = serde_json::from_str::<Value>(&made).unwrap()["appId"].as_str().unwrap().to_owned();
    let before = bench.state();

    let teardown = bench.script.teardown.clone().unwrap();
    for text in [&bench.script.setup, &teardown] {
        let stopped = bench.run(text, &[]);
        assert!(!stopped.status.success());
        let told = String::from_utf8_lossy(&stopped.stderr);
        assert!(told.contains(&squatter) && told.contains("--application"), "{told}");
        assert_eq!(bench.state(), before, "nothing is done for somebody else's application");
    }

    succeeded(&bench.run(&bench.script.setup, &["--new-application"]));
    let after = bench.state();
    assert_eq!(count(&after["applications"]), count(&before["applications"]) + 1);
    let principals = after["servicePrincipals"].as_array().unwrap();
    assert!(!principals.iter().any(|it| it["appId"] == squatter.as_str()), "it got nothing");
    succeeded(&bench.run(&bench.script.setup, &[]));
    assert_eq!(bench.state(), after, "the second time changes nothing");

    succeeded(&bench.run(&teardown, &["--yes"]));
    assert_eq!(bench.state(), before, "its own is gone, and nobody else's");
}

#[test]
fn whoever_runs_it_elsewhere_is_asked_which_application_is_theirs() {
    let bench = Bench::new();
    succeeded(&bench.run(&bench.script.setup, &[]));
    let whole = bench.state();
    let noted = bench.folder.path().join(NOTED);
    let id = std::fs::read_to_string(&noted).unwrap().trim().to_owned();
    std::fs::remove_file(&noted).unwrap();
    assert!(!bench.run(&bench.script.setup, &[]).status.success());
    assert_eq!(bench.state(), whole, "nothing is done before that is clear");
    succeeded(&bench.run(&bench.script.setup, &["--application", &id]));
    assert_eq!(bench.state(), whole, "nothing was left to do");
}
