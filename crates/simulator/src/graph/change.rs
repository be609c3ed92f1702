//! One write request: what is asked, and the tenant to change.

use jiff::Timestamp;

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::path::GraphPath;
use super::permission::{self, AnyOf};
use crate::server::call::Call;
use crate::world::Tenant;

/// A write request.
pub(super) struct Change<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) tenant: &'a mut Tenant,
    /// The other tenants: applications of theirs may get a service principal here.
    pub(super) others: Vec<&'a Tenant>,
    pub(super) path: &'a GraphPath,
    pub(super) keys: &'a [&'a str],
    pub(super) template: &'static str,
}

impl Change<'_> {
    /// The `index`-th key of the path.
    pub(super) fn key(&self, index: usize) -> &str {
        self.keys.get(index).copied().unwrap_or_default()
    }

    /// Refuses a caller without one of these permissions.
    pub(super) fn need(&self, any_of: AnyOf) -> Answer<()> {
        if permission::allowed(&self.call.caller.roles, any_of) { Ok(()) } else { Err(GraphError::denied()) }
    }

    /// What time it is.
    pub(super) fn now(&self) -> Timestamp {
        self.call.clock.now()
    }

    /// The same request as a read, to answer with what was made.
    pub(super) fn as_ask(&self) -> Ask<'_> {
        Ask {
            call: self.call,
            tenant: self.tenant,
            path: self.path,
            keys: self.keys,
            template: self.template,
            options: crate::odata::QueryOptions::default(),
        }
    }
}
