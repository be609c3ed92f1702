//! PEM files: certificates and a key as blocks of text.

use pem::{EncodeConfig, LineEnding, Pem, encode_config, parse_many};
use pkcs8::EncryptedPrivateKeyInfoRef;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{CertificateError, KeyDer, Parts};

const CERTIFICATE: &str = "CERTIFICATE";
const PKCS8: &str = "PRIVATE KEY";
const PKCS1: &str = "RSA PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// Whether a file is meant to be PEM.
pub(super) fn is_pem(file: &[u8]) -> bool {
    file.windows(11).any(|at| at == b"-----BEGIN ")
}

/// Reads the certificates and the key.
pub(super) fn read(file: &[u8], password: Option<&SecretString>) -> Result<Parts, CertificateError> {
    let blocks = parse_many(file).map_err(|_| CertificateError::Unreadable)?;
    let (mut certificates, mut keys) = (Vec::new(), Vec::new());
    for block in blocks {
        match block.tag() {
            CERTIFICATE => certificates.push(block.into_contents()),
            tag if tag.ends_with(PKCS8) => keys.push(key(block, password)?),
            // Parameters, requests and the like are nobody's business here.
            _ => {}
        }
    }
    let found = keys.len();
    match keys.pop() {
        Some(key) if found == 1 => Ok(Parts { certificates, key }),
        Some(_) => Err(CertificateError::SeveralKeys(found)),
        None if certificates.is_empty() => Err(CertificateError::Unreadable),
        None => Err(CertificateError::NoKey),
    }
}

fn key(block: Pem, password: Option<&SecretString>) -> Result<KeyDer, CertificateError> {
    // OpenSSL's own encryption, from before PKCS#8: MD5 and nothing that holds.
    if block.headers().get("Proc-Type").is_some() {
        return Err(CertificateError::Encryption);
    }
    let tag = block.tag().to_owned();
    let der = Zeroizing::new(block.into_contents());
    match tag.as_str() {
        PKCS8 => Ok(KeyDer::Pkcs8(der)),
        PKCS1 => Ok(KeyDer::Pkcs1(der)),
        ENCRYPTED => decrypt(&der, password).map(KeyDer::Pkcs8),
        _ => Err(CertificateError::Key),
    }
}

fn decrypt(der: &[u8], password: Option<&SecretString>) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
    let password = password.ok_or(CertificateError::PasswordNeeded)?;
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| CertificateError::Encryption)?;
    match encrypted.decrypt(password.expose_secret()) {
        Ok(key) => Ok(key.to_bytes()),
        Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. })) => {
            Err(CertificateError::Encryption)
        }
        Err(_) => Err(CertificateError::WrongPassword),
    }
}

/// Writes the certificates and the PKCS#8 key.
pub(super) fn write(certificates: impl Iterator<Item = Vec<u8>>, key: &[u8]) -> SecretString {
    let lines = EncodeConfig::new().set_line_ending(LineEnding::LF);
    let mut text = Zeroizing::new(String::new());
    for certificate in certificates {
        text.push_str(&encode_config(&Pem::new(CERTIFICATE, certificate), lines));
    }
    text.push_str(&Zeroizing::new(encode_config(&Pem::new(PKCS8, key), lines)));
    text.as_str().into()
}

/// The first certificate, in DER.
pub(super) fn first_certificate(pem: &str) -> Option<Vec<u8>> {
    let blocks = parse_many(pem).ok()?;
    blocks.into_iter().find(|block| block.tag() == CERTIFICATE).map(Pem::into_contents)
}
