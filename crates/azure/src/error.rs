//! What can be wrong with a gateway's options.

use std::path::PathBuf;

use thiserror::Error;

/// The gateway could not be set up. Nothing was sent yet.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// A custom cloud's address is not usable.
    #[error("the cloud's {what} address {address} cannot be used: {problem}")]
    Address {
        /// Which address.
        what: &'static str,
        /// The address, without any password.
        address: String,
        /// Why not.
        problem: String,
    },
    /// A secret would travel unprotected.
    #[error(
        "the cloud's {what} address {address} is plain http, which is allowed for this machine only \
         (localhost): use https"
    )]
    PlainHttp {
        /// Which address.
        what: &'static str,
        /// The address.
        address: String,
    },
    /// The file of certificate authorities cannot be used.
    #[error("the CA file {} cannot be used: {problem}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// The credential is empty.
    #[error("the client secret is empty: give the value Entra ID showed when the secret was made")]
    EmptySecret,
    /// The certificate cannot sign.
    #[error("the certificate cannot be used to sign in: {problem}")]
    Certificate {
        /// Why not.
        problem: String,
    },
    /// The HTTP client could not be made.
    #[error("no HTTPS connections can be made on this machine: {0}")]
    Client(String),
}
