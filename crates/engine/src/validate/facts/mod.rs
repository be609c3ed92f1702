//! What probes saw of a tenant. Judges read nothing else.

mod objects;

use std::collections::{BTreeMap, BTreeSet};

use fairlead_azure::{SignIn, SignInError, rbac::Entry};
use fairlead_model::{Api, Cloud, ConnectionId, CredentialKind, Evidence, Plan};
use fairlead_secrets::Lint;
use uuid::Uuid;

pub(super) use self::objects::moment;
pub use self::objects::{
    AppRoleGrant, Application, Assignment, Definition, DelegatedGrant, DenyAssignment, PasswordCredential,
    RequiredAccess, RequiredResource, ServicePrincipal, Subscription, SubscriptionState,
};

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
    pub damage: Option<Lint>,
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
        /// The connection whose application saw it.
        witness: ConnectionId,
        /// What it rests on.
        evidence: Vec<Evidence>,
    },
    /// It is an application of another tenant.
    OtherTenant {
        /// That tenant.
        tenant: String,
        /// The application's name.
        name: String,
        /// The connection whose application saw it.
        witness: ConnectionId,
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
    /// Object ids of the registration's owners: only where a requirement is about them.
    pub owners: Look<Vec<Uuid>>,
    /// Application permissions that are consented to, by the directory's own word.
    pub app_roles: Look<Vec<AppRoleGrant>>,
    /// Delegated permissions that are consented to.
    pub delegated: Look<Vec<DelegatedGrant>>,
    /// Names of application permissions of Azure AD Graph, by id: only where some are asked for.
    pub azure_ad_graph: Look<BTreeMap<Uuid, String>>,
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
    /// Role assignments in resource groups of a subscription whose own cannot be read, by the subscription's scope.
    pub below: BTreeMap<String, Look<Vec<Assignment>>>,
    /// What it may do, by scope: asked where assignments cannot be read.
    pub permissions: BTreeMap<String, Look<Vec<Entry>>>,
    /// Deny assignments at a scope.
    pub denied: BTreeMap<String, Look<Vec<DenyAssignment>>>,
    /// Assignments it could activate but does not have, by scope: asked where a role is missing.
    pub eligible: BTreeMap<String, Look<Vec<Assignment>>>,
    /// Role definitions that are not known built-in ones, by id.
    pub definitions: BTreeMap<Uuid, Look<Definition>>,
}
