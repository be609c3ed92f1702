//! A connection whose application owns itself, its secret in Secrets Manager or in a file, and what must always hold.

use std::{path::Path, sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use fairlead_engine::{
    EngineError, Registry,
    rotate::{RotationOptions, RotationStep, Rotator},
};
use fairlead_model::{Cloud, Connection, ConnectionId, CustomCloud};
use fairlead_secrets::{
    FileOptions, FileStore, ManagedOptions, ManagedStore, RotationToken, Secret, SecretStore, Stage,
};
use fairlead_simulator::{
    Running, Scenario, Simulator,
    scenario::{AppPlan, TenantPlan},
    world::principals::PasswordCredential,
};
use fairlead_store::State;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    front::{self, Gate, Rotations},
    moto,
};

pub(crate) const ALL: [RotationStep; 4] =
    [RotationStep::Create, RotationStep::Set, RotationStep::Test, RotationStep::Finish];
/// What a person made when the connection was added.
const FIRST: &str = "Fst8Q~what-a-person-made-and-also-uses-2";
/// Somebody else's secret on the same application.
const FOREIGN: &str = "For8Q~another-program-signs-in-with-this";

/// Where the secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    SecretsManager,
    File,
}

pub(crate) struct World {
    pub(crate) simulator: Running,
    pub(crate) gate: Arc<Gate>,
    pub(crate) store: Box<dyn SecretStore>,
    pub(crate) state: State,
    pub(crate) id: ConnectionId,
    pub(crate) options: RotationOptions,
    rotations: Arc<Rotations>,
    secret_name: String,
    _folder: TempDir,
}

/// A tenant whose reader may change its own registration.
pub(crate) fn scenario() -> Scenario {
    let reader = AppPlan {
        secret: Some(FIRST.into()),
        secrets: vec![fairlead_simulator::scenario::SecretPlan {
            value: FOREIGN.into(),
            id: None,
            name: Some("of another program".to_owned()),
            expires: None,
            created: None,
        }],
        granted: Some(vec!["Application.ReadWrite.OwnedBy".to_owned()]),
        roles: Some(vec![]),
        owns_itself: true,
        ..AppPlan::default()
    };
    let tenant = TenantPlan { generated: false, reader: Some(reader), ..TenantPlan::default() };
    Scenario { tenants: vec![tenant], ..Scenario::default() }
}

impl World {
    pub(crate) async fn new(kind: Kind) -> Self {
        Self::of(kind, scenario()).await
    }

    pub(crate) async fn of(kind: Kind, scenario: Scenario) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let simulator = Simulator::builder().scenario(scenario).start().await.expect("a simulator");
        let (gate, rotations) = (Arc::<Gate>::default(), Arc::<Rotations>::default());
        let azure = front::of_azure(gate.clone(), simulator.base_url()).await;
        let (store, secret_name) = match kind {
            Kind::SecretsManager => managed(&gate, &rotations).await,
            Kind::File => (file(folder.path()), String::new()),
        };
        let state = State::folder(&folder.path().join("state")).expect("a state");
        let id: ConnectionId = "contoso".parse().expect("a name");
        let world = Self {
            simulator,
            gate,
            store,
            state,
            id,
            options: RotationOptions {
                lifetime: SignedDuration::from_hours(90 * 24),
                successes: 3,
                between: Duration::ZERO,
                patience: Duration::from_mins(1),
            },
            rotations,
            secret_name,
            _folder: folder,
        };
        world.connect(&azure).await;
        world
    }

    async fn connect(&self, azure: &str) {
        let reader = self.simulator.connection();
        let azure: url::Url = azure.parse().expect("an address");
        let mut connection: Connection = serde_json::from_value(json!({
            "id": self.id, "connector": "example", "tenant": reader.tenant_id.to_string(),
            "client-id": reader.client_id, "created-at": Timestamp::UNIX_EPOCH,
            "updated-at": Timestamp::UNIX_EPOCH,
            "credential": { "kind": "client-secret", "rotates": true, "set-at": Timestamp::UNIX_EPOCH },
        }))
        .expect("a connection");
        connection.cloud = Cloud::Custom(Box::new(CustomCloud {
            authority: azure.clone(),
            graph: azure.clone(),
            resource_manager: azure,
            graph_audience: None,
            resource_manager_audience: None,
            ca_file: None,
        }));
        self.store.set(&self.id, &Secret::ClientSecret(FIRST.into())).await.expect("set");
        self.state.add_connection(&connection).await.expect("added");
    }

    pub(crate) fn rotator(&self) -> Rotator<'_> {
        let registry = Registry { state: &self.state, secrets: &*self.store };
        Rotator { registry, options: self.options.clone() }
    }

    /// Has Secrets Manager start a rotation.
    pub(crate) fn start(&self) -> RotationToken {
        let token = RotationToken::random();
        self.rotations.start(&self.secret_name, token.as_str());
        token
    }

    pub(crate) async fn step(&self, step: RotationStep, token: &RotationToken) -> Result<(), EngineError> {
        self.rotator().step(step, &self.id, token).await
    }

    /// A rotation that nothing disturbs.
    pub(crate) async fn rotate(&self) {
        let token = self.start();
        for step in ALL {
            self.step(step, &token).await.unwrap_or_else(|error| panic!("{step:?}: {error}"));
        }
        assert_eq!(self.current().await.0, Some(token), "what was made is in use");
        self.holds().await;
    }

    /// A step in a process that ends at one of its calls. Tells whether it got so far.
    pub(crate) async fn step_until_it_ends(&self, step: RotationStep, token: &RotationToken) -> bool {
        tokio::select! {
            biased;
            () = self.gate.ended() => true,
            done = self.step(step, token) => {
                done.unwrap_or_else(|error| panic!("{step:?}: {error}"));
                false
            }
        }
    }

    pub(crate) async fn connection(&self) -> Connection {
        self.state.connection(&self.id).await.expect("state").expect("a connection").value
    }

    /// The rotation that made the current secret, and the secret.
    pub(crate) async fn current(&self) -> (Option<RotationToken>, String) {
        let kept = self.store.kept(&self.id, Stage::Current).await.expect("a store").expect("a secret");
        let Secret::ClientSecret(value) = kept.secret else { panic!("a client secret was set") };
        (kept.origin.map(|origin| origin.token), value.expose_secret().to_owned())
    }

    /// The application's secrets, as the directory has them.
    pub(crate) fn passwords(&self) -> Vec<PasswordCredential> {
        let client = self.simulator.connection().client_id;
        let world = self.simulator.world().read();
        let tenant = &world.tenants()[0];
        let at = tenant.application_of(client).expect("a registration");
        tenant.applications.at(at).expect("a registration").password_credentials.clone()
    }

    /// Those that rotations made.
    pub(crate) fn ours(&self) -> Vec<Uuid> {
        let is_ours = |it: &&PasswordCredential| {
            it.display_name.as_deref().is_some_and(|name| name.starts_with("rot-"))
        };
        self.passwords().iter().filter(is_ours).map(|it| it.key_id).collect()
    }

    /// What must always hold: the current secret is one the application has, people's secrets are untouched, and
    /// there are two of ours beside the current one at most.
    pub(crate) async fn holds(&self) {
        let (made_by, value) = self.current().await;
        let passwords = self.passwords();
        assert!(passwords.iter().any(|it| it.matches(&value)), "the current secret signs in");
        for theirs in [FIRST, FOREIGN] {
            assert!(passwords.iter().any(|it| it.matches(theirs)), "what a person made stays");
        }
        let beside = self.ours().len() - usize::from(made_by.is_some());
        assert!(beside <= 2, "{beside} beside the current one: {passwords:#?}");
    }
}

async fn managed(gate: &Arc<Gate>, rotations: &Arc<Rotations>) -> (Box<dyn SecretStore>, String) {
    let address = front::of_secrets_manager(gate.clone(), rotations.clone(), moto::address()).await;
    let options = ManagedOptions {
        prefix: format!("test/{}/", Uuid::new_v4()),
        endpoint: Some(address.parse().expect("an address")),
        ..ManagedOptions::default()
    };
    let name = format!("{}connections/contoso/credential", options.prefix);
    (Box::new(ManagedStore::with_config(&config(&address), options).expect("a store")), name)
}

/// AWS at this address, as somebody who may do anything.
pub(crate) fn config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "key", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

fn file(folder: &Path) -> Box<dyn SecretStore> {
    Box::new(FileStore::new(FileOptions::new(folder.join("secrets.age"))))
}
