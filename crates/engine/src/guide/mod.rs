//! The way to a tenant that fits a connector: steps that a person clicks, scripts that do the same, and what of it
//! is still to do. All of it is made from the connector's requirements; nothing here asks anybody anything.

mod difference;
mod error;
mod federation;
mod plan;
mod script;
mod steps;

use fairlead_azure::portal::Portal;
use fairlead_model::{Cloud, ConnectionId, CredentialKind, Mode, PortalPlace, Requirement, Scope, TenantId};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

pub use difference::{Difference, Unfinished};
pub use error::GuideError;
pub use federation::Federation;
pub use plan::Reduction;
pub use script::{Language, Script, script};

use plan::Plan;

/// The longest name a script gives to an application. Entra ID takes 120 characters where it is shown.
const LONGEST_NAME: usize = 120;

/// What a guide is for.
#[derive(Debug, Clone)]
pub struct GuideOptions<'a> {
    /// The connector's id.
    pub connector: &'a str,
    /// The product, as people call it.
    pub product: &'a str,
    /// The connection: the one there is, or the one there is to be.
    pub connection: &'a ConnectionId,
    /// What the application is to be called; absent: after the product, and the connection where that is called otherwise
    /// than its connector.
    pub name: Option<&'a str>,
    /// The cloud the tenant lives in.
    pub cloud: &'a Cloud,
    /// The tenant.
    pub tenant: &'a TenantId,
    /// Application (client) id of a connection there is: links then lead into its registration, scripts work on that,
    /// and a credential is handed over to what is connected already.
    pub client_id: Option<Uuid>,
    /// What the connector may do.
    pub mode: Mode,
    /// What that comes to, as [`crate::purpose_of`] says it.
    pub purpose: &'a str,
    /// The connector's settings.
    pub settings: &'a Map<String, Value>,
    /// Which part of the tenant.
    pub scope: &'a Scope,
    /// How the application is to sign in; absent: the first way the vendor takes.
    pub credential: Option<CredentialKind>,
    /// Who is trusted instead of a secret, for a federated credential.
    pub federation: Option<Federation>,
    /// Ask for the smaller set wherever the vendor asks for more than the feature needs.
    pub least: bool,
    /// What the tenant must have.
    pub requirements: &'a [Requirement],
}

/// The way to a tenant that fits, as steps a person clicks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Guide {
    /// What it leads to.
    pub title: String,
    /// What the connector can do then, and in which other modes what else.
    pub purpose: String,
    /// In the order in which to take them.
    pub steps: Vec<Step>,
    /// Where the vendor asks for more than is needed.
    pub reductions: Vec<Reduction>,
    #[serde(skip)]
    draft: Draft,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// Which one.
    pub id: StepId,
    /// What it does, as people say it.
    pub title: String,
    /// Why it is needed.
    pub why: String,
    /// Where it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PortalPlace>,
    /// The role whoever does it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_role: Option<String>,
    /// What to click and to fill in, in order.
    pub clicks: Vec<String>,
    /// What is chosen or entered on the way, each with its reason: permissions, roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// What goes wrong here most often.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traps: Vec<String>,
}

/// Which step it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepId {
    /// Register the application.
    Register,
    /// Give it a credential.
    Credential,
    /// Ask for permissions.
    Permissions,
    /// Consent to them.
    Consent,
    /// Enable its enterprise application.
    Enable,
    /// Make it an owner of itself.
    Own,
    /// Assign roles.
    Roles,
    /// Licences and other services.
    Rest,
    /// Hand it to Fairlead.
    Connect,
}

/// One thing that is chosen in a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Where, for a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// A link to where, for a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PortalPlace>,
    /// Why, as a sentence.
    pub why: String,
}

/// What scripts are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Draft {
    connector: String,
    connection: ConnectionId,
    name: String,
    cloud: Cloud,
    tenant: TenantId,
    client_id: Option<Uuid>,
    mode: Mode,
    settings: Map<String, Value>,
    credential: CredentialKind,
    federation: Option<Federation>,
    scope: Scope,
    plan: Plan,
}

/// Makes the guide.
///
/// # Errors
/// Requirements that cannot be met by anybody, or options that make no sense.
pub fn guide(options: &GuideOptions<'_>) -> Result<Guide, GuideError> {
    let plan = Plan::of(options)?;
    let draft = Draft {
        connector: options.connector.to_owned(),
        connection: options.connection.clone(),
        name: name(options)?,
        cloud: options.cloud.clone(),
        tenant: options.tenant.clone(),
        client_id: options.client_id,
        mode: options.mode,
        settings: options.settings.clone(),
        credential: credential(options, &plan)?,
        federation: options.federation.clone(),
        scope: options.scope.clone(),
        plan,
    };
    let portal = Portal::of(options.cloud, options.tenant)?;
    Ok(Guide {
        title: format!("Connect {} to {} ({})", options.tenant, options.product, options.mode),
        purpose: options.purpose.to_owned(),
        steps: steps::of(&draft, options, &portal),
        reductions: draft.plan.reductions.clone(),
        draft,
    })
}

fn name(options: &GuideOptions<'_>) -> Result<String, GuideError> {
    // A connection that is called like its connector tells nothing more.
    let of_product = if options.connection.as_str() == options.connector {
        options.product.to_owned()
    } else {
        format!("{} {}", options.product, options.connection)
    };
    let name = options.name.map_or(of_product, str::to_owned);
    let name = name.trim();
    let fits =
        !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(GuideError::Name { name: name.to_owned() }) }
}

fn credential(options: &GuideOptions<'_>, plan: &Plan) -> Result<CredentialKind, GuideError> {
    let kind = match (options.credential, &options.federation) {
        (Some(kind), _) => kind,
        (None, Some(_)) => CredentialKind::Federated,
        (None, None) => plan.kinds.first().copied().unwrap_or(CredentialKind::ClientSecret),
    };
    if !plan.kinds.contains(&kind) {
        let (product, taken) = (options.product.to_owned(), plan.kinds.clone());
        return Err(GuideError::Credential { product, kind, taken });
    }
    if kind == CredentialKind::Federated && options.federation.is_none() {
        return Err(GuideError::Federation);
    }
    Ok(kind)
}

#[cfg(test)]
pub(crate) mod tests;
