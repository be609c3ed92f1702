//! What can be seen without asking anybody.

use fairlead_azure::Credential;
use fairlead_model::{Connection, CredentialKind};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

/// Entra ID's own secrets are 40 characters, older ones 32 to 44; people could choose them once.
const SHORTEST_LIKELY: usize = 16;

/// What is wrong with a client secret on the face of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// It is a GUID: the secret's id instead of its value.
    Id,
    /// It is empty.
    Empty,
    /// It holds the dots or stars that stand in the place of a hidden value.
    Masked,
    /// It holds a blank, or a character that cannot be seen, at this place (from 1).
    Invisible(usize),
    /// It is shorter than any that Entra ID makes: so many characters. It may still work.
    Short(usize),
}

impl Damage {
    /// Whether it is certain that Entra ID will refuse the secret.
    pub fn is_certain(self) -> bool {
        !matches!(self, Self::Short(_))
    }
}

/// Looks at a credential.
pub(super) fn credential(credential: &Credential) -> Option<Damage> {
    match credential {
        Credential::ClientSecret(secret) => damage(secret.expose_secret()),
        _ => None,
    }
}

/// The first three characters of a client secret, which the directory shows as its hint.
pub(super) fn hint(credential: &Credential) -> Option<String> {
    match credential {
        Credential::ClientSecret(secret) => Some(secret.expose_secret().chars().take(3).collect()),
        _ => None,
    }
}

/// Whether one id was pasted as both tenant and client id.
pub(super) fn pasted_twice(connection: &Connection) -> bool {
    connection.tenant.as_str().parse::<Uuid>().is_ok_and(|tenant| tenant == connection.client_id)
}

/// The kind of a credential.
pub(super) fn kind(credential: &Credential) -> CredentialKind {
    match credential {
        Credential::Certificate(_) => CredentialKind::Certificate,
        Credential::Assertion(_) => CredentialKind::Federated,
        _ => CredentialKind::ClientSecret,
    }
}

fn damage(secret: &str) -> Option<Damage> {
    let length = secret.chars().count();
    if secret.is_empty() {
        Some(Damage::Empty)
    } else if Uuid::try_parse(secret.trim()).is_ok() {
        Some(Damage::Id)
    } else if ["***", "•", "●", "…", "..."].iter().any(|mask| secret.contains(mask)) {
        Some(Damage::Masked)
    } else if let Some(place) = secret.chars().position(cannot_be_seen) {
        Some(Damage::Invisible(place + 1))
    } else if length < SHORTEST_LIKELY {
        Some(Damage::Short(length))
    } else {
        None
    }
}

/// Blanks, controls, and what text programs slip in: zero-width characters, marks of direction, soft hyphens.
fn cannot_be_seen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_was_damaged_by_copying_is_told_from_one_that_was_not() {
        for (secret, expected) in [
            ("abC8Q~x7Yk2mLpQ9rStUvWxYz0123456789-._~a", None),
            ("5f3c1d1e-8d5e-4a6c-9c1a-0d3b5a7e9f10", Some(Damage::Id)),
            ("", Some(Damage::Empty)),
            ("abC************************************", Some(Damage::Masked)),
            ("••••••••••••••••••••", Some(Damage::Masked)),
            ("abC8Q~x7Yk2mLpQ9rStUvWxYz…", Some(Damage::Masked)),
            ("abC8Q~x7Yk2m LpQ9rStUvWxYz0123456789-._~a", Some(Damage::Invisible(13))),
            ("abC8Q~x7Yk2m\u{200b}LpQ9rStUvWxYz0123456789", Some(Damage::Invisible(13))),
            ("\u{feff}abC8Q~x7Yk2mLpQ9rStUvWxYz0123456789", Some(Damage::Invisible(1))),
            ("abC8Q~x7Yk2m\r\n", Some(Damage::Invisible(13))),
            ("abC8Q~x7", Some(Damage::Short(8))),
        ] {
            assert_eq!(damage(secret), expected, "{secret:?}");
        }
    }

    #[test]
    fn a_short_secret_is_tried_all_the_same() {
        assert!(Damage::Id.is_certain() && Damage::Masked.is_certain());
        assert!(!Damage::Short(8).is_certain());
    }
}
