//! Tokens: one for each service, fetched through `azure_identity`, kept until shortly before it expires.

mod assertion;
mod certificate;
mod claims;
mod credential;
mod error;
mod refusal;
mod transport;

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::{AccessToken, Secret, TokenCredential},
    http::{ClientMethodOptions, ClientOptions, RetryOptions, Transport},
};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions,
};
use fairlead_model::{Api, TenantId};
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use uuid::Uuid;

pub use assertion::{
    AssertionCommand, AssertionError, AssertionFile, AssertionProvider, AssertionTold, Audience,
};
pub use certificate::SigningCertificate;
pub use claims::Claims;
pub use credential::Credential;
pub use error::{Diagnosis, SignInError};

use self::{credential::Proof, refusal::Attempt, transport::TokenTransport};
use crate::{
    cloud::{Addresses, host_of},
    pacing::{Pace, Signals},
    wire::{Breakdown, Wire},
};

/// A token is renewed this long before it expires. Entra ID's live 60 to 90 minutes.
const MARGIN: SignedDuration = SignedDuration::from_secs(300);
/// Tries of a host that cannot be reached, or breaks off: the person waiting should soon know.
const TRIES_UNREACHED: u32 = 3;

/// A token was had: what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The service it is for.
    pub api: Api,
    /// When it expires.
    pub expires_at: Timestamp,
    /// What it says of tenant, application and permissions.
    pub claims: Claims,
}

/// A token as requests carry it.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    /// The header's value, marked as sensitive so that it is never printed.
    pub(crate) header: HeaderValue,
    /// Tells tokens apart.
    pub(crate) serial: u64,
}

#[derive(Debug)]
struct Token {
    bearer: Bearer,
    sign_in: SignIn,
}

impl Token {
    fn is_fresh(&self) -> bool {
        self.sign_in.expires_at.duration_since(Timestamp::now()) > MARGIN
    }
}

/// The token of one service, and the right to fetch the next one.
#[derive(Debug, Default)]
struct Slot {
    current: RwLock<Option<Arc<Token>>>,
    fetching: tokio::sync::Mutex<()>,
}

impl Slot {
    fn current(&self) -> Option<Arc<Token>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, token: Option<Arc<Token>>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = token;
    }
}

/// The tokens of one application in one tenant.
#[derive(Debug)]
pub(crate) struct Tokens {
    wire: Wire,
    endpoint: Url,
    tenant: TenantId,
    client_id: Uuid,
    credential: Credential,
    pace: Pace,
    graph: (Slot, Option<String>),
    resource_manager: (Slot, Option<String>),
    serial: AtomicU64,
}

impl Tokens {
    pub(crate) fn new(
        wire: Wire,
        addresses: &Addresses,
        tenant: TenantId,
        client_id: Uuid,
        credential: Credential,
        pace: Pace,
    ) -> Self {
        Self {
            wire,
            endpoint: addresses.token_endpoint(tenant.as_str()),
            tenant,
            client_id,
            credential,
            pace,
            graph: (Slot::default(), addresses.scope(Api::Graph)),
            resource_manager: (Slot::default(), addresses.scope(Api::ResourceManager)),
            serial: AtomicU64::new(0),
        }
    }

    /// The header for a request to the service.
    pub(crate) async fn bearer(&self, api: Api) -> Result<Bearer, SignInError> {
        Ok(self.token(api).await?.bearer.clone())
    }

    /// What the service's token says.
    pub(crate) async fn sign_in(&self, api: Api) -> Result<SignIn, SignInError> {
        Ok(self.token(api).await?.sign_in.clone())
    }

    /// The service did not accept a token: the next request gets a new one.
    pub(crate) fn rejected(&self, api: Api, serial: u64) {
        let Ok((slot, _)) = self.slot(api) else { return };
        if slot.current().is_some_and(|token| token.bearer.serial == serial) {
            slot.set(None);
        }
    }

    /// The tenant's id, once a token told it.
    pub(crate) fn tenant_id(&self) -> Option<String> {
        [&self.graph, &self.resource_manager]
            .into_iter()
            .find_map(|(slot, _)| slot.current()?.sign_in.claims.tid.clone())
    }

    async fn token(&self, api: Api) -> Result<Arc<Token>, SignInError> {
        let (slot, scope) = self.slot(api)?;
        let fresh = || slot.current().filter(|token| token.is_fresh());
        if let Some(token) = fresh() {
            return Ok(token);
        }
        let _fetching = slot.fetching.lock().await;
        if let Some(token) = fresh() {
            return Ok(token);
        }
        match self.fetch(api, scope).await {
            Ok(token) => {
                let token = Arc::new(token);
                slot.set(Some(token.clone()));
                Ok(token)
            }
            // Near its end a token still works: trouble with the next one can wait until it does not.
            Err(error) => slot
                .current()
                .filter(|token| error.is_transient() && token.sign_in.expires_at > Timestamp::now())
                .ok_or(error),
        }
    }

    fn slot(&self, api: Api) -> Result<(&Slot, &str), SignInError> {
        let (slot, scope) = match api {
            Api::Graph => &self.graph,
            Api::ResourceManager => &self.resource_manager,
            Api::Storage | Api::Kubernetes => return Err(SignInError::Unsupported(api)),
        };
        Ok((slot, scope.as_deref().ok_or(SignInError::Unsupported(api))?))
    }

    async fn fetch(&self, api: Api, scope: &str) -> Result<Token, SignInError> {
        let (mut tries, mut unreached) = (1, 0);
        loop {
            let (error, wait) = match self.fetch_once(api, scope).await {
                Ok(token) => return Ok(token),
                Err(failed) => failed,
            };
            unreached += u32::from(matches!(error, SignInError::Unreachable(_)));
            let wait = wait.unwrap_or_else(|| self.pace.back_off(tries));
            let over = tries >= self.pace.attempts.into() || unreached >= TRIES_UNREACHED;
            if over || !error.is_transient() || wait > self.pace.call_time() {
                return Err(error);
            }
            tracing::debug!(%api, %error, wait_ms = wait.as_millis(), "signing in again");
            tokio::time::sleep(wait).await;
            self.wire.counters.retry();
            tries += 1;
        }
    }

    /// Asks once. With the error comes the wait the endpoint asked for, if it did.
    async fn fetch_once(&self, api: Api, scope: &str) -> Result<Token, (SignInError, Option<Duration>)> {
        let proof = self.credential.prove(&self.endpoint, self.client_id).await;
        let proof = proof.map_err(|error| (SignInError::NoAssertion(error), None))?;
        let transport = Arc::new(TokenTransport::new(self.wire.clone(), self.endpoint.clone()));
        let told = match self.azure_credential(&proof, transport.clone()) {
            Ok(credential) => credential.get_token(&[scope], None).await,
            Err(error) => Err(error),
        };
        match (told, transport.seen()) {
            (Ok(token), _) => self.keep(api, &token).map_err(|error| (error, None)),
            (Err(_), Some(Ok(answer))) => {
                let host = host_of(&self.endpoint);
                let error = refusal::read(
                    &answer,
                    Attempt {
                        host: &host,
                        tenant: self.tenant.as_str(),
                        client_id: self.client_id,
                        scope,
                        proof: &proof,
                    },
                );
                let wait = Signals::of(&answer.headers, Timestamp::now()).retry_after;
                Err((error, wait))
            }
            (Err(_), Some(Err(Breakdown::NotSent(sentence) | Breakdown::Broken(sentence)))) => {
                Err((SignInError::Unreachable(sentence), None))
            }
            // Refused before anything was sent: what azure_identity says of its input is all there is.
            (Err(error), None) => Err((
                SignInError::Refused {
                    code: None,
                    diagnosis: Diagnosis::RequestWrong,
                    sentence: format!("cannot ask Entra ID for a token: {error}"),
                    trace_id: None,
                    status: 0,
                    error: String::new(),
                },
                None,
            )),
        }
    }

    /// A credential for one request: it keeps nothing from one to the next, so a refused token is never
    /// had again from its cache.
    fn azure_credential(
        &self,
        proof: &Proof,
        transport: Arc<TokenTransport>,
    ) -> azure_core::Result<Arc<dyn TokenCredential>> {
        // Where the request really goes is the transport's business; azure_identity insists on https.
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = format!("https://{}", host_of(&self.endpoint));
        let client_options = ClientOptions {
            // Retries are ours: one policy, one set of numbers, and they stop when the run does.
            retry: RetryOptions::none(),
            transport: Some(Transport::new(transport)),
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            ..ClientOptions::default()
        };
        let (tenant, client_id) = (self.tenant.as_str(), self.client_id.to_string());
        Ok(match proof {
            Proof::Secret(secret) => ClientSecretCredential::new(
                tenant,
                client_id,
                Secret::new(secret.expose_secret().to_owned()),
                Some(ClientSecretCredentialOptions { client_options }),
            )?,
            Proof::Certificate { assertion, .. } | Proof::Federated { assertion, .. } => {
                ClientAssertionCredential::new(
                    tenant.to_owned(),
                    client_id,
                    Ready(assertion.clone()),
                    Some(ClientAssertionCredentialOptions { client_options }),
                )?
            }
        })
    }

    fn keep(&self, api: Api, token: &AccessToken) -> Result<Token, SignInError> {
        let garbled = || SignInError::Garbled { host: host_of(&self.endpoint), status: 200 };
        let secret = token.token.secret();
        let mut header = HeaderValue::try_from(format!("Bearer {secret}")).map_err(|_| garbled())?;
        header.set_sensitive(true);
        let expires_at = Timestamp::from_second(token.expires_on.unix_timestamp()).map_err(|_| garbled())?;
        Ok(Token {
            bearer: Bearer { header, serial: self.serial.fetch_add(1, Relaxed) },
            sign_in: SignIn { api, expires_at, claims: Claims::of(secret) },
        })
    }
}

/// An assertion that was had before `azure_identity` asks for it, so that its errors stay ours.
#[derive(Debug)]
struct Ready(SecretString);

#[async_trait]
impl ClientAssertion for Ready {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose_secret().to_owned())
    }
}
