//! Scripts that set a tenant up as a guide says, and ones that undo it.
//!
//! A script is a head and a body. The head is data: constants made from requirements and from names that people
//! chose, each a quoted literal. The body is the same for all connectors, a file beside this one, and reads
//! nothing but those constants. So there is one place where text could turn into code, and it is `quote`.
//!
//! Whatever a script makes carries the tag `fairlead:CONNECTION`, and by that alone it is found again: setup looks
//! before it makes anything and takes over nothing it did not make, teardown removes nothing else.

mod az;
mod power_shell;
mod quote;
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

    /// The command that tells Fairlead, but for the secret; before there is a client id, without it.
    pub(super) fn connect_command(&self, client_id: Option<Uuid>) -> Vec<String> {
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
        options.extend(client_id.map(|id| ("--client-id", id.to_string())));
        let words = ["fairlead", "connections", "add", self.connection.as_str()].map(str::to_owned);
        words
            .into_iter()
            .chain(options.into_iter().flat_map(|(name, value)| [name.to_owned(), value]))
            .collect()
    }

    /// Each role at each place.
    fn assignments(&self) -> Result<Vec<Assignment<'_>>, GuideError> {
        let mut all = Vec::new();
        for role in &self.plan.roles {
            for scope in self.scopes(&role.places)? {
                all.push(Assignment { role: role.id, name: &role.name, scope });
            }
        }
        Ok(all)
    }

    /// Scopes as Resource Manager writes them; `None` where whoever runs the script names subscriptions.
    fn scopes(&self, places: &Places) -> Result<Vec<Option<String>>, GuideError> {
        let group =
            |name: &str| vec![Some(format!("/providers/Microsoft.Management/managementGroups/{name}"))];
        Ok(match places {
            Places::Subscriptions(ids) => ids.iter().map(|id| Some(format!("/subscriptions/{id}"))).collect(),
            Places::ChosenSubscriptions => vec![None],
            Places::ManagementGroup(name) => group(name),
            // The root management group is called like the tenant, by its id.
            Places::Root if Uuid::try_parse(self.tenant.as_str()).is_ok() => group(self.tenant.as_str()),
            Places::Root => return Err(GuideError::RootByDomain { tenant: self.tenant.clone() }),
        })
    }
}

/// A role at a place.
struct Assignment<'a> {
    role: Uuid,
    name: &'a str,
    scope: Option<String>,
}
