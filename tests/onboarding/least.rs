//! A tenant set up exactly as the guide to the smaller set says is a tenant in which nothing is wrong: guide and
//! validation may not contradict each other.

use fairlead_engine::{
    guide::{GuideOptions, StepId, guide},
    purpose_of, requirements_of,
};
use fairlead_host::Connector;
use fairlead_model::FindingOutcome;
use toml::{Table, Value};

use crate::{
    rows::{self, Row},
    table::connectors,
    world::{World, scenario_file},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_smaller_set_validates_green_for_every_connector_and_mode() {
    let rows: Vec<Row> =
        rows::correct().into_iter().filter(|row| row.scenario.starts_with("correct-")).collect();
    let connectors = connectors(&rows).await;
    let mut wrong = Vec::new();
    for row in &rows {
        let connector = &connectors[row.connector];
        let world = World::written(&as_guided(row, connector).await);
        let report = world.validate(row, connector).await.report;
        let told = report.findings.iter().filter(|finding| finding.outcome != FindingOutcome::Pass);
        wrong.extend(told.map(|finding| {
            format!(
                "{} ({}): {} {}: {}",
                row.connector, row.mode, finding.id, finding.subject, finding.sentence
            )
        }));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The row's tenant with what the guide says, and nothing else.
async fn as_guided(row: &Row, connector: &Connector) -> String {
    let connection = World::of(row.scenario).connection(row);
    let requirements = requirements_of(connector, &connection).await.expect("requirements");
    let least = guide(&GuideOptions {
        connector: row.connector,
        product: &connector.description().title,
        connection: &connection.id,
        name: None,
        cloud: &connection.cloud,
        tenant: &connection.tenant,
        client_id: None,
        mode: row.mode,
        purpose: &purpose_of(connector.description(), row.mode),
        settings: &connection.settings,
        scope: &connection.scope,
        credential: None,
        federation: None,
        least: true,
        requirements: &requirements,
    })
    .expect("a guide");
    for reduction in least.reductions.iter().filter(|it| it.escalation.is_some()) {
        let asked = least.steps.iter().flat_map(|step| &step.items).any(|item| item.name == reduction.asked);
        assert!(!asked, "{} ({}): {} is asked for all the same", row.connector, row.mode, reduction.asked);
    }
    let items =
        |id: StepId| least.steps.iter().filter(move |step| step.id == id).flat_map(|step| &step.items);
    let file = std::fs::read_to_string(scenario_file(row.scenario)).expect("a scenario");
    let mut scenario: Table = file.parse().expect("a scenario");
    let reader = scenario["tenant"][0]["reader"].as_table_mut().expect("a reader");
    let granted = items(StepId::Permissions).map(|item| Value::from(item.name.clone()));
    reader.insert("granted".to_owned(), Value::Array(granted.collect()));
    let roles = items(StepId::Roles).map(|item| {
        let at = item.at.as_deref().expect("a place");
        let scope = match at.strip_prefix("subscription ") {
            Some(id) => format!("/subscriptions/{id}"),
            None => format!("/providers/Microsoft.Management/managementGroups/{}", row.tenant),
        };
        let role = [("role", item.name.clone()), ("scope", scope)];
        Value::Table(role.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
    });
    reader.insert("roles".to_owned(), Value::Array(roles.collect()));
    scenario.to_string()
}
