//! A tenant, a caller and the questions to ask of Resource Manager, without a server between.
#![allow(dead_code, reason = "each test program uses its part")]

use std::sync::Arc;

use bytes::Bytes;
use fairlead_simulator::faults::{Physics, PhysicsSettings};
use fairlead_simulator::log::RequestLog;
use fairlead_simulator::world::arm::{PrincipalType, RoleAssignment, Scope, builtin};
use fairlead_simulator::world::generate::{self, Basics, Sizes};
use fairlead_simulator::world::ids::IdKind;
use fairlead_simulator::world::users::UserShares;
use fairlead_simulator::world::{Cloud, Licences, Tenant};
use fairlead_simulator::{Call, Caller, Clock, Request, Response, World, WorldHandle, arm};
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// Where the requests pretend to be sent.
pub(crate) const BASE: &str = "https://arm.test:8443";

/// A world with one caller in its first tenant.
pub(crate) struct Azure {
    /// The world, to look into and to change.
    pub(crate) world: WorldHandle,
    /// Who asks.
    pub(crate) caller: Caller,
    /// What time it is; stands still.
    pub(crate) clock: Clock,
    /// Limits and delays.
    pub(crate) physics: Physics,
}

impl Azure {
    /// A generated tenant of these sizes, a second one beside it, and a caller without any role.
    pub(crate) fn new(sizes: &Sizes) -> Self {
        let mut tenant = generated(7, sizes);
        let other = generated(8, &Sizes { subscriptions: 1, ..Sizes::empty() });
        let (id, app) = (Uuid::from_u128(0x00CA_11E6), Uuid::from_u128(0xA99));
        tenant.insert_service_principal(generate::service_principal(id, app, "the caller"));
        let caller = Caller {
            tenant: tenant.id,
            app_id: app,
            principal: id,
            roles: Arc::from(Vec::new()),
            expires: Timestamp::MAX,
        };
        let now = generate::epoch();
        Self {
            world: WorldHandle::new(World::new(vec![tenant, other])),
            caller,
            clock: Clock::frozen_at(now),
            physics: Physics::default(),
        }
    }

    /// The same with a role for the caller at the root management group.
    pub(crate) fn with_role(sizes: &Sizes, role: Uuid) -> Self {
        let azure = Self::new(sizes);
        let root = Scope::ManagementGroup(azure.tenant_id().to_string());
        azure.assign(azure.caller.principal, role, root);
        azure
    }

    /// Changes take this many seconds to take effect.
    pub(crate) fn propagation(mut self, seconds: u32) -> Self {
        let settings = PhysicsSettings { propagation_s: seconds, ..PhysicsSettings::default() };
        self.physics = Physics::new(settings, 0, Arc::new(RequestLog::default()));
        self
    }

    /// The caller's tenant.
    pub(crate) fn tenant_id(&self) -> Uuid {
        self.caller.tenant
    }

    /// Looks into the caller's tenant.
    pub(crate) fn tenant<T>(&self, look: impl FnOnce(&Tenant) -> T) -> T {
        look(self.world.read().tenant(self.caller.tenant).expect("the caller's tenant"))
    }

    /// Changes the caller's tenant.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Tenant) -> T) -> T {
        change(self.world.write().tenant_mut(self.caller.tenant).expect("the caller's tenant"))
    }

    /// The id of a generated subscription.
    pub(crate) fn subscription(&self, index: u32) -> Uuid {
        self.tenant(|tenant| tenant.ids.encode(IdKind::Subscription, index))
    }

    /// The name of a resource group of a subscription.
    pub(crate) fn resource_group(&self, subscription: Uuid, index: usize) -> String {
        self.tenant(|tenant| tenant.arm.resource_groups[&subscription][index].name.clone())
    }

    /// Gives a principal a role, since a day ago, and says the assignment's name.
    pub(crate) fn assign(&self, principal: Uuid, role: Uuid, scope: Scope) -> Uuid {
        let created = self.clock.now() - jiff::SignedDuration::from_hours(24);
        self.change(|tenant| {
            let name = tenant.new_id(IdKind::RoleAssignment);
            tenant.arm.insert_role_assignment(RoleAssignment {
                name,
                scope,
                role,
                principal,
                principal_type: PrincipalType::ServicePrincipal,
                condition: None,
                description: None,
                created,
                created_by: None,
            });
            name
        })
    }

    /// Asks, with an api-version added when the path has none.
    pub(crate) fn ask(&self, method: Method, path: &str, body: &str) -> Response {
        let target = match (path.contains("api-version="), path.contains('?')) {
            (true, _) => path.to_owned(),
            (false, true) => format!("{path}&api-version=2025-01-01"),
            (false, false) => format!("{path}?api-version=2025-01-01"),
        };
        let body = Bytes::from(body.to_owned());
        let request = Request::new(method, &target, HeaderMap::new(), body, BASE, Uuid::nil());
        arm::handle(&Call {
            world: &self.world,
            caller: &self.caller,
            request: &request,
            clock: &self.clock,
            physics: &self.physics,
        })
    }

    /// The status and the document of a GET.
    pub(crate) fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = self.ask(Method::GET, path, "");
        (response.status, document(&response))
    }

    /// The status and error code of a GET that is refused.
    pub(crate) fn refusal(&self, path: &str) -> (u16, String) {
        refusal(&self.ask(Method::GET, path, ""))
    }

    /// Everything that a list has, its pages followed.
    pub(crate) fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let (status, mut page) = self.get(&path);
            assert_eq!(status, StatusCode::OK, "{path}: {page}");
            items.append(page["value"].as_array_mut().expect("value"));
            let link = page.get("nextLink").or_else(|| page.get("@nextLink"));
            next = link.and_then(Value::as_str).map(|link| link.trim_start_matches(BASE).to_owned());
        }
        items
    }

    /// The names in a list, sorted.
    pub(crate) fn names(&self, path: &str) -> Vec<String> {
        let mut names: Vec<String> =
            self.list(path).iter().filter_map(|item| Some(item["name"].as_str()?.to_owned())).collect();
        names.sort();
        names
    }
}

/// Reader.
pub(crate) const READER: Uuid = builtin::READER;

fn generated(seed: u64, sizes: &Sizes) -> Tenant {
    let basics = Basics {
        id: None,
        display_name: "Contoso".to_owned(),
        domain: "contoso.example".to_owned(),
        licences: Licences { p1: true, p2: true, governance: false },
        cloud: Cloud::Public,
        country: "CH".to_owned(),
        shares: UserShares::default(),
    };
    generate::tenant(seed, &basics, sizes)
}

/// The document of an answer; null when there is none.
pub(crate) fn document(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or(Value::Null)
}

/// The status and error code of an answer.
pub(crate) fn refusal(response: &Response) -> (u16, String) {
    let body = document(response);
    (response.status.as_u16(), body["error"]["code"].as_str().unwrap_or_default().to_owned())
}
