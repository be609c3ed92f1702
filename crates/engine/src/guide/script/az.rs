//! Bash with the Azure CLI.

use std::fmt::Write as _;

use fairlead_azure::Endpoints;
use fairlead_model::Cloud;

use super::{Assignment, Script, Site};
use crate::{
    guide::{Draft, GuideError, plan::Permission},
    quote::{bash, comment},
};

const SETUP: &str = include_str!("az_setup.sh");
const TEARDOWN: &str = include_str!("az_teardown.sh");

pub(super) fn script(draft: &Draft) -> Result<Script, GuideError> {
    let what = "Sets up the application that this connection signs in as. Running it again changes nothing.";
    let setup = head(draft, what)? + &setup_head(draft) + SETUP;
    let undo = "Removes the application that setup made for this connection, and nothing else.";
    let teardown = head(draft, undo)? + TEARDOWN;
    Ok(Script { file_name: format!("{}-setup.sh", draft.connection), setup, teardown: Some(teardown) })
}

/// What both need to know.
fn head(draft: &Draft, what: &str) -> Result<String, GuideError> {
    let endpoints = Endpoints::of(&draft.cloud)?;
    let title =
        comment(&format!("{} in tenant {} ({}, {})", draft.name, draft.tenant, draft.connector, draft.mode));
    let mut head = format!("#!/usr/bin/env bash\n# {what}\n# {title}\n\n");
    let constants = [
        ("CONNECTION", draft.connection.as_str()),
        ("TAG", &draft.tag()),
        ("TENANT", draft.tenant.as_str()),
        ("CLIENT", &draft.client_id.map(|id| id.to_string()).unwrap_or_default()),
        ("AZURE_CLOUD", cloud_name(&draft.cloud)),
        ("GRAPH", &endpoints.graph),
        ("GRAPH_AUDIENCE", &endpoints.graph_audience),
        ("ARM", &endpoints.resource_manager),
    ];
    for (name, value) in &constants {
        constant(&mut head, name, value);
    }
    let what = "Role, name, scope, and whether it is optional; no scope: at each of $SUBSCRIPTIONS.";
    array(&mut head, what, "ROLES", &roles(draft));
    Ok(head)
}

/// What only setup needs to know.
fn setup_head(draft: &Draft) -> String {
    let mut head = String::new();
    constant(&mut head, "AUDIENCE", draft.sign_in_audience());
    constant(&mut head, "APPLICATION", &draft.registration().to_string());
    let plan = &draft.plan;
    array(
        &mut head,
        "Permissions of Microsoft Graph and their ids.",
        "PERMISSIONS",
        &permissions(&plan.application),
    );
    array(&mut head, "Delegated ones.", "DELEGATED", &permissions(&plan.delegated));
    constant(&mut head, "OWNS_ITSELF", if draft.plan.owns_itself.is_some() { "yes" } else { "no" });
    let federation = draft.federated_credential().map(|it| it.to_string()).unwrap_or_default();
    constant(&mut head, "FEDERATION", &federation);
    constant(&mut head, "FEDERATION_NAME", &draft.federation_name());
    constant(&mut head, "MAKES_SECRET", if draft.makes_secret() { "yes" } else { "no" });
    constant(&mut head, "SECRET_DAYS", &draft.secret_days().to_string());
    array(&mut head, "How Fairlead is told.", "CONNECT", &draft.connect_command());
    head
}

fn constant(head: &mut String, name: &str, value: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(head, "{name}={}", bash(value));
}

fn array(head: &mut String, what: &str, name: &str, values: &[String]) {
    let _ = writeln!(head, "# {what}\n{name}=(");
    for value in values {
        let _ = writeln!(head, "  {}", bash(value));
    }
    head.push_str(")\n");
}

fn permissions(all: &[Permission]) -> Vec<String> {
    all.iter().map(|it| format!("{} {}", it.name, it.id)).collect()
}

fn roles(draft: &Draft) -> Vec<String> {
    let line = |it: &Assignment<'_>| {
        let scope = match &it.at {
            Site::At(scope) => scope.as_str(),
            Site::Chosen => "",
            Site::Root => "root",
        };
        let optional = if it.optional { "optional" } else { "" };
        format!("{}|{}|{scope}|{optional}", it.role, it.name)
    };
    draft.assignments().iter().map(line).collect()
}

/// What the Azure CLI calls the cloud (`az cloud list`); a custom one is called as its operator registered it.
fn cloud_name(cloud: &Cloud) -> &'static str {
    match cloud {
        Cloud::Public => "AzureCloud",
        Cloud::UsGovernment | Cloud::UsDod => "AzureUSGovernment",
        Cloud::China => "AzureChinaCloud",
        Cloud::Custom(_) => "",
    }
}
