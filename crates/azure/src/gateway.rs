//! The gateway: one tenant's way to Azure, and the same under a connector's policy.

use std::{fmt, sync::Arc, time::Duration};

use fairlead_model::{Api, Cloud, Refusal, Request, Response, Statistics, TenantId};
use futures::future::join_all;
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    ConnectError, Credential, Pace, Policy, SignIn, SignInError, Wait,
    cloud::Addresses,
    lane::{Call, Lane, Shared},
    pacing::{Service, limiter_for},
    policy::Target,
    token::Tokens,
    wire::{Counters, Wire, client},
};

/// What a gateway needs.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// The cloud the tenant lives in.
    pub cloud: Cloud,
    /// The tenant.
    pub tenant: TenantId,
    /// Application (client) id.
    pub client_id: Uuid,
    /// How the application proves itself.
    pub credential: Credential,
    /// How requests are paced. Gateways of the same tenant share their pace: the first one's counts.
    pub pace: Pace,
    /// Ends every wait and call; they are then refused with `Stopping`.
    pub stop: CancellationToken,
}

impl GatewayOptions {
    /// Options with the usual pace, and nothing that stops them.
    pub fn new(cloud: Cloud, tenant: TenantId, client_id: Uuid, credential: Credential) -> Self {
        let (pace, stop) = (Pace::default(), CancellationToken::new());
        Self { cloud, tenant, client_id, credential, pace, stop }
    }
}

/// How a service is paced at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pacing {
    /// The service, as people call it.
    pub service: String,
    /// Requests it may have in flight.
    pub concurrency: usize,
    /// How long calls to it still wait because it asked for it.
    pub waits: Option<Duration>,
}

/// One tenant's way to Azure. Clones are the same gateway.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    tenant: TenantId,
    addresses: Addresses,
    shared: Arc<Shared>,
    lanes: Vec<Arc<Lane>>,
}

impl Gateway {
    /// Sets a gateway up. Nothing is sent yet.
    ///
    /// # Errors
    /// Options that cannot work: see [`ConnectError`].
    pub fn connect(options: GatewayOptions) -> Result<Self, ConnectError> {
        let GatewayOptions { cloud, tenant, client_id, credential, pace, stop } = options;
        credential.check()?;
        let addresses = Addresses::of(&cloud)?;
        let ca_file = match &cloud {
            Cloud::Custom(custom) => custom.ca_file.as_deref(),
            Cloud::Public | Cloud::UsGovernment | Cloud::UsDod | Cloud::China => None,
        };
        let counters = Arc::new(Counters::default());
        let wire = Wire { http: client(&addresses, ca_file)?, counters };
        let tokens =
            Tokens::new(wire.clone(), &addresses, tenant.clone(), client_id, credential, pace.clone());
        let shared = Arc::new(Shared { wire, tokens, pace, stop, waits: watch::Sender::new(None) });
        let lane = |service: Service| {
            let base = addresses.base(service.api())?.clone();
            let limiter = limiter_for(service, &addresses.authority, &tenant, &shared.pace);
            Some(Arc::new(Lane::new(service, base, limiter, shared.clone())))
        };
        let lanes = Service::ALL.into_iter().filter_map(lane).collect();
        Ok(Self { inner: Arc::new(Inner { tenant, addresses, shared, lanes }) })
    }

    /// Gets a token for a service, unless there is one, and tells what it says.
    ///
    /// # Errors
    /// Why there is none; the message says what to do.
    pub async fn sign_in(&self, api: Api) -> Result<SignIn, SignInError> {
        let shared = &self.inner.shared;
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => Err(SignInError::Stopping),
            signed_in = shared.tokens.sign_in(api) => signed_in,
        }
    }

    /// The gateway as a connector may use it.
    pub fn policed(&self, policy: Policy) -> PolicedGateway {
        PolicedGateway { gateway: self.clone(), policy: Arc::new(policy) }
    }

    /// What this gateway did so far.
    pub fn statistics(&self) -> Statistics {
        self.inner.shared.wire.counters.statistics()
    }

    /// The tenant's id as its tokens tell it; before the first one, as the connection gives it.
    pub fn tenant_id(&self) -> String {
        self.inner.shared.tokens.tenant_id().unwrap_or_else(|| self.inner.tenant.to_string())
    }

    /// Address of the Entra admin centre in this cloud.
    pub fn entra_portal(&self) -> &str {
        self.inner.addresses.entra_portal
    }

    /// How each service is paced at the moment.
    pub fn pacing(&self) -> Vec<Pacing> {
        let pacing = |lane: &Arc<Lane>| Pacing {
            service: lane.service.to_string(),
            concurrency: lane.limiter.concurrency(),
            waits: lane.limiter.resume_at().map(|until| until.duration_since(Instant::now())),
        };
        self.inner.lanes.iter().map(pacing).collect()
    }

    /// Follows the pauses services ask for: the last one, whether it is over or not.
    pub fn waits(&self) -> watch::Receiver<Option<Wait>> {
        self.inner.shared.waits.subscribe()
    }

    async fn send(&self, request: Request, policy: &Policy) -> Result<Response, Refusal> {
        let inner = &self.inner;
        let Some(base) = inner.addresses.base(request.api) else {
            return Err(Refusal::Unavailable(format!(
                "this version of Fairlead does not call {}",
                request.api
            )));
        };
        let target = Target::resolve(request.api, base, &request.path)?;
        policy.check(request.api, request.method, &target)?;
        let service = Service::of(request.api, &target.segments);
        let lane = inner.lanes.iter().find(|lane| Some(lane.service) == service).ok_or_else(|| {
            Refusal::Unavailable(format!("this version of Fairlead does not call {}", request.api))
        })?;
        let call = Call::new(request, lane.service, target)?;
        tokio::select! {
            biased;
            () = inner.shared.stop.cancelled() => Err(Refusal::Stopping),
            answered = lane.call(call) => answered,
        }
    }
}

// Everything in it is either a secret's neighbour or long.
impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("tenant", &self.inner.tenant).finish_non_exhaustive()
    }
}

/// A gateway that makes the calls a policy allows, and no others.
#[derive(Debug, Clone)]
pub struct PolicedGateway {
    gateway: Gateway,
    policy: Arc<Policy>,
}

impl PolicedGateway {
    /// Makes a call: adds address and token, waits its turn, retries what may pass. Any answer that is
    /// Azure's last word is a response, also 403 and 404.
    ///
    /// # Errors
    /// Why the call was not made, or was given up.
    pub async fn send(&self, request: Request) -> Result<Response, Refusal> {
        self.gateway.send(request, &self.policy).await
    }

    /// Makes calls side by side; the answers are in the order of the calls.
    pub async fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Refusal>> {
        join_all(requests.into_iter().map(|request| self.send(request))).await
    }
}
