//! The gateway to Azure: addresses of the clouds, tokens, one HTTP client, pacing, retries, batching, and
//! the policy a connector's calls are held to.
//!
//! A call goes through these rooms, in this order: `policy` (may the connector ask this, and where does
//! it lead), `lane` (waiting, sending alone or in a batch, trying again), `pacing` (when, and how many at
//! a time), `token` (with what), `wire` (one exchange).

mod cloud;
mod error;
mod gateway;
mod lane;
mod pacing;
mod policy;
mod token;
mod wire;

pub use error::ConnectError;
pub use gateway::{Gateway, GatewayOptions, Pacing, PolicedGateway};
pub use lane::Wait;
pub use pacing::Pace;
pub use policy::Policy;
pub use token::{Claims, Credential, Diagnosis, SignIn, SignInError};
