//! What is to be set up, worked out from requirements: ids instead of names, scopes instead of rules.

use std::collections::BTreeSet;

use fairlead_azure::{permissions, roles};
use fairlead_model::{
    Audience, CredentialKind, Grant, Need, Plan as Licence, Requirement, RoleScope, Scope, Smaller, Weight,
};
use serde::Serialize;
use uuid::Uuid;

use super::{GuideError, GuideOptions};

/// What is to be set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) audience: Audience,
    /// Why the connector wants that audience.
    pub(super) audience_why: Option<String>,
    pub(super) application: Vec<Permission>,
    pub(super) delegated: Vec<Permission>,
    pub(super) roles: Vec<Role>,
    pub(super) kinds: Vec<CredentialKind>,
    pub(super) lifetime_days: Option<u32>,
    pub(super) licences: Vec<Rest>,
    pub(super) mailbox: Option<Rest>,
    /// The application is to be an owner of itself: why.
    pub(super) owns_itself: Option<String>,
    pub(super) reductions: Vec<Reduction>,
}

/// A permission of Microsoft Graph that is to be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permission {
    pub(super) name: &'static str,
    pub(super) id: Uuid,
    pub(super) why: String,
}

/// An Azure role that is to be assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) places: Places,
    pub(super) why: String,
    /// Whether the connector works without it.
    pub(super) optional: bool,
}

/// Where an Azure role is to be assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Places {
    /// At these subscriptions.
    Subscriptions(Vec<Uuid>),
    /// At subscriptions that whoever sets it up chooses.
    ChosenSubscriptions,
    /// At the management group of this name.
    ManagementGroup(String),
    /// At the tenant's root management group.
    Root,
}

/// What is needed beside what can be set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) skipped_by: Option<String>,
}

/// Something the vendor asks for although less would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reduction {
    /// The permission or role that is asked for.
    pub asked: String,
    /// What would do instead; empty: nothing at all is needed.
    pub instead: Vec<String>,
    /// Why, as a sentence.
    pub why: String,
    /// What its holder could do beyond its purpose, as words that follow "it can", where that is to take over the
    /// tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalation: Option<&'static str>,
    /// Whether the guide leaves it out and asks for the smaller set.
    pub applied: bool,
}

impl Plan {
    pub(super) fn of(options: &GuideOptions<'_>) -> Result<Self, GuideError> {
        let mut plan = Self {
            // Who is not told otherwise registers an application for their own tenant.
            audience: Audience::Single,
            audience_why: None,
            application: Vec::new(),
            delegated: Vec::new(),
            roles: Vec::new(),
            kinds: Vec::new(),
            lifetime_days: None,
            licences: Vec::new(),
            mailbox: None,
            owns_itself: None,
            reductions: Vec::new(),
        };
        // What is asked for as it is comes first: of two that come to the same, the first one says why.
        let is_reduced = |of: &&Requirement| options.least && of.smaller.is_some();
        for requirement in options.requirements.iter().filter(|of| !is_reduced(of)) {
            plan.take(requirement, options)?;
        }
        for requirement in options.requirements.iter().filter(is_reduced) {
            let why = requirement.smaller.as_ref().map_or_else(String::new, |smaller| smaller.why.clone());
            plan.take(&Requirement { why, ..requirement.clone() }, options)?;
        }
        let mut seen = BTreeSet::new();
        plan.application.retain(|it| seen.insert(it.id));
        plan.delegated.retain(|it| seen.insert(it.id));
        // Of the same role at the same place, the one that is required.
        plan.roles.sort_by_key(|role| role.optional);
        let mut seen: Vec<(Uuid, Places)> = Vec::new();
        plan.roles.retain(|role| {
            let place = (role.id, role.places.clone());
            let is_new = !seen.contains(&place);
            seen.push(place);
            is_new
        });
        if plan.kinds.is_empty() {
            plan.kinds.push(CredentialKind::ClientSecret);
        }
        Ok(plan)
    }

    fn take(&mut self, requirement: &Requirement, options: &GuideOptions<'_>) -> Result<(), GuideError> {
        let why = || requirement.why.clone();
        match &requirement.need {
            Need::GraphPermission { name, grant } => {
                let names = self.names(name, requirement.smaller.as_ref(), options.least);
                names.iter().try_for_each(|name| self.ask(name, *grant, requirement, options))?;
            }
            Need::AzureRole { role, name, scope, .. } => {
                let names = self.names(name, requirement.smaller.as_ref(), options.least);
                if names == [name.as_str()] {
                    return self.assign(*role, name.clone(), *scope, requirement, options);
                }
                for name in &names {
                    let role = roles::by_name(name).ok_or_else(|| GuideError::Role { name: name.clone() })?;
                    self.assign(role.id, role.name.to_owned(), *scope, requirement, options)?;
                }
            }
            Need::Audience { audience } => {
                self.audience_why = Some(why());
                if *audience == Audience::Multiple {
                    self.audience = Audience::Multiple;
                }
            }
            Need::Credential { kinds, lifetime_days } => {
                self.kinds.clone_from(kinds);
                self.lifetime_days = *lifetime_days;
            }
            Need::OwnsItself => self.owns_itself = Some(why()),
            Need::Licence { plan, skipped_by } => {
                let what = match plan {
                    Licence::P1 => "Entra ID P1".to_owned(),
                    Licence::P2 => "Entra ID P2 or Entra ID Governance".to_owned(),
                };
                self.licences.push(Rest { what, why: why(), skipped_by: skipped_by.clone() });
            }
            Need::MailboxSettings { skipped_by } => {
                let what = "Mailbox settings in Exchange Online".to_owned();
                self.mailbox = Some(Rest { what, why: why(), skipped_by: skipped_by.clone() });
            }
            // What a fresh registration has anyway, or what no setup can bring about.
            Need::PrincipalEnabled
            | Need::ActiveSubscription
            | Need::Unique { .. }
            | Need::NoExcess { .. } => {}
        }
        Ok(())
    }

    /// The names to ask for in place of one, and a reduction where there are others.
    fn names(&mut self, name: &str, smaller: Option<&Smaller>, least: bool) -> Vec<String> {
        let Some(smaller) = smaller else { return vec![name.to_owned()] };
        self.reductions.push(Reduction {
            asked: name.to_owned(),
            instead: smaller.instead.clone(),
            why: smaller.why.clone(),
            escalation: permissions::escalation(name).or_else(|| roles::escalation(roles::by_name(name)?.id)),
            applied: least,
        });
        if least { smaller.instead.clone() } else { vec![name.to_owned()] }
    }

    fn ask(
        &mut self,
        name: &str,
        grant: Grant,
        requirement: &Requirement,
        options: &GuideOptions<'_>,
    ) -> Result<(), GuideError> {
        // A smaller set may name a role where the whole names a permission.
        if let Some(role) = roles::by_name(name) {
            let at = RoleScope::EachSubscription;
            return self.assign(role.id, role.name.to_owned(), at, requirement, options);
        }
        let unknown = || GuideError::Permission {
            name: name.to_owned(),
            meant: permissions::nearest(name).map(|it| it.name),
        };
        let known = permissions::find(name).ok_or_else(unknown)?;
        let (id, list) = match grant {
            Grant::Application => (known.application, &mut self.application),
            Grant::Delegated => (known.delegated, &mut self.delegated),
        };
        let id = id.ok_or(GuideError::Grant { name: known.name, grant })?;
        list.push(Permission { name: known.name, id, why: requirement.why.clone() });
        Ok(())
    }

    fn assign(
        &mut self,
        id: Uuid,
        name: String,
        scope: RoleScope,
        requirement: &Requirement,
        options: &GuideOptions<'_>,
    ) -> Result<(), GuideError> {
        let places = places(scope, options.scope)?;
        let optional = requirement.weight == Weight::Recommended;
        self.roles.push(Role { id, name, places, why: requirement.why.clone(), optional });
        Ok(())
    }
}

fn places(wanted: RoleScope, scope: &Scope) -> Result<Places, GuideError> {
    if wanted == RoleScope::TenantRoot {
        return Ok(Places::Root);
    }
    // A role at the management group reaches each subscription below it, those of tomorrow too.
    if let Some(name) = &scope.management_group {
        return if is_management_group(name) {
            Ok(Places::ManagementGroup(name.clone()))
        } else {
            Err(GuideError::ManagementGroup { name: name.clone() })
        };
    }
    if scope.subscriptions.is_empty() {
        return Ok(Places::ChosenSubscriptions);
    }
    Ok(Places::Subscriptions(scope.subscriptions.clone()))
}

/// Azure's rule for names of management groups (Microsoft.Management/managementGroups): 1 to 90 letters, digits
/// and `-_().`, of which none is last a full stop.
fn is_management_group(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_().".contains(&b);
    (1..=90).contains(&name.len()) && name.bytes().all(fits) && !name.ends_with('.')
}
