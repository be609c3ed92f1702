//! A tenant to ask, and a way to ask it.

use bytes::Bytes;
use fairlead_simulator::faults::{Physics, PhysicsSettings};
use fairlead_simulator::world::generate::{Basics, Sizes, epoch, tenant};
use fairlead_simulator::world::users::UserShares;
use fairlead_simulator::world::{Cloud, Licences, Tenant};
use fairlead_simulator::{Call, Caller, Clock, Request, Response, World, WorldHandle, graph};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

pub(crate) const BASE: &str = "https://graph.test";

/// A tenant with everything in it, and a caller with these permissions.
pub(crate) struct Graph {
    pub(crate) world: WorldHandle,
    pub(crate) clock: Clock,
    pub(crate) physics: Physics,
    pub(crate) id: Uuid,
    caller: Caller,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn message(&self) -> &str {
        self.json["error"]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn rows(&self) -> &[Value] {
        self.json["value"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// Everything a directory sync reads.
pub(crate) const READER: &[&str] = &[
    "Directory.Read.All",
    "AuditLog.Read.All",
    "MailboxSettings.Read",
    "Member.Read.Hidden",
    "RoleManagement.Read.Directory",
];

impl Graph {
    pub(crate) fn new() -> Self {
        Self::with(Licences { p1: true, p2: true, governance: false }, READER)
    }

    pub(crate) fn with(licences: Licences, roles: &[&str]) -> Self {
        let basics = Basics {
            id: None,
            display_name: "Contoso".to_owned(),
            domain: "contoso.example".to_owned(),
            licences,
            cloud: Cloud::Public,
            country: "CH".to_owned(),
            shares: UserShares::default(),
        };
        let sizes = Sizes { users: 250, groups: 20, memberships: 900, ..Sizes::default() };
        let tenant = tenant(7, &basics, &sizes);
        let id = tenant.id;
        let caller = Caller {
            tenant: id,
            app_id: Uuid::from_u128(1),
            principal: Uuid::from_u128(2),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            expires: Timestamp::MAX,
        };
        Self {
            world: WorldHandle::new(World::new(vec![tenant])),
            clock: Clock::frozen_at(epoch()),
            physics: Physics::default(),
            id,
            caller,
        }
    }

    /// The same tenant, asked with other permissions.
    pub(crate) fn granted(mut self, roles: &[&str]) -> Self {
        self.caller.roles = roles.iter().map(|&role| role.to_owned()).collect();
        self
    }

    pub(crate) fn physics(mut self, settings: PhysicsSettings) -> Self {
        self.physics = Physics::new(settings, 1, std::sync::Arc::default());
        self
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&Tenant) -> T) -> T {
        look(self.world.read().tenant(self.id).expect("the tenant"))
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Tenant) -> T) -> T {
        change(self.world.write().tenant_mut(self.id).expect("the tenant"))
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.ask(Method::GET, target, &[], "")
    }

    /// With the header of advanced queries.
    pub(crate) fn eventual(&self, target: &str) -> Answer {
        self.ask(Method::GET, target, &[("consistencylevel", "eventual")], "")
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> Answer {
        self.ask(Method::POST, target, &[("content-type", "application/json")], &body.to_string())
    }

    pub(crate) fn ask(&self, method: Method, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            map.insert(name, HeaderValue::from_str(value).expect("a header value"));
        }
        let target = target.replace(' ', "%20");
        let body = Bytes::copy_from_slice(body.as_bytes());
        let request = Request::new(method, &target, map, body, BASE, Uuid::from_u128(9));
        let call = Call {
            world: &self.world,
            caller: &self.caller,
            request: &request,
            clock: &self.clock,
            physics: &self.physics,
        };
        read(&graph::handle(&call))
    }

    /// All rows of a collection, page by page.
    pub(crate) fn all(&self, target: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut next = Some(target.to_owned());
        while let Some(target) = next {
            let answer = self.get(&target);
            assert_eq!(answer.status, 200, "{}", answer.text);
            rows.extend_from_slice(answer.rows());
            next = link(&answer, "@odata.nextLink");
        }
        rows
    }
}

/// The path and query of a link.
pub(crate) fn link(answer: &Answer, name: &str) -> Option<String> {
    let link = answer.json[name].as_str()?;
    Some(link.strip_prefix(BASE).expect("a link on the host that was asked").to_owned())
}

pub(crate) fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

fn read(response: &Response) -> Answer {
    let text = String::from_utf8(response.body.to_vec()).expect("text");
    Answer {
        status: response.status.as_u16(),
        headers: response.headers.clone(),
        json: serde_json::from_str(&text).unwrap_or(Value::Null),
        text,
    }
}
