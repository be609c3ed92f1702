//! Starting and stopping a simulator from Rust.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::connection::{CloudAddresses, Connection, TenantConnection};
use super::tls::{self, TlsError};
use super::{State, listener};
use crate::clock::Clock;
use crate::entra::Entra;
use crate::faults::Physics;
use crate::log::RequestLog;
use crate::scenario::{AppConnection, Scenario, ScenarioError};
use crate::world::WorldHandle;

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The scenario.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The address.
    #[error("the simulator cannot listen on {address}: {source}; choose another port, or 0 for any free one")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The keys.
    #[error("no signing key could be made: the operating system gave no randomness")]
    Keys,
    /// A file that was asked for.
    #[error("the file {} cannot be written: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// An Azure to be started.
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// How a simulator is started: over plain HTTP, on a free port of this machine, with a small tenant,
    /// unless said otherwise.
    pub fn builder() -> Builder {
        Builder {
            scenario: Scenario::default(),
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            secure: false,
            public_names: false,
            compress: true,
            ca_file: None,
        }
    }
}

/// Settings of a simulator that is to be started.
#[derive(Clone, Debug)]
#[must_use = "nothing listens before `start`"]
pub struct Builder {
    scenario: Scenario,
    address: SocketAddr,
    secure: bool,
    public_names: bool,
    compress: bool,
    ca_file: Option<PathBuf>,
}

impl Builder {
    /// What it holds and how it behaves.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = scenario;
        self
    }

    /// Where it listens; port 0 takes a free one.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// TLS with a certificate authority of its own, written to `ca_file` when one is given.
    pub fn secure(mut self, ca_file: Option<&Path>) -> Self {
        self.secure = true;
        // Whoever is told of it may be elsewhere, or in another folder.
        self.ca_file = ca_file.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
        self
    }

    /// Has its certificate name Azure's own hosts, for clients that have them built in.
    pub fn public_names(mut self, public_names: bool) -> Self {
        self.public_names = public_names;
        self
    }

    /// Whether answers are compressed for clients that ask for it.
    pub fn compress(mut self, compress: bool) -> Self {
        self.compress = compress;
        self
    }

    /// Makes the world and listens.
    pub async fn start(self) -> Result<Running, StartError> {
        let clock = self.scenario.clock.map_or_else(Clock::real, Clock::frozen_at);
        let built = self.scenario.build(clock.now())?;
        let tls = if self.secure { Some(tls::set_up(self.address.ip(), self.public_names)?) } else { None };
        let (acceptor, authority_pem) = tls.map(|it| (it.acceptor, it.authority_pem)).unzip();
        if let (Some(path), Some(pem)) = (&self.ca_file, &authority_pem) {
            std::fs::write(path, pem).map_err(|source| StartError::Write { path: path.clone(), source })?;
        }
        let listen_error = |source| StartError::Listen { address: self.address, source };
        let socket = TcpListener::bind(self.address).await.map_err(listen_error)?;
        let address = socket.local_addr().map_err(listen_error)?;
        let log = Arc::new(RequestLog::default());
        let state = Arc::new(State {
            world: WorldHandle::new(built.world),
            clock,
            physics: Physics::new(self.scenario.physics.clone(), self.scenario.seed, log.clone()),
            log,
            entra: Entra::new().map_err(|_| StartError::Keys)?,
            connection: self.connection(address, &built.readers),
            compress: self.compress,
            authority_pem,
        });
        let stop = CancellationToken::new();
        let task = tokio::spawn(listener::run(socket, acceptor, state.clone(), stop.clone()));
        Ok(Running { state, address, stop: stop.drop_guard(), task })
    }

    fn connection(&self, address: SocketAddr, readers: &[AppConnection]) -> Connection {
        let base_url = base_url(address, self.secure);
        let service = format!("{base_url}/");
        let tenants: Vec<TenantConnection> = readers
            .iter()
            .map(|it| TenantConnection {
                tenant_id: it.tenant_id,
                domain: it.domain.clone(),
                client_id: it.client_id,
                client_secret: it.secret.clone(),
            })
            .collect();
        // A scenario has at least one tenant, so that there is a first one.
        let first = tenants.first().cloned().unwrap_or_else(|| TenantConnection {
            tenant_id: uuid::Uuid::nil(),
            domain: String::new(),
            client_id: uuid::Uuid::nil(),
            client_secret: secrecy::SecretString::default(),
        });
        Connection {
            tenant_id: first.tenant_id,
            domain: first.domain,
            client_id: first.client_id,
            client_secret: first.client_secret,
            admin: format!("{base_url}/{}", crate::admin::PREFIX),
            authority: service.clone(),
            graph: service.clone(),
            resource_manager: service,
            base_url,
            ca_file: self.ca_file.clone(),
            seed: self.scenario.seed,
            tenants,
        }
    }
}

/// The address that clients on this machine use: a name under TLS, for which certificates are made.
fn base_url(address: SocketAddr, secure: bool) -> String {
    let ip = address.ip();
    match (secure, ip.is_unspecified() || ip.is_loopback()) {
        (true, true) => format!("https://localhost:{}", address.port()),
        (true, false) => format!("https://{address}"),
        (false, _) if ip.is_unspecified() => format!("http://127.0.0.1:{}", address.port()),
        (false, _) => format!("http://{address}"),
    }
}

/// A simulator that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    state: Arc<State>,
    address: SocketAddr,
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Running {
    /// Scheme and authority of the one address that serves everything, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.state.connection.base_url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How to sign in to the first tenant as its reader.
    pub fn connection(&self) -> &Connection {
        &self.state.connection
    }

    /// The addresses of the simulated cloud.
    pub fn cloud(&self) -> CloudAddresses {
        self.state.connection.cloud()
    }

    /// The certificate authority that clients must trust, PEM; none without TLS.
    pub fn authority_pem(&self) -> Option<&str> {
        self.state.authority_pem.as_deref()
    }

    /// The world, to look into and to change.
    pub fn world(&self) -> &WorldHandle {
        &self.state.world
    }

    /// The clock, to move.
    pub fn clock(&self) -> &Clock {
        &self.state.clock
    }

    /// Limits, faults and delays, to change.
    pub fn physics(&self) -> &Physics {
        &self.state.physics
    }

    /// What was asked so far.
    pub fn log(&self) -> &RequestLog {
        &self.state.log
    }

    /// The token service: its key, and assertions of outside issuers.
    pub fn entra(&self) -> &Entra {
        &self.state.entra
    }

    /// Stops listening, lets open requests end, and waits for that.
    pub async fn stop(self) {
        self.stop.disarm().cancel();
        // The task ends by itself; a panic in it was reported when it happened.
        let _ = self.task.await;
    }
}
