//! PKCS#12 files (.pfx, .p12), as Windows and Azure Key Vault export them.

use p12_keystore::{Pkcs12Archive, error::Error};
use secrecy::{ExposeSecret as _, SecretString};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};
use zeroize::Zeroizing;

use super::{CertificateError, KeyDer, Parts};

/// Reads the certificates and the key.
pub(super) fn read(file: &[u8], password: Option<&SecretString>) -> Result<Parts, CertificateError> {
    // Key Vault exports without a password, which in this format is an empty one.
    let given = password.map_or("", |password| password.expose_secret());
    let archive =
        Pkcs12Archive::from_pkcs12(file, given).map_err(|error| problem(&error, file, password.is_some()))?;
    let keys = archive.keys.len();
    let (Some(key), 1) = (archive.keys.first(), keys) else {
        return Err(if keys == 0 { CertificateError::NoKey } else { CertificateError::SeveralKeys(keys) });
    };
    Ok(Parts {
        certificates: archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect(),
        key: KeyDer::Pkcs8(Zeroizing::new(key.key.as_der().to_vec())),
    })
}

fn problem(error: &Error, file: &[u8], password: bool) -> CertificateError {
    match error {
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) if password => {
            CertificateError::WrongPassword
        }
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => CertificateError::PasswordNeeded,
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => CertificateError::Encryption,
        _ if X509Certificate::from_der(file).is_ok() => CertificateError::NoKey,
        _ => CertificateError::Unreadable,
    }
}
