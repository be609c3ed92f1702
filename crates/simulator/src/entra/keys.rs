//! The key that tokens are signed with, and JSON Web Tokens in their compact form.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RsaEncoding,
    RsaParameters, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// An RSA key of 2,048 bits and what is published of it.
#[derive(Debug)]
pub struct SigningKey {
    pair: KeyPair,
    id: String,
}

/// A token taken apart; nothing about it is verified yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Jwt<'a> {
    /// The header.
    pub(crate) header: Map<String, Value>,
    /// The claims.
    pub(crate) claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    /// Reads `header.claims.signature`; none when it is no such thing.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// A claim that is a string.
    pub(crate) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// A claim that is a moment, in seconds since 1970.
    pub(crate) fn seconds(&self, claim: &str) -> Option<i64> {
        self.claims.get(claim)?.as_i64()
    }

    /// Whether it says RS256 and this public key (PKCS#1 or SPKI, DER) made its signature.
    pub(crate) fn signed_by(&self, public_key: &[u8]) -> bool {
        self.algorithm() == Some("RS256") && self.verifies(&RSA_PKCS1_2048_8192_SHA256, public_key)
    }

    /// The same for an assertion made with a certificate, for which Entra takes PS256 too, and prefers it.
    pub(crate) fn signed_with_certificate(&self, public_key: &[u8]) -> bool {
        match self.algorithm() {
            Some("PS256") => self.verifies(&RSA_PSS_2048_8192_SHA256, public_key),
            _ => self.signed_by(public_key),
        }
    }

    fn algorithm(&self) -> Option<&str> {
        self.header.get("alg")?.as_str()
    }

    fn verifies(&self, algorithm: &'static RsaParameters, public_key: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(algorithm, public_key);
        key.verify(self.signed.as_bytes(), &self.signature).is_ok()
    }
}

impl SigningKey {
    /// A fresh key; fails only when the operating system gives no randomness.
    pub fn generate() -> Result<Self, aws_lc_rs::error::Unspecified> {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let id = URL_SAFE_NO_PAD.encode(&Sha256::digest(pair.public_key().as_ref())[..20]);
        Ok(Self { pair, id })
    }

    /// `kid`
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public key as a DER `SubjectPublicKeyInfo`.
    pub fn public_key_der(&self) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        Ok(self.pair.public_key().as_der()?.as_ref().to_vec())
    }

    /// Signs claims: a compact token.
    pub fn sign(&self, claims: &Value) -> Result<String, aws_lc_rs::error::Unspecified> {
        let header = json!({ "typ": "JWT", "alg": "RS256", "x5t": self.id, "kid": self.id });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut token = format!("{}.{}", encode(&header), encode(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let padding: &'static dyn RsaEncoding = &RSA_PKCS1_SHA256;
        self.pair.sign(padding, &SystemRandom::new(), token.as_bytes(), &mut signature)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The token's parts, when this key signed it.
    pub(crate) fn verify<'a>(&self, token: &'a str) -> Option<Jwt<'a>> {
        Jwt::parse(token).filter(|token| token.signed_by(self.pair.public_key().as_ref()))
    }

    /// The document at `discovery/v2.0/keys`.
    pub fn published(&self, issuer: &str) -> Value {
        let public = self.pair.public_key();
        json!({ "keys": [{
            "kty": "RSA",
            "use": "sig",
            "kid": self.id,
            "x5t": self.id,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "issuer": issuer,
        }]})
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::RSA_PSS_SHA256;

    use super::*;

    #[test]
    fn a_token_verifies_with_its_own_key_only() {
        let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let token = key.sign(&json!({ "aud": "x", "exp": 5 })).unwrap();
        let parsed = key.verify(&token).unwrap();
        assert_eq!((parsed.text("aud"), parsed.seconds("exp")), (Some("x"), Some(5)));
        assert!(other.verify(&token).is_none());
        let changed = token.replacen(&token[40..44], "AAAA", 1);
        assert!(key.verify(&changed).is_none());
    }

    #[test]
    fn ps256_is_for_assertions_made_with_a_certificate_only() {
        let key = SigningKey::generate().unwrap();
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(json!({ "alg": "PS256" })), part(json!({ "iss": "me" })));
        let mut signature = vec![0; key.pair.public_modulus_len()];
        key.pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        let token = Jwt::parse(&token).unwrap();
        let public = key.pair.public_key().as_ref();
        assert!(token.signed_with_certificate(public) && !token.signed_by(public));
    }

    #[test]
    fn what_is_no_token_is_none() {
        for text in ["", "a", "a.b", "a.b.c", "..", "e30.e30"] {
            assert_eq!(Jwt::parse(text), None, "{text}");
        }
    }
}
