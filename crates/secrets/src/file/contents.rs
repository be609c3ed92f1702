//! What the secret file holds, once it is open.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fairlead_model::ConnectionId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Changed, FileError};
use crate::{Secret, SecretError, Stage, Version, fingerprint::KEY_LENGTH, secret::Stored};

/// The form written by this version. It grows whenever an older version could misread a file.
const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Contents {
    schema: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint_key: Option<Zeroizing<String>>,
    #[serde(default)]
    secrets: BTreeMap<ConnectionId, Versions>,
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
        Self { schema: SCHEMA, fingerprint_key: None, secrets: BTreeMap::new() }
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
        let room = 1024 + 256 * self.secrets.len() + versions.flatten().map(Stored::size).sum::<usize>();
        let mut json = Zeroizing::new(Vec::with_capacity(room));
        serde_json::to_writer(&mut *json, self).map_err(|problem| FileError::Disk {
            doing: "written",
            path: path.to_owned(),
            problem: problem.to_string(),
        })?;
        Ok(json)
    }

    pub(super) fn get(&self, of: &ConnectionId, stage: Stage) -> Option<Secret> {
        let versions = self.secrets.get(of)?;
        let stored = match stage {
            Stage::Current => Some(&versions.current),
            Stage::Pending => versions.pending.as_ref(),
            Stage::Previous => versions.previous.as_ref(),
        };
        stored?.secret()
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
    fn a_form_of_the_future_is_left_alone() {
        let error = Contents::parse(br#"{"schema":2,"secrets":[]}"#, Path::new("s")).err().unwrap();
        assert!(matches!(error, FileError::Newer { schema: 2, .. }));
        let error = Contents::parse(br#"{"schema":1,"secrets":[]}"#, Path::new("s")).err().unwrap();
        assert!(matches!(error, FileError::Damaged { .. }));
    }
}
