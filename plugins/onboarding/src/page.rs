//! A connector's page for people (`docs/connectors`), kept true by a test: its tables are made from the
//! requirements, and the test fails where they differ. `FAIRLEAD_WRITE_PAGES=1` writes them anew.

use std::{fmt::Write as _, path::Path};

use fairlead_connector::{
    Audience, CredentialKind, Grant, Need, Plan, Requirement, RoleScope, UniqueBy, Weight,
};

const BEGIN: &str = "<!-- made from the requirements; FAIRLEAD_WRITE_PAGES=1 cargo test writes it anew -->";
const END: &str = "<!-- end -->";

/// Compares the tables of `docs/connectors/NAME.md` with the requirements of each mode or option.
///
/// # Panics
/// When the page is missing, lacks the place for the tables, or says something else.
pub fn check(name: &str, sets: &[(&str, Vec<Requirement>)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/connectors/{name}.md"));
    let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the tables");
    let (_, after) = rest.split_once(END).expect("the place for the tables has an end");
    let tables: Vec<String> = sets.iter().map(|(title, set)| table(title, set)).collect();
    let true_page = format!("{before}{BEGIN}\n\n{}\n{END}{after}", tables.join("\n"));
    if page == true_page {
        return;
    }
    assert!(
        std::env::var_os("FAIRLEAD_WRITE_PAGES").is_some(),
        "{} does not say what the connector asks for: run this test with FAIRLEAD_WRITE_PAGES=1",
        path.display()
    );
    std::fs::write(&path, true_page).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn table(title: &str, requirements: &[Requirement]) -> String {
    let mut text = format!("### {title}\n\n| what | why | what would do |\n|---|---|---|\n");
    for requirement in requirements {
        let weight = if requirement.weight == Weight::Recommended { " (recommended)" } else { "" };
        let smaller = requirement.smaller.as_ref().map_or_else(String::new, |smaller| {
            let instead =
                if smaller.instead.is_empty() { "nothing".to_owned() } else { smaller.instead.join(", ") };
            format!("**{instead}**: {}", smaller.why)
        });
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {}{weight} | {} | {smaller} |", what(&requirement.need), requirement.why);
    }
    text
}

fn what(need: &Need) -> String {
    match need {
        Need::GraphPermission(permission) => match permission.grant {
            Grant::Application => format!("`{}`", permission.name),
            Grant::Delegated => format!("`{}`, delegated", permission.name),
        },
        Need::AzureRole(role) => {
            let at = match role.scope {
                RoleScope::EachSubscription => "in each subscription",
                RoleScope::ManagementGroup => "at the management group, or in each subscription",
                RoleScope::TenantRoot => "at the tenant root",
            };
            format!("Azure role **{}** {at}{}", role.name, actions(&role.actions))
        }
        Need::PrincipalEnabled => "enterprise application enabled for users to sign in".to_owned(),
        Need::Audience(Audience::Single) => "app registration for this tenant only".to_owned(),
        Need::Audience(Audience::Multiple) => "app registration for any tenant".to_owned(),
        Need::Audience(Audience::Either) => "app registration of either account type".to_owned(),
        Need::Credential(credential) => {
            let kinds: Vec<&str> = credential.kinds.iter().map(|kind| credential_kind(*kind)).collect();
            let lifetime =
                credential.lifetime_days.map(|days| format!(", for {days} days")).unwrap_or_default();
            format!("{}{lifetime}", kinds.join(" or "))
        }
        Need::ActiveSubscription => "active subscriptions that the application can see".to_owned(),
        Need::Unique(UniqueBy::Tenant) => "one connection a tenant".to_owned(),
        Need::Unique(UniqueBy::TenantAndApplication) => "one connection a tenant and application".to_owned(),
        Need::Unique(UniqueBy::Credential) => "a credential of its own".to_owned(),
        Need::NoExcess(tolerated) if tolerated.is_empty() => "nothing more".to_owned(),
        Need::NoExcess(tolerated) => format!("nothing more, except {}", tolerated.join(", ")),
        Need::Licence(licence) => {
            let plan = if licence.plan == Plan::P1 { "Entra ID P1" } else { "Entra ID P2 or Governance" };
            format!("{plan}{}", unless(licence.skipped_by.as_deref()))
        }
        Need::MailboxSettings(skipped_by) => format!("readable mailboxes{}", unless(skipped_by.as_deref())),
    }
}

fn actions(actions: &[String]) -> String {
    match actions {
        [] => String::new(),
        actions => format!(", or whatever allows `{}`", actions.join("`, `")),
    }
}

fn credential_kind(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ClientSecret => "client secret",
        CredentialKind::Certificate => "certificate",
        CredentialKind::Federated => "federated credential",
    }
}

fn unless(skipped_by: Option<&str>) -> String {
    skipped_by.map(|setting| format!(", unless `{setting}`")).unwrap_or_default()
}
