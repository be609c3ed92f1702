//! Keys by which webhooks are signed: those of whoever may call this installation, and those of the endpoints it
//! calls.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{
    Engine as _,
    alphabet::STANDARD as ALPHABET,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use fairlead_model::Sender;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::fingerprint;

/// How a key begins as text.
const PREFIX: &str = "whsec_";
/// How long a key may be, in bytes (Standard Webhooks 1.0.0, "Signature scheme").
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
/// Keys kept under one name. A request is held against each.
const MOST: usize = 32;
/// Written with padding, read with or without: senders' tools differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key was given that cannot be one, or there is no place for it. No message holds a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WebhookKeyError {
    /// It does not look like one.
    #[error("that is no webhook key: one begins with whsec_, and base64 follows")]
    Form,
    /// It is too short or too long.
    #[error("that webhook key has {0} bytes: it must have 24 to 64; make one with 32")]
    Length(usize),
    /// It is kept already.
    #[error("that webhook key is kept already: use another for each sender and each rotation")]
    Known,
    /// There are too many.
    #[error("there are {MOST} webhook keys already: remove those that are not used any more")]
    TooMany,
}

/// A key of HMAC-SHA-256. It signs and verifies, and shows itself as text only when asked to.
#[derive(Clone)]
pub struct WebhookKey(Zeroizing<Vec<u8>>);

impl WebhookKey {
    /// A new one of 32 random bytes; none when the operating system gives no randomness.
    pub fn generate() -> Option<Self> {
        fingerprint::new_key().map(Self)
    }

    /// Reads `whsec_…`.
    ///
    /// # Errors
    /// `Form` or `Length`.
    pub fn parse(text: &str) -> Result<Self, WebhookKeyError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(WebhookKeyError::Form)?;
        let bytes = Zeroizing::new(BASE64.decode(encoded).map_err(|_| WebhookKeyError::Form)?);
        if LENGTHS.contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(WebhookKeyError::Length(bytes.len()))
        }
    }

    /// The key as its other holder needs it: `whsec_…`.
    pub fn to_text(&self) -> SecretString {
        self.text().as_str().into()
    }

    /// What people call it by. It says nothing of the key.
    pub fn id(&self) -> String {
        hex::encode(&self.mac(&[b"the name of this key"])[..4])
    }

    /// HMAC-SHA-256 of the parts, one after the other.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.hmac());
        for part in parts {
            context.update(part);
        }
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }

    /// Whether one of the candidates is the HMAC-SHA-256 of the parts. All are looked at, each in constant time.
    pub fn made(&self, parts: &[&[u8]], candidates: &[[u8; 32]]) -> bool {
        let mac = self.mac(parts);
        let is_it =
            |candidate: &[u8; 32]| aws_lc_rs::constant_time::verify_slices_are_equal(&mac, candidate).is_ok();
        candidates.iter().fold(false, |found, candidate| found | is_it(candidate))
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }

    fn text(&self) -> Zeroizing<String> {
        // As long as it gets: a string that grows leaves what it was behind.
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + self.0.len() * 4 / 3 + 4));
        text.push_str(PREFIX);
        BASE64.encode_string(&*self.0, &mut text);
        text
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookKey(…)")
    }
}

/// Which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeysOf {
    /// Of those who may ask this installation for something, each by name.
    Senders,
    /// Of this installation: what hints of Azure are known by is derived from it.
    Hints,
    /// Of an endpoint that is told what happens.
    Endpoint(Uuid),
}

impl fmt::Display for KeysOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Senders => f.write_str("senders"),
            Self::Hints => f.write_str("hints"),
            Self::Endpoint(id) => write!(f, "endpoints/{id}"),
        }
    }
}

/// A key and what is known of it.
#[derive(Debug, Clone)]
pub struct KeptKey {
    /// Whose it is; absent where it can be only one's.
    pub sender: Option<Sender>,
    /// Since when it is kept.
    pub added_at: Timestamp,
    /// The key.
    pub key: WebhookKey,
}

/// Keys that are all in use: several while they are replaced, and of several senders. The newest is last.
#[derive(Debug, Clone, Default)]
pub struct WebhookKeys(Vec<KeptKey>);

impl WebhookKeys {
    /// All of them, the oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, KeptKey> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one added last.
    pub fn newest(&self) -> Option<&KeptKey> {
        self.0.last()
    }

    /// Adds one.
    ///
    /// # Errors
    /// `Known` or `TooMany`.
    pub fn add(&mut self, kept: KeptKey) -> Result<(), WebhookKeyError> {
        if self.0.len() >= MOST {
            return Err(WebhookKeyError::TooMany);
        }
        if self.0.iter().any(|known| known.key.0 == kept.key.0) {
            return Err(WebhookKeyError::Known);
        }
        self.0.push(kept);
        Ok(())
    }

    /// Keeps those of which `stays` is true. Tells how many went.
    pub fn retain(&mut self, stays: impl FnMut(&KeptKey) -> bool) -> usize {
        let before = self.0.len();
        self.0.retain(stays);
        before - self.0.len()
    }
}

impl<'a> IntoIterator for &'a WebhookKeys {
    type Item = &'a KeptKey;
    type IntoIter = std::slice::Iter<'a, KeptKey>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Keys as the stores write them.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredKeys {
    keys: Vec<StoredKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct StoredKey {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sender: Option<Sender>,
    added_at: Timestamp,
    key: Zeroizing<String>,
}

impl StoredKeys {
    /// The keys, unless one of them is none.
    pub(crate) fn keys(&self) -> Option<WebhookKeys> {
        let key = |stored: &StoredKey| {
            let StoredKey { sender, added_at, key } = stored;
            Some(KeptKey { sender: sender.clone(), added_at: *added_at, key: WebhookKey::parse(key).ok()? })
        };
        self.keys.iter().map(key).collect::<Option<Vec<_>>>().map(WebhookKeys)
    }

    /// How many bytes its JSON has at most.
    pub(crate) fn size(&self) -> usize {
        // A key has 94 characters at most, a sender's name 63, a timestamp 35.
        64 + 256 * self.keys.len()
    }
}

impl From<&WebhookKeys> for StoredKeys {
    fn from(keys: &WebhookKeys) -> Self {
        let stored = |kept: &KeptKey| StoredKey {
            sender: kept.sender.clone(),
            added_at: kept.added_at,
            key: kept.key.text(),
        };
        Self { keys: keys.iter().map(stored).collect() }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn kept(key: WebhookKey) -> KeptKey {
        KeptKey { sender: None, added_at: Timestamp::UNIX_EPOCH, key }
    }

    #[test]
    fn a_key_is_read_as_it_is_written_and_shows_itself_to_nobody_else() {
        let text = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let key = WebhookKey::parse(text).unwrap();
        assert_eq!(key.to_text().expose_secret(), text);
        assert_eq!(format!("{key:?} {:?}", kept(key.clone()).key), "WebhookKey(…) WebhookKey(…)");
        assert_eq!(key.id().len(), 8);
        assert_ne!(key.id(), WebhookKey::generate().unwrap().id());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let of_length = |length| format!("whsec_{}", BASE64.encode(vec![7; length]));
        for (text, expected) in [
            ("", WebhookKeyError::Form),
            ("C2FVsBQIhrscChlQIMV+b5sSYspob7oD", WebhookKeyError::Form),
            ("whsec_not base64", WebhookKeyError::Form),
            ("whsec_", WebhookKeyError::Length(0)),
            (&of_length(23), WebhookKeyError::Length(23)),
            (&of_length(65), WebhookKeyError::Length(65)),
        ] {
            assert_eq!(WebhookKey::parse(text).unwrap_err(), expected, "{text}");
        }
        for length in [24, 32, 64] {
            let text = of_length(length);
            assert!(WebhookKey::parse(&text).is_ok(), "{length}");
            assert!(WebhookKey::parse(text.trim_end_matches('=')).is_ok(), "{length} without padding");
        }
    }

    #[test]
    fn only_the_same_key_made_a_signature() {
        let (one, two) = (WebhookKey::generate().unwrap(), WebhookKey::generate().unwrap());
        let (right, wrong) = (one.mac(&[b"a", b"bc"]), two.mac(&[b"abc"]));
        assert!(one.made(&[b"ab", b"c"], &[wrong, right]));
        assert!(!one.made(&[b"abc"], &[wrong]));
        assert!(!one.made(&[b"abd"], &[right]));
        assert!(!one.made(&[b"abc"], &[]));
    }

    #[test]
    fn a_key_is_kept_once_and_not_too_many_are() {
        let (mut keys, key) = (WebhookKeys::default(), WebhookKey::generate().unwrap());
        keys.add(kept(key.clone())).unwrap();
        assert_eq!(keys.add(kept(key)).unwrap_err(), WebhookKeyError::Known);
        while keys.iter().len() < MOST {
            keys.add(kept(WebhookKey::generate().unwrap())).unwrap();
        }
        assert_eq!(keys.add(kept(WebhookKey::generate().unwrap())).unwrap_err(), WebhookKeyError::TooMany);
    }
}
