//! Delta queries.

use fairlead_simulator::world::{ChangeKind, ObjectKind, ObjectRef};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::{Graph, ids, link};

/// Follows a delta to its end: all rows, and the link for the next time.
fn follow(graph: &Graph, target: &str) -> (Vec<Value>, String) {
    let mut rows = Vec::new();
    let mut next = target.to_owned();
    loop {
        let answer = graph.get(&next);
        assert_eq!(answer.status, 200, "{}", answer.text);
        rows.extend_from_slice(answer.rows());
        match link(&answer, "@odata.nextLink") {
            Some(link) => next = link,
            None => return (rows, link(&answer, "@odata.deltaLink").expect("a delta link")),
        }
    }
}

fn at(graph: &Graph) -> Timestamp {
    graph.clock.now()
}

#[test]
fn the_first_round_is_everything_and_the_second_what_changed() {
    let graph = Graph::new();
    let (all, later) = follow(&graph, "/v1.0/users/delta?$select=displayName");
    assert_eq!(all.len(), 250);
    assert_eq!(all[0].as_object().map(serde_json::Map::len), Some(2), "the id comes along");
    assert_eq!(follow(&graph, &later).0.len(), 0);

    let (changed, gone) = graph.change(|it| {
        it.users.update(5, |user| user.display_name = "Renamed".to_owned());
        it.changes.record(at(&graph), ObjectRef::new(ObjectKind::User, 5), ChangeKind::Updated);
        it.changes.record(at(&graph), ObjectRef::new(ObjectKind::User, 5), ChangeKind::Updated);
        let gone = it.users.id_at(9).expect("a user");
        it.delete(ObjectRef::new(ObjectKind::User, 9), at(&graph));
        (it.users.id_at(5).expect("a user"), gone)
    });
    let (rows, latest) = follow(&graph, &later);
    assert_eq!(ids(&rows), [changed.to_string(), gone.to_string()]);
    assert_eq!(rows[0]["displayName"], "Renamed");
    assert_eq!(rows[1]["@removed"]["reason"], "changed");
    assert_eq!(follow(&graph, &latest).0.len(), 0);
    assert_eq!(follow(&graph, &later).0.len(), 2, "a link can be used again");
}

#[test]
fn changes_made_during_the_first_round_come_in_the_next() {
    let graph = Graph::new();
    let first = graph.get("/v1.0/users/delta?$select=id");
    graph
        .change(|it| it.changes.record(at(&graph), ObjectRef::new(ObjectKind::User, 1), ChangeKind::Updated));
    let (_, later) = follow(&graph, &link(&first, "@odata.nextLink").expect("a second page"));
    assert_eq!(follow(&graph, &later).0.len(), 1);
}

#[test]
fn latest_starts_from_now() {
    let graph = Graph::new();
    let (rows, later) = follow(&graph, "/v1.0/users/delta()?$deltatoken=latest");
    assert!(rows.is_empty());
    graph
        .change(|it| it.changes.record(at(&graph), ObjectRef::new(ObjectKind::User, 1), ChangeKind::Updated));
    assert_eq!(follow(&graph, &later).0.len(), 1);
}

#[test]
fn members_of_groups_come_with_their_types_and_removals_are_marked() {
    let graph = Graph::new();
    let (groups, later) = follow(&graph, "/v1.0/groups/delta?$select=displayName,members");
    let listed: usize =
        groups.iter().filter_map(|group| group["members@delta"].as_array()).map(Vec::len).sum();
    let expected = graph.look(|it| {
        let live = |at: u32| it.groups.members(at).filter(|member| it.object_id(*member).is_some()).count();
        it.groups.objects.iter().map(|(at, _)| live(at)).sum::<usize>()
    });
    assert_eq!(listed, expected);

    let (group, out) = graph.change(|it| {
        let member = it.groups.members(0).next().expect("a member");
        it.remove_member(0, member, at(&graph));
        (it.groups.objects.at(0).expect("a group").id, it.object_id(member).expect("an id"))
    });
    let (rows, _) = follow(&graph, &later);
    assert_eq!(ids(&rows), [group.to_string()]);
    let member = &rows[0]["members@delta"][0];
    assert_eq!(member["id"], out.to_string().as_str());
    assert_eq!(member["@removed"]["reason"], "deleted");
    let (without_members, _) = follow(&graph, "/v1.0/groups/delta?$select=displayName");
    assert!(without_members.iter().all(|group| group.get("members@delta").is_none()));
}

#[test]
fn an_old_token_is_gone_and_says_where_to_begin_again() {
    let graph = Graph::new();
    let (_, later) = follow(&graph, "/v1.0/users/delta?$deltatoken=latest");
    graph.clock.advance(SignedDuration::from_hours(8 * 24));
    let gone = graph.get(&later);
    assert_eq!((gone.status, gone.code()), (410, "syncStateNotFound"));
    let location = gone.headers.get("location").and_then(|it| it.to_str().ok()).expect("a location");
    assert!(location.ends_with("/v1.0/users/delta?$deltatoken="));
    let damaged = graph.get("/v1.0/users/delta?$deltatoken=x");
    assert_eq!((damaged.status, damaged.message()), (400, "Badly formed token."));
}

#[test]
fn a_delta_can_be_narrowed_to_ids_only() {
    let graph = Graph::new();
    let id = graph.look(|it| it.users.id_at(4).expect("a user"));
    let (rows, later) = follow(&graph, &format!("/v1.0/users/delta?$filter=id eq '{id}'&$select=id"));
    assert_eq!(ids(&rows), [id.to_string()]);
    graph.change(|it| {
        for position in [3, 4] {
            it.changes.record(at(&graph), ObjectRef::new(ObjectKind::User, position), ChangeKind::Updated);
        }
    });
    assert_eq!(ids(&follow(&graph, &later).0), [id.to_string()]);
    assert_eq!(graph.get("/v1.0/users/delta?$filter=displayName eq 'x'").status, 400);
}
