//! Terraform with its providers for Entra ID and Azure.

use std::fmt::Write as _;

use fairlead_model::Cloud;

use super::{Language, Script, Site};
use crate::{
    guide::{Draft, GuideError, plan::Permission},
    quote::{self, comment, hcl},
};

const RESOURCES: &str = include_str!("terraform.tf");
const SECRET: &str = include_str!("terraform_secret.tf");
const FEDERATION: &str = include_str!("terraform_federation.tf");
const OWNER: &str = include_str!("terraform_owner.tf");
const OUTPUTS: &str = include_str!("terraform_outputs.tf");

pub(super) fn script(draft: &Draft) -> Result<Script, GuideError> {
    if draft.client_id.is_some() {
        let connection = draft.connection.clone();
        return Err(GuideError::Second { language: Language::Terraform, connection });
    }
    let credential = if draft.makes_secret() {
        SECRET
    } else if draft.federated_credential().is_some() {
        FEDERATION
    } else {
        ""
    };
    let owner = if draft.plan.owns_itself.is_some() { OWNER } else { "" };
    let head = [providers(draft)?, variables(draft), locals(draft)].concat();
    let setup = [&head, RESOURCES, owner, credential, &outputs(draft)].concat();
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
fn variables(draft: &Draft) -> String {
    let all = draft.assignments();
    let chosen = all.iter().any(|it| matches!(it.at, Site::Chosen));
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
    if all.iter().any(|it| it.optional) {
        variables.push_str(
            "variable \"recommended_roles\" {\n  description = \"Whether to assign roles that are only recommended; false \
             where whoever applies this may not\"\n  type        = bool\n  default     = true\n}\n\n",
        );
    }
    if all.iter().any(|it| matches!(it.at, Site::Root)) {
        variables.push_str("data \"azuread_client_config\" \"this\" {}\n\n");
    }
    variables
}

/// How Fairlead is told, with what only Terraform knows.
fn outputs(draft: &Draft) -> String {
    let expires = if draft.makes_secret() {
        " --client-secret-expires ${time_offset.secret_end.rfc3339} --client-secret-stdin"
    } else {
        ""
    };
    OUTPUTS.replace(" EXPIRES", expires)
}

fn locals(draft: &Draft) -> String {
    let mut locals = String::from("locals {\n");
    let constants = [
        ("name", hcl(&draft.name)),
        ("tag", hcl(&draft.tag())),
        ("audience", hcl(draft.sign_in_audience())),
        ("connect", hcl(&quote::command(draft.connect_command()))),
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
    locals.push_str(&assignments(draft));
    locals.push_str("}\n");
    locals
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

/// Each role at each place, by a name that stays the same when others come or go. Roles are known by their ids: a name
/// is whatever somebody called something.
fn assignments(draft: &Draft) -> String {
    const ROOT: &str =
        "\"/providers/Microsoft.Management/managementGroups/${data.azuread_client_config.this.tenant_id}\"";
    let all = draft.assignments();
    let fixed = |optional: bool| {
        let of_kind = all.iter().filter(|it| it.optional == optional);
        let lines: Vec<_> = of_kind
            .filter_map(|it| {
                let (place, scope) = match &it.at {
                    Site::At(scope) => (scope.as_str(), hcl(scope)),
                    Site::Root => ("the root management group", ROOT.to_owned()),
                    Site::Chosen => return None,
                };
                let role = hcl(&it.role.to_string());
                let key = hcl(&format!("{} at {place}", it.name));
                Some((key, format!("{{ role = {role}, scope = {scope} }}")))
            })
            .collect();
        block(&lines)
    };
    let chosen = |optional: bool| {
        let roles: Vec<_> = all
            .iter()
            .filter(|it| it.optional == optional && matches!(it.at, Site::Chosen))
            .map(|it| (hcl(it.name), hcl(&it.role.to_string())))
            .collect();
        block(&roles)
    };
    let mut text =
        format!("\n  fixed_assignments = {}\n\n  chosen_roles = {}\n", fixed(false), chosen(false));
    let is_chosen = all.iter().any(|it| matches!(it.at, Site::Chosen));
    let optional = all.iter().any(|it| it.optional);
    let mut parts = vec!["local.fixed_assignments"];
    if optional {
        let _ = writeln!(
            text,
            "\n  recommended_assignments = {}\n\n  recommended_roles = {}",
            fixed(true),
            chosen(true)
        );
        parts.push("var.recommended_roles ? local.recommended_assignments : {}");
    }
    if is_chosen {
        let roles = if optional {
            "merge(local.chosen_roles, var.recommended_roles ? local.recommended_roles : {})"
        } else {
            "local.chosen_roles"
        };
        let _ = writeln!(
            text,
            "\n  chosen_assignments = {{\n    for pair in setproduct(keys({roles}), var.subscription_ids) :\n    \
             \"${{pair[0]}} at ${{pair[1]}}\" => {{ role = {roles}[pair[0]], scope = \"/subscriptions/${{pair[1]}}\" }}\n  }}"
        );
        parts.push("local.chosen_assignments");
    }
    let _ = writeln!(text, "\n  assignments = merge({})", parts.join(", "));
    text
}

/// An object with a line for each of its members.
fn block(lines: &[(String, String)]) -> String {
    if lines.is_empty() {
        return "{}".to_owned();
    }
    let width = lines.iter().map(|(key, _)| key.chars().count()).max().unwrap_or_default();
    let mut text = String::from("{\n");
    for (key, value) in lines {
        let _ = writeln!(text, "    {key:<width$} = {value}");
    }
    text + "  }"
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
