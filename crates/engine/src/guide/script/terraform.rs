//! Terraform with its providers for Entra ID and Azure.

use std::fmt::Write as _;

use fairlead_model::Cloud;

use super::{
    Language, Script,
    quote::{comment, hcl},
};
use crate::guide::{Draft, GuideError, plan::Permission};

const RESOURCES: &str = include_str!("terraform.tf");
const SECRET: &str = include_str!("terraform_secret.tf");
const FEDERATION: &str = include_str!("terraform_federation.tf");
const OWNER: &str = include_str!("terraform_owner.tf");
const OUTPUTS: &str = include_str!("terraform_outputs.tf");

pub(super) fn script(draft: &Draft) -> Result<Script, GuideError> {
    let credential = if draft.makes_secret() {
        SECRET
    } else if draft.federated_credential().is_some() {
        FEDERATION
    } else {
        ""
    };
    let owner = if draft.plan.owns_itself.is_some() { OWNER } else { "" };
    let head = [providers(draft)?, variables(draft)?, locals(draft)?].concat();
    let setup = [&head, RESOURCES, owner, credential, OUTPUTS].concat();
    Ok(Script { file_name: format!("{}.tf", draft.connection), setup, teardown: None })
}

fn providers(draft: &Draft) -> Result<String, GuideError> {
    let (entra, azure) = environments(&draft.cloud)?;
    let title =
        comment(&format!("{} in tenant {} ({}, {})", draft.name, draft.tenant, draft.connector, draft.mode));
    let tenant = hcl(draft.tenant.as_str());
    let time = if draft.makes_secret() {
        "    time = {\n      source  = \"hashicorp/time\"\n      version = \"~> 0.12\"\n    }\n"
    } else {
        ""
    };
    Ok(format!(
        r#"# The application that this connection signs in as. `terraform destroy` removes it, and nothing else.
# {title}

terraform {{
  required_version = ">= 1.5"

  required_providers {{
    azuread = {{
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }}
    azurerm = {{
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }}
{time}  }}
}}

provider "azuread" {{
  tenant_id   = {tenant}
  environment = "{entra}"
}}

# Roles are assigned at scopes of their own; the subscription named here only says where to sign in.
provider "azurerm" {{
  features {{}}
  tenant_id                       = {tenant}
  environment                     = "{azure}"
  subscription_id                 = var.subscription_id
  resource_provider_registrations = "none"
}}

"#
    ))
}

/// What nobody but whoever applies it knows.
fn variables(draft: &Draft) -> Result<String, GuideError> {
    let chosen = draft.assignments()?.iter().any(|it| it.scope.is_none());
    let known = draft.scope.subscriptions.first();
    let default = known.map(|id| format!("  default     = {}\n", hcl(&id.to_string()))).unwrap_or_default();
    let mut variables = format!(
        "variable \"subscription_id\" {{\n  description = \"Any subscription of the tenant\"\n  type        = string\n\
         {default}}}\n\n"
    );
    if chosen {
        variables.push_str(
            "variable \"subscription_ids\" {\n  description = \"Ids of the subscriptions that are to be covered\"\n  \
             type        = set(string)\n\n  validation {\n    condition     = length(var.subscription_ids) > 0\n    \
             error_message = \"Name at least one subscription.\"\n  }\n}\n\n",
        );
    }
    Ok(variables)
}

fn locals(draft: &Draft) -> Result<String, GuideError> {
    let mut locals = String::from("locals {\n");
    let constants = [
        ("name", hcl(&draft.name)),
        ("tag", hcl(&draft.tag())),
        ("audience", hcl(draft.sign_in_audience())),
        ("connect", hcl(&draft.connect_command(None).join(" "))),
    ];
    for (name, value) in constants {
        // Writing to a string does not fail.
        let _ = writeln!(locals, "  {name:<8} = {value}");
    }
    if draft.makes_secret() {
        let _ = writeln!(locals, "\n  secret_days = {}", draft.secret_days());
    } else if let Some(credential) = draft.federated_credential() {
        locals.push_str(&federation(&credential));
    }
    map(&mut locals, "permissions", &draft.plan.application);
    map(&mut locals, "delegated", &draft.plan.delegated);
    locals.push_str(&assignments(draft)?);
    locals.push_str("}\n");
    Ok(locals)
}

fn federation(credential: &serde_json::Value) -> String {
    let text = |name: &str| hcl(credential[name].as_str().unwrap_or_default());
    let audience = hcl(credential["audiences"][0].as_str().unwrap_or_default());
    format!(
        "\n  federation = {{\n    name      = {}\n    issuer    = {}\n    subject   = {}\n    audiences = [{audience}]\n  }}\n",
        text("name"),
        text("issuer"),
        text("subject")
    )
}

fn map(locals: &mut String, name: &str, all: &[Permission]) {
    if all.is_empty() {
        let _ = writeln!(locals, "\n  {name} = {{}}");
        return;
    }
    let width = all.iter().map(|it| it.name.len() + 2).max().unwrap_or_default();
    let _ = writeln!(locals, "\n  {name} = {{");
    for it in all {
        let _ = writeln!(locals, "    {:<width$} = {}", hcl(it.name), hcl(&it.id.to_string()));
    }
    locals.push_str("  }\n");
}

/// Each role at each place, by a name that stays the same when others come or go.
fn assignments(draft: &Draft) -> Result<String, GuideError> {
    let (mut fixed, mut chosen) = (Vec::new(), Vec::new());
    for it in draft.assignments()? {
        match it.scope {
            Some(scope) => fixed.push((it.name.to_owned(), scope)),
            None => chosen.push(hcl(it.name)),
        }
    }
    let keys: Vec<_> = fixed.iter().map(|(role, scope)| hcl(&format!("{role} at {scope}"))).collect();
    let width = keys.iter().map(|key| key.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (key, (role, scope)) in keys.iter().zip(&fixed) {
        let _ = writeln!(text, "    {key:<width$} = {{ role = {}, scope = {} }}", hcl(role), hcl(scope));
    }
    let fixed = if text.is_empty() { "{}".to_owned() } else { format!("{{\n{text}  }}") };
    if chosen.is_empty() {
        return Ok(format!("\n  assignments = {fixed}\n"));
    }
    Ok(format!(
        "\n  fixed_assignments = {fixed}\n\n  chosen_assignments = {{\n    for pair in setproduct([{}], \
         var.subscription_ids) :\n    \"${{pair[0]}} at ${{pair[1]}}\" => {{ role = pair[0], scope = \
         \"/subscriptions/${{pair[1]}}\" }}\n  }}\n\n  assignments = merge(local.fixed_assignments, \
         local.chosen_assignments)\n",
        chosen.join(", ")
    ))
}

/// What the providers call the cloud.
fn environments(cloud: &Cloud) -> Result<(&'static str, &'static str), GuideError> {
    Ok(match cloud {
        Cloud::Public => ("global", "public"),
        Cloud::UsGovernment => ("usgovernment", "usgovernment"),
        Cloud::UsDod => ("usgovernmentl5", "usgovernment"),
        Cloud::China => ("china", "china"),
        Cloud::Custom(_) => return Err(GuideError::CustomCloud { language: Language::Terraform }),
    })
}
