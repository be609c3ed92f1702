//! One tenant: its directory, its licences, its Azure resources.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::arm::Azure;
use super::changes::{ChangeKind, ChangeLog};
use super::directory::Device;
use super::groups::Groups;
use super::ids::{IdKind, Ids};
use super::objects::Objects;
use super::principals::{AppRole, AppRoleAssignment, Application, PermissionGrant, ServicePrincipal};
use super::roles::DirectoryRoles;
use super::users::Users;
use super::{ObjectKind, ObjectRef};

/// A verified domain of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// `name`
    pub name: String,
    /// `isDefault`
    pub default: bool,
    /// `isInitial` (the onmicrosoft.com one)
    pub initial: bool,
}

/// What the tenant has licences for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Licences {
    /// Entra ID P1: sign-in logs, registration reports.
    pub p1: bool,
    /// Entra ID P2: PIM (contains P1).
    pub p2: bool,
    /// Entra ID Governance: PIM too.
    pub governance: bool,
}

impl Licences {
    /// Whether reports and sign-in data may be read.
    pub const fn reports(self) -> bool {
        self.p1 || self.p2
    }

    /// Whether PIM schedules may be read; otherwise `AadPremiumLicenseRequired`.
    pub const fn privileged_identity_management(self) -> bool {
        self.p2 || self.governance
    }
}

/// The cloud a tenant lives in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// Public Azure.
    #[default]
    Public,
    /// US government.
    UsGovernment,
    /// China (21Vianet).
    China,
}

/// What policies do to one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientPolicy {
    /// A Conditional Access policy for workload identities blocks it (AADSTS53003).
    pub blocked: bool,
    /// Token requests are answered with this AADSTS code, whatever they send.
    pub token_error: Option<u32>,
    /// Token requests are answered 429 with this `Retry-After`, in seconds.
    pub token_throttled_s: Option<u32>,
    /// An Exchange application access policy keeps it out of every mailbox.
    pub mailboxes_denied: bool,
}

/// What the tenant's app management policy says of client secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AppManagement {
    /// `passwordAddition`: nobody may add one.
    pub no_passwords: bool,
    /// `passwordLifetime`: the longest that a new one may live.
    pub password_lifetime: Option<SignedDuration>,
}

/// A deleted object that can still be restored: Entra keeps it for 30 days.
#[derive(Clone, Debug)]
pub enum Recycled {
    /// A registration.
    Application(Box<Application>),
    /// A service principal.
    ServicePrincipal(Box<ServicePrincipal>),
}

impl Recycled {
    /// The object id.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Application(it) => it.id,
            Self::ServicePrincipal(it) => it.id,
        }
    }
}

/// A tenant and all that is in it.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// `id`
    pub id: Uuid,
    /// `displayName`
    pub display_name: String,
    /// Verified domains; never empty.
    pub domains: Vec<Domain>,
    /// Licences.
    pub licences: Licences,
    /// The cloud.
    pub cloud: Cloud,
    /// What it says of client secrets.
    pub app_management: AppManagement,
    /// `countryLetterCode`
    pub country: String,
    /// `createdDateTime`
    pub created: Timestamp,
    /// Makes the ids of generated and of newly created objects.
    pub ids: Ids,
    /// Users.
    pub users: Users,
    /// Groups and memberships.
    pub groups: Groups,
    /// Devices.
    pub devices: Objects<Device>,
    /// Application objects.
    pub applications: Objects<Application>,
    /// Service principals, managed identities among them.
    pub service_principals: Objects<ServicePrincipal>,
    /// Delegated consents.
    pub permission_grants: Objects<PermissionGrant>,
    /// Directory roles.
    pub roles: DirectoryRoles,
    /// Azure Resource Manager's side.
    pub arm: Azure,
    /// Changes since the start, for delta.
    pub changes: ChangeLog,
    /// What policies do to some clients, by client id.
    pub policies: HashMap<Uuid, ClientPolicy>,
    /// Deleted applications and service principals that can still be restored.
    pub recycle_bin: Vec<Recycled>,
    grants: GrantIndex,
    service_principal_by_app: HashMap<Uuid, u32>,
    application_by_app: HashMap<Uuid, u32>,
    next_id: u32,
    removed_ids: HashMap<ObjectRef, Uuid>,
}

#[derive(Clone, Debug, Default)]
struct GrantIndex {
    all: Objects<AppRoleAssignment>,
    by_resource: HashMap<Uuid, Vec<u32>>,
    by_principal: HashMap<Uuid, Vec<u32>>,
}

/// Ids of objects made after generation start here, clear of the generated ones.
const FIRST_NEW_ID: u32 = 1 << 31;

impl Tenant {
    /// A tenant around its users, with nothing else in it yet.
    pub fn new(
        id: Uuid,
        display_name: &str,
        domains: Vec<Domain>,
        users: Users,
        ids: Ids,
        created: Timestamp,
    ) -> Self {
        Self {
            id,
            display_name: display_name.to_owned(),
            domains,
            licences: Licences::default(),
            cloud: Cloud::default(),
            app_management: AppManagement::default(),
            country: "CH".to_owned(),
            created,
            ids,
            users,
            groups: Groups::default(),
            devices: Objects::default(),
            applications: Objects::default(),
            service_principals: Objects::default(),
            permission_grants: Objects::default(),
            roles: DirectoryRoles::default(),
            arm: Azure::new(id),
            changes: ChangeLog::default(),
            policies: HashMap::new(),
            recycle_bin: Vec::new(),
            grants: GrantIndex::default(),
            service_principal_by_app: HashMap::new(),
            application_by_app: HashMap::new(),
            next_id: FIRST_NEW_ID,
            removed_ids: HashMap::new(),
        }
    }

    /// What policies do to a client.
    pub fn policy(&self, client: Uuid) -> ClientPolicy {
        self.policies.get(&client).copied().unwrap_or_default()
    }

    /// A fresh id for a new object.
    pub fn new_id(&mut self, kind: IdKind) -> Uuid {
        self.next_id += 1;
        self.ids.encode(kind, self.next_id - 1)
    }

    /// The default domain's name.
    pub fn default_domain(&self) -> &str {
        self.domains
            .iter()
            .find(|domain| domain.default)
            .or(self.domains.first())
            .map_or("", |domain| &domain.name)
    }

    /// The live directory object with this id.
    pub fn resolve(&self, id: Uuid) -> Option<ObjectRef> {
        let found = |kind, position: Option<u32>| position.map(|position| ObjectRef::new(kind, position));
        found(ObjectKind::User, self.users.position(id))
            .or_else(|| found(ObjectKind::Group, self.groups.objects.position(id)))
            .or_else(|| found(ObjectKind::ServicePrincipal, self.service_principals.position(id)))
            .or_else(|| found(ObjectKind::Application, self.applications.position(id)))
            .or_else(|| found(ObjectKind::Device, self.devices.position(id)))
    }

    /// The id of a directory object, unless it was deleted.
    pub fn object_id(&self, object: ObjectRef) -> Option<Uuid> {
        match object.kind {
            ObjectKind::User => self.users.id_at(object.position),
            ObjectKind::Group => self.groups.objects.at(object.position).map(|it| it.id),
            ObjectKind::ServicePrincipal => self.service_principals.at(object.position).map(|it| it.id),
            ObjectKind::Application => self.applications.at(object.position).map(|it| it.id),
            ObjectKind::Device => self.devices.at(object.position).map(|it| it.id),
        }
    }

    /// The id a deleted object had, for `@removed` markers.
    pub fn removed_id(&self, object: ObjectRef) -> Option<Uuid> {
        self.removed_ids.get(&object).copied()
    }

    /// The display name of a live directory object.
    pub fn display_name_of(&self, object: ObjectRef) -> Option<Cow<'_, str>> {
        let name = match object.kind {
            ObjectKind::User => {
                return self.users.at(object.position).map(|user| match user {
                    Cow::Borrowed(user) => Cow::Borrowed(user.display_name.as_str()),
                    Cow::Owned(user) => Cow::Owned(user.display_name),
                });
            }
            ObjectKind::Group => &self.groups.objects.at(object.position)?.display_name,
            ObjectKind::ServicePrincipal => &self.service_principals.at(object.position)?.display_name,
            ObjectKind::Application => &self.applications.at(object.position)?.display_name,
            ObjectKind::Device => &self.devices.at(object.position)?.display_name,
        };
        Some(Cow::Borrowed(name))
    }

    /// Deletes a directory object of any kind and records it; false when there is none.
    /// Assignments that name it stay behind, as in Azure.
    pub fn delete(&mut self, object: ObjectRef, at: Timestamp) -> bool {
        let Some(id) = self.object_id(object) else { return false };
        match object.kind {
            ObjectKind::User => drop(self.users.remove(object.position, at)),
            ObjectKind::Group => drop(self.groups.objects.remove(id)),
            ObjectKind::ServicePrincipal => {
                if let Some(removed) = self.service_principals.remove(id) {
                    self.service_principal_by_app.remove(&removed.app_id);
                    self.recycle_bin.push(Recycled::ServicePrincipal(Box::new(removed)));
                }
            }
            ObjectKind::Application => {
                if let Some(removed) = self.applications.remove(id) {
                    self.application_by_app.remove(&removed.app_id);
                    self.recycle_bin.push(Recycled::Application(Box::new(removed)));
                }
            }
            ObjectKind::Device => drop(self.devices.remove(id)),
        }
        self.removed_ids.insert(object, id);
        self.changes.record(at, object, ChangeKind::SoftDeleted);
        true
    }

    /// Adds a service principal and says where it is.
    pub fn insert_service_principal(&mut self, principal: ServicePrincipal) -> u32 {
        let app_id = principal.app_id;
        let position = self.service_principals.insert(principal);
        self.service_principal_by_app.insert(app_id, position);
        position
    }

    /// Adds an application and says where it is.
    pub fn insert_application(&mut self, application: Application) -> u32 {
        let app_id = application.app_id;
        let position = self.applications.insert(application);
        self.application_by_app.insert(app_id, position);
        position
    }

    /// The position of the service principal of a client id.
    pub fn service_principal_of(&self, app_id: Uuid) -> Option<u32> {
        self.service_principal_by_app.get(&app_id).copied()
    }

    /// The position of the application with a client id.
    pub fn application_of(&self, app_id: Uuid) -> Option<u32> {
        self.application_by_app.get(&app_id).copied()
    }

    /// Every app-role assignment of the tenant.
    pub fn app_role_assignments(&self) -> &Objects<AppRoleAssignment> {
        &self.grants.all
    }

    /// Who is assigned to a resource (`appRoleAssignedTo`), by its object id: all live ones in a stable order.
    pub fn assigned_to(&self, resource: Uuid) -> impl Iterator<Item = &AppRoleAssignment> {
        self.grants_at(self.grants.by_resource.get(&resource))
    }

    /// What a user, group or service principal was granted (`appRoleAssignments`).
    pub fn assignments_of(&self, principal: Uuid) -> impl Iterator<Item = &AppRoleAssignment> {
        self.grants_at(self.grants.by_principal.get(&principal))
    }

    /// Adds an app-role assignment.
    pub fn insert_app_role_assignment(&mut self, assignment: AppRoleAssignment) {
        let (resource, principal) = (assignment.resource, assignment.principal);
        let known = self.grants.all.position(assignment.id).is_some();
        let position = self.grants.all.insert(assignment);
        if !known {
            self.grants.by_resource.entry(resource).or_default().push(position);
            self.grants.by_principal.entry(principal).or_default().push(position);
        }
    }

    /// Takes an app-role assignment away.
    pub fn remove_app_role_assignment(&mut self, id: Uuid) -> Option<AppRoleAssignment> {
        self.grants.all.remove(id)
    }

    /// The app role that an assignment names, on the resource that offers it; none for default access.
    pub fn app_role(&self, assignment: &AppRoleAssignment) -> Option<&AppRole> {
        let resource = self.service_principals.get(assignment.resource)?;
        resource.app_roles.iter().find(|role| role.id == assignment.app_role_id)
    }

    /// Makes `member` a member of a group and records it; false when it was one.
    pub fn add_member(&mut self, group: u32, member: ObjectRef, at: Timestamp) -> bool {
        let added = self.groups.add_member(group, member);
        if added {
            self.changes.record(
                at,
                ObjectRef::new(ObjectKind::Group, group),
                ChangeKind::MemberAdded(member),
            );
        }
        added
    }

    /// Takes `member` out of a group and records it; false when it was none.
    pub fn remove_member(&mut self, group: u32, member: ObjectRef, at: Timestamp) -> bool {
        let removed = self.groups.remove_member(group, member);
        if removed {
            self.changes.record(
                at,
                ObjectRef::new(ObjectKind::Group, group),
                ChangeKind::MemberRemoved(member),
            );
        }
        removed
    }

    fn grants_at<'a>(
        &'a self,
        positions: Option<&'a Vec<u32>>,
    ) -> impl Iterator<Item = &'a AppRoleAssignment> {
        positions.into_iter().flatten().filter_map(|position| self.grants.all.at(*position))
    }
}
