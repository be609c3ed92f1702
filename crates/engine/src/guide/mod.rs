//! The way to a tenant that fits a connector: steps that a person clicks, scripts that do the same, and what of it
//! is still to do. All of it is made from the connector's requirements; nothing here asks anybody anything.

mod difference;
mod federation;
mod plan;
mod script;
mod steps;

use fairlead_azure::{ConnectError, portal::Portal};
use fairlead_model::{
    Cloud, ConnectionId, CredentialKind, Grant, Mode, PortalPlace, Requirement, Scope, TenantId,
};
use serde::Serialize;
use thiserror::Error;
use uuid::Uuid;

pub use difference::{Difference, Surplus};
pub use federation::Federation;
pub use plan::Remark;
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
    /// What the application is to be called; absent: after the product and the connection.
    pub name: Option<&'a str>,
    /// The cloud the tenant lives in.
    pub cloud: &'a Cloud,
    /// The tenant.
    pub tenant: &'a TenantId,
    /// Application (client) id, where there is an app registration already: links then lead into it.
    pub client_id: Option<Uuid>,
    /// What the connector may do.
    pub mode: Mode,
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

/// A guide cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GuideError {
    /// The connector asks for a permission Microsoft Graph does not have.
    #[error(
        "the connector asks for {name}, which is no permission of Microsoft Graph{}: report it to the connector's \
         maker",
        perhaps(*.meant)
    )]
    Permission {
        /// As it is asked for.
        name: String,
        /// What may be meant.
        meant: Option<&'static str>,
    },
    /// The connector asks for a permission of a kind that does not exist.
    #[error(
        "the connector asks for {name} as {} permission, which it is not: report it to the connector's maker",
        kind(*.grant)
    )]
    Grant {
        /// The permission.
        name: &'static str,
        /// As what it is asked for.
        grant: Grant,
    },
    /// The connector proposes a role that is not known.
    #[error(
        "the connector proposes \"{name}\", which is no built-in role of Azure known here: report it to the \
         connector's maker"
    )]
    Role {
        /// As it is proposed.
        name: String,
    },
    /// The connection's management group cannot be one.
    #[error(
        "{name:?} cannot be a management group's name: copy its ID, not its title, from Management groups in the \
         Azure portal"
    )]
    ManagementGroup {
        /// As it is given.
        name: String,
    },
    /// The application cannot be called that.
    #[error("{name:?} cannot be an application's name: use 1 to {LONGEST_NAME} characters on one line")]
    Name {
        /// As it is given.
        name: String,
    },
    /// The vendor does not take this kind of credential.
    #[error("{product} does not take a {kind}: choose {}", either(.taken))]
    Credential {
        /// The product.
        product: String,
        /// The kind that was asked for.
        kind: CredentialKind,
        /// What it takes.
        taken: Vec<CredentialKind>,
    },
    /// A federated credential, and nobody to trust.
    #[error("a federated credential needs an issuer and a subject to trust: give both")]
    Federation,
    /// The language's tools cannot be pointed at such a cloud.
    #[error("{language} cannot be pointed at a custom cloud: use the az script, with the cloud registered")]
    CustomCloud {
        /// The language.
        language: Language,
    },
    /// A script for the root management group needs to know what that is called.
    #[error("the root management group is called by the tenant's id: give that instead of {tenant}")]
    RootByDomain {
        /// The domain that was given.
        tenant: TenantId,
    },
    /// The cloud's addresses cannot be used.
    #[error(transparent)]
    Cloud(#[from] ConnectError),
}

fn perhaps(meant: Option<&str>) -> String {
    meant.map(|name| format!(" (perhaps {name})")).unwrap_or_default()
}

fn kind(grant: Grant) -> &'static str {
    match grant {
        Grant::Application => "an application",
        Grant::Delegated => "a delegated",
    }
}

fn either(kinds: &[CredentialKind]) -> String {
    kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

/// The way to a tenant that fits, as steps a person clicks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Guide {
    /// What it leads to.
    pub title: String,
    /// In the order in which to take them.
    pub steps: Vec<Step>,
    /// Where the vendor asks for more than is needed.
    pub remarks: Vec<Remark>,
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
    mode: Mode,
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
        mode: options.mode,
        credential: credential(options, &plan)?,
        federation: options.federation.clone(),
        scope: options.scope.clone(),
        plan,
    };
    let portal = Portal::of(options.cloud, options.tenant)?;
    Ok(Guide {
        title: format!("Connect {} to {} ({})", options.tenant, options.product, options.mode),
        steps: steps::of(&draft, options, &portal),
        remarks: draft.plan.remarks.clone(),
        draft,
    })
}

fn name(options: &GuideOptions<'_>) -> Result<String, GuideError> {
    let name =
        options.name.map_or_else(|| format!("{} {}", options.product, options.connection), str::to_owned);
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
pub(crate) mod tests {
    use fairlead_model::{Audience, Need, RoleScope, Smaller, Weight};
    use uuid::uuid;

    use super::*;

    pub(crate) const SUBSCRIPTIONS: [Uuid; 2] =
        [uuid!("51111111-0000-0000-0000-000000000001"), uuid!("51111111-0000-0000-0000-000000000002")];
    pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
    const READER: Uuid = uuid!("acdd72a7-3385-48ef-bd42-f606fba81ae7");

    pub(crate) fn need(need: Need) -> Requirement {
        Requirement { need, why: "It is needed.".into(), weight: Weight::Required, smaller: None }
    }

    pub(crate) fn permission(name: &str, grant: Grant) -> Requirement {
        need(Need::GraphPermission { name: name.into(), grant })
    }

    fn instead(of: Requirement, instead: &[&str]) -> Requirement {
        let instead = instead.iter().map(|name| (*name).to_owned()).collect();
        Requirement { smaller: Some(Smaller { instead, why: "Less would do.".into() }), ..of }
    }

    pub(crate) fn reader() -> Requirement {
        role("Reader", READER)
    }

    fn role(name: &str, role: Uuid) -> Requirement {
        need(Need::AzureRole { role, name: name.into(), scope: RoleScope::EachSubscription, actions: vec![] })
    }

    pub(crate) fn requirements() -> Vec<Requirement> {
        let kinds =
            vec![CredentialKind::ClientSecret, CredentialKind::Certificate, CredentialKind::Federated];
        vec![
            need(Need::Audience { audience: Audience::Single }),
            need(Need::Credential { kinds, lifetime_days: Some(730) }),
            permission("User.Read.All", Grant::Application),
            permission("AuditLog.Read.All", Grant::Application),
            instead(
                permission("AppRoleAssignment.ReadWrite.All", Grant::Application),
                &["Application.Read.All"],
            ),
            permission("Directory.AccessAsUser.All", Grant::Delegated),
            reader(),
        ]
    }

    pub(crate) struct Sample {
        pub(crate) requirements: Vec<Requirement>,
        pub(crate) scope: Scope,
        pub(crate) cloud: Cloud,
        pub(crate) tenant: TenantId,
        pub(crate) connection: ConnectionId,
    }

    impl Sample {
        pub(crate) fn new() -> Self {
            Self {
                requirements: requirements(),
                scope: Scope { subscriptions: SUBSCRIPTIONS.to_vec(), management_group: None },
                cloud: Cloud::Public,
                tenant: TENANT.parse().unwrap(),
                connection: "contoso".parse().unwrap(),
            }
        }

        pub(crate) fn options(&self) -> GuideOptions<'_> {
            GuideOptions {
                connector: "sample",
                product: "Sample Product",
                connection: &self.connection,
                name: None,
                cloud: &self.cloud,
                tenant: &self.tenant,
                client_id: None,
                mode: Mode::Read,
                scope: &self.scope,
                credential: None,
                federation: None,
                least: false,
                requirements: &self.requirements,
            }
        }
    }

    /// The guide of the sample.
    pub(crate) fn sample() -> Guide {
        guide(&Sample::new().options()).unwrap()
    }

    fn step(guide: &Guide, id: StepId) -> &Step {
        guide.steps.iter().find(|step| step.id == id).unwrap()
    }

    #[test]
    fn steps_come_in_the_order_in_which_they_can_be_taken() {
        let steps: Vec<_> = sample().steps.iter().map(|step| step.id).collect();
        assert_eq!(
            steps,
            [
                StepId::Register,
                StepId::Credential,
                StepId::Permissions,
                StepId::Consent,
                StepId::Enable,
                StepId::Roles,
                StepId::Connect
            ]
        );
    }

    #[test]
    fn what_is_not_required_is_no_step() {
        let sample = Sample { requirements: vec![reader()], ..Sample::new() };
        let guide = guide(&sample.options()).unwrap();
        assert!(!guide.steps.iter().any(|step| matches!(step.id, StepId::Permissions | StepId::Consent)));
    }

    #[test]
    fn application_administrators_are_not_sent_to_consent() {
        let guide = sample();
        let consent = step(&guide, StepId::Consent);
        assert_eq!(
            consent.needs_role.as_deref(),
            Some("Privileged Role Administrator or Global Administrator")
        );
        assert!(
            consent.traps.iter().any(|trap| trap.contains("can give itself any permission")),
            "{consent:?}"
        );
    }

    #[test]
    fn the_value_is_copied_and_not_the_id() {
        let guide = sample();
        let credential = step(&guide, StepId::Credential);
        assert!(credential.clicks.contains(&"Expires: 730 days (24 months)".to_owned()));
        assert!(credential.traps[0].starts_with("Copy the Value, not the Secret ID"));
    }

    #[test]
    fn each_role_is_assigned_at_each_place() {
        let guide = sample();
        let items = &step(&guide, StepId::Roles).items;
        assert_eq!(items.len(), SUBSCRIPTIONS.len());
        let place = items[1].place.as_ref().unwrap();
        assert!(
            place.url.ends_with(&format!("/resource/subscriptions/{}/users", SUBSCRIPTIONS[1])),
            "{place:?}"
        );
    }

    #[test]
    fn a_management_group_stands_for_all_that_is_below_it() {
        let scope =
            Scope { subscriptions: SUBSCRIPTIONS.to_vec(), management_group: Some("landing-zones".into()) };
        let guide = guide(&Sample { scope, ..Sample::new() }.options()).unwrap();
        let items = &step(&guide, StepId::Roles).items;
        assert_eq!(items[0].at.as_deref(), Some("management group landing-zones"));
        assert_eq!(items.len(), 1);
    }

    #[test]
    fn the_least_set_replaces_what_is_too_much_and_says_so_either_way() {
        let sample = Sample::new();
        let whole = guide(&sample.options()).unwrap();
        let least = guide(&GuideOptions { least: true, ..sample.options() }).unwrap();
        let asked = |guide: &Guide| -> Vec<String> {
            step(guide, StepId::Permissions).items.iter().map(|item| item.name.clone()).collect()
        };
        assert!(asked(&whole).contains(&"AppRoleAssignment.ReadWrite.All".to_owned()));
        assert!(!asked(&least).contains(&"AppRoleAssignment.ReadWrite.All".to_owned()));
        assert!(asked(&least).contains(&"Application.Read.All".to_owned()));
        assert!(!whole.remarks[0].applied && least.remarks[0].applied);
        assert_eq!(whole.remarks[0].escalation, Some("give itself any permission"));
    }

    #[test]
    fn what_nobody_could_grant_is_the_connector_s_mistake() {
        let refused = |requirement: Requirement| {
            guide(&Sample { requirements: vec![requirement], ..Sample::new() }.options())
                .unwrap_err()
                .to_string()
        };
        let misspelt = refused(permission("AuditLog.Real.All", Grant::Application));
        assert!(misspelt.contains("(perhaps AuditLog.Read.All)"), "{misspelt}");
        let never = refused(permission("Directory.AccessAsUser.All", Grant::Application));
        assert!(never.contains("an application permission, which it is not"), "{never}");
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        let sample = Sample::new();
        for name in ["", "  ", "two\nlines", "\u{1b}[31mred", &"x".repeat(121)] {
            let error = guide(&GuideOptions { name: Some(name), ..sample.options() }).unwrap_err();
            assert!(matches!(error, GuideError::Name { .. }), "{name:?}");
        }
        for group in ["", "a/b", "a'b", "a b", "ends.", "$(id)"] {
            let scope = Scope { subscriptions: vec![], management_group: Some(group.into()) };
            let error = guide(&Sample { scope, ..Sample::new() }.options()).unwrap_err();
            assert!(matches!(error, GuideError::ManagementGroup { .. }), "{group:?}");
        }
    }

    #[test]
    fn a_credential_the_vendor_does_not_take_is_refused() {
        let kinds = vec![CredentialKind::ClientSecret];
        let requirements = vec![need(Need::Credential { kinds, lifetime_days: None })];
        let sample = Sample { requirements, ..Sample::new() };
        let options = GuideOptions { credential: Some(CredentialKind::Certificate), ..sample.options() };
        let error = guide(&options).unwrap_err().to_string();
        assert_eq!(error, "Sample Product does not take a certificate: choose client secret");
    }
}
