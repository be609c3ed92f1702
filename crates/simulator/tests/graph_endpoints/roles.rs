//! Directory roles.

use fairlead_simulator::world::roles::ScheduleKind;

use crate::support::Graph;

const ROOT: &str = "/v1.0/roleManagement/directory";

#[test]
fn assignments_in_force_are_the_permanent_and_the_activated_ones() {
    let graph = Graph::new();
    let expected = graph.look(|it| {
        let scheduled = it.roles.schedules.values();
        it.roles.assignments.len()
            + scheduled.filter(|it| it.kind != ScheduleKind::Eligible && it.active(graph.clock.now())).count()
    });
    let found = graph.all(&format!("{ROOT}/roleAssignments?$top=3"));
    assert_eq!(found.len(), expected);
    let first = &found[0];
    let principal = first["principalId"].as_str().expect("a principal");
    let filtered = graph.all(&format!("{ROOT}/roleAssignments?$filter=principalId eq '{principal}'"));
    assert!(!filtered.is_empty() && filtered.iter().all(|it| it["principalId"] == principal));
    let id = first["id"].as_str().expect("an id");
    assert_eq!(&graph.get(&format!("{ROOT}/roleAssignments/{id}")).json["principalId"], principal);
}

#[test]
fn either_end_of_an_assignment_can_be_expanded() {
    let graph = Graph::new();
    let principal = &graph.all(&format!("{ROOT}/roleAssignments?$expand=principal"))[0];
    assert_eq!(principal["principal"]["id"], principal["principalId"]);
    assert!(principal["principal"]["@odata.type"].is_string());
    let role = &graph.all(&format!("{ROOT}/roleAssignments?$expand=roleDefinition"))[0];
    assert_eq!(role["roleDefinition"]["id"], role["roleDefinitionId"]);
    assert_eq!(graph.get(&format!("{ROOT}/roleAssignments?$expand=principal,roleDefinition")).status, 400);
}

#[test]
fn eligibility_is_apart_from_assignment_and_instances_end_with_the_clock() {
    let graph = Graph::new();
    let eligible =
        graph.look(|it| it.roles.schedules.values().filter(|it| it.kind == ScheduleKind::Eligible).count());
    assert_eq!(graph.all(&format!("{ROOT}/roleEligibilitySchedules")).len(), eligible);
    assert_eq!(graph.all(&format!("{ROOT}/roleEligibilityScheduleInstances")).len(), eligible);
    graph.clock.advance(jiff::SignedDuration::from_hours(24 * 20 * 365));
    let left = graph.look(|it| {
        let schedules = it.roles.schedules.values();
        schedules.filter(|it| it.kind == ScheduleKind::Eligible && it.end.is_none()).count()
    });
    assert!(left < eligible);
    assert_eq!(graph.all(&format!("{ROOT}/roleEligibilityScheduleInstances")).len(), left);
    let instances = graph.all(&format!("{ROOT}/roleAssignmentScheduleInstances"));
    assert!(instances.iter().all(|it| it["assignmentType"].is_string()));
}

#[test]
fn only_activated_roles_are_directory_roles() {
    let graph = Graph::new();
    let activated =
        graph.look(|it| it.roles.definitions.values().filter(|it| it.activated.is_some()).count());
    let roles = graph.all("/v1.0/directoryRoles");
    assert_eq!(roles.len(), activated);
    let template = roles[0]["roleTemplateId"].as_str().expect("a template");
    let found = graph.get(&format!("/v1.0/directoryRoles(roleTemplateId='{template}')"));
    assert_eq!(found.json["id"], roles[0]["id"]);
    let id = roles[0]["id"].as_str().expect("an id");
    assert_eq!(graph.get(&format!("/v1.0/directoryRoles/{id}/members")).status, 200);
}
