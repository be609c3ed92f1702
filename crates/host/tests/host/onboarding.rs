//! What a connector asks of a tenant and finds there is taken over only when people can rely on it.

use fairlead_host::{CallError, Cause, Connector, Limit, Limits, Services};
use fairlead_model::{Api, Failure, FindingOutcome, Need, Requirement, RoleScope, Weight};

use crate::support::{collecting, connection, hostile, serves};

async fn asked(connector: &Connector, what: &str) -> Result<Vec<Requirement>, CallError> {
    let info = connection(&format!(r#"{{"requirements":"{what}"}}"#));
    let asked = connector.requirements(collecting(), &info).await.map(|called| called.value);
    serves(connector).await;
    asked
}

async fn checked(connector: &Connector, what: &str) -> Result<Vec<fairlead_model::Finding>, CallError> {
    let info = connection(&format!(r#"{{"check":"{what}"}}"#));
    let checked = connector.check(collecting(), &info).await.map(|called| called.value);
    serves(connector).await;
    checked
}

#[tokio::test]
async fn requirements_arrive_as_they_were_returned() {
    let requirements = asked(&hostile(Limits::default()).await, "good").await.unwrap();
    let [permission, role, licence] = requirements.as_slice() else { panic!("{requirements:?}") };
    assert!(matches!(&permission.need, Need::GraphPermission { name, .. } if name == "User.Read.All"));
    assert_eq!((permission.why.as_str(), permission.weight), ("Reads.", Weight::Required));
    let Need::AzureRole { role, scope, actions, .. } = &role.need else { panic!("{role:?}") };
    assert_eq!(role.to_string(), "acdd72a7-3385-48ef-bd42-f606fba81ae7");
    assert_eq!((*scope, actions.as_slice()), (RoleScope::EachSubscription, &["*/read".to_owned()][..]));
    let Need::Licence { skipped_by, .. } = &licence.need else { panic!("{licence:?}") };
    assert_eq!(skipped_by.as_deref(), Some("skip-p2=true"));
}

#[tokio::test]
async fn findings_arrive_with_their_evidence_and_the_time_of_the_call() {
    let before = jiff::Timestamp::now();
    let findings = checked(&hostile(Limits::default()).await, "good").await.unwrap();
    let subjects: Vec<_> = findings.iter().map(|it| (it.id.as_str(), it.subject.as_str())).collect();
    assert_eq!(subjects, [("users.visible", "1"), ("users.visible", "2")]);
    assert_eq!(findings[0].outcome, FindingOutcome::Warn);
    let evidence = &findings[0].evidence[0];
    assert_eq!((evidence.api, evidence.request.as_str()), (Some(Api::Graph), "GET /v1.0/users"));
    assert_eq!((evidence.status, evidence.request_id.as_deref()), (Some(200), Some("r-1")));
    assert!(evidence.at >= before);
    let remedy = findings[0].remedy.as_ref().unwrap();
    assert_eq!(remedy.needs_role.as_deref(), Some("User Administrator"));
}

/// Names end up in commands that people paste; texts end up in terminals.
#[tokio::test]
async fn requirements_that_people_cannot_rely_on_are_named_and_not_taken() {
    let connector = hostile(Limits::default()).await;
    for (what, problem) in [
        ("many", "there are more than 500 requirements"),
        ("twice", "a requirement is there twice: "),
        ("no-reason", "a requirement's reason is empty"),
        ("long-reason", "a requirement's reason is longer than 1000 characters"),
        ("escape", "a requirement's reason has control characters: Reads\\u{1b}[2J"),
        ("shell-permission", "\"User.Read.All; rm -rf /\" cannot be the name of a permission"),
        ("shell-role", "\"Reader\"$(id)\"\" cannot be the name of a role"),
        ("no-guid", "the role Reader has the definition id \"Reader\", which is not a GUID"),
        ("shell-action", "\"*/read`id`\" is not an action that the role Reader could allow"),
        ("no-kind", "a credential is asked for that cannot be"),
        ("no-setting", "\"mailboxes\" is not a setting as name=value"),
        ("shell-smaller", "\"`id`\" cannot be the name of a permission or role"),
    ] {
        let error = asked(&connector, what).await.expect_err(what);
        let Cause::InvalidOutput(said) = error.cause() else { panic!("{what}: {error}") };
        assert!(said.starts_with(problem), "{what}: {said}");
        assert!(error.to_string().starts_with("connector hostile, naming its requirements: "), "{error}");
    }
}

#[tokio::test]
async fn findings_that_people_cannot_rely_on_are_named_and_not_taken() {
    let connector = hostile(Limits::default()).await;
    for (what, problem) in [
        ("many", "there are more than 500 findings"),
        ("twice", "the finding users.visible \"1\" is there twice"),
        ("no-area", "\"visible\" cannot be a finding's id: it is AREA.WORD"),
        ("shouted", "\"Users.Visible\" cannot be a finding's id: it is AREA.WORD"),
        ("three-words", "\"users.are.visible\" cannot be a finding's id: it is AREA.WORD"),
        ("no-sentence", "a finding's sentence is empty"),
        ("escape", "a finding's subject has control characters: \\u{1b}]0;owned\\u{7}"),
        ("status", "a finding's request has the status 42, which is none of HTTP"),
        ("escape-evidence", "a finding's evidence is empty, too long or has control characters: \\u{1b}[2J"),
        ("command-of-two-lines", "a remedy's command has control characters: az login\\nrm -rf /"),
        ("link", "\"javascript:alert(1)\" is not a link into a portal"),
    ] {
        let error = checked(&connector, what).await.expect_err(what);
        assert_eq!(error.cause(), &Cause::InvalidOutput(problem.to_owned()), "{what}");
        assert!(error.to_string().starts_with("connector hostile, checking the tenant: "), "{error}");
    }
}

#[tokio::test]
async fn neither_goes_past_its_limits() {
    let connector = hostile(Limits { cpu_ms: 150, ..Limits::default() }).await;
    for what in ["gigabytes", "loop"] {
        let limit = if what == "loop" { Limit::Cpu } else { Limit::Description };
        assert_eq!(asked(&connector, what).await.expect_err(what).limit(), Some(limit));
    }
    assert_eq!(checked(&connector, "gigabytes").await.unwrap_err().limit(), Some(Limit::Description));
    let error = checked(&connector, "many-requests").await.unwrap_err();
    assert_eq!(error.limit(), Some(Limit::CheckRequests));
    assert!(error.to_string().contains("the limit check-requests = 50"), "{error}");
}

#[tokio::test]
async fn requirements_are_named_without_asking_anybody() {
    let error = asked(&hostile(Limits::default()).await, "azure").await.unwrap_err().to_string();
    assert!(error.contains("calls to Azure are made by tasks and checks only"), "{error}");
}

#[tokio::test]
async fn a_check_may_call_what_is_declared_and_nothing_else() {
    let connector = hostile(Limits::default()).await;
    let error = checked(&connector, "write").await.unwrap_err().to_string();
    assert!(error.contains("hostile does not declare DELETE /v1.0/applications/1"), "{error}");
    let info = connection("{}");
    let error = connector.check(Services::default(), &info).await.unwrap_err().to_string();
    assert!(error.contains("refused: not declared"), "{error}");
}

#[tokio::test]
async fn settings_that_make_no_sense_are_the_connectors_own_words() {
    let connector = hostile(Limits::default()).await;
    let error = asked(&connector, "settings").await.unwrap_err();
    assert_eq!(error.failure(), Some(&Failure::Settings("the settings are wrong\\u{1b}[2J".to_owned())));
    let error = checked(&connector, "trap").await.unwrap_err().to_string();
    assert!(error.contains("this was on purpose"), "{error}");
}
