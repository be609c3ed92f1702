//! Signing in with a certificate: the application signs a statement that it is itself.
//!
//! The form is the one Entra ID documents (learn.microsoft.com/entra/identity-platform/certificate-credentials):
//! PS256, and the certificate named by the SHA-256 of its DER. `azure_identity` has a certificate credential of its
//! own, which needs OpenSSL and signs RS256 with a SHA-1 name; its assertion credential takes ours.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{RSA_PSS_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::assertion::AssertionError;
use crate::ConnectError;

/// An assertion holds from this long before it is made until this long after: 10 minutes in all, the most the
/// documentation advises, with room for a clock that is wrong either way.
const HOLDS_SECONDS: i64 = 300;

/// A certificate with its RSA key. Clones share the key; nothing prints it.
#[derive(Clone)]
pub struct SigningCertificate {
    key: Arc<RsaKeyPair>,
    thumbprint: String,
    /// `x5t#S256`
    name: String,
}

impl SigningCertificate {
    /// Reads PEM: the certificate first, any others it was signed with, and its RSA key (PKCS#8 or PKCS#1).
    ///
    /// # Errors
    /// `Certificate`: what is missing or not usable.
    pub fn from_pem(pem: &SecretString) -> Result<Self, ConnectError> {
        let wrong = |problem: &str| ConnectError::Certificate { problem: problem.to_owned() };
        let pem = pem.expose_secret().as_bytes();
        let certificate =
            CertificateDer::from_pem_slice(pem).map_err(|_| wrong("it holds no certificate in PEM form"))?;
        let key = PrivateKeyDer::from_pem_slice(pem)
            .map_err(|_| wrong("it holds no unencrypted private key in PEM form"))?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(wrong("its key is not RSA, and Entra ID takes no other for this")),
        }
        .map_err(|_| wrong("its private key is not an RSA key of at least 2048 bits"))?;
        Ok(Self {
            key: Arc::new(key),
            thumbprint: hex_upper(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate).as_ref()),
            name: URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &certificate)),
        })
    }

    /// SHA-1 of the certificate in upper-case hex, as the portal shows it.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The application's signed statement, for one endpoint.
    pub(super) fn assert(&self, endpoint: &Url, client_id: Uuid) -> Result<SecretString, AssertionError> {
        let now = Timestamp::now().as_second();
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.name});
        let claims = json!({
            "aud": endpoint.as_str(),
            "iss": client_id,
            "sub": client_id,
            "jti": Uuid::new_v4(),
            "iat": now,
            "nbf": now - HOLDS_SECONDS,
            "exp": now + HOLDS_SECONDS,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| AssertionError::NotSigned { thumbprint: self.thumbprint.clone() })?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

impl fmt::Debug for SigningCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningCertificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

fn hex_upper(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        encoding::AsDer as _,
        signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey},
    };
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};

    use super::*;

    fn pem() -> (String, KeyPair) {
        let rsa = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&rsa).unwrap();
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&der.as_ref().into(), &PKCS_RSA_SHA256).unwrap();
        let certificate = CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
        (format!("{}{}", certificate.pem(), key.serialize_pem()), key)
    }

    #[test]
    fn an_assertion_says_who_to_whom_and_how_long_and_verifies_with_the_certificates_key() {
        let (pem, _) = pem();
        let certificate = SigningCertificate::from_pem(&pem.into()).unwrap();
        let endpoint: Url = "https://login.example/t/oauth2/v2.0/token".parse().unwrap();
        let client = Uuid::from_u128(7);
        let assertion = certificate.assert(&endpoint, client).unwrap();
        let (signed, signature) = assertion.expose_secret().rsplit_once('.').unwrap();
        let read = |part: &str| -> serde_json::Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        let (header, claims) = signed.split_once('.').unwrap();
        let (header, claims) = (read(header), read(claims));
        assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some("PS256"), Some("JWT")));
        assert_eq!(header["x5t#S256"].as_str().map(str::len), Some(43));
        assert_eq!(claims["aud"], endpoint.as_str());
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!(client), &json!(client)));
        let second = |claim: &str| claims[claim].as_i64().unwrap();
        assert_eq!(second("exp") - second("nbf"), 600);
        let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
            certificate.key.public_key().as_der().unwrap();
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public.as_ref())
            .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
            .unwrap();
        let again = certificate.assert(&endpoint, client).unwrap();
        assert_ne!(assertion.expose_secret(), again.expose_secret(), "each has an id of its own");
    }

    #[test]
    fn what_cannot_sign_says_why() {
        let (both, key) = pem();
        let elliptic = KeyPair::generate().unwrap();
        let other = CertificateParams::new(vec![]).unwrap().self_signed(&elliptic).unwrap();
        for (pem, told) in [
            (key.serialize_pem(), "no certificate"),
            (other.pem(), "no unencrypted private key"),
            (format!("{}{}", other.pem(), elliptic.serialize_pem()), "not an RSA key"),
            (both.replace("-----BEGIN CERTIFICATE", "-----BEGIN NOTHING"), "no certificate"),
        ] {
            let error = SigningCertificate::from_pem(&pem.into()).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn the_key_is_not_printed() {
        let certificate = SigningCertificate::from_pem(&pem().0.into()).unwrap();
        assert_eq!(
            format!("{certificate:?}"),
            format!("SigningCertificate {{ thumbprint: \"{}\", .. }}", certificate.thumbprint())
        );
    }
}
