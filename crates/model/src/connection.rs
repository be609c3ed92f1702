//! One Azure tenant onboarded for one connector.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::{Cloud, CredentialKind, CredentialRecord, Schedule, Tags};

/// A name was given that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InvalidName(String);

impl InvalidName {
    pub(crate) fn from_text(text: String) -> Self {
        Self(text)
    }
}

/// A connection's name: a slug of lower-case letters, digits and single hyphens, at most 63 long.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lower-case letters, digits and single hyphens, at most 63.
pub(crate) fn is_slug(name: &str) -> bool {
    name.len() <= 63
        && name.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

impl FromStr for ConnectionId {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        if is_slug(name) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidName(format!(
                "\"{name}\" cannot name a connection: use up to 63 lower-case letters, digits and \
                 single hyphens, such as contoso-production"
            )))
        }
    }
}

impl TryFrom<String> for ConnectionId {
    type Error = InvalidName;

    fn try_from(name: String) -> Result<Self, InvalidName> {
        name.parse()
    }
}

impl From<ConnectionId> for String {
    fn from(id: ConnectionId) -> Self {
        id.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tenant as the token endpoint takes it: its id, or one of its verified domains.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

impl TenantId {
    /// The id in lower case, or the domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantId {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, InvalidName> {
        let given = given.trim();
        if let Ok(id) = Uuid::parse_str(given) {
            return Ok(Self(id.hyphenated().to_string()));
        }
        let domain = given.to_ascii_lowercase();
        let fits = domain.contains('.')
            && domain.len() <= 253
            && domain.split('.').all(|label| {
                !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if fits {
            Ok(Self(domain))
        } else {
            Err(InvalidName(format!(
                "\"{given}\" is neither a directory (tenant) id nor a domain: copy \"Directory (tenant) \
                 ID\" from the app registration's overview page"
            )))
        }
    }
}

impl TryFrom<String> for TenantId {
    type Error = InvalidName;

    fn try_from(given: String) -> Result<Self, InvalidName> {
        given.parse()
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a connector may do in the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Look only.
    #[default]
    Read,
    /// Look and change.
    ReadWrite,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::ReadWrite => "read-write",
        })
    }
}

/// The part of a tenant that a connection is about, where it is not all the application can see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Scope {
    /// Subscription ids; empty: every one the application can see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Uuid>,
    /// Name of a management group (not its title): the subscriptions below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_group: Option<String>,
}

/// Checks the ID of a management group.
///
/// # Errors
/// A sentence: 1 to 90 letters, digits and `-_().`, the first a letter or digit, the last no dot
/// (learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules).
pub fn management_group_id(given: &str) -> Result<String, InvalidName> {
    let fits = (1..=90).contains(&given.chars().count())
        && given.chars().all(|c| c.is_ascii_alphanumeric() || "-_().".contains(c))
        && given.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !given.ends_with('.');
    if fits {
        return Ok(given.to_owned());
    }
    Err(InvalidName(format!(
        "{given:?} cannot be the ID of a management group, which has up to 90 letters, digits and any of -_(). : it is \
         the ID beside its display name (az account management-group list)"
    )))
}

impl Scope {
    /// Whether nothing is narrowed.
    pub fn is_everything(&self) -> bool {
        self.subscriptions.is_empty() && self.management_group.is_none()
    }
}

/// One Azure tenant onboarded for one connector. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Connection {
    /// Its name.
    pub id: ConnectionId,
    /// The connector's id.
    pub connector: String,
    /// The cloud the tenant lives in.
    #[serde(default)]
    pub cloud: Cloud,
    /// The tenant: its id, once that is known.
    pub tenant: TenantId,
    /// The verified domain the tenant was given by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Application (client) id of the app registration.
    pub client_id: Uuid,
    /// How the application signs in; absent: the credential comes with each command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialRecord>,
    /// What the connector may do.
    #[serde(default)]
    pub mode: Mode,
    /// Which part of the tenant.
    #[serde(default, skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words it is found by.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Whether it is synced on schedule. What was collected stays either way.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// How often it is synced; absent: only when somebody asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Who answers for it; absent: nobody was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Teams it is shared with; empty: it is its owner's alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// A JSON object that fits the connector's settings schema.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// When that change was last one of what it asks of Azure: cloud, tenant, application, mode or part of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aimed_at: Option<Timestamp>,
}

impl Connection {
    /// Whether Fairlead rotates its client secret by itself.
    pub fn rotates(&self) -> bool {
        self.credential.as_ref().is_some_and(CredentialRecord::rotates)
    }

    /// Whether the other one signs in to the same tenant in the same way and collects the same: everything but what
    /// is for people and for the schedule.
    pub fn works_like(&self, other: &Self) -> bool {
        let mut like = Self {
            description: other.description.clone(),
            tags: other.tags.clone(),
            enabled: other.enabled,
            schedule: other.schedule,
            owner: other.owner.clone(),
            teams: other.teams.clone(),
            updated_at: other.updated_at,
            ..self.clone()
        };
        // When a credential ends is found out now and then; and a rotated secret is of the same application. One that
        // somebody set is told by when.
        if let (Some(ours), Some(theirs)) = (&mut like.credential, &other.credential) {
            ours.expires_at = theirs.expires_at;
            ours.fingerprint.clone_from(&theirs.fingerprint);
            ours.rotated_at = theirs.rotated_at;
            if ours.source.kind() == CredentialKind::ClientSecret
                && theirs.source.kind() == ours.source.kind()
            {
                ours.source = theirs.source.clone();
            }
        }
        like == *other
    }

    /// When it was last changed by somebody: itself, or its credential.
    pub fn changed_at(&self) -> Timestamp {
        let set_at = self.credential.as_ref().map(|credential| credential.set_at);
        [self.updated_at, set_at].into_iter().flatten().fold(self.created_at, Timestamp::max)
    }
}

impl Connection {
    /// As it may be shown to people and programs.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.credential = self.credential.map(CredentialRecord::shown);
        self
    }
}

fn enabled() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_name_is_a_slug() {
        assert!("contoso-prod-2".parse::<ConnectionId>().is_ok());
        for bad in ["", "Contoso", "a--b", "-a", "a_b", "a/b", "..", &"a".repeat(64)] {
            assert!(bad.parse::<ConnectionId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_management_group_is_named_by_its_id() {
        for good in ["corp", "Corp-Dev_1.(x)", "10000000-0000-4000-8000-000000000001", &"a".repeat(90)] {
            assert_eq!(management_group_id(good).as_deref(), Ok(good));
        }
        for bad in ["", "bad group!", "-corp", "corp.", "a/b", &"a".repeat(91)] {
            assert!(management_group_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn of_a_command_only_its_program_is_shown() {
        let connection: Connection = serde_json::from_value(serde_json::json!({
            "id": "one", "connector": "example", "tenant": "contoso.example",
            "client-id": Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
            "credential": {
                "kind": "federated", "set-at": Timestamp::UNIX_EPOCH,
                "assertion": {"command": ["/opt/get-token", "--password", "canary"]},
            },
        }))
        .unwrap();
        let shown = serde_json::to_string(&connection.shown()).unwrap();
        assert!(shown.contains("/opt/get-token") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn a_schedule_and_words_for_people_do_not_change_what_a_connection_does() {
        let one: Connection = serde_json::from_value(serde_json::json!({
            "id": "one", "connector": "example", "tenant": "contoso.example",
            "client-id": Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
            "credential": {"kind": "client-secret", "set-at": Timestamp::UNIX_EPOCH},
        }))
        .unwrap();
        let mut other = Connection {
            schedule: Some("6h".parse().unwrap()),
            enabled: false,
            description: "ours".into(),
            updated_at: Some(Timestamp::MAX),
            ..one.clone()
        };
        let rotated = other.credential.as_mut().unwrap();
        rotated.source = crate::CredentialSource::ClientSecret { rotates: true };
        rotated.fingerprint = Some("another".into());
        (rotated.expires_at, rotated.rotated_at) = (Some(Timestamp::MAX), Some(Timestamp::MAX));
        assert!(one.works_like(&other) && other.works_like(&one));
        assert!(!one.works_like(&Connection { client_id: Uuid::max(), ..one.clone() }));
        other.credential.as_mut().unwrap().set_at = Timestamp::MAX;
        assert!(!one.works_like(&other), "another credential");
        assert!(!one.works_like(&Connection { credential: None, ..one.clone() }));
    }

    #[test]
    fn a_tenant_is_an_id_or_a_domain() {
        let id: TenantId = " 11111111-2222-3333-4444-55555555555A".parse().unwrap();
        assert_eq!(id.as_str(), "11111111-2222-3333-4444-55555555555a");
        assert_eq!(
            "Contoso.OnMicrosoft.com".parse::<TenantId>().unwrap().as_str(),
            "contoso.onmicrosoft.com"
        );
        for bad in ["", "contoso", "a/b.com", "a..b", "https://contoso.com"] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad}");
        }
    }
}
