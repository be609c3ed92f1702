//! A simulated tenant, a connection to it, and what a validation makes of the two.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use fairlead_azure::{AssertionFile, Credential, SigningCertificate};
use fairlead_engine::{
    Quiet,
    validate::{Validation, Validator, Witnesses},
};
use fairlead_host::Connector;
use fairlead_model::{AssertionSource, Cloud, Connection, CredentialRecord, CredentialSource, Scope, Tags};
use fairlead_test_support::{Simulator, folder_from};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::rows::{Other, Proof, Row};

/// What the simulator counted.
#[derive(Debug, Deserialize)]
pub(crate) struct Counted {
    /// Requests.
    pub(crate) total: u64,
    /// Requests that asked for a change.
    pub(crate) writes: Vec<serde_json::Value>,
    /// Requests that changed something.
    pub(crate) changes: u64,
    /// Requests of which each waited for the one before.
    pub(crate) round_trips: u32,
}

/// A running tenant.
pub(crate) struct World {
    simulator: Simulator,
    http: reqwest::Client,
    cloud: Cloud,
    folder: TempDir,
}

impl World {
    pub(crate) fn of(scenario: &str) -> Self {
        Self::with(scenario, &[])
    }

    /// The same, with more options of the simulator.
    pub(crate) fn with(scenario: &str, options: &[&str]) -> Self {
        let folder = TempDir::with_prefix("fairlead-").expect("a temporary folder");
        Self::start(folder, &scenario_file(scenario), options)
    }

    /// A tenant that no file describes.
    pub(crate) fn written(scenario: &str) -> Self {
        let folder = TempDir::with_prefix("fairlead-").expect("a temporary folder");
        let file = folder.path().join("scenario.toml");
        fs::write(&file, scenario).expect("a file");
        Self::start(folder, &file, &[])
    }

    fn start(folder: TempDir, file: &Path, options: &[&str]) -> Self {
        let program = folder_from("FAIRLEAD_BINARIES", "debug").join("fairlead-simulator");
        let file = file.to_string_lossy().into_owned();
        let simulator =
            Simulator::start(&program, folder.path(), &[&["--scenario", &file], options].concat())
                .expect("the simulator");
        let authority = fs::read(&simulator.ca_file).expect("the simulator's authority");
        let authority = reqwest::Certificate::from_pem(&authority).expect("a certificate");
        let http = reqwest::Client::builder().add_root_certificate(authority).no_proxy().build();
        let cloud =
            toml::from_str(&fs::read_to_string(&simulator.cloud_file).expect("the cloud's addresses"));
        let mut cloud: fairlead_model::CustomCloud = cloud.expect("a cloud file");
        cloud.ca_file = Some(simulator.ca_file.clone());
        let http = http.expect("a client");
        Self { simulator, http, cloud: Cloud::Custom(Box::new(cloud)), folder }
    }

    /// Validates what the row says was typed.
    pub(crate) async fn validate(&self, row: &Row, connector: &Connector) -> Validation {
        let connection = self.connection(row);
        let others: Vec<Connection> =
            row.others.iter().enumerate().map(|(number, other)| self.other(number, *other)).collect();
        let validator = Validator {
            connection: &connection,
            credential: self.credential(row.proof).await,
            fingerprint: None,
            others: &others,
            witnesses: &Registry(row.others),
            now: Timestamp::now(),
            subscriber: Arc::new(Quiet),
            stop: CancellationToken::new(),
        };
        validator.validate(connector).await.expect("a validation")
    }

    /// What was asked of the simulator.
    pub(crate) async fn counted(&self) -> Counted {
        let url = format!("{}/_simulator/requests", self.simulator.address);
        let answer = self.http.get(url).send().await.expect("the simulator answers");
        serde_json::from_slice(&answer.bytes().await.expect("counts")).expect("counts")
    }

    pub(crate) fn connection(&self, row: &Row) -> Connection {
        let age = if row.young { SignedDuration::ZERO } else { SignedDuration::from_hours(1) };
        let since = Timestamp::now() - age;
        let source = match row.proof {
            Proof::Secret(_) => CredentialSource::ClientSecret { rotates: false },
            Proof::Certificate => CredentialSource::Certificate { thumbprint: "A1".into() },
            Proof::Assertion(_) => {
                CredentialSource::Federated { assertion: AssertionSource::Command(vec![]) }
            }
        };
        let fingerprint = match row.proof {
            Proof::Secret(secret) => Some(format!("keyed hash of {secret}")),
            Proof::Certificate | Proof::Assertion(_) => None,
        };
        let in_some_months = Timestamp::now() + SignedDuration::from_hours(200 * 24);
        Connection {
            id: "tested".parse().expect("a name"),
            connector: row.connector.to_owned(),
            cloud: self.cloud.clone(),
            tenant: row.tenant.parse().expect("a tenant"),
            domain: None,
            client_id: row.client.parse().expect("an id"),
            credential: Some(CredentialRecord {
                source,
                fingerprint,
                expires_at: row.expiry_told.then_some(in_some_months),
                set_at: since,
                rotated_at: None,
            }),
            mode: row.mode,
            scope: Scope {
                subscriptions: row.subscriptions.iter().map(|id| id.parse().expect("an id")).collect(),
                management_group: row.management_group.map(str::to_owned),
            },
            description: String::new(),
            tags: Tags::default(),
            enabled: true,
            schedule: None,
            owner: Some("ada@contoso.example".to_owned()),
            teams: vec![],
            settings: serde_json::from_str(row.settings).expect("settings"),
            created_at: since,
            updated_at: None,
            aimed_at: None,
        }
    }

    fn other(&self, number: usize, other: Other) -> Connection {
        let like =
            Row { tenant: other.tenant, client: other.client, connector: other.connector, ..template(other) };
        Connection { id: format!("other-{number}").parse().expect("a name"), ..self.connection(&like) }
    }

    async fn credential(&self, proof: Proof) -> Credential {
        match proof {
            Proof::Secret(secret) => Credential::ClientSecret(SecretString::from(secret)),
            Proof::Certificate => Credential::Certificate(certificate()),
            Proof::Assertion(subject) => {
                let file = self.folder.path().join("assertion");
                fs::write(&file, self.assertion(subject).await).expect("a file");
                Credential::Assertion(Arc::new(AssertionFile::new(file)))
            }
        }
    }

    async fn assertion(&self, subject: &str) -> String {
        let url = format!("{}/_simulator/outside-assertion", self.simulator.address);
        let identity = json!({
            "issuer": "https://issuer.example",
            "subject": subject,
            "audience": "api://AzureADTokenExchange",
        });
        let answer =
            self.http.post(url).body(identity.to_string()).send().await.expect("the simulator answers");
        answer.text().await.expect("an assertion")
    }
}

/// A row with another connection's secret; the rest of it does not matter.
fn template(other: Other) -> Row {
    let mut row = crate::rows::correct().swap_remove(0);
    row.proof = Proof::Secret(other.secret);
    row
}

/// A certificate that nobody uploaded.
fn certificate() -> SigningCertificate {
    let key =
        rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).expect("a key");
    let certificate = rcgen::CertificateParams::new(vec![]).expect("a name").self_signed(&key);
    let pem = certificate.expect("a certificate").pem() + &key.serialize_pem();
    SigningCertificate::from_pem(&SecretString::from(pem)).expect("a certificate that signs")
}

/// The secrets of a row's other connections.
struct Registry(&'static [Other]);

#[async_trait]
impl Witnesses for Registry {
    async fn credential(&self, of: &Connection) -> Option<Credential> {
        let client = of.client_id.to_string();
        let other = self.0.iter().find(|other| other.client == client)?;
        Some(Credential::ClientSecret(SecretString::from(other.secret)))
    }
}

/// The file of a scenario.
pub(crate) fn scenario_file(name: &str) -> PathBuf {
    root().join(format!("tests/onboarding/scenarios/{name}.toml"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
