//! Scripts that set a tenant up as a guide says, and ones that undo it.
//!
//! A script is a head and a body. The head is data: constants made from requirements and from names that people
//! chose, each a quoted literal. The body is the same for all connectors, a file beside this one, and reads
//! nothing but those constants. So there is one place where text could turn into code, and it is `quote`.
//!
//! Which application is ours, its id says: setup notes the id of the one it makes in a file beside it, or is told it. A
//! tag, `fairlead:CONNECTION`, says only who made it, and anybody who may register applications can put it on theirs:
//! setup takes over nothing for its tag, and teardown removes nothing without it.

mod az;
mod power_shell;
mod terraform;

use std::fmt;

use fairlead_azure::known;
use fairlead_model::{Audience, Cloud, CredentialKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Draft, Federation, Guide, GuideError, plan::Places};

/// How long a secret lives where the vendor proposes nothing: what Microsoft recommends.
const SECRET_DAYS: u32 = 180;

/// A language a script is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Bash, with the Azure CLI.
    Az,
    /// PowerShell 7, with the modules Microsoft.Graph and Az.
    PowerShell,
    /// Terraform, with the providers azuread and azurerm.
    Terraform,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Az => "the Azure CLI",
            Self::PowerShell => "PowerShell",
            Self::Terraform => "Terraform",
        })
    }
}

/// A script and its undoing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Script {
    /// The file's usual name.
    pub file_name: String,
    /// Sets the tenant up. Running it again changes nothing.
    pub setup: String,
    /// Removes what it made, and nothing else. Absent: the language undoes it by itself, with `terraform destroy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teardown: Option<String>,
}

/// Writes a guide as a script.
///
/// # Errors
/// The language's tools cannot be pointed at the connection's cloud.
pub fn script(guide: &Guide, language: Language) -> Result<Script, GuideError> {
    match language {
        Language::Az => az::script(&guide.draft),
        Language::PowerShell => power_shell::script(&guide.draft),
        Language::Terraform => terraform::script(&guide.draft),
    }
}

impl Draft {
    /// What everything is marked with that a script makes.
    fn tag(&self) -> String {
        format!("fairlead:{}", self.connection)
    }

    /// `signInAudience` as Graph writes it.
    fn sign_in_audience(&self) -> &'static str {
        match self.plan.audience {
            Audience::Multiple => "AzureADMultipleOrgs",
            Audience::Single | Audience::Either => "AzureADMyOrg",
        }
    }

    fn secret_days(&self) -> u32 {
        self.plan.lifetime_days.unwrap_or(SECRET_DAYS)
    }

    fn makes_secret(&self) -> bool {
        self.credential == CredentialKind::ClientSecret
    }

    /// The registration as it is posted to Graph.
    fn registration(&self) -> Value {
        let access = |id: Uuid, kind: &str| json!({ "id": id, "type": kind });
        let asked: Vec<_> = (self.plan.application.iter().map(|it| access(it.id, "Role")))
            .chain(self.plan.delegated.iter().map(|it| access(it.id, "Scope")))
            .collect();
        let mut registration = json!({
            "displayName": self.name,
            "signInAudience": self.sign_in_audience(),
            "tags": [self.tag()],
        });
        if !asked.is_empty() {
            registration["requiredResourceAccess"] =
                json!([{ "resourceAppId": known::GRAPH, "resourceAccess": asked }]);
        }
        registration
    }

    /// What a federated credential of the connection is called. Entra ID takes 3 to 120 characters.
    pub(super) fn federation_name(&self) -> String {
        format!("fairlead-{}", self.connection)
    }

    /// To whom a federated assertion is addressed.
    pub(super) fn audience(&self, federation: &Federation) -> String {
        federation.audience.clone().unwrap_or_else(|| known::federated_audience(&self.cloud).to_owned())
    }

    /// The federated credential as it is posted to Graph.
    fn federated_credential(&self) -> Option<Value> {
        let federation = self.federation.as_ref().filter(|_| self.credential == CredentialKind::Federated)?;
        Some(json!({
            "name": self.federation_name(),
            "issuer": federation.issuer,
            "subject": federation.subject,
            "audiences": [self.audience(federation)],
        }))
    }

    /// The command that tells Fairlead: of a connection there is none yet of, everything but the client id; of one there
    /// is, of its new credential. A script adds what only it knows.
    fn connect_command(&self) -> Vec<String> {
        let connection = self.connection.to_string();
        let mut words = ["fairlead", "connections"].map(str::to_owned).to_vec();
        if self.client_id.is_some() {
            words.extend(["rotate".to_owned(), connection]);
        } else {
            words.extend(["add".to_owned(), connection]);
            words.extend(self.options().into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
        }
        let source = match self.credential {
            CredentialKind::ClientSecret => &[][..],
            CredentialKind::Certificate => &["--certificate", "FILE"],
            CredentialKind::Federated => &["--federated-token-file", "FILE"],
        };
        words.extend(source.iter().map(|&word| word.to_owned()));
        words
    }

    /// The same with words in capitals for what only whoever types it knows.
    pub(super) fn connect_command_for_people(&self) -> Vec<String> {
        let mut words = self.connect_command();
        if self.client_id.is_none() {
            words.extend(["--client-id", "CLIENT-ID"].map(str::to_owned));
        }
        if self.makes_secret() {
            words.extend(["--client-secret-expires", "DATE"].map(str::to_owned));
        }
        words
    }

    /// Those words.
    pub(super) fn placeholders(&self) -> Vec<&'static str> {
        let cloud =
            (self.client_id.is_none() && matches!(self.cloud, Cloud::Custom(_))).then_some("CLOUD.toml");
        let id = self.client_id.is_none().then_some("CLIENT-ID");
        let credential = if self.makes_secret() { "DATE" } else { "FILE" };
        [cloud, id, Some(credential)].into_iter().flatten().collect()
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        let mut options =
            vec![("--connector", self.connector.clone()), ("--tenant", self.tenant.to_string())];
        match &self.cloud {
            Cloud::Public => {}
            // Where its file is, only whoever made it knows.
            Cloud::Custom(_) => options.push(("--cloud", "CLOUD.toml".to_owned())),
            known => options.push(("--cloud", known.to_string())),
        }
        options.push(("--mode", self.mode.to_string()));
        options.extend(self.scope.subscriptions.iter().map(|id| ("--subscription", id.to_string())));
        options.extend(self.scope.management_group.iter().map(|name| ("--management-group", name.clone())));
        options
            .extend(self.settings.iter().map(|(name, value)| ("--set", format!("{name}={}", typed(value)))));
        options
    }

    /// Each role at each place.
    fn assignments(&self) -> Vec<Assignment<'_>> {
        let mut all = Vec::new();
        for role in &self.plan.roles {
            for at in sites(&role.places) {
                all.push(Assignment { role: role.id, name: &role.name, at, optional: role.optional });
            }
        }
        all
    }
}

/// A setting's value as `--set` takes it: JSON, or text that is no JSON.
fn typed(value: &Value) -> String {
    match value {
        Value::String(text) if serde_json::from_str::<Value>(text).is_err() => text.clone(),
        other => other.to_string(),
    }
}

fn sites(places: &Places) -> Vec<Site> {
    match places {
        Places::Subscriptions(ids) => ids.iter().map(|id| Site::At(format!("/subscriptions/{id}"))).collect(),
        Places::ChosenSubscriptions => vec![Site::Chosen],
        Places::ManagementGroup(name) => vec![Site::At(format!("{GROUPS}{name}"))],
        Places::Root => vec![Site::Root],
    }
}

/// Where a management group's scope begins.
const GROUPS: &str = "/providers/Microsoft.Management/managementGroups/";

/// A role at a place.
struct Assignment<'a> {
    role: Uuid,
    name: &'a str,
    at: Site,
    /// Whether the connector works without it, so that a setup need not end where it cannot be assigned.
    optional: bool,
}

/// A place, as far as it is known before a script runs.
enum Site {
    /// A scope as Resource Manager writes it.
    At(String),
    /// Each subscription that whoever runs the script names.
    Chosen,
    /// The root management group, which is called by the id of the tenant.
    Root,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_setting_is_typed_so_that_it_is_read_as_what_it_is() {
        for (value, text) in [
            (json!(true), "true"),
            (json!("dev"), "dev"),
            (json!("true"), "\"true\""),
            (json!(["disks", "storage"]), "[\"disks\",\"storage\"]"),
        ] {
            assert_eq!(typed(&value), text);
            let read = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
            assert_eq!(read, value);
        }
    }
}
