//! The tenant, before anybody signs in: is there one, in which cloud, and whose is a subscription.

use fairlead_azure::{DiscoverError, discover, home_cloud, tenant_of_subscription};
use fairlead_model::{Cloud, Connection, TenantId};
use uuid::Uuid;

use crate::validate::facts::{Look, TenantFact};

/// Asks the connection's cloud for the tenant, and where it is not there, what else it may be.
pub(in crate::validate) async fn look(connection: &Connection) -> (TenantFact, u64) {
    let cloud = &connection.cloud;
    match discover(cloud, &connection.tenant).await {
        Ok(found) => match found.cloud {
            Some(home) if is_elsewhere(cloud, &home) => {
                let evidence = vec![found.evidence];
                (TenantFact::Unknown { elsewhere: Some(home), swapped: false, evidence }, 1)
            }
            _ => (TenantFact::Found { id: found.tenant, evidence: found.evidence }, 1),
        },
        Err(DiscoverError::Unknown { evidence, .. }) => unknown(connection, *evidence).await,
        Err(DiscoverError::Malformed { evidence, .. }) => (TenantFact::Malformed(vec![*evidence]), 1),
        Err(error) => (TenantFact::Unreachable(error.to_string()), 1),
    }
}

/// A tenant answers in clouds that are not its own. Both US clouds answer alike, and a custom cloud is whatever
/// its operator says, so only a known cloud that is clearly another one tells something.
fn is_elsewhere(asked: &Cloud, home: &Cloud) -> bool {
    let group = |cloud: &Cloud| match cloud {
        Cloud::Public | Cloud::Custom(_) => 0,
        Cloud::UsGovernment | Cloud::UsDod => 1,
        Cloud::China => 2,
    };
    group(asked) != group(home)
}

async fn unknown(connection: &Connection, evidence: fairlead_model::Evidence) -> (TenantFact, u64) {
    let as_tenant: Option<TenantId> = connection.client_id.to_string().parse().ok();
    let client_is_tenant = async {
        match &as_tenant {
            Some(tenant) => discover(&connection.cloud, tenant).await.ok(),
            None => None,
        }
    };
    let (elsewhere, swapped) =
        tokio::join!(home_cloud(&connection.cloud, &connection.tenant), client_is_tenant);
    let mut evidence = vec![evidence];
    evidence.extend(swapped.iter().map(|found| found.evidence.clone()));
    let asked = if matches!(connection.cloud, Cloud::Custom(_)) { 2 } else { 4 };
    (TenantFact::Unknown { elsewhere, swapped: swapped.is_some(), evidence }, asked)
}

/// The tenant of a subscription the application cannot see.
pub(in crate::validate) async fn of_subscription(cloud: &Cloud, id: Uuid) -> Look<Option<Uuid>> {
    let (outcome, evidence) = tenant_of_subscription(cloud, id).await;
    match outcome {
        Ok(tenant) => Look::Seen(tenant, vec![evidence]),
        Err(why) => Look::Unanswered { why, evidence },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_lives_elsewhere_only_where_that_is_clear() {
        assert!(is_elsewhere(&Cloud::Public, &Cloud::China));
        assert!(is_elsewhere(&Cloud::UsDod, &Cloud::Public));
        assert!(!is_elsewhere(&Cloud::UsDod, &Cloud::UsGovernment));
        assert!(!is_elsewhere(&Cloud::Public, &Cloud::Public));
    }
}
