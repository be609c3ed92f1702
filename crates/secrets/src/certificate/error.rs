//! What can be wrong with a certificate file.

use jiff::Timestamp;
use thiserror::Error;

/// A certificate cannot be used. Each message is a sentence and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// Neither PEM nor PKCS#12.
    #[error(
        "this is neither a PEM nor a PKCS#12 file: give the certificate with its private key as .pem, .pfx or .p12"
    )]
    Unreadable,
    /// A certificate without a key.
    #[error(
        "this is a certificate without its private key: give the file that has both (.pem, .pfx or .p12); the \
         certificate alone (.cer, .crt) is what Entra ID gets"
    )]
    NoKey,
    /// A key without a certificate.
    #[error("this file has no certificate: add it to the private key, or give the file that has both")]
    NoCertificate,
    /// Several keys.
    #[error("this file has {0} private keys: give one with a single certificate and its key")]
    SeveralKeys(usize),
    /// The key is another certificate's.
    #[error("the private key does not belong to the certificate: give the key the certificate was made with")]
    OtherKey,
    /// A key that cannot be used.
    #[error(
        "the private key is not RSA of 2048 to 8192 bits, and Entra ID takes no other: make a new certificate"
    )]
    Key,
    /// A password is needed.
    #[error("the private key is protected by a password: give it too")]
    PasswordNeeded,
    /// The password is wrong.
    #[error("the password is not the certificate file's: check it, upper and lower case too")]
    WrongPassword,
    /// An encryption that is not supported.
    #[error(
        "the private key is encrypted in a way Fairlead does not know: export the file anew, with AES-256, or convert \
         it (openssl pkcs8 -topk8 -v2 aes-256-cbc)"
    )]
    Encryption,
    /// It holds no more.
    #[error(
        "the certificate expired at {at}: make a new one, upload it to the app registration, and give it here"
    )]
    Expired {
        /// When.
        at: Timestamp,
    },
    /// It does not hold yet.
    #[error("the certificate does not hold before {from}: wait until then, or check this machine's clock")]
    NotYetValid {
        /// From when it does.
        from: Timestamp,
    },
}
