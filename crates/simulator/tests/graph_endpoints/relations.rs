//! Members, owners, memberships and grants.

use fairlead_simulator::world::{ObjectKind, ObjectRef};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Graph, ids, link};

fn biggest_group(graph: &Graph) -> (u32, Uuid) {
    graph.look(|it| {
        let (at, group) = it
            .groups
            .objects
            .iter()
            .filter(|(_, group)| group.visibility != Some("HiddenMembership"))
            .max_by_key(|(at, _)| it.groups.member_count(*at))
            .expect("a group");
        (at, group.id)
    })
}

fn direct(graph: &Graph, group: u32) -> Vec<String> {
    graph.look(|it| {
        it.groups.members(group).filter_map(|member| Some(it.object_id(member)?.to_string())).collect()
    })
}

#[test]
fn members_are_paged_by_position_with_their_types() {
    let graph = Graph::new();
    let (at, id) = biggest_group(&graph);
    let expected = direct(&graph, at);
    let found = graph.all(&format!("/v1.0/groups/{id}/members?$top=7&$select=id,displayName"));
    assert_eq!(ids(&found), expected);
    assert!(found.iter().all(|member| member["@odata.type"].as_str().is_some()));
}

#[test]
fn a_cast_leaves_one_type_and_ref_leaves_addresses() {
    let graph = Graph::new();
    let (at, id) = biggest_group(&graph);
    let users = graph.all(&format!("/v1.0/groups/{id}/members/microsoft.graph.user?$select=id"));
    let expected = graph.look(|it| {
        it.groups
            .members(at)
            .filter(|member| member.kind == ObjectKind::User && it.object_id(*member).is_some())
            .count()
    });
    assert_eq!(users.len(), expected);
    assert!(users[0].get("@odata.type").is_none());
    let refs = graph.all(&format!("/v1.0/groups/{id}/members/$ref"));
    assert_eq!(refs.len(), direct(&graph, at).len());
    assert!(refs[0]["@odata.id"].as_str().is_some_and(|it| it.contains("/v1.0/directoryObjects/")));
    let count = graph.eventual(&format!("/v1.0/groups/{id}/members/$count"));
    assert_eq!(count.text, refs.len().to_string());
}

#[test]
fn transitive_members_are_each_there_once_even_in_a_ring() {
    let graph = Graph::new();
    let (group, id) = graph.look(|it| {
        let nested = |at: u32| it.groups.members(at).any(|member| member.kind == ObjectKind::Group);
        let (at, group) = it.groups.objects.iter().find(|(at, _)| nested(*at)).expect("a nested group");
        (at, group.id)
    });
    let mut found = ids(&graph.all(&format!("/v1.0/groups/{id}/transitiveMembers?$select=id&$top=50")));
    let mut expected: Vec<String> = graph.look(|it| {
        let members = it.groups.transitive_members(group);
        members.into_iter().filter_map(|member| Some(it.object_id(member)?.to_string())).collect()
    });
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn memberships_and_their_checks_agree() {
    let graph = Graph::new();
    let (at, group) = biggest_group(&graph);
    let user = graph.look(|it| {
        let member = it.groups.members(at).find(|member| member.kind == ObjectKind::User).expect("a user");
        it.object_id(member).expect("a live user")
    });
    let member_of = ids(&graph.all(&format!("/v1.0/users/{user}/memberOf?$select=id")));
    assert!(member_of.contains(&group.to_string()));
    let all =
        graph.post(&format!("/v1.0/users/{user}/getMemberGroups"), &json!({"securityEnabledOnly": false}));
    assert!(all.json["value"].to_string().contains(&group.to_string()));
    let stranger = Uuid::from_u128(5);
    let checked = graph.post(
        &format!("/v1.0/directoryObjects/{user}/checkMemberGroups"),
        &json!({"groupIds": [group, stranger]}),
    );
    assert_eq!(checked.json["value"], json!([group]));
}

#[test]
fn the_manager_and_the_reports_are_two_sides() {
    let graph = Graph::new();
    let (user, manager) = graph.look(|it| {
        let at = (1..250).find(|at| it.users.manager(*at).is_some()).expect("a user with a manager");
        let manager = it.users.manager(at).expect("a manager");
        (it.users.id_at(at).expect("an id"), it.users.id_at(manager).expect("an id"))
    });
    let found = graph.get(&format!("/v1.0/users/{user}/manager?$select=id"));
    assert_eq!(found.json["id"], manager.to_string().as_str());
    let reports = ids(&graph.all(&format!("/v1.0/users/{manager}/directReports?$select=id&$top=3")));
    assert!(reports.contains(&user.to_string()));
    let top = graph.look(|it| it.users.id_at(0).expect("an id"));
    assert_eq!(graph.get(&format!("/v1.0/users/{top}/manager")).code(), "Request_ResourceNotFound");
}

#[test]
fn grants_are_listed_from_both_ends() {
    let graph = Graph::new();
    let (resource, principal, count) = graph.look(|it| {
        let grant = it.app_role_assignments().values().find(|grant| grant.principal_kind == ObjectKind::User);
        let grant = grant.expect("a grant to a user");
        (grant.resource, grant.principal, it.assigned_to(grant.resource).count())
    });
    let target = format!("/v1.0/servicePrincipals/{resource}/appRoleAssignedTo?$top=2");
    let assigned = graph.all(&target);
    assert_eq!(assigned.len(), count);
    assert!(count <= 2 || link(&graph.get(&target), "@odata.nextLink").is_some());
    let granted = graph.all(&format!("/v1.0/users/{principal}/appRoleAssignments"));
    let ours =
        granted.iter().find(|grant| grant["resourceId"] == resource.to_string().as_str()).expect("the grant");
    assert_eq!(ours["principalType"], "User");
    assert!(assigned.contains(ours));
    let id = ours["id"].as_str().expect("an id");
    let one = graph.get(&format!("/v1.0/servicePrincipals/{resource}/appRoleAssignedTo/{id}"));
    assert_eq!(one.json["principalId"], ours["principalId"]);
}

#[test]
fn objects_by_ids_pass_over_the_unknown_and_keep_to_the_types() {
    let graph = Graph::new();
    let (user, group) = graph.look(|it| {
        let group = it.object_id(ObjectRef::new(ObjectKind::Group, 0)).expect("a group");
        (it.users.id_at(0).expect("a user"), group)
    });
    let ask = |types: &[&str]| {
        let body = json!({"ids": [user, group, Uuid::from_u128(3)], "types": types});
        ids(graph.post("/v1.0/directoryObjects/getByIds?$select=id", &body).rows())
    };
    assert_eq!(ask(&[]), [user.to_string(), group.to_string()]);
    assert_eq!(ask(&["user"]), [user.to_string()]);
    assert_eq!(ask(&["microsoft.graph.group"]), [group.to_string()]);
}
