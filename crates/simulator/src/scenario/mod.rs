//! Scenario files: what the simulated cloud holds, and everything an onboarding can get wrong, in TOML.

mod app;
mod azure;
mod consent;
mod credentials;
mod directory;
mod grants;
pub mod plan;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::faults::PhysicsSettings;
use crate::world::generate::{self, Basics, Sizes};
use crate::world::ids::mix;
use crate::world::{Cloud, Tenant, World};
pub use app::AppConnection;
pub(crate) use consent::consent;
pub use credentials::default_secret;
pub(crate) use credentials::random_secret;
pub use plan::{
    AppManagementPlan, AppPlan, ClusterPlan, DenyAssignmentPlan, FederatedPlan, GrantByUserPlan, GroupPlan,
    ManagementGroupPlan, Moment, RoleAssignmentPlan, RoleDefinitionPlan, RolePlan, SecretPlan,
    ServicePrincipalPlan, StorageAccountPlan, SubscriptionPlan, TenantPlan, UserPlan,
};

/// All that a simulator starts with.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Everything generated follows from it.
    pub seed: u64,
    /// The moment the clock stands at; absent: real time.
    pub clock: Option<Timestamp>,
    /// The cloud whose sign-in service the simulator's own address is: tenants of other clouds are known there as
    /// far as that cloud knows them. Absent: it signs in to the tenants of all clouds.
    pub cloud: Option<Cloud>,
    /// Latency, limits, faults and delays at the start.
    pub physics: PhysicsSettings,
    /// The tenants; the first is the one that the connection file describes.
    #[serde(rename = "tenant")]
    pub tenants: Vec<TenantPlan>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            seed: 1,
            clock: None,
            cloud: None,
            physics: PhysicsSettings::default(),
            tenants: vec![TenantPlan::default()],
        }
    }
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("the scenario {} cannot be read: {source}; check the path and its permissions", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is not TOML, or has a key or value that scenarios do not have.
    #[error("{}{source}", path.as_deref().map(|path| format!("in the scenario {}: ", path.display())).unwrap_or_default())]
    Parse {
        /// Which file, if it came from one.
        path: Option<PathBuf>,
        /// Line, column and reason.
        source: Box<toml::de::Error>,
    },
    /// The values do not go together.
    #[error("in the scenario, {place}: {reason}")]
    Invalid {
        /// The tenant and the object, by name.
        place: String,
        /// What is wrong and what would be right.
        reason: String,
    },
}

impl ScenarioError {
    fn invalid(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), reason: reason.into() }
    }
}

/// A world made from a scenario.
#[derive(Debug)]
pub struct Built {
    /// The tenants.
    pub world: World,
    /// The reader's registration in each tenant, in the order of the tenants.
    pub readers: Vec<AppConnection>,
}

impl Scenario {
    /// Reads a scenario.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)
            .map_err(|source| ScenarioError::Parse { path: None, source: Box::new(source) })?;
        if scenario.tenants.is_empty() {
            return Err(ScenarioError::invalid("`tenant`", "there must be at least one [[tenant]]"));
        }
        Ok(scenario)
    }

    /// Reads a scenario file.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|error| match error {
            ScenarioError::Parse { source, .. } => {
                ScenarioError::Parse { path: Some(path.to_owned()), source }
            }
            other => other,
        })
    }

    /// The first tenant's plan, which flags change. A scenario without one gets the default.
    pub fn first_tenant(&mut self) -> &mut TenantPlan {
        if self.tenants.is_empty() {
            self.tenants.push(TenantPlan::default());
        }
        &mut self.tenants[0]
    }

    /// Makes the world; `now` is the moment the clock shows at the start.
    pub fn build(&self, now: Timestamp) -> Result<Built, ScenarioError> {
        self.physics.check().map_err(|reason| ScenarioError::invalid("[physics]", reason))?;
        let mut tenants: Vec<Tenant> = Vec::new();
        let mut readers = Vec::new();
        for (index, plan) in (0_u64..).zip(&self.tenants) {
            let seed = if index == 0 { self.seed } else { mix(self.seed.wrapping_add(index)) };
            let (tenant, reader) = tenant(plan, seed, now)?;
            if let Some(twin) = tenants.iter().find(|it| it.id == tenant.id) {
                let reason = format!("it has the same id as the tenant {}", twin.display_name);
                return Err(ScenarioError::invalid(format!("tenant {}", plan.name), reason));
            }
            tenants.push(tenant);
            readers.push(reader);
        }
        // A registration may be in a tenant that comes later: principals are made when all are there.
        let homes = app::Homes::of(&tenants);
        for (tenant, plan) in tenants.iter_mut().zip(&self.tenants) {
            connect(tenant, plan, &homes, now)?;
        }
        Ok(Built { world: World::new(tenants).with_authority(self.cloud), readers })
    }
}

/// A tenant with its objects and registrations.
fn tenant(plan: &TenantPlan, seed: u64, now: Timestamp) -> Result<(Tenant, AppConnection), ScenarioError> {
    let place = format!("tenant {}", plan.name);
    let sizes = if plan.generated { plan.sizes.clone() } else { Sizes::empty() };
    sizes.check().map_err(|reason| ScenarioError::invalid(format!("{place}, sizes"), reason))?;
    let basics = Basics {
        id: plan.id,
        display_name: plan.name.clone(),
        domain: plan.domain.clone(),
        licences: plan.licences(),
        cloud: plan.cloud,
        country: plan.country.clone(),
        shares: plan.shares.clone(),
    };
    let mut tenant = generate::tenant(seed, &basics, &sizes);
    tenant.app_management = plan.app_management.into();
    azure::add(&mut tenant, plan)?;
    directory::add_users(&mut tenant, plan)?;
    directory::add_service_principals(&mut tenant, plan)?;
    directory::add_groups(&mut tenant, plan)?;
    let reader = app::register(&mut tenant, &app::reader(plan), 0, seed, now)?;
    for (index, app) in (1..).zip(&plan.apps) {
        app::register(&mut tenant, app, index, seed, now)?;
    }
    Ok((tenant, reader))
}

/// Adds what names other objects: the principals of registrations, members, owners, and what all are given.
fn connect(
    tenant: &mut Tenant,
    plan: &TenantPlan,
    homes: &app::Homes,
    now: Timestamp,
) -> Result<(), ScenarioError> {
    app::add_principal(tenant, &app::reader(plan), 0, homes, now)?;
    for (index, app) in (1..).zip(&plan.apps) {
        app::add_principal(tenant, app, index, homes, now)?;
    }
    directory::connect(tenant, plan)?;
    directory::switch_off(tenant, plan)?;
    azure::assign_roles(tenant, plan, now)?;
    azure::deny(tenant, plan)
}

/// The directory object that a scenario names: by id, userPrincipalName, or display name.
fn find(tenant: &Tenant, name: &str, place: &str) -> Result<crate::world::ObjectRef, ScenarioError> {
    use crate::world::{ObjectKind, ObjectRef};
    let by_id = Uuid::try_parse(name).ok().and_then(|id| {
        let of_app = || tenant.service_principal_of(id);
        tenant.resolve(id).or_else(|| of_app().map(|it| ObjectRef::new(ObjectKind::ServicePrincipal, it)))
    });
    let by_upn = || tenant.users.position_by_upn(name).map(|it| ObjectRef::new(ObjectKind::User, it));
    let by_group = || {
        let found = tenant.groups.objects.iter().find(|(_, group)| group.display_name == name);
        found.map(|(position, _)| ObjectRef::new(ObjectKind::Group, position))
    };
    let by_principal = || {
        let found = tenant.service_principals.iter().find(|(_, it)| it.display_name == name);
        found.map(|(position, _)| ObjectRef::new(ObjectKind::ServicePrincipal, position))
    };
    by_id.or_else(by_upn).or_else(by_group).or_else(by_principal).ok_or_else(|| {
        ScenarioError::invalid(
            place,
            format!(
                "`{name}` is no user, group or service principal of this tenant; name it by id, \
                 userPrincipalName or display name"
            ),
        )
    })
}

#[cfg(test)]
mod tests;
