//! The simulated world: tenants with their directories and their Azure resources.
//!
//! Users and memberships are functions of (seed, index), so that a million users cost no memory;
//! everything else is held as plain values. Explicit objects and later writes overlay the functions.

pub mod arm;
pub mod changes;
pub mod directory;
pub mod generate;
pub mod groups;
pub mod ids;
pub mod objects;
pub mod permissions;
pub mod principals;
pub mod roles;
pub mod tenant;
pub mod text;
pub mod users;

use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use uuid::Uuid;

pub use changes::{Change, ChangeKind, ChangeLog};
pub use objects::{Entity, Objects};
pub use tenant::{AppManagement, ClientPolicy, Cloud, Domain, Licences, Recycled, Tenant};

/// What a directory object is; Graph names each in `@odata.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// `#microsoft.graph.user`
    User,
    /// `#microsoft.graph.group`
    Group,
    /// `#microsoft.graph.servicePrincipal`
    ServicePrincipal,
    /// `#microsoft.graph.application`
    Application,
    /// `#microsoft.graph.device`
    Device,
}

impl ObjectKind {
    /// The value of `@odata.type`.
    pub const fn odata_type(self) -> &'static str {
        match self {
            Self::User => "#microsoft.graph.user",
            Self::Group => "#microsoft.graph.group",
            Self::ServicePrincipal => "#microsoft.graph.servicePrincipal",
            Self::Application => "#microsoft.graph.application",
            Self::Device => "#microsoft.graph.device",
        }
    }
}

/// A directory object by its kind and position; positions are stable and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// Which collection.
    pub kind: ObjectKind,
    /// Where in the collection.
    pub position: u32,
}

impl ObjectRef {
    /// A reference to the object of `kind` at `position`.
    pub const fn new(kind: ObjectKind, position: u32) -> Self {
        Self { kind, position }
    }
}

/// All tenants of the simulated cloud.
#[derive(Debug, Default)]
pub struct World {
    tenants: Vec<Tenant>,
    authority: Option<Cloud>,
}

impl World {
    /// A world of these tenants.
    pub fn new(tenants: Vec<Tenant>) -> Self {
        Self { tenants, authority: None }
    }

    /// The same world, whose own address is the sign-in service of one cloud and knows the others' tenants only
    /// as far as that cloud does. Without this it signs in to the tenants of all clouds.
    #[must_use]
    pub fn with_authority(self, authority: Option<Cloud>) -> Self {
        Self { authority, ..self }
    }

    /// The cloud whose sign-in service the simulator's own address is.
    pub fn authority(&self) -> Option<Cloud> {
        self.authority
    }

    /// The tenants, in the order of the scenario.
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// The tenant with this id.
    pub fn tenant(&self, id: Uuid) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.id == id)
    }

    /// The tenant with this id, to change it.
    pub fn tenant_mut(&mut self, id: Uuid) -> Option<&mut Tenant> {
        self.tenants.iter_mut().find(|tenant| tenant.id == id)
    }

    /// The tenant with this id, to change it, and the others, to look at.
    pub fn among(&mut self, id: Uuid) -> Option<(&mut Tenant, Vec<&Tenant>)> {
        let mut own = None;
        let mut others = Vec::with_capacity(self.tenants.len());
        for tenant in &mut self.tenants {
            if tenant.id == id {
                own = Some(tenant);
            } else {
                others.push(&*tenant);
            }
        }
        Some((own?, others))
    }

    /// The tenant that a path segment names: its id in any letter case, or one of its domains.
    pub fn tenant_named(&self, name: &str) -> Option<&Tenant> {
        match Uuid::try_parse(name) {
            Ok(id) => self.tenant(id),
            Err(_) => self
                .tenants
                .iter()
                .find(|tenant| tenant.domains.iter().any(|domain| domain.name.eq_ignore_ascii_case(name))),
        }
    }

    /// The tenant a subscription belongs to.
    pub fn tenant_of_subscription(&self, subscription: Uuid) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.arm.subscriptions.get(subscription).is_some())
    }
}

/// The world, shared between the server and the tests that look into it.
#[derive(Clone, Debug, Default)]
pub struct WorldHandle(Arc<RwLock<World>>);

impl WorldHandle {
    /// Shares a world.
    pub fn new(world: World) -> Self {
        Self(Arc::new(RwLock::new(world)))
    }

    /// Looks at the world. A panic elsewhere does not make it unreadable.
    pub fn read(&self) -> RwLockReadGuard<'_, World> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Changes the world.
    pub fn write(&self) -> RwLockWriteGuard<'_, World> {
        self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
