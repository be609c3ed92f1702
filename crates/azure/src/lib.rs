//! The gateway to Azure: addresses of the clouds, tokens, one HTTP client, pacing, retries, batching, and
//! the policy a connector's calls are held to.
//!
//! A call goes through these rooms, in this order: `policy` (may the connector ask this, and where does
//! it lead), `lane` (waiting, sending alone or in a batch, trying again), `pacing` (when, and how many at
//! a time), `token` (with what), `wire` (one exchange).
//!
//! Beside the calls stand facts of Azure that onboarding rests on: [`permissions`], [`roles`] and what they allow
//! ([`rbac`]), [`known`] ids, places in the [`portal`], and what a tenant tells anybody ([`discover`]).

mod cloud;
mod discovery;
mod error;
mod gateway;
pub mod known;
mod lane;
mod owner;
mod pacing;
pub mod permissions;
mod policy;
pub mod portal;
pub mod rbac;
pub mod roles;
mod token;
mod wire;

pub use cloud::Endpoints;
pub use discovery::{DiscoverError, Discovery, discover, home_cloud};
pub use error::ConnectError;
pub use gateway::{Gateway, GatewayOptions, Pacing, PolicedGateway};
pub use lane::Wait;
pub use owner::tenant_of_subscription;
pub use pacing::Pace;
pub use policy::Policy;
pub use token::{
    AssertionCommand, AssertionError, AssertionFile, AssertionProvider, AssertionTold, Audience, Claims,
    Credential, Diagnosis, SignIn, SignInError, SigningCertificate,
};
