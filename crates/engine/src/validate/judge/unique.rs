//! Is there a second connection of this connector like it?

use fairlead_model::{Connection, Finding, UniqueBy, Weight};

use super::{Case, Told as _, absent, finding, pass, warn};
use crate::likeness::Likeness;

pub(super) fn judge(case: &Case<'_>, by: UniqueBy, weight: Weight) -> Finding {
    let tenant_id = case.facts.tenant_id().map(|id| id.to_string());
    let like = Likeness {
        connection: case.connection,
        tenant_id: tenant_id.as_deref(),
        fingerprint: case.fingerprint,
    };
    // The secret of another application is a mistake of its own, and told as that.
    let is_told_here =
        |other: &Connection| by != UniqueBy::Credential || other.client_id == case.connection.client_id;
    let Some(other) = case.others.iter().find(|other| like.is_shared(by, other) && is_told_here(other))
    else {
        return pass("connection.unique", unique(by)).about(subject(by));
    };
    let (name, tenant) = (&other.id, &case.connection.tenant);
    let told = match by {
        UniqueBy::Tenant => finding(
            "connection.duplicate-tenant",
            absent(weight),
            format!(
                "the connection {name} is of tenant {tenant} too, and the vendor takes one for each tenant"
            ),
        ),
        UniqueBy::TenantAndApplication => warn(
            "connection.duplicate",
            format!(
                "the connection {name} is of the same tenant and application: what both cover is collected twice"
            ),
        ),
        UniqueBy::Credential => finding(
            "connection.duplicate-credential",
            absent(weight),
            format!(
                "the connection {name} signs in with the same secret, and the vendor wants one of its own"
            ),
        ),
    };
    let remedy = match by {
        UniqueBy::Credential => case.remedies.secret("make a client secret for this connection alone"),
        UniqueBy::Tenant => case.remedies.remove_connection(format!("remove this connection or {name}")),
        UniqueBy::TenantAndApplication => case.remedies.edit(
            format!("give this connection and {name} different subscriptions, or remove one of the two"),
            &["--subscription", "ID"],
        ),
    };
    told.about(name.to_string()).mended_by(remedy)
}

fn unique(by: UniqueBy) -> &'static str {
    match by {
        UniqueBy::Tenant => "no other connection of this connector is of this tenant",
        UniqueBy::TenantAndApplication => {
            "no other connection of this connector has this tenant and application"
        }
        UniqueBy::Credential => "no other connection signs in with the same secret",
    }
}

fn subject(by: UniqueBy) -> &'static str {
    match by {
        UniqueBy::Tenant => "tenant",
        UniqueBy::TenantAndApplication => "application",
        UniqueBy::Credential => "credential",
    }
}
