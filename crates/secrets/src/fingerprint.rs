//! Keyed hashes by which two connections with the same secret are found.

use aws_lc_rs::{
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::Secret;

/// How long a key is, in bytes: as long as the hash.
pub(crate) const KEY_LENGTH: usize = 32;

/// A new key; none when the operating system gives no randomness.
pub(crate) fn new_key() -> Option<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(vec![0; KEY_LENGTH]);
    SystemRandom::new().fill(&mut key).ok()?;
    Some(key)
}

/// HMAC-SHA-256 in lower-case hex. A certificate is told by itself, whatever chain and form it came in.
pub(crate) fn of(secret: &Secret, key: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    match secret {
        Secret::ClientSecret(value) => {
            context.update(b"client-secret\0");
            context.update(value.expose_secret().as_bytes());
        }
        Secret::Certificate(pem) => {
            context.update(b"certificate\0");
            context.update(pem.identity().as_bytes());
        }
    }
    hex::encode(context.sign())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_secret_under_the_same_key_has_the_same_fingerprint_and_no_other_has() {
        let (one, two) = (new_key().unwrap(), new_key().unwrap());
        let secret = |value: &str| Secret::ClientSecret(value.into());
        let fingerprint = of(&secret("hush"), &one);
        assert_eq!(fingerprint, of(&secret("hush"), &one));
        assert_ne!(fingerprint, of(&secret("hush."), &one));
        assert_ne!(fingerprint, of(&secret("hush"), &two));
        assert_eq!(fingerprint.len(), 64);
    }
}
