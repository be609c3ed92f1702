//! The Standard Webhooks scheme 1.0.0 (github.com/standard-webhooks/standard-webhooks), with symmetric keys: signing
//! what goes out, verifying what comes in.
//!
//! Signed is `{id}.{timestamp}.{body}`, byte for byte. The id stays the same when a message is sent again, the
//! timestamp is that of the attempt. Several signatures stand side by side while a key is replaced.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fairlead_secrets::{KeptKey, WebhookKeys};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;

/// The header with the message's id.
pub const ID: HeaderName = HeaderName::from_static("webhook-id");
/// The header with the moment of the attempt, in seconds since 1970.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// The header with the signatures, separated by blanks.
pub const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// How far sender's and receiver's clocks may be apart, in seconds: what the scheme's own libraries allow.
pub const TOLERANCE: u64 = 300;
/// How signatures by a symmetric key begin.
const VERSION: &str = "v1,";
/// The longest id.
const LONGEST_ID: usize = 256;
/// Signatures of one message that are looked at: two keys of each of several services is as much as anybody has.
const MOST_SIGNATURES: usize = 16;

/// A message that was signed by one of the keys, a moment ago.
#[derive(Debug)]
pub struct Verified<'a> {
    /// The message's id: up to 256 letters, digits, `_` and `-`.
    pub id: &'a str,
    /// The key that signed it.
    pub key: &'a KeptKey,
}

/// A message that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// None of the keys signed it, or it does not say who did. Which of both is nobody's business.
    Signature,
    /// One of the keys signed it, but at another time: so many seconds from now, negative in the past.
    Time {
        /// The distance.
        seconds: i64,
    },
}

/// Verifies a message. All keys and signatures are compared, each in constant time, whichever is right.
///
/// # Errors
/// `Signature`, or where that is right, `Time`.
pub fn verify<'a>(
    keys: &'a WebhookKeys,
    headers: &'a HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Verified<'a>, Refused> {
    let envelope = Envelope::of(headers).ok_or(Refused::Signature)?;
    let parts = [envelope.id.as_bytes(), b".", envelope.timestamp.as_bytes(), b".", body];
    let mut signer = None;
    for kept in keys {
        if kept.key.made(&parts, &envelope.signatures) {
            signer = Some(kept);
        }
    }
    let key = signer.ok_or(Refused::Signature)?;
    let seconds = envelope.seconds.saturating_sub(now.as_second());
    if seconds.unsigned_abs() > TOLERANCE {
        return Err(Refused::Time { seconds });
    }
    Ok(Verified { id: envelope.id, key })
}

/// The signatures of a message, one by each key, as the header takes them.
pub fn signatures(keys: &WebhookKeys, id: &str, at: Timestamp, body: &[u8]) -> String {
    let timestamp = at.as_second().to_string();
    let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    let signature = |kept: &KeptKey| format!("{VERSION}{}", STANDARD.encode(kept.key.mac(&parts)));
    keys.iter().map(signature).collect::<Vec<_>>().join(" ")
}

/// What the headers say.
struct Envelope<'a> {
    id: &'a str,
    /// As it was signed.
    timestamp: &'a str,
    seconds: i64,
    signatures: Vec<[u8; 32]>,
}

impl<'a> Envelope<'a> {
    fn of(headers: &'a HeaderMap) -> Option<Self> {
        let id = only(headers, &ID)?;
        let is_id = (1..=LONGEST_ID).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        let timestamp = only(headers, &TIMESTAMP)?;
        let seconds: i64 = timestamp.parse().ok()?;
        // One way to write a number: what others read in another way is not taken here.
        (is_id && seconds.to_string() == timestamp).then_some(())?;
        let signatures = only(headers, &SIGNATURE)?.split(' ').filter_map(signature);
        Some(Self { id, timestamp, seconds, signatures: signatures.take(MOST_SIGNATURES).collect() })
    }
}

/// A header that is there once: of two, others might read the other one.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// A signature by a symmetric key; those of other kinds are not ours to judge.
fn signature(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 33];
    let length = STANDARD.decode_slice(text.strip_prefix(VERSION)?, &mut bytes).ok()?;
    (length == 32).then(|| bytes.first_chunk().copied())?
}

#[cfg(test)]
mod tests;
