//! In what two connections are alike: asked when one is kept, and again when it is validated.

use fairlead_model::{Connection, UniqueBy};

/// A connection, with what is known of it beyond its record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Likeness<'a> {
    /// The connection.
    pub(crate) connection: &'a Connection,
    /// Its tenant's id, where its record names a domain and the tenant has told its id.
    pub(crate) tenant_id: Option<&'a str>,
    /// The keyed hash of the secret it signs in with.
    pub(crate) fingerprint: Option<&'a str>,
}

impl<'a> Likeness<'a> {
    /// Of a connection as it is recorded.
    pub(crate) fn of(connection: &'a Connection) -> Self {
        let fingerprint = connection.credential.as_ref().and_then(|record| record.fingerprint.as_deref());
        Self { connection, tenant_id: None, fingerprint }
    }

    /// Whether another connection is like it in what a connector wants to be unique.
    pub(crate) fn is_shared(&self, by: UniqueBy, other: &Connection) -> bool {
        let ours = self.connection;
        let is_sibling = other.id != ours.id && other.connector == ours.connector;
        match by {
            UniqueBy::Tenant => is_sibling && self.is_of_tenant(other),
            UniqueBy::TenantAndApplication => {
                is_sibling && self.is_of_tenant(other) && other.client_id == ours.client_id
            }
            // Of whichever connector: a secret that serves two cannot be rotated for one.
            UniqueBy::Credential => self.has_secret_of(other),
        }
    }

    /// Whether another connection signs in with the same secret.
    pub(crate) fn has_secret_of(&self, other: &Connection) -> bool {
        other.id != self.connection.id
            && self.fingerprint.is_some()
            && Likeness::of(other).fingerprint == self.fingerprint
    }

    /// By id, or by the domain either was given by.
    fn is_of_tenant(&self, other: &Connection) -> bool {
        let ours = self.connection;
        let theirs = [Some(other.tenant.as_str()), other.domain.as_deref()];
        let names = [Some(ours.tenant.as_str()), ours.domain.as_deref(), self.tenant_id];
        other.cloud == ours.cloud && names.into_iter().flatten().any(|name| theirs.contains(&Some(name)))
    }
}
