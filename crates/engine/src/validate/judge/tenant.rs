//! Is there such a tenant, in this cloud?

use fairlead_model::Finding;

use super::{Case, Told as _, fail, pass, unknown};
use crate::validate::{facts::TenantFact, lint};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Case { connection, facts, remedies, .. } = case;
    let tenant = &connection.tenant;
    let found = |id: uuid::Uuid| pass("tenant.found", format!("tenant {id} is in this cloud"));
    if lint::pasted_twice(connection) {
        let twice = fail(
            "client-id.same-as-tenant",
            format!("{tenant} was given as both tenant id and client id: one of the two was pasted twice"),
        );
        let twice = twice.mended_by(remedies.client_id());
        return match &facts.tenant {
            TenantFact::Found { id, evidence } => vec![found(*id).resting_on([evidence.clone()]), twice],
            _ => vec![twice],
        };
    }
    let finding = match &facts.tenant {
        TenantFact::NotAsked => return Vec::new(),
        TenantFact::Found { id, evidence } => found(*id).resting_on([evidence.clone()]),
        TenantFact::Unknown { swapped: true, evidence, .. } => fail(
            "client-id.swapped",
            format!(
                "tenant id and client id are swapped: {} is a tenant, and {tenant} is none",
                connection.client_id
            ),
        )
        .resting_on(evidence.clone())
        .mended_by(remedies.edit(
            "exchange the connection's tenant id and client id",
            &["--tenant", &connection.client_id.to_string(), "--client-id", tenant.as_str()],
        )),
        TenantFact::Unknown { elsewhere: Some(cloud), evidence, .. } => fail(
            "tenant.other-cloud",
            format!("tenant {tenant} lives in another Azure cloud ({cloud}) than the connection says"),
        )
        .resting_on(evidence.clone())
        .mended_by(remedies.cloud(Some(cloud))),
        TenantFact::Unknown { evidence, .. } => fail(
            "tenant.unknown",
            format!(
                "there is no tenant {tenant} in this cloud: its id is mistyped, or it lives in another cloud"
            ),
        )
        .resting_on(evidence.clone())
        .mended_by(remedies.tenant_id()),
        TenantFact::Malformed(evidence) => {
            fail("tenant.malformed", format!("\"{tenant}\" is neither a tenant's id nor a domain"))
                .resting_on(evidence.clone())
                .mended_by(remedies.tenant_id())
        }
        TenantFact::Unreachable(why) => match facts.any_token().zip(facts.tenant_id()) {
            Some(((signed_in, _), id)) => found(id).resting_on([signed_in.evidence.clone()]),
            None => unknown("tenant.unreachable", format!("the tenant could not be looked up: {why}"))
                .mended_by(remedies.network()),
        },
    };
    vec![finding]
}
