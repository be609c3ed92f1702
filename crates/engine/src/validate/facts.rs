//! What probes saw of a tenant. Judges read nothing else.

use std::collections::{BTreeMap, BTreeSet};

use fairlead_azure::{SignIn, SignInError, rbac::Entry};
use fairlead_model::{Api, Cloud, CredentialKind, Evidence, Plan};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::lint::Damage;

/// One thing that was looked at, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Look<T> {
    /// Nobody needed to know.
    #[default]
    NotAsked,
    /// The application may not ask: this permission would let it.
    Lacks(&'static str),
    /// It was seen.
    Seen(T, Vec<Evidence>),
    /// The service answered that it will not tell.
    Refused {
        /// What it said.
        message: String,
        /// Status and code.
        evidence: Evidence,
    },
    /// No answer that says anything, as a sentence.
    Unanswered {
        /// Why.
        why: String,
        /// What was asked.
        evidence: Evidence,
    },
}

impl<T> Look<T> {
    /// What was seen, if it was.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(value, _) => Some(value),
            _ => None,
        }
    }

    /// What the look rests on.
    pub fn evidence(&self) -> Vec<Evidence> {
        match self {
            Self::NotAsked | Self::Lacks(_) => Vec::new(),
            Self::Seen(_, evidence) => evidence.clone(),
            Self::Refused { evidence, .. } | Self::Unanswered { evidence, .. } => vec![evidence.clone()],
        }
    }

    /// The status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { evidence, .. } => evidence.status,
            _ => None,
        }
    }

    /// The service's code of a refusal.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { evidence, .. } => evidence.code.as_deref(),
            _ => None,
        }
    }

    /// The same look at something made of what was seen.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Look<U> {
        match self {
            Self::NotAsked => Look::NotAsked,
            Self::Lacks(permission) => Look::Lacks(permission),
            Self::Seen(value, evidence) => Look::Seen(with(value), evidence),
            Self::Refused { message, evidence } => Look::Refused { message, evidence },
            Self::Unanswered { why, evidence } => Look::Unanswered { why, evidence },
        }
    }
}

/// Everything that was seen in one validation.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The tenant.
    pub tenant: TenantFact,
    /// What is wrong with the credential on the face of it.
    pub damage: Option<Damage>,
    /// What kind of credential it is.
    pub credential: CredentialKind,
    /// The first characters of the client secret, by which Entra ID tells secrets apart for people.
    pub hint: Option<String>,
    /// Tokens that were asked for, by service.
    pub tokens: BTreeMap<Api, SignedIn>,
    /// Where an application that the tenant does not know is found.
    pub whereabouts: Option<Whereabouts>,
    /// What the directory says.
    pub directory: Directory,
    /// What Resource Manager says.
    pub resources: Resources,
    /// Licences, by plan: whether there is one.
    pub licences: BTreeMap<Plan, Look<bool>>,
    /// Whether mailbox settings can be read; `None` where no user with a mailbox was found to try.
    pub mailbox: Look<Option<bool>>,
}

impl Facts {
    /// Facts before anything was asked.
    pub(super) fn new(credential: CredentialKind) -> Self {
        Self {
            tenant: TenantFact::NotAsked,
            damage: None,
            credential,
            hint: None,
            tokens: BTreeMap::new(),
            whereabouts: None,
            directory: Directory::default(),
            resources: Resources::default(),
            licences: BTreeMap::new(),
            mailbox: Look::NotAsked,
        }
    }

    /// The token of a service, if it was had.
    pub fn token(&self, api: Api) -> Option<&SignIn> {
        self.tokens.get(&api)?.outcome.as_ref().ok()
    }

    /// Any token that was had.
    pub fn any_token(&self) -> Option<(&SignedIn, &SignIn)> {
        self.tokens.values().find_map(|signed| Some((signed, signed.outcome.as_ref().ok()?)))
    }

    /// Graph application permissions of the fresh token; absent: there is no such token.
    pub fn granted(&self) -> Option<BTreeSet<String>> {
        Some(self.token(Api::Graph)?.claims.roles.iter().cloned().collect())
    }

    /// The tenant's id, as discovery or a token tells it.
    pub fn tenant_id(&self) -> Option<Uuid> {
        match &self.tenant {
            TenantFact::Found { id, .. } => Some(*id),
            _ => self.any_token()?.1.claims.tid.as_deref()?.parse().ok(),
        }
    }

    /// The object id of the application's service principal.
    pub fn principal_id(&self) -> Option<Uuid> {
        self.any_token()?.1.claims.oid.as_deref()?.parse().ok()
    }
}

/// What discovery says of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantFact {
    /// Nobody needed to know.
    NotAsked,
    /// It is in this cloud.
    Found {
        /// Its id.
        id: Uuid,
        /// What it rests on.
        evidence: Evidence,
    },
    /// It is not in this cloud.
    Unknown {
        /// Another cloud where it was found.
        elsewhere: Option<Cloud>,
        /// Whether the client id is a tenant: then the two were swapped.
        swapped: bool,
        /// What it rests on.
        evidence: Vec<Evidence>,
    },
    /// What was given can be no tenant.
    Malformed(Vec<Evidence>),
    /// Entra ID was not reached, or somebody else answered: a sentence.
    Unreachable(String),
}

/// One attempt to get a token.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// What became of it.
    pub outcome: Result<SignIn, SignInError>,
    /// What was asked and answered.
    pub evidence: Evidence,
}

/// Where a client id was found that the tenant does not know as an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// It is the object id of an application or service principal.
    ObjectId {
        /// The application's right id.
        application: Uuid,
        /// Its name.
        name: String,
        /// What it rests on.
        evidence: Vec<Evidence>,
    },
    /// It is an application of another tenant.
    OtherTenant {
        /// That tenant.
        tenant: String,
        /// The application's name.
        name: String,
        /// What it rests on.
        evidence: Vec<Evidence>,
    },
}

/// What the directory says of the application.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Its service principal in the tenant.
    pub principal: Look<ServicePrincipal>,
    /// Its registration, if that lives in the tenant.
    pub application: Look<Application>,
    /// Application permissions that are consented to, by the directory's own word.
    pub app_roles: Look<Vec<AppRoleGrant>>,
    /// Delegated permissions that are consented to.
    pub delegated: Look<Vec<DelegatedGrant>>,
    /// Names of application permissions of Azure AD Graph, by id: only where some are asked for.
    pub azure_ad_graph: Look<BTreeMap<Uuid, String>>,
}

/// A service principal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePrincipal {
    /// Object id.
    pub id: Uuid,
    /// Name.
    pub display_name: Option<String>,
    /// "Enabled for users to sign-in".
    pub account_enabled: Option<bool>,
    /// The tenant its registration is at home in.
    pub app_owner_organization_id: Option<Uuid>,
    /// Who may use it.
    pub sign_in_audience: Option<String>,
    /// Its own secrets.
    #[serde(deserialize_with = "or_default")]
    pub password_credentials: Vec<PasswordCredential>,
}

/// An app registration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Application {
    /// Object id, which is not the application (client) id.
    pub id: Uuid,
    /// Application (client) id.
    pub app_id: Uuid,
    /// Name.
    pub display_name: Option<String>,
    /// Who may use it.
    pub sign_in_audience: Option<String>,
    /// Its secrets.
    #[serde(deserialize_with = "or_default")]
    pub password_credentials: Vec<PasswordCredential>,
    /// Permissions it asks for, consented to or not.
    #[serde(deserialize_with = "or_default")]
    pub required_resource_access: Vec<RequiredResource>,
}

/// A client secret, as the directory shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PasswordCredential {
    /// Its first three characters.
    pub hint: Option<String>,
    /// From when it works.
    pub start_date_time: Option<Timestamp>,
    /// Until when it works.
    pub end_date_time: Option<Timestamp>,
}

/// What an app registration asks of one service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequiredResource {
    /// The service's application id.
    pub resource_app_id: Uuid,
    /// What it asks for.
    pub resource_access: Vec<RequiredAccess>,
}

/// One permission an app registration asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequiredAccess {
    /// The permission's id.
    pub id: Uuid,
    /// "Role" for an application's own, "Scope" for a delegated one.
    #[serde(rename = "type")]
    pub kind: String,
}

/// An application permission that is consented to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppRoleGrant {
    /// The permission's id.
    pub app_role_id: Uuid,
    /// The object id of the service's principal.
    pub resource_id: Uuid,
    /// Since when.
    pub created_date_time: Option<Timestamp>,
}

/// Delegated permissions that are consented to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DelegatedGrant {
    /// "`AllPrincipals`", or "Principal" where one person consented for themselves.
    pub consent_type: String,
    /// Names, separated by blanks.
    pub scope: String,
}

/// What Resource Manager says.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// Subscriptions the application can see.
    pub subscriptions: Look<Vec<Subscription>>,
    /// Subscriptions below the connection's management group.
    pub below_group: Look<Vec<Uuid>>,
    /// The tenant of a declared subscription that cannot be seen; `None` where there is no such subscription.
    pub owners: BTreeMap<Uuid, Look<Option<Uuid>>>,
    /// Role assignments of the application, by scope that was asked.
    pub assignments: BTreeMap<String, Look<Vec<Assignment>>>,
    /// What it may do, by scope: asked where assignments cannot be read.
    pub permissions: BTreeMap<String, Look<Vec<Entry>>>,
    /// Deny assignments at a scope.
    pub denied: BTreeMap<String, Look<Vec<DenyAssignment>>>,
    /// Assignments it could activate but does not have, by scope: asked where a role is missing.
    pub eligible: BTreeMap<String, Look<Vec<Assignment>>>,
    /// Role definitions that are not known built-in ones, by id.
    pub definitions: BTreeMap<Uuid, Look<Definition>>,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Its id.
    pub subscription_id: Uuid,
    /// Its tenant.
    #[serde(default)]
    pub tenant_id: Option<Uuid>,
    /// Its name.
    #[serde(default)]
    pub display_name: String,
    /// Whether it works.
    #[serde(default)]
    pub state: SubscriptionState,
}

/// Whether a subscription works (learn.microsoft.com/azure/cost-management-billing/manage/subscription-states).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[allow(missing_docs, reason = "Azure's own words")]
pub enum SubscriptionState {
    Enabled,
    Warned,
    PastDue,
    Disabled,
    Deleted,
    #[default]
    #[serde(other)]
    Unknown,
}

/// A role assignment, or an eligible one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The role definition's id.
    pub role: Uuid,
    /// Who has it: the application's principal, or a group it is in.
    pub principal: Uuid,
    /// Where.
    pub scope: String,
    /// Under which condition.
    pub condition: Option<String>,
    /// Since when.
    pub created: Option<Timestamp>,
}

/// A deny assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenyAssignment {
    /// Its name.
    pub name: String,
    /// Where.
    pub scope: String,
    /// What is denied.
    pub permissions: Vec<Entry>,
    /// To whom; the nil id is everyone.
    pub principals: Vec<Uuid>,
    /// But not to them.
    pub excluded: Vec<Uuid>,
}

/// A role definition as fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it allows.
    pub permissions: Vec<Entry>,
}

/// Azure writes `null` where there is nothing.
fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
