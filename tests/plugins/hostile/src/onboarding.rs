//! What it asks of a tenant and what it finds there: once as it should be, and the other ways.

use std::hint::black_box;

use crate::{
    bindings::{
        exports::fairlead::connector::onboarding::{
            AzureRole, CredentialNeed, Evidence, Finding, Grant, GraphPermission, Licence, Need, Outcome,
            Plan, PortalPlace, Remedy, Requirement, RoleScope, Smaller, Weight,
        },
        fairlead::connector::types::{Api, Failure, Method},
    },
    run::ask,
};

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

pub(crate) fn requirements(what: &str) -> Result<Vec<Requirement>, Failure> {
    let mut good =
        vec![permission("User.Read.All"), required(Need::AzureRole(reader())), required(licence())];
    match what {
        "good" => {}
        "many" => good = (0..501).map(|number| permission(&format!("User.Read.{number}"))).collect(),
        "gigabytes" => good[0].why = "x".repeat(1 << 20),
        "twice" => good.push(permission("User.Read.All")),
        "no-reason" => good[0].why.clear(),
        "long-reason" => good[0].why = "x".repeat(1_001),
        "escape" => good[0].why = "Reads\u{1b}[2J".into(),
        "shell-permission" => good[0].need = graph("User.Read.All; rm -rf /"),
        "shell-role" => {
            good[1].need = Need::AzureRole(AzureRole { name: "Reader\"$(id)\"".to_owned(), ..reader() });
        }
        "no-guid" => good[1].need = Need::AzureRole(AzureRole { role: "Reader".to_owned(), ..reader() }),
        "shell-action" => {
            good[1].need = Need::AzureRole(AzureRole { actions: vec!["*/read`id`".to_owned()], ..reader() });
        }
        "no-kind" => {
            let need = CredentialNeed { kinds: Vec::new(), lifetime_days: None };
            good.push(required(Need::Credential(need)));
        }
        "no-setting" => good[2].need = Need::MailboxSettings(Some("mailboxes".to_owned())),
        "shell-smaller" => {
            let why = "It would do.".to_owned();
            good[0].smaller = Some(Smaller { instead: vec!["`id`".to_owned()], why });
        }
        "azure" => {
            ask(Method::Get, "/v1.0/users")?;
        }
        "settings" => return Err(Failure::Settings("the settings are wrong\u{1b}[2J".to_owned())),
        "loop" => loop {
            black_box(());
        },
        other => return Err(Failure::Fatal(format!("\"{other}\" is not a way to ask"))),
    }
    Ok(good)
}

pub(crate) fn check(what: &str) -> Result<Vec<Finding>, Failure> {
    let mut good = vec![finding("users.visible", "1"), finding("users.visible", "2")];
    match what {
        "good" => {
            ask(Method::Get, "/v1.0/users")?;
        }
        "many" => good = (0..501).map(|number| finding("users.visible", &number.to_string())).collect(),
        "gigabytes" => good[0].sentence = "x".repeat(1 << 20),
        "twice" => good[1].subject = "1".into(),
        "no-area" => good[0].id = "visible".into(),
        "shouted" => good[0].id = "Users.Visible".into(),
        "three-words" => good[0].id = "users.are.visible".into(),
        "no-sentence" => good[0].sentence = " ".into(),
        "escape" => good[0].subject = "\u{1b}]0;owned\u{7}".into(),
        "status" => good[0].evidence[0].status = Some(42),
        "escape-evidence" => good[0].evidence[0].code = Some("\u{1b}[2J".to_owned()),
        "command-of-two-lines" => remedy(&mut good).command = Some("az login\nrm -rf /".to_owned()),
        "link" => {
            let place = PortalPlace { path: "Here".to_owned(), url: "javascript:alert(1)".to_owned() };
            remedy(&mut good).portal = Some(place);
        }
        "write" => {
            ask(Method::Delete, "/v1.0/applications/1")?;
        }
        "many-requests" => loop {
            let _ = ask(Method::Get, "/v1.0/users");
        },
        "trap" => panic!("this was on purpose"),
        other => return Err(Failure::Fatal(format!("\"{other}\" is not a way to check"))),
    }
    Ok(good)
}

fn required(need: Need) -> Requirement {
    Requirement { need, why: "Reads.".to_owned(), weight: Weight::Required, smaller: None }
}

fn permission(name: &str) -> Requirement {
    required(graph(name))
}

fn graph(name: &str) -> Need {
    Need::GraphPermission(GraphPermission { name: name.to_owned(), grant: Grant::Application })
}

fn reader() -> AzureRole {
    AzureRole {
        role: READER.to_owned(),
        name: "Reader".to_owned(),
        scope: RoleScope::EachSubscription,
        actions: vec!["*/read".to_owned()],
    }
}

fn licence() -> Need {
    Need::Licence(Licence { plan: Plan::P2, skipped_by: Some("skip-p2=true".to_owned()) })
}

fn finding(id: &str, subject: &str) -> Finding {
    Finding {
        id: id.to_owned(),
        subject: subject.to_owned(),
        outcome: Outcome::Warn,
        sentence: "User 1 can be seen.".to_owned(),
        evidence: vec![Evidence {
            api: Api::Graph,
            request: "GET /v1.0/users".to_owned(),
            status: Some(200),
            code: None,
            request_id: Some("r-1".to_owned()),
        }],
        remedy: Some(Remedy {
            action: "Hide the user.".to_owned(),
            portal: None,
            command: None,
            needs_role: Some("User Administrator".to_owned()),
        }),
    }
}

fn remedy(findings: &mut [Finding]) -> &mut Remedy {
    findings[0].remedy.get_or_insert_with(|| Remedy {
        action: "Hide the user.".to_owned(),
        portal: None,
        command: None,
        needs_role: None,
    })
}
