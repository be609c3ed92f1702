//! Changing a connection. Two people may do so at once: a change is made to what is there at that moment, and
//! one that was made to something older is refused, so that nobody's edit is lost.

use fairlead_model::{
    Cloud, Connection, ConnectionId, CredentialRecord, CredentialSource, Mode, Requirement, Schedule, Scope,
    Tags, TenantId,
};
use fairlead_store::{RegistryLease, StoreError, Versioned};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Connectors, Registry, Remark, add::resolve, rules, settled};
use crate::{EngineError, info::requirements_of, rotate::RotateError, settings};

/// How often a change is tried again because somebody else changed something else in between.
pub(super) const TRIES: u32 = 10;

/// What is to be different; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The cloud.
    pub cloud: Option<Cloud>,
    /// The tenant.
    pub tenant: Option<TenantId>,
    /// Application (client) id.
    pub client_id: Option<Uuid>,
    /// What is remembered of how it signs in. [`Registry::rotate`] sets it, with the secret that belongs to it.
    pub credential: Option<CredentialRecord>,
    /// When its client secret ends, as whoever has looked it up says.
    pub credential_ends: Option<Timestamp>,
    /// Whether Fairlead rotates its client secret by itself.
    pub rotates: Option<bool>,
    /// What the connector may do.
    pub mode: Option<Mode>,
    /// Which part of the tenant.
    pub scope: Option<Scope>,
    /// For people.
    pub description: Option<String>,
    /// Words it is found by.
    pub tags: Option<Tags>,
    /// Whether it is synced on schedule.
    pub enabled: Option<bool>,
    /// How often it is synced; `Some(None)`: only when somebody asks.
    pub schedule: Option<Option<Schedule>>,
    /// Who answers for it; empty: nobody.
    pub owner: Option<String>,
    /// Teams it is shared with.
    pub teams: Option<Vec<String>>,
    /// All settings at once.
    pub settings: Option<Map<String, Value>>,
    /// Single settings, after `settings`.
    pub set: Vec<(String, Value)>,
    /// Settings back to their default.
    pub unset: Vec<String>,
}

impl Changes {
    /// Whether nothing would be different.
    pub fn is_empty(&self) -> bool {
        let Self { cloud, tenant, client_id, credential, mode, scope, description, tags, .. } = self;
        let Self { credential_ends, rotates, enabled, schedule, owner, teams, settings, set, unset, .. } =
            self;
        (cloud.is_none() && tenant.is_none() && client_id.is_none() && credential.is_none())
            && (mode.is_none() && scope.is_none() && description.is_none() && tags.is_none())
            && (enabled.is_none() && schedule.is_none() && owner.is_none() && teams.is_none())
            && (credential_ends.is_none() && rotates.is_none())
            && (settings.is_none() && set.is_empty() && unset.is_empty())
    }

    fn apply(&self, connection: &mut Connection) {
        put(&mut connection.cloud, self.cloud.as_ref());
        put(&mut connection.client_id, self.client_id.as_ref());
        put(&mut connection.mode, self.mode.as_ref());
        put(&mut connection.scope, self.scope.as_ref());
        put(&mut connection.description, self.description.as_ref());
        put(&mut connection.tags, self.tags.as_ref());
        put(&mut connection.enabled, self.enabled.as_ref());
        put(&mut connection.schedule, self.schedule.as_ref());
        put(&mut connection.teams, self.teams.as_ref());
        put(&mut connection.settings, self.settings.as_ref());
        if let Some(owner) = &self.owner {
            connection.owner = Some(owner.clone()).filter(|owner| !owner.is_empty());
        }
        if let Some(credential) = &self.credential {
            connection.credential = Some(credential.clone());
        }
        if let Some(credential) = &mut connection.credential {
            credential.expires_at = self.credential_ends.or(credential.expires_at);
        }
        if let (Some(wanted), Some(CredentialSource::ClientSecret { rotates })) =
            (self.rotates, connection.credential.as_mut().map(|record| &mut record.source))
        {
            *rotates = wanted;
        }
        connection.settings.extend(self.set.iter().cloned());
        connection.settings.retain(|name, _| !self.unset.contains(name));
    }
}

fn put<T: Clone>(place: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

/// A connection was changed, or could be.
#[derive(Debug, Clone)]
pub struct Edited {
    /// As it was.
    pub before: Connection,
    /// As it is.
    pub after: Connection,
    /// What its owner should know.
    pub remarks: Vec<Remark>,
}

impl Registry<'_> {
    /// Changes a connection; with `dry_run`, only checks that it could be changed. With `expected`, it must
    /// still be of that generation.
    ///
    /// # Errors
    /// `UnknownConnection`, `ConnectionChanged` when it is not as expected any more, a rule of the connector,
    /// or what the store says. Nothing is changed then.
    pub async fn edit(
        &self,
        connectors: &dyn Connectors,
        id: &ConnectionId,
        expected: Option<u64>,
        changes: &Changes,
        dry_run: bool,
    ) -> Result<Edited, EngineError> {
        let right = if dry_run { Right::Asks } else { Right::Claims };
        self.change(connectors, id, expected, changes, right).await
    }

    pub(super) async fn change(
        &self,
        connectors: &dyn Connectors,
        id: &ConnectionId,
        expected: Option<u64>,
        changes: &Changes,
        right: Right<'_>,
    ) -> Result<Edited, EngineError> {
        let moved = match &changes.tenant {
            Some(tenant) => {
                let cloud = changes.cloud.clone().unwrap_or(self.existing(id).await?.value.cloud);
                Some(resolve(&cloud, tenant.clone()).await?)
            }
            None => None,
        };
        for _ in 0..TRIES {
            let found = self.existing(id).await?;
            if expected.is_some_and(|expected| expected != found.generation) {
                return Err(StoreError::ConnectionChanged(id.clone()).into());
            }
            let before = found.value;
            self.fits(connectors, &before, changes).await?;
            let mut after = before.clone();
            changes.apply(&mut after);
            if changes.rotates == Some(true) && !after.rotates() {
                let found = after.credential.as_ref().map(|record| record.source.kind());
                return Err(RotateError::NoSecret { connection: id.clone(), found }.into());
            }
            let mut remarks = Vec::new();
            if let Some((tenant, domain, remark)) = &moved {
                (after.tenant, after.domain) = (tenant.clone(), domain.clone());
                remarks.extend(remark.clone());
            }
            if after == before {
                return Ok(Edited { before, after, remarks });
            }
            // A connection that breaks a rule already must still be one that can be disabled, described or handed over.
            let requirements =
                if before.works_like(&after) { None } else { Some(self.required(connectors, &after).await?) };
            if after.schedule != before.schedule && after.schedule.is_some() {
                let connector = connectors.connector(&after.connector).await?;
                remarks.extend(rules::idle_schedule(connector.description(), &after));
            }
            let now = Timestamp::now();
            after.updated_at = Some(now);
            if aims_elsewhere(&before, &after) {
                after.aimed_at = Some(now);
            }
            let next = Versioned { value: after.clone(), generation: found.generation };
            match self.write(&next, requirements.as_deref(), right).await {
                Ok(judged) => {
                    remarks.extend(judged);
                    return Ok(Edited { before, after, remarks });
                }
                // Somebody else's edit came first: this one is made to its result.
                Err(EngineError::Store(StoreError::ConnectionChanged(_))) if expected.is_none() => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::ConnectionChanged(id.clone()).into())
    }

    /// Writes a connection; with requirements, it is judged beside the others at that moment.
    async fn write(
        &self,
        next: &Versioned<Connection>,
        requirements: Option<&[Requirement]>,
        right: Right<'_>,
    ) -> Result<Vec<Remark>, EngineError> {
        let Some(requirements) = requirements else {
            if !matches!(right, Right::Asks) {
                self.state.update_connection(next).await?;
            }
            return Ok(Vec::new());
        };
        match right {
            Right::Asks => self.judged(requirements, &next.value).await,
            Right::Has(lease) => self.write_judged(next, requirements, lease).await,
            Right::Claims => {
                let lease = self.claim().await?;
                let written = self.write_judged(next, requirements, &lease).await;
                settled(lease, written).await
            }
        }
    }

    async fn write_judged(
        &self,
        next: &Versioned<Connection>,
        requirements: &[Requirement],
        lease: &RegistryLease,
    ) -> Result<Vec<Remark>, EngineError> {
        let remarks = self.judged(requirements, &next.value).await?;
        lease.renew().await?;
        self.state.update_connection(next).await?;
        Ok(remarks)
    }

    /// A connection, which there must be.
    pub(crate) async fn existing(&self, id: &ConnectionId) -> Result<Versioned<Connection>, EngineError> {
        let found = self.state.connection(id).await?;
        found.ok_or_else(|| StoreError::UnknownConnection(id.clone()).into())
    }

    /// Refuses changes to what the connection does not have.
    async fn fits(
        &self,
        connectors: &dyn Connectors,
        before: &Connection,
        changes: &Changes,
    ) -> Result<(), EngineError> {
        let source = before.credential.as_ref().map(|credential| &credential.source);
        if changes.credential_ends.is_some() && !matches!(source, Some(CredentialSource::ClientSecret { .. }))
        {
            return Err(EngineError::NoClientSecret(before.id.clone()));
        }
        let is_unknown = |name: &&String| !before.settings.contains_key(*name);
        if let Some(name) = changes.unset.iter().find(is_unknown) {
            let connector = connectors.connector(&before.connector).await?;
            settings::check_name(connector.description(), name)?;
        }
        Ok(())
    }

    async fn required(
        &self,
        connectors: &dyn Connectors,
        after: &Connection,
    ) -> Result<Vec<Requirement>, EngineError> {
        let connector = connectors.connector(&after.connector).await?;
        settings::check(connector.description(), &after.settings)?;
        settings::check_mode(connector.description(), after.mode)?;
        requirements_of(&connector, after).await
    }
}

/// By what right a change is written.
#[derive(Clone, Copy)]
pub(super) enum Right<'a> {
    /// By none: it is only asked whether it could be.
    Asks,
    /// By the registry's lease, to be claimed where connections are judged beside each other.
    Claims,
    /// By the registry's lease, which is held already.
    Has(&'a RegistryLease),
}

/// Whether Azure is asked something else than before: what was just set up for that may still be spreading there.
fn aims_elsewhere(before: &Connection, after: &Connection) -> bool {
    before.cloud != after.cloud
        || before.tenant != after.tenant
        || before.client_id != after.client_id
        || before.mode != after.mode
        || before.scope != after.scope
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example() -> Connection {
        serde_json::from_value(json!({
            "id": "one", "connector": "example", "tenant": "contoso.example",
            "client-id": Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
            "credential": {"kind": "client-secret", "set-at": Timestamp::UNIX_EPOCH},
        }))
        .unwrap()
    }

    #[test]
    fn what_is_written_for_people_aims_at_nothing_else() {
        let aims = |changes: Changes| {
            let mut after = example();
            changes.apply(&mut after);
            aims_elsewhere(&example(), &after)
        };
        let words = Changes { description: Some("hello".into()), enabled: Some(false), ..Changes::default() };
        assert!(!aims(words));
        assert!(!aims(Changes { set: vec![("page-size".into(), 1.into())], ..Changes::default() }));
        assert!(aims(Changes { mode: Some(Mode::ReadWrite), ..Changes::default() }));
        assert!(aims(Changes { client_id: Some(Uuid::max()), ..Changes::default() }));
    }

    #[test]
    fn rules_are_asked_only_about_what_concerns_the_connector() {
        let before = example();
        let concerns = |changes: Changes| {
            let mut after = before.clone();
            changes.apply(&mut after);
            !before.works_like(&after)
        };
        assert!(!concerns(Changes { enabled: Some(false), owner: Some("ada".into()), ..Changes::default() }));
        assert!(!concerns(Changes { credential_ends: Some(Timestamp::MAX), ..Changes::default() }));
        assert!(concerns(Changes { client_id: Some(Uuid::max()), ..Changes::default() }));
        assert!(concerns(Changes { set: vec![("page-size".into(), 1.into())], ..Changes::default() }));
    }
}
