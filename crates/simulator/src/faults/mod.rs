//! The physics of the service: latency, limits, faults, propagation delay.

mod bucket;
mod refusal;
pub mod settings;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::entra::caller::Caller;
use crate::log::RequestLog;
use crate::server::call::{Call, Quota, Request, Response, Route, RouteKind};
use crate::server::service::Service;
use crate::world::WorldHandle;
use crate::world::ids::mix;
use bucket::{Buckets, Draw};
pub use settings::{FaultRates, Limits, NewSecrets, PhysicsSettings, TokenBucket};

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429
    Throttled,
    /// 503
    Unavailable,
    /// 500
    Internal,
    /// The connection breaks before an answer.
    Reset,
    /// The connection breaks in the body.
    Truncated,
}

impl Fault {
    /// As the request log names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Reset => "reset",
            Self::Truncated => "truncated",
        }
    }
}

/// Limits, faults and delays of a running simulator.
#[derive(Debug)]
pub struct Physics {
    settings: RwLock<Arc<PhysicsSettings>>,
    seed: u64,
    lots: AtomicU64,
    buckets: Buckets<BucketKey>,
    /// Sign-ins with each secret that was added, by its `keyId`.
    new_secrets: Mutex<HashMap<Uuid, u32>>,
    log: Arc<RequestLog>,
}

impl Default for Physics {
    fn default() -> Self {
        Self::new(PhysicsSettings::default(), 0, Arc::default())
    }
}

/// Who draws on which limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct BucketKey {
    tenant: Uuid,
    principal: Uuid,
    limit: Limit,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Limit {
    GraphUnits,
    GraphWrites,
    GraphReports,
    GraphSignInActivity,
    /// Of a subscription, or of the tenant.
    Arm(Option<Uuid>, ArmOperation),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ArmOperation {
    Reads,
    Writes,
    Deletes,
}

/// A request on its way through the limits.
pub(crate) struct Admitted<'a> {
    /// The service it is for.
    pub(crate) service: Service,
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// What is asked.
    pub(crate) request: &'a Request,
    /// What is known of it.
    pub(crate) route: &'a Route,
}

impl Physics {
    /// Physics by these settings; all lots follow from the seed and the order of requests.
    pub fn new(settings: PhysicsSettings, seed: u64, log: Arc<RequestLog>) -> Self {
        Self {
            settings: RwLock::new(Arc::new(settings)),
            seed,
            lots: AtomicU64::new(0),
            buckets: Buckets::default(),
            new_secrets: Mutex::default(),
            log,
        }
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<PhysicsSettings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the settings and fills all buckets; a sentence when they make no sense.
    pub fn set(&self, settings: PhysicsSettings) -> Result<(), String> {
        settings.check()?;
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
        self.buckets.refill();
        Ok(())
    }

    /// How long a new grant, role assignment or secret takes to be seen.
    pub fn propagation(&self) -> SignedDuration {
        self.settings().propagation()
    }

    /// Whether something made at a moment is seen by now.
    pub fn visible(&self, created: Timestamp, now: Timestamp) -> bool {
        created.checked_add(self.propagation()).is_ok_and(|from| from <= now)
    }

    /// A client secret was added, which begins to work as the settings say.
    pub fn secret_added(&self, key: Uuid) {
        self.new_secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(key, 0);
    }

    /// Whether a sign-in with a secret that is right and has spread succeeds. It counts.
    pub fn accepts_secret(&self, key: Uuid) -> bool {
        let mut tried = self.new_secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(tried) = tried.get_mut(&key) else { return true };
        *tried = tried.saturating_add(1);
        self.settings().new_secrets.accept(*tried - 1)
    }

    /// Whether the page that is about to be answered shall be empty and link to the same place.
    /// Lists ask once a page; the rate is below 1, so that every list ends.
    pub fn empty_page(&self) -> bool {
        let rate = self.settings().faults.empty_page;
        rate > 0.0 && self.lot() < rate
    }

    /// Admits one item of a batch on its own account: throttled, broken, or answered by `handle`.
    pub fn item(&self, call: &Call<'_>, request: &Request, handle: fn(&Call<'_>) -> Response) -> Response {
        let route = crate::graph::describe(request);
        let admitted = Admitted { service: Service::Graph, caller: call.caller, request, route: &route };
        let response = match self.item_fault() {
            Some(fault) => self.refuse(fault, &admitted, call.clock.now()),
            None => match self.admit(call.world, &admitted, call.clock.now()) {
                Err(refusal) => *refusal,
                Ok(quota) => quota.write(handle(&Call { request, ..*call })),
            },
        };
        self.log.item(&request.method, &route, response.status);
        response
    }

    /// The latency of the next answer.
    pub(crate) fn latency(&self) -> Duration {
        let settings = self.settings();
        let lot = if settings.jitter_ms == 0 { 0.0 } else { self.lot() };
        settings.latency(lot)
    }

    /// What befalls the next request of a service.
    pub(crate) fn fault(&self, service: Service) -> Option<Fault> {
        let settings = self.settings();
        if !settings.faults.services.contains(&service) {
            return None;
        }
        self.draw_fault(&settings.faults, true)
    }

    /// The answer that stands for a fault which has one.
    pub(crate) fn refuse(&self, fault: Fault, admitted: &Admitted<'_>, now: Timestamp) -> Response {
        let seconds = self.settings().faults.retry_after_s;
        refusal::of_fault(fault, admitted, seconds, now)
    }

    /// Takes a request's cost from its limit, or refuses it.
    pub(crate) fn admit(
        &self,
        world: &WorldHandle,
        admitted: &Admitted<'_>,
        now: Timestamp,
    ) -> Result<QuotaHeaders, Box<Response>> {
        let settings = self.settings();
        let route = admitted.route;
        let mut headers = QuotaHeaders::of(admitted);
        if !settings.limits.enabled {
            return Ok(headers);
        }
        for (limit, size, cost) in draws(&settings.limits, world, admitted) {
            let key = BucketKey {
                tenant: admitted.caller.tenant,
                principal: admitted.caller.principal,
                limit: limit.clone(),
            };
            match self.buckets.draw(key, size, cost, Instant::now()) {
                Draw::Granted { used, left } => headers.granted(&limit, used, left),
                Draw::Refused { seconds } => {
                    tracing::debug!(template = route.template, seconds, "a limit is used up");
                    return Err(Box::new(refusal::of_limit(&limit, admitted, seconds, now)));
                }
            }
        }
        Ok(headers)
    }

    fn item_fault(&self) -> Option<Fault> {
        let settings = self.settings();
        if !settings.faults.services.contains(&Service::Graph) {
            return None;
        }
        self.draw_fault(&settings.faults, false)
    }

    fn draw_fault(&self, rates: &FaultRates, on_the_wire: bool) -> Option<Fault> {
        let shares = [
            (Fault::Throttled, rates.throttled),
            (Fault::Unavailable, rates.unavailable),
            (Fault::Internal, rates.internal),
            (Fault::Reset, rates.reset),
            (Fault::Truncated, rates.truncated),
        ];
        if shares.iter().all(|(_, share)| *share <= 0.0) {
            return None;
        }
        let mut lot = self.lot();
        let fault = shares.into_iter().find_map(|(fault, share)| {
            lot -= share;
            (lot < 0.0).then_some(fault)
        })?;
        // An item of a batch has no connection of its own.
        (on_the_wire || !matches!(fault, Fault::Reset | Fault::Truncated)).then_some(fault)
    }

    /// The next lot, at least 0 and below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are enough for a share")]
    pub(crate) fn lot(&self) -> f64 {
        let draw = self.lots.fetch_add(1, Ordering::Relaxed);
        (mix(self.seed ^ mix(draw)) >> 11) as f64 / ((1_u64 << 53) as f64)
    }
}

/// The limits that a request draws on, with the size of each and the cost.
fn draws(limits: &Limits, world: &WorldHandle, admitted: &Admitted<'_>) -> Vec<(Limit, TokenBucket, u32)> {
    let route = admitted.route;
    let arm = |subscription| {
        let (operation, size) = match route.kind {
            RouteKind::Read | RouteKind::List => (ArmOperation::Reads, limits.arm_reads),
            RouteKind::Write => (ArmOperation::Writes, limits.arm_writes),
            RouteKind::Delete => (ArmOperation::Deletes, limits.arm_deletes),
        };
        vec![(Limit::Arm(subscription, operation), size, 1)]
    };
    match &route.quota {
        Quota::None => Vec::new(),
        Quota::Subscription(id) => arm(Some(*id)),
        Quota::Tenant => arm(None),
        Quota::Reports => {
            vec![(Limit::GraphReports, TokenBucket::window(limits.graph_reports, 10.0), 1)]
        }
        Quota::SignInActivity => vec![
            (Limit::GraphSignInActivity, TokenBucket::window(limits.graph_sign_in_activity, 60.0), 1),
            (Limit::GraphUnits, graph_units(limits, world, admitted.caller.tenant), route.cost),
        ],
        Quota::Directory => {
            let mut draws =
                vec![(Limit::GraphUnits, graph_units(limits, world, admitted.caller.tenant), route.cost)];
            if matches!(route.kind, RouteKind::Write | RouteKind::Delete) {
                draws.push((Limit::GraphWrites, TokenBucket::window(limits.graph_writes, 150.0), 1));
            }
            draws
        }
    }
}

/// Resource Units in 10 seconds: by the size of the tenant, unless set.
fn graph_units(limits: &Limits, world: &WorldHandle, tenant: Uuid) -> TokenBucket {
    let units = limits.graph_units.unwrap_or_else(|| {
        let users = world.read().tenant(tenant).map_or(0, |tenant| tenant.users.len());
        match users {
            0..50 => 3_500,
            50..=500 => 5_000,
            _ => 8_000,
        }
    });
    TokenBucket::window(units, 10.0)
}

/// The headers by which the services tell how much of a limit is left.
#[derive(Debug, Default)]
pub(crate) struct QuotaHeaders(Vec<(&'static str, String)>);

impl QuotaHeaders {
    fn of(admitted: &Admitted<'_>) -> Self {
        match (admitted.service, &admitted.route.quota) {
            (Service::Graph, Quota::Directory | Quota::SignInActivity) => {
                Self(vec![("x-ms-resource-unit", admitted.route.cost.to_string())])
            }
            _ => Self::default(),
        }
    }

    fn granted(&mut self, limit: &Limit, used: f64, left: u32) {
        match limit {
            // Told from 80 % on.
            Limit::GraphUnits if used >= 0.8 => {
                self.0.push(("x-ms-throttle-limit-percentage", format!("{used:.2}")));
            }
            Limit::Arm(subscription, operation) => {
                self.0.push((remaining_header(subscription.is_some(), *operation), left.to_string()));
            }
            _ => {}
        }
    }

    /// Adds them to an answer.
    pub(crate) fn write(self, response: Response) -> Response {
        self.0.into_iter().fold(response, |response, (name, value)| response.with_text(name, &value))
    }
}

fn remaining_header(subscription: bool, operation: ArmOperation) -> &'static str {
    match (subscription, operation) {
        (true, ArmOperation::Reads) => "x-ms-ratelimit-remaining-subscription-reads",
        (true, ArmOperation::Writes) => "x-ms-ratelimit-remaining-subscription-writes",
        (true, ArmOperation::Deletes) => "x-ms-ratelimit-remaining-subscription-deletes",
        (false, ArmOperation::Reads) => "x-ms-ratelimit-remaining-tenant-reads",
        (false, ArmOperation::Writes) => "x-ms-ratelimit-remaining-tenant-writes",
        (false, ArmOperation::Deletes) => "x-ms-ratelimit-remaining-tenant-deletes",
    }
}

#[cfg(test)]
mod tests;
