//! PowerShell 7 with Microsoft's modules for Graph and Azure.

use std::fmt::Write as _;

use fairlead_model::Cloud;

use super::{Language, Script, Site};
use crate::{
    guide::{Draft, GuideError, plan::Permission},
    quote::{comment, power_shell},
};

const SETUP: &str = include_str!("power_shell_setup.ps1");
const TEARDOWN: &str = include_str!("power_shell_teardown.ps1");

pub(super) fn script(draft: &Draft) -> Result<Script, GuideError> {
    let what = "Sets up the application that this connection signs in as. Running it again changes nothing.";
    let parameters = format!(
        "param(\n    [string[]] $Subscriptions = @(),\n    [switch] $Connect,\n    [string] $SecretFile = {},\n    \
         [switch] $NewSecret,\n    [string] $ApplicationId = '',\n    [switch] $NewApplication,\n    [switch] $DryRun\n)\n\n",
        power_shell(&format!("./{}.client-secret", draft.connection)),
    );
    let setup = title(draft, what) + &parameters + &head(draft)? + &setup_head(draft) + SETUP;
    let undo = "Removes the application that setup made for this connection, and nothing else.";
    let parameters = "param(\n    [string[]] $Subscriptions = @(),\n    [string] $ApplicationId = '',\n    [switch] $Yes\n)\n\n";
    let teardown = title(draft, undo) + parameters + &head(draft)? + TEARDOWN;
    Ok(Script { file_name: format!("{}-setup.ps1", draft.connection), setup, teardown: Some(teardown) })
}

fn title(draft: &Draft, what: &str) -> String {
    let title =
        comment(&format!("{} in tenant {} ({}, {})", draft.name, draft.tenant, draft.connector, draft.mode));
    format!("#Requires -Version 7.2\n# {what}\n# {title}\n")
}

/// What both need to know.
fn head(draft: &Draft) -> Result<String, GuideError> {
    let (graph, azure) = environments(&draft.cloud)?;
    let mut head = String::new();
    let constants = [
        ("ConnectionName", draft.connection.as_str()),
        ("Tag", &draft.tag()),
        ("Tenant", draft.tenant.as_str()),
        ("ClientId", &draft.client_id.map(|id| id.to_string()).unwrap_or_default()),
        ("GraphEnvironment", graph),
        ("AzEnvironment", azure),
    ];
    for (name, value) in &constants {
        constant(&mut head, name, value);
    }
    head.push_str("# No scope: at each of the subscriptions given.\n$Roles = @(\n");
    for it in draft.assignments() {
        let (id, name) = (power_shell(&it.role.to_string()), power_shell(it.name));
        let scope = power_shell(match &it.at {
            Site::At(scope) => scope,
            Site::Chosen => "",
            Site::Root => "root",
        });
        // Writing to a string does not fail.
        let _ = writeln!(
            head,
            "    @{{ Id = {id}; Name = {name}; Scope = {scope}; Optional = ${} }}",
            it.optional
        );
    }
    head.push_str(")\n");
    Ok(head)
}

/// What only setup needs to know.
fn setup_head(draft: &Draft) -> String {
    let mut head = String::new();
    constant(&mut head, "Audience", draft.sign_in_audience());
    constant(&mut head, "Application", &draft.registration().to_string());
    permissions(&mut head, "Permissions", &draft.plan.application);
    permissions(&mut head, "Delegated", &draft.plan.delegated);
    let _ = writeln!(head, "$OwnsItself = ${}", draft.plan.owns_itself.is_some());
    let federation = draft.federated_credential().map(|it| it.to_string()).unwrap_or_default();
    constant(&mut head, "Federation", &federation);
    let _ = writeln!(head, "$MakesSecret = ${}", draft.makes_secret());
    let _ = writeln!(head, "$SecretDays = {}", draft.secret_days());
    let words: Vec<_> = draft.connect_command().iter().map(|word| power_shell(word)).collect();
    let _ = writeln!(head, "# How Fairlead is told.\n$ConnectCommand = @({})", words.join(", "));
    head
}

fn constant(head: &mut String, name: &str, value: &str) {
    let _ = writeln!(head, "${name} = {}", power_shell(value));
}

fn permissions(head: &mut String, name: &str, all: &[Permission]) {
    let _ = writeln!(head, "${name} = @(");
    for it in all {
        let (name, id) = (power_shell(it.name), power_shell(&it.id.to_string()));
        let _ = writeln!(head, "    @{{ Name = {name}; Id = {id} }}");
    }
    head.push_str(")\n");
}

/// What the modules call the cloud: `Connect-MgGraph -Environment`, `Connect-AzAccount -Environment`.
fn environments(cloud: &Cloud) -> Result<(&'static str, &'static str), GuideError> {
    Ok(match cloud {
        Cloud::Public => ("Global", "AzureCloud"),
        Cloud::UsGovernment => ("USGov", "AzureUSGovernment"),
        Cloud::UsDod => ("USGovDoD", "AzureUSGovernment"),
        Cloud::China => ("China", "AzureChinaCloud"),
        Cloud::Custom(_) => return Err(GuideError::CustomCloud { language: Language::PowerShell }),
    })
}
