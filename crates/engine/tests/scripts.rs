//! Scripts that set a tenant up, judged by the programs that read them: bash, shellcheck, an HCL parser, and where
//! it is installed terraform.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use fairlead_engine::guide::{Federation, GuideError, GuideOptions, Language, Script, guide, script};
use fairlead_model::{
    Audience, Cloud, ConnectionId, CredentialKind, Grant, Mode, Need, Requirement, RoleScope, Scope,
    TenantId, Weight,
};
use proptest::prelude::*;
use serde_json::Value;
use uuid::{Uuid, uuid};

const SUBSCRIPTION: Uuid = uuid!("51111111-0000-0000-0000-000000000001");

/// What a test changes of a guide.
#[derive(Clone)]
struct Case {
    name: Option<String>,
    cloud: Cloud,
    scope: Scope,
    settings: serde_json::Map<String, Value>,
    client_id: Option<Uuid>,
    credential: CredentialKind,
    federation: Option<Federation>,
    requirements: Vec<Requirement>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            name: None,
            cloud: Cloud::Public,
            scope: Scope { subscriptions: vec![SUBSCRIPTION], management_group: None },
            settings: serde_json::Map::new(),
            client_id: None,
            credential: CredentialKind::ClientSecret,
            federation: None,
            requirements: requirements(),
        }
    }
}

impl Case {
    fn federated(subject: &str) -> Self {
        let issuer = "https://issuer.example/".to_owned();
        let federation = Federation { issuer, subject: subject.to_owned(), audience: None };
        Self { credential: CredentialKind::Federated, federation: Some(federation), ..Self::default() }
    }

    fn rotating() -> Self {
        let mut case = Self::default();
        case.requirements.push(need(Need::OwnsItself));
        case
    }

    fn script(&self, language: Language) -> Script {
        self.try_script(language).unwrap()
    }

    fn try_script(&self, language: Language) -> Result<Script, GuideError> {
        let connection: ConnectionId = "contoso".parse().unwrap();
        let tenant: TenantId = "11111111-2222-3333-4444-555555555555".parse().unwrap();
        let options = GuideOptions {
            connector: "sample",
            product: "Sample Product",
            connection: &connection,
            name: self.name.as_deref(),
            cloud: &self.cloud,
            tenant: &tenant,
            client_id: self.client_id,
            mode: Mode::Read,
            purpose: "",
            settings: &self.settings,
            scope: &self.scope,
            credential: Some(self.credential),
            federation: self.federation.clone(),
            least: false,
            requirements: &self.requirements,
        };
        script(&guide(&options).unwrap(), language)
    }
}

fn need(need: Need) -> Requirement {
    Requirement { need, why: "It is needed.".into(), weight: Weight::Required, smaller: None }
}

fn requirements() -> Vec<Requirement> {
    let kinds = vec![CredentialKind::ClientSecret, CredentialKind::Certificate, CredentialKind::Federated];
    let permission = |name: &str, grant| need(Need::GraphPermission { name: name.into(), grant });
    let reader = Need::AzureRole {
        role: uuid!("acdd72a7-3385-48ef-bd42-f606fba81ae7"),
        name: "Reader".into(),
        scope: RoleScope::EachSubscription,
        actions: vec![],
    };
    vec![
        need(Need::Audience { audience: Audience::Single }),
        need(Need::Credential { kinds, lifetime_days: Some(730) }),
        permission("User.Read.All", Grant::Application),
        permission("Directory.AccessAsUser.All", Grant::Delegated),
        need(reader),
    ]
}

/// A role that only few may assign, beside one at subscriptions.
fn at_root() -> Vec<Requirement> {
    let hierarchy = Need::AzureRole {
        role: uuid!("ac63b705-f282-497d-ac71-919bf39d939d"),
        name: "Management Group Reader".into(),
        scope: RoleScope::TenantRoot,
        actions: vec![],
    };
    let recommended = Requirement { weight: Weight::Recommended, ..need(hierarchy) };
    requirements().into_iter().chain([recommended]).collect()
}

/// The shapes a script can have.
fn shapes() -> Vec<(&'static str, Case)> {
    let chosen = Case { scope: Scope::default(), ..Case::default() };
    let group = Scope { subscriptions: vec![], management_group: Some("landing-zones".into()) };
    let only_roles = Case { requirements: requirements().split_off(4), ..Case::default() };
    vec![
        ("as asked", Case::default()),
        ("subscriptions chosen later", chosen),
        ("roles at the root that are recommended only", Case { requirements: at_root(), ..Case::default() }),
        (
            "both at subscriptions chosen later",
            Case { requirements: at_root(), scope: Scope::default(), ..Case::default() },
        ),
        ("management group", Case { scope: group, ..Case::default() }),
        ("roles only", only_roles),
        ("federated", Case::federated("role")),
        ("owner of itself", Case::rotating()),
        ("certificate", Case { credential: CredentialKind::Certificate, ..Case::default() }),
        ("China", Case { cloud: Cloud::China, ..Case::default() }),
        (
            "nasty name",
            Case { name: Some("it's \"${nasty}\" $(id) %{x} `y` \\ \u{2019}; z".into()), ..Case::default() },
        ),
    ]
}

fn run(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn passes(command: &mut Command, input: &str, about: &str) -> String {
    let output = run(command, input);
    let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{about}: {said}{failed}\n{input}");
    said.into_owned()
}

/// A program of the tests' Python environment, where there is one.
fn tool(name: &str) -> Option<PathBuf> {
    let python = std::env::var_os("FAIRLEAD_PYTHON")?;
    let tool = Path::new(&python).with_file_name(name);
    tool.exists().then_some(tool)
}

/// The part that is made; what follows is a file of the sources.
fn head(script: &str) -> &str {
    let body =
        ["\n\nset -euo pipefail", "\n\n$ErrorActionPreference", "\n\ndata \"azuread_service_principal\""];
    let end = body.iter().find_map(|body| script.find(body)).unwrap();
    &script[..=end]
}

#[test]
fn scripts_begin_as_they_are_on_record() {
    let update = std::env::var_os("FAIRLEAD_UPDATE_GOLDEN").is_some();
    for (language, extension) in
        [(Language::Az, "sh"), (Language::PowerShell, "ps1"), (Language::Terraform, "tf")]
    {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/sample.{extension}"));
        let script = Case::default().script(language);
        if update {
            fs::write(&golden, head(&script.setup)).unwrap();
        }
        assert_eq!(head(&script.setup), fs::read_to_string(&golden).unwrap(), "{}", golden.display());
    }
}

#[test]
fn bash_and_shellcheck_find_nothing_wrong() {
    for (shape, case) in shapes() {
        let script = case.script(Language::Az);
        for text in [script.setup, script.teardown.unwrap()] {
            passes(Command::new("bash").arg("-n"), &text, shape);
            if let Some(shellcheck) = tool("shellcheck") {
                // Not every shape uses every constant; and that nothing in a name is expanded is the point.
                passes(Command::new(shellcheck).args(["--exclude=SC2034,SC2016,SC1112", "-"]), &text, shape);
            }
        }
    }
}

#[test]
fn power_shell_s_grammar_takes_it() {
    let Some(python) = tool("python") else { return };
    let parse = "import sys, tree_sitter as t, tree_sitter_powershell as p; \
                 sys.exit(t.Parser(t.Language(p.language())).parse(sys.stdin.buffer.read()).root_node.has_error)";
    for (shape, case) in shapes() {
        let script = case.script(Language::PowerShell);
        for text in [script.setup, script.teardown.unwrap()] {
            passes(Command::new(&python).args(["-c", parse]), &text, shape);
        }
    }
}

#[test]
fn terraform_s_own_tools_read_it_and_would_write_it_the_same() {
    for (shape, case) in shapes() {
        let text = case.script(Language::Terraform).setup;
        if let Some(python) = tool("python") {
            let parse = "import sys, hcl2; hcl2.load(sys.stdin)";
            passes(Command::new(python).args(["-c", parse]), &text, shape);
        }
        if Command::new("terraform").arg("version").output().is_ok_and(|output| output.status.success()) {
            passes(Command::new("terraform").args(["fmt", "-check", "-diff", "-"]), &text, shape);
        }
    }
}

#[test]
fn no_script_can_show_or_keep_the_secret_where_it_does_not_belong() {
    let az = Case::default().script(Language::Az).setup;
    // Nobody holds it: it goes straight from the one request that answers it into the pipe or the file.
    assert_eq!(az.matches("secretText").count(), 1);
    assert_eq!(az.matches("make_secret").count(), 3);
    assert!(az.contains("umask 077") && az.contains("set +x") && az.contains("set -o noclobber"));
    let terraform = Case::default().script(Language::Terraform).setup;
    assert!(terraform.contains("sensitive   = true"));
}

#[test]
fn a_federated_connection_makes_no_secret() {
    let case = Case::federated("arn:aws:iam::1:role/x");
    assert!(!case.script(Language::Terraform).setup.contains("azuread_application_password"));
    assert!(case.script(Language::Az).setup.contains("MAKES_SECRET='no'"));
    assert!(case.script(Language::PowerShell).setup.contains("$MakesSecret = $false"));
}

/// A role's name is what somebody called something, and a tag what anybody can write.
#[test]
fn roles_are_known_by_id() {
    for language in [Language::Az, Language::PowerShell, Language::Terraform] {
        let setup = Case::default().script(language).setup;
        assert!(setup.contains("acdd72a7-3385-48ef-bd42-f606fba81ae7"), "{language}");
        assert!(!setup.contains("role_definition_name"), "{language}");
    }
}

#[test]
fn what_was_said_for_the_guide_is_said_to_fairlead_again() {
    let settings = serde_json::json!({"quiet": true, "name": "it's $(id)"});
    let case = Case { settings: settings.as_object().unwrap().clone(), ..Case::default() };
    let az = case.script(Language::Az).setup;
    assert!(az.contains("  '--set'\n  'name=it'\\''s $(id)'\n  '--set'\n  'quiet=true'\n"), "{az}");
    let terraform = case.script(Language::Terraform).setup;
    assert!(terraform.contains(r"--set 'name=it'\\''s $(id)' --set quiet=true"), "{terraform}");
    let certificate = Case { credential: CredentialKind::Certificate, ..Case::default() };
    assert!(certificate.script(Language::Az).setup.contains("  '--certificate'\n  'FILE'\n"));
}

#[test]
fn the_application_of_a_connection_there_is_is_the_one_that_is_set_up() {
    let client_id = Some(uuid!("22222222-0000-4000-8000-000000000001"));
    let case = Case { client_id, ..Case::default() };
    let az = case.script(Language::Az).setup;
    assert!(az.contains("\nCLIENT='22222222-0000-4000-8000-000000000001'\n"), "{az}");
    assert!(az.contains("  'rotate'\n  'contoso'\n"), "it is connected already: {az}");
    assert!(case.script(Language::PowerShell).setup.contains("$ClientId = '22222222-"));
    let second = case.try_script(Language::Terraform).unwrap_err().to_string();
    assert!(second.contains("second application"), "{second}");
}

#[test]
fn an_application_is_made_an_owner_of_itself_only_where_it_is_to_rotate_its_secret() {
    for (language, word) in [
        (Language::Az, "OWNS_ITSELF='yes'"),
        (Language::PowerShell, "$OwnsItself = $true"),
        (Language::Terraform, "resource \"azuread_application_owner\""),
    ] {
        assert!(Case::rotating().script(language).setup.contains(word), "{language}");
        assert!(!Case::default().script(language).setup.contains(word), "{language}");
    }
}

#[test]
fn only_the_azure_cli_can_be_pointed_at_a_cloud_of_one_s_own() {
    let cloud = Cloud::Custom(Box::new(fairlead_model::CustomCloud {
        authority: "https://localhost:1/".parse().unwrap(),
        graph: "https://localhost:1/".parse().unwrap(),
        resource_manager: "https://localhost:1/".parse().unwrap(),
        graph_audience: None,
        resource_manager_audience: None,
        ca_file: None,
    }));
    let text = Case { cloud, ..Case::default() }.script(Language::Az).setup;
    assert!(text.contains("\nGRAPH='https://localhost:1'\n"), "{text}");
}

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'"),
        Just("\""),
        Just("\\"),
        Just("$(touch pwned)"),
        Just("${IFS}"),
        Just("`id`"),
        Just(";"),
        Just("|"),
        Just("\u{2019}"),
        Just("!"),
        Just("*"),
        Just("#"),
        Just("%{"),
        Just("{"),
        Just(" "),
        Just("é"),
        Just("x"),
    ];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| format!("a{}z", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bash itself is asked what the constants are.
    #[test]
    fn whatever_people_call_things_bash_sees_names_and_runs_nothing(name in nasty(), subject in nasty()) {
        let case = Case { name: Some(name.clone()), ..Case::federated(&subject) };
        let setup = case.script(Language::Az).setup;
        let empty = tempfile::tempdir().unwrap();
        let asking = format!("{}\nprintf '%s\\0%s' \"$APPLICATION\" \"$FEDERATION\"", head(&setup));
        let mut bash = Command::new("bash");
        let said = passes(bash.arg("-eu").current_dir(empty.path()), &asking, "head");
        let (application, federation) = said.split_once('\0').unwrap();
        let application: Value = serde_json::from_str(application).unwrap();
        let federation: Value = serde_json::from_str(federation).unwrap();
        prop_assert_eq!(application["displayName"].as_str(), Some(name.as_str()));
        prop_assert_eq!(federation["subject"].as_str(), Some(subject.as_str()));
        prop_assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
    }
}
