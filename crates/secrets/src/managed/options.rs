//! What the managed store needs.

use std::{collections::BTreeMap, time::Duration};

use fairlead_model::ConnectionId;
use url::{Host, Url};

use super::ManagedError;
use crate::KeysOf;

/// How long a secret is used before it is asked for again.
const CACHE_FOR: Duration = Duration::from_mins(5);
/// The shortest recovery window AWS has, in days.
const RECOVERABLE_DAYS: u8 = 7;

/// What AWS Secrets Manager is used with. Credentials come from where AWS's own tools find them: the environment,
/// `~/.aws`, a web identity, the container or the instance.
#[derive(Debug, Clone)]
pub struct ManagedOptions {
    /// How all names begin. Ours are `<prefix>connections/<connection>/credential`, `<prefix>webhooks/<of>/keys` and
    /// `<prefix>fingerprint-key`.
    pub prefix: String,
    /// The KMS key secrets are encrypted with (id, ARN or alias); absent: AWS's own, `aws/secretsmanager`.
    pub kms_key_id: Option<String>,
    /// Tags on the secrets that are made, besides `application` and `connection`.
    pub tags: BTreeMap<String, String>,
    /// The region; absent: the one AWS's own tools use.
    pub region: Option<String>,
    /// The profile of `~/.aws`; absent: the one AWS's own tools use.
    pub profile: Option<String>,
    /// Another address than AWS's: https, or one of this machine.
    pub endpoint: Option<Url>,
    /// How long a secret is used before it is asked for again; zero: never.
    pub cache_for: Duration,
    /// What removing means.
    pub removal: Removal,
}

impl Default for ManagedOptions {
    fn default() -> Self {
        Self {
            prefix: "fairlead/".to_owned(),
            kms_key_id: None,
            tags: BTreeMap::new(),
            region: None,
            profile: None,
            endpoint: None,
            cache_for: CACHE_FOR,
            removal: Removal::Recoverable { days: RECOVERABLE_DAYS },
        }
    }
}

/// What becomes of a secret that is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Nobody can read it any more, but an administrator can bring it back for so many days (7 to 30). Seven is what
    /// is done unless told otherwise: Entra ID never shows a client secret again, so a mistake must be undoable.
    Recoverable {
        /// How many.
        days: u8,
    },
    /// It is gone.
    AtOnce,
}

impl ManagedOptions {
    /// Checks what AWS would refuse only later.
    pub(super) fn check(&self) -> Result<(), ManagedError> {
        // A connection's name has 63 characters at most, and a secret's 512.
        let fits = self.prefix.len() <= 400
            && self.prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+=.@-".contains(&b));
        if !fits {
            return Err(ManagedError::Prefix { prefix: self.prefix.clone() });
        }
        if let Some(endpoint) = self.endpoint.as_ref().filter(|endpoint| !is_private(endpoint)) {
            return Err(ManagedError::Endpoint { host: endpoint.host_str().unwrap_or_default().to_owned() });
        }
        match self.removal {
            Removal::Recoverable { days } if !(RECOVERABLE_DAYS..=30).contains(&days) => {
                Err(ManagedError::Window { days })
            }
            Removal::Recoverable { .. } | Removal::AtOnce => Ok(()),
        }
    }

    /// The secret of a connection. It never ends in a hyphen and six characters, which is how AWS ends its ARNs and
    /// how it would confuse two secrets.
    pub(super) fn name_of(&self, connection: &ConnectionId) -> String {
        format!("{}connections/{connection}/credential", self.prefix)
    }

    /// The connection whose secret has this name or ARN (`arn:…:secret:NAME-XXXXXX`).
    pub(super) fn connection_of(&self, secret_id: &str) -> Option<ConnectionId> {
        let name = match secret_id.strip_prefix("arn:") {
            Some(arn) => {
                let (_, name) = arn.split_once(":secret:")?;
                // AWS adds a hyphen and six characters.
                let (name, added) = name.rsplit_once('-')?;
                (added.len() == 6).then_some(name)?
            }
            None => secret_id,
        };
        let connection = name.strip_prefix(&self.prefix)?.strip_prefix("connections/")?;
        connection.strip_suffix("/credential")?.parse().ok()
    }

    /// The secret with keys of webhooks.
    pub(super) fn webhook_keys(&self, of: KeysOf) -> String {
        format!("{}webhooks/{of}/keys", self.prefix)
    }

    /// The secret with the key of fingerprints.
    pub(super) fn fingerprint_key(&self) -> String {
        format!("{}fingerprint-key", self.prefix)
    }
}

/// Whether nobody on the way can read what is sent there.
fn is_private(endpoint: &Url) -> bool {
    let is_here = match endpoint.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    endpoint.scheme() == "https" || endpoint.scheme() == "http" && is_here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_travel_in_the_clear_within_this_machine_only() {
        let at = |endpoint: &str| {
            ManagedOptions { endpoint: Some(endpoint.parse().unwrap()), ..Default::default() }.check()
        };
        for endpoint in
            ["https://secrets.example", "http://localhost:5000", "http://127.0.0.1", "http://[::1]:1"]
        {
            assert!(at(endpoint).is_ok(), "{endpoint}");
        }
        for endpoint in ["http://10.0.0.1:5000", "http://localhost.example", "ftp://localhost"] {
            let told = at(endpoint).unwrap_err().to_string();
            assert!(told.contains("https"), "{told}");
        }
    }

    #[test]
    fn a_connection_is_known_by_its_secrets_name_and_arn() {
        let options = ManagedOptions::default();
        let of: ConnectionId = "contoso-london".parse().unwrap();
        let name = options.name_of(&of);
        let arn = format!("arn:aws:secretsmanager:eu-central-1:111122223333:secret:{name}-AbCdEf");
        assert_eq!(options.connection_of(&name), Some(of.clone()));
        assert_eq!(options.connection_of(&arn), Some(of));
        for other in [options.fingerprint_key(), format!("other/{name}"), "arn:aws:s3:::bucket".to_owned()] {
            assert_eq!(options.connection_of(&other), None, "{other}");
        }
    }

    #[test]
    fn what_aws_would_not_take_is_told_before_it_is_asked() {
        let with =
            |prefix: &str, removal| ManagedOptions { prefix: prefix.into(), removal, ..Default::default() };
        let window = |days| Removal::Recoverable { days };
        assert!(with("team/fairlead-", window(7)).check().is_ok());
        assert!(with("", Removal::AtOnce).check().is_ok());
        assert!(matches!(with("a b", window(7)).check(), Err(ManagedError::Prefix { .. })));
        assert!(matches!(with("a/", window(6)).check(), Err(ManagedError::Window { days: 6 })));
        assert!(matches!(with("a/", window(31)).check(), Err(ManagedError::Window { days: 31 })));
    }
}
