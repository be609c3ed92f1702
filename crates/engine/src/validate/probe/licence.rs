//! Licences: asked where the connector will feel their absence, else of the organisation's plans.

use std::collections::BTreeMap;

use fairlead_azure::{known, permissions::satisfied_by};
use fairlead_model::{Api, Need, Plan, Requirement};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::Asker;
use crate::validate::facts::{Facts, Look};

/// Codes by which a service says that the tenant has no licence.
const UNLICENSED: &[&str] = &[
    "AadPremiumLicenseRequired",
    "PimLicenseRequired",
    "TenantLicenseRequired",
    "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
];

/// Looks at every plan that is required.
pub(in crate::validate) async fn look(
    asker: &Asker,
    facts: &Facts,
    requirements: &[Requirement],
) -> BTreeMap<Plan, Look<bool>> {
    let mut plans: Vec<Plan> = requirements
        .iter()
        .filter_map(|requirement| match requirement.need {
            Need::Licence { plan, .. } => Some(plan),
            _ => None,
        })
        .collect();
    plans.sort();
    plans.dedup();
    let answers = plans.into_iter().map(async |plan| (plan, of(asker, facts, plan).await));
    futures::future::join_all(answers).await.into_iter().collect()
}

async fn of(asker: &Asker, facts: &Facts, plan: Plan) -> Look<bool> {
    let Some(granted) = facts.granted() else { return Look::NotAsked };
    let (permission, path) = match plan {
        Plan::P1 => ("AuditLog.Read.All", "/v1.0/auditLogs/signIns?$top=1"),
        Plan::P2 => (
            "RoleEligibilitySchedule.Read.Directory",
            "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances?$top=1",
        ),
    };
    if satisfied_by(permission, &granted).is_some() {
        return told(asker.get::<Value>(Api::Graph, path).await);
    }
    if ["Organization.Read.All", "Directory.Read.All"].iter().any(|p| satisfied_by(p, &granted).is_some()) {
        let organisations =
            asker.list::<Organisation>(Api::Graph, "/v1.0/organization?$select=id,assignedPlans").await;
        return organisations.map(|all| all.iter().any(|organisation| organisation.has(plan)));
    }
    Look::Lacks(permission)
}

fn told(answer: Look<Value>) -> Look<bool> {
    match answer {
        Look::Refused { evidence, .. }
            if evidence.code.as_deref().is_some_and(|c| UNLICENSED.contains(&c)) =>
        {
            Look::Seen(false, vec![evidence])
        }
        other => other.map(|_| true),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organisation {
    #[serde(default)]
    assigned_plans: Vec<AssignedPlan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct AssignedPlan {
    service_plan_id: Uuid,
    capability_status: String,
}

impl Organisation {
    fn has(&self, plan: Plan) -> bool {
        self.assigned_plans.iter().any(|assigned| {
            assigned.capability_status == "Enabled" && known::licences(assigned.service_plan_id, plan)
        })
    }
}
