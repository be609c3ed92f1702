//! Certificates with their private keys: read from PEM or PKCS#12, checked, and kept in one form.

mod error;
mod pem;
mod pkcs12;

use aws_lc_rs::{
    digest,
    encoding::{AsDer, Pkcs8V1Der},
    signature::{KeyPair as _, RsaKeyPair},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};
use zeroize::Zeroizing;

pub use error::CertificateError;

/// What a file held: certificates in any order, and one key.
struct Parts {
    /// DER.
    certificates: Vec<Vec<u8>>,
    key: KeyDer,
}

/// A private key, in DER.
enum KeyDer {
    Pkcs8(Zeroizing<Vec<u8>>),
    Pkcs1(Zeroizing<Vec<u8>>),
}

/// A certificate with its private key as PEM: the certificate, then those it was signed with, then the key (PKCS#8,
/// not encrypted). Nothing prints it.
#[derive(Debug, Clone)]
pub struct CertificatePem(SecretString);

/// What a certificate says, none of it secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// SHA-1 of the certificate, in upper-case hex, as the portal shows it.
    pub thumbprint: String,
    /// Whom it names.
    pub subject: String,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
}

impl CertificateFacts {
    /// Whether the certificate holds at this time.
    ///
    /// # Errors
    /// `Expired` or `NotYetValid`.
    pub fn check(&self, now: Timestamp) -> Result<(), CertificateError> {
        if now > self.not_after {
            return Err(CertificateError::Expired { at: self.not_after });
        }
        if now < self.not_before {
            return Err(CertificateError::NotYetValid { from: self.not_before });
        }
        Ok(())
    }
}

impl CertificatePem {
    /// Reads a PEM or PKCS#12 file (.pem, .pfx, .p12): one certificate with its RSA key, and those it was signed with.
    /// The password is for a PKCS#12 file or an encrypted key.
    ///
    /// # Errors
    /// What is missing, wrong or does not belong together. Whether it has expired is [`CertificateFacts::check`]'s.
    pub fn read(
        file: &[u8],
        password: Option<&SecretString>,
    ) -> Result<(Self, CertificateFacts), CertificateError> {
        let parts =
            if pem::is_pem(file) { pem::read(file, password)? } else { pkcs12::read(file, password)? };
        Self::assemble(parts)
    }

    /// One that a store kept: it was checked when it went in.
    pub(crate) fn stored(pem: SecretString) -> Self {
        Self(pem)
    }

    /// The PEM, for whoever signs with it.
    pub fn expose(&self) -> &SecretString {
        &self.0
    }

    /// What the certificate says.
    ///
    /// # Errors
    /// The PEM was not made by `read`.
    pub fn facts(&self) -> Result<CertificateFacts, CertificateError> {
        let der = pem::first_certificate(self.0.expose_secret()).ok_or(CertificateError::NoCertificate)?;
        facts(&der)
    }

    /// What tells it from others: SHA-256 of the certificate. Of PEM that is none, of all of it.
    pub(crate) fn identity(&self) -> String {
        let pem = self.0.expose_secret();
        let der = pem::first_certificate(pem);
        hex::encode(digest::digest(&digest::SHA256, der.as_deref().unwrap_or(pem.as_bytes())))
    }

    fn assemble(parts: Parts) -> Result<(Self, CertificateFacts), CertificateError> {
        let key = match &parts.key {
            KeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der),
            KeyDer::Pkcs1(der) => RsaKeyPair::from_der(der),
        }
        .map_err(|_| CertificateError::Key)?;
        let (mine, others): (Vec<_>, Vec<_>) =
            parts.certificates.into_iter().partition(|certificate| belongs(&key, certificate));
        let leaf = match mine.into_iter().next() {
            Some(leaf) => leaf,
            None if others.is_empty() => return Err(CertificateError::NoCertificate),
            None => return Err(CertificateError::OtherKey),
        };
        let key = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).map_err(|_| CertificateError::Key)?;
        let facts = facts(&leaf)?;
        let certificates = std::iter::once(leaf).chain(others);
        Ok((Self(pem::write(certificates, key.as_ref())), facts))
    }
}

/// Whether the key is the certificate's.
fn belongs(key: &RsaKeyPair, certificate: &[u8]) -> bool {
    X509Certificate::from_der(certificate).is_ok_and(|(_, certificate)| {
        certificate.public_key().subject_public_key.data.as_ref() == key.public_key().as_ref()
    })
}

fn facts(der: &[u8]) -> Result<CertificateFacts, CertificateError> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|_| CertificateError::Unreadable)?;
    // "Without an end" is written as the last second of 9999, which is more than a timestamp here holds.
    let moment = |seconds: i64| {
        let beyond = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_second(seconds).unwrap_or(beyond)
    };
    let validity = certificate.validity();
    Ok(CertificateFacts {
        thumbprint: hex::encode_upper(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der)),
        subject: certificate.subject().to_string(),
        not_before: moment(validity.not_before.timestamp()),
        not_after: moment(validity.not_after.timestamp()),
    })
}

#[cfg(test)]
mod tests;
