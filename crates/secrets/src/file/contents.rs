//! What the secret file holds, once it is open.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fairlead_model::ConnectionId;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Changed, FileError};
use crate::{
    Kept, KeysOf, Made, RotationToken, Secret, SecretError, Stage, Standing, Version, VersionStanding,
    WebhookKeys, fingerprint::KEY_LENGTH, secret::Stored, webhook::StoredKeys,
};

/// The highest form this version knows. It grows whenever an older version could misread a file.
const SCHEMA: u32 = 2;
/// The form that has no keys of webhooks: versions that know no other would lose them.
const WITHOUT_WEBHOOKS: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Contents {
    schema: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint_key: Option<Zeroizing<String>>,
    #[serde(default)]
    secrets: BTreeMap<ConnectionId, Versions>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    webhook_keys: BTreeMap<String, StoredKeys>,
}

/// The secrets of one connection: there is always a current one.
#[derive(Serialize, Deserialize)]
struct Versions {
    current: Stored,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<Stored>,
    /// Which staging the pending one is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Stored>,
}

impl Versions {
    /// The pending one, if it is of this staging.
    fn take_pending(&mut self, version: &Version) -> Option<Stored> {
        if self.pending_version.as_deref() != Some(version.as_str()) {
            return None;
        }
        self.pending_version = None;
        self.pending.take()
    }
}

/// The one member every version writes.
#[derive(Deserialize)]
struct Head {
    schema: u32,
}

impl Default for Contents {
    fn default() -> Self {
        Self {
            schema: WITHOUT_WEBHOOKS,
            fingerprint_key: None,
            secrets: BTreeMap::new(),
            webhook_keys: BTreeMap::new(),
        }
    }
}

impl Contents {
    pub(super) fn parse(json: &[u8], path: &Path) -> Result<Self, FileError> {
        let damaged = |_| FileError::Damaged { path: path.to_owned() };
        let Head { schema } = serde_json::from_slice(json).map_err(damaged)?;
        if schema > SCHEMA {
            return Err(FileError::Newer { path: path.to_owned(), schema });
        }
        serde_json::from_slice(json).map_err(damaged)
    }

    pub(super) fn to_json(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
        // Roomy enough not to grow: what a vector leaves behind when it grows is not wiped.
        let versions = self
            .secrets
            .values()
            .flat_map(|it| [Some(&it.current), it.pending.as_ref(), it.previous.as_ref()]);
        let webhooks = self.webhook_keys.values().map(|keys| 64 + keys.size()).sum::<usize>();
        let room =
            1024 + 256 * self.secrets.len() + versions.flatten().map(Stored::size).sum::<usize>() + webhooks;
        let mut json = Zeroizing::new(Vec::with_capacity(room));
        serde_json::to_writer(&mut *json, self).map_err(|problem| FileError::Disk {
            doing: "written",
            path: path.to_owned(),
            problem: problem.to_string(),
        })?;
        Ok(json)
    }

    pub(super) fn get(&self, of: &ConnectionId, stage: Stage) -> Option<Secret> {
        self.stored(of, stage)?.secret()
    }

    fn stored(&self, of: &ConnectionId, stage: Stage) -> Option<&Stored> {
        let versions = self.secrets.get(of)?;
        match stage {
            Stage::Current => Some(&versions.current),
            Stage::Pending => versions.pending.as_ref(),
            Stage::Previous => versions.previous.as_ref(),
        }
    }

    pub(super) fn kept(&self, of: &ConnectionId, stage: Stage) -> Option<Kept> {
        self.stored(of, stage)?.kept()
    }

    fn is_of(&self, of: &ConnectionId, stage: Stage, token: &RotationToken) -> bool {
        self.stored(of, stage).and_then(Stored::origin).is_some_and(|origin| origin.token == *token)
    }

    pub(super) fn standing(&self, of: &ConnectionId, token: &RotationToken) -> Standing {
        let version = if self.is_of(of, Stage::Current, token) {
            VersionStanding::Current
        } else if self.is_of(of, Stage::Pending, token) {
            VersionStanding::Pending
        } else if self.is_of(of, Stage::Previous, token) {
            VersionStanding::Superseded
        } else {
            VersionStanding::Unknown
        };
        Standing { scheduled: false, version }
    }

    pub(super) fn unfinished(&self, of: &ConnectionId) -> Option<RotationToken> {
        Some(self.stored(of, Stage::Pending)?.origin()?.token.clone())
    }

    pub(super) fn made(&self, of: &ConnectionId, token: &RotationToken) -> Option<Made> {
        self.stored(of, Stage::Pending)?.made().filter(|made| made.origin.token == *token)
    }

    pub(super) fn keep(&mut self, of: &ConnectionId, made: &Made) -> Result<Changed<()>, SecretError> {
        let token = &made.origin.token;
        let is_same = |it: &Made| it.value.expose_secret() == made.value.expose_secret();
        match &self.made(of, token) {
            Some(there) if is_same(there) => return Ok(Changed::No(())),
            Some(_) => return Err(SecretError::Taken { connection: of.clone(), token: token.clone() }),
            None => {}
        }
        let versions = self.secrets.get_mut(of).ok_or_else(|| SecretError::NoCurrent(of.clone()))?;
        versions.pending = Some(made.into());
        versions.pending_version = Some(token.to_string());
        Ok(Changed::Yes(()))
    }

    pub(super) fn finish(
        &mut self,
        of: &ConnectionId,
        token: &RotationToken,
    ) -> Result<Changed<()>, SecretError> {
        match self.standing(of, token).version {
            VersionStanding::Current => Ok(Changed::No(())),
            VersionStanding::Pending => self.promote(of, &Version::from(token.to_string())),
            _ => Err(SecretError::NothingPending(of.clone())),
        }
    }

    fn holds(&self, of: &ConnectionId, stage: Stage, secret: &Secret) -> bool {
        self.get(of, stage).is_some_and(|kept| kept.is(secret))
    }

    pub(super) fn set(&mut self, of: &ConnectionId, secret: &Secret) -> Changed<()> {
        if self.holds(of, Stage::Current, secret) {
            return Changed::No(());
        }
        let current = Stored::from(secret);
        if let Some(versions) = self.secrets.get_mut(of) {
            versions.previous = Some(std::mem::replace(&mut versions.current, current));
        } else {
            self.secrets.insert(
                of.clone(),
                Versions { current, pending: None, pending_version: None, previous: None },
            );
        }
        Changed::Yes(())
    }

    pub(super) fn stage(
        &mut self,
        of: &ConnectionId,
        secret: &Secret,
    ) -> Result<Changed<Version>, SecretError> {
        let versions = self.secrets.get_mut(of).ok_or_else(|| SecretError::NoCurrent(of.clone()))?;
        let version = Version::new();
        versions.pending = Some(secret.into());
        versions.pending_version = Some(version.to_string());
        Ok(Changed::Yes(version))
    }

    pub(super) fn promote(
        &mut self,
        of: &ConnectionId,
        version: &Version,
    ) -> Result<Changed<()>, SecretError> {
        let nothing = || SecretError::NothingPending(of.clone());
        let versions = self.secrets.get_mut(of).ok_or_else(nothing)?;
        if versions.pending.is_none() {
            return Err(nothing());
        }
        let pending = versions.take_pending(version).ok_or_else(|| SecretError::Superseded(of.clone()))?;
        versions.previous = Some(std::mem::replace(&mut versions.current, pending));
        Ok(Changed::Yes(()))
    }

    pub(super) fn discard(&mut self, of: &ConnectionId, version: &Version) -> Changed<()> {
        match self.secrets.get_mut(of).and_then(|versions| versions.take_pending(version)) {
            Some(_) => Changed::Yes(()),
            None => Changed::No(()),
        }
    }

    pub(super) fn remove(&mut self, of: &ConnectionId) -> Changed<bool> {
        match self.secrets.remove(of) {
            Some(_) => Changed::Yes(true),
            None => Changed::No(false),
        }
    }

    /// Keys of webhooks; none where they cannot be read.
    pub(super) fn webhook_keys(&self, of: KeysOf) -> Option<WebhookKeys> {
        self.webhook_keys.get(&of.to_string()).map_or_else(|| Some(WebhookKeys::default()), StoredKeys::keys)
    }

    pub(super) fn set_webhook_keys(&mut self, of: KeysOf, keys: &WebhookKeys) -> Changed<()> {
        if keys.is_empty() {
            self.webhook_keys.remove(&of.to_string());
        } else {
            self.webhook_keys.insert(of.to_string(), keys.into());
        }
        self.schema = if self.webhook_keys.is_empty() { WITHOUT_WEBHOOKS } else { SCHEMA };
        Changed::Yes(())
    }

    /// The key of fingerprints, once there is one.
    pub(super) fn fingerprint_key(&self) -> Option<Zeroizing<Vec<u8>>> {
        let key = STANDARD.decode(self.fingerprint_key.as_ref()?.as_bytes()).map(Zeroizing::new).ok()?;
        (key.len() == KEY_LENGTH).then_some(key)
    }

    pub(super) fn set_fingerprint_key(&mut self, key: &[u8]) {
        self.fingerprint_key = Some(Zeroizing::new(STANDARD.encode(key)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(value: &str) -> Secret {
        Secret::ClientSecret(value.into())
    }

    #[test]
    fn contents_survive_being_written_and_read() {
        let (path, of) = (Path::new("secrets.age"), "contoso".parse().unwrap());
        let mut contents = Contents::default();
        let _ = contents.set(&of, &secret("one \"quoted\"\n"));
        contents.set_fingerprint_key(&[7; KEY_LENGTH]);
        let json = contents.to_json(path).unwrap();
        assert!(json.starts_with(br#"{"schema":1,"#));
        let read = Contents::parse(&json, path).unwrap();
        assert!(read.holds(&of, Stage::Current, &secret("one \"quoted\"\n")));
        assert_eq!(*read.fingerprint_key().unwrap(), [7; KEY_LENGTH]);
    }

    #[test]
    fn a_file_without_keys_of_webhooks_stays_one_that_older_versions_can_change() {
        let path = Path::new("secrets.age");
        let mut keys = WebhookKeys::default();
        let key = crate::WebhookKey::generate().unwrap();
        let added_at = jiff::Timestamp::UNIX_EPOCH;
        keys.add(crate::KeptKey { sender: Some("portal".parse().unwrap()), added_at, key }).unwrap();
        let mut contents = Contents::default();
        let _ = contents.set_webhook_keys(KeysOf::Senders, &keys);
        let json = contents.to_json(path).unwrap();
        assert!(json.starts_with(br#"{"schema":2,"#));
        let mut read = Contents::parse(&json, path).unwrap();
        let back = read.webhook_keys(KeysOf::Senders).unwrap();
        assert_eq!(back.newest().unwrap().key.id(), keys.newest().unwrap().key.id());
        assert!(read.webhook_keys(KeysOf::Hints).unwrap().is_empty());
        let _ = read.set_webhook_keys(KeysOf::Senders, &WebhookKeys::default());
        assert!(read.to_json(path).unwrap().starts_with(br#"{"schema":1,"#));
    }

    #[test]
    fn a_form_of_the_future_is_left_alone() {
        let error = Contents::parse(br#"{"schema":3,"secrets":[]}"#, Path::new("s")).err().unwrap();
        assert!(matches!(error, FileError::Newer { schema: 3, .. }));
        let error = Contents::parse(br#"{"schema":1,"secrets":[]}"#, Path::new("s")).err().unwrap();
        assert!(matches!(error, FileError::Damaged { .. }));
    }
}
