//! One read request: what is asked, by whom, of which tenant.

use http::StatusCode;
use uuid::Uuid;

use super::error::{Answer, GraphError};
use super::path::GraphPath;
use super::permission::{self, AnyOf};
use crate::odata::{JsonWriter, QueryOptions};
use crate::server::call::{Call, Response};
use crate::world::{ObjectKind, ObjectRef, Tenant};

/// A read request.
pub(super) struct Ask<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) tenant: &'a Tenant,
    pub(super) path: &'a GraphPath,
    /// The segments in the places of the template's braces.
    pub(super) keys: &'a [&'a str],
    pub(super) template: &'static str,
    pub(super) options: QueryOptions,
}

impl<'a> Ask<'a> {
    /// The `index`-th key of the path.
    pub(super) fn key(&self, index: usize) -> &'a str {
        self.keys.get(index).copied().unwrap_or_default()
    }

    /// The granted permissions.
    pub(super) fn roles(&self) -> &'a [String] {
        &self.call.caller.roles
    }

    /// Whether one of these permissions was granted.
    pub(super) fn may(&self, any_of: AnyOf) -> bool {
        permission::allowed(self.roles(), any_of)
    }

    /// Refuses a caller without one of these permissions.
    pub(super) fn need(&self, any_of: AnyOf) -> Answer<()> {
        if self.may(any_of) { Ok(()) } else { Err(GraphError::denied()) }
    }

    /// Whether the caller accepts an answer from the index, as advanced queries need.
    pub(super) fn eventual(&self) -> bool {
        let named = self.call.request.header("consistencylevel").or(self.options.get("consistencylevel"));
        named.is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
    }

    /// `$metadata#...` of an answer.
    pub(super) fn context(&self, fragment: &str) -> String {
        format!("{}/$metadata#{fragment}", self.root())
    }

    /// Address of the service and version.
    pub(super) fn root(&self) -> String {
        format!("{}/{}", self.call.request.base_url, if self.path.beta { "beta" } else { "v1.0" })
    }

    /// One object with its context.
    pub(super) fn entity(&self, fragment: &str, write: impl FnOnce(&mut JsonWriter)) -> Response {
        let mut json = JsonWriter::with_capacity(1024);
        json.object(|json| {
            json.string_member("@odata.context", &self.context(fragment));
            write(json);
        });
        Response::json(StatusCode::OK, json.into_bytes())
    }

    /// The object of a kind that a key names: an id, a userPrincipalName, or an alternate key.
    pub(super) fn object(&self, kind: ObjectKind, key: &str) -> Answer<ObjectRef> {
        super::resource::locate(self.tenant, kind, key)
    }

    /// Refuses query options that no directory endpoint knows.
    pub(super) fn check_options(&self) -> Answer<()> {
        if self.options.skip.is_some() {
            return Err(GraphError::request("'$skip' is not supported by the service."));
        }
        Ok(())
    }
}

/// A GUID in a path or body.
pub(super) fn guid(text: &str) -> Answer<Uuid> {
    text.parse().map_err(|_| GraphError::request(format!("Invalid object identifier '{text}'.")))
}
