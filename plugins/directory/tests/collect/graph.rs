//! What is collected of a directory, page by page and defect by defect.

use crate::support::{collect, collect_canned, graph};
use fairlead_connector::{Coverage, Failure, Refusal, testing::Canned};
use fairlead_directory::{Collector, Selection};

const DENIED: (u16, &str, &str) =
    (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");

fn small(collectors: &[Collector]) -> Selection {
    let mut selection = Selection::of(collectors.iter().copied());
    selection.user_properties = vec!["id", "displayName"];
    selection.manager_properties = vec![];
    selection.group_properties = vec!["id", "displayName"];
    selection.service_principal_properties = vec!["id", "displayName"];
    selection
}

const USERS: &str = "/v1.0/users?$select=id,displayName&$top=999";
const GROUPS: &str = "/v1.0/groups?$select=id,displayName,visibility&$top=999";
const PRINCIPALS: &str = "/v1.0/servicePrincipals?$select=id,displayName&$top=999";

fn members(id: &str) -> String {
    format!("/beta/groups/{id}/members?$select=id&$top=999")
}

fn owners(id: &str) -> String {
    format!("/beta/groups/{id}/owners?$select=id&$top=999")
}

#[test]
fn pages_are_followed_to_the_end_even_when_one_is_empty() {
    let second = "https://graph.example/v1.0/users?$skiptoken=a\\u0026b";
    let third = "https://graph.example/v1.0/users?$skiptoken=c";
    let azure = Canned::new()
        .ok(USERS, graph(&[r#"{"id":"A1","displayName":"Ann \"A\" Ünal"}"#], Some(second)))
        .ok("https://graph.example/v1.0/users?$skiptoken=a&b", graph(&[], Some(third)))
        .ok(third, graph(&[r#"{"id":"b2","displayName":null}"#], None));
    let collected = collect_canned(&small(&[Collector::Users]), &azure);
    assert_eq!(collected.ids("user"), ["a1", "b2"]);
    assert_eq!(collected.item("user", "a1").0, "Ann \"A\" Ünal");
    assert_eq!(collected.item("user", "b2").0, "");
    assert_eq!(
        collected.item("user", "a1").2,
        r#"{"id":"A1","displayName":"Ann \"A\" Ünal"}"#,
        "the body is as Azure sent it"
    );
    assert_eq!(collected.coverage("user", ""), Some((Coverage::Complete, "")));
    let keys: Vec<_> = collected.tasks.iter().map(|(_, key)| key.as_str()).collect();
    assert_eq!(keys, ["1", "2", "3"], "keys do not hold links, which differ from try to try");
}

#[test]
fn links_that_lead_in_a_circle_are_an_error_and_no_endless_list() {
    let (a, b) =
        ("https://graph.example/v1.0/users?$skiptoken=a", "https://graph.example/v1.0/users?$skiptoken=b");
    let azure = Canned::new()
        .ok(USERS, graph(&[r#"{"id":"u1"}"#], Some(a)))
        .ok(a, graph(&[r#"{"id":"u2"}"#], Some(b)))
        .ok(b, graph(&[r#"{"id":"u3"}"#], Some(a)));
    let failed = collect(&small(&[Collector::Users]), &azure).unwrap_err();
    let circle =
        "the list of users: the links to the next page lead in a circle, so nobody can say where it ends";
    assert_eq!(failed, Failure::Fatal(circle.to_owned()));

    let more = "https://graph.example/beta/groups/g1/members?$skiptoken=a";
    let again = graph(&[r##"{"@odata.type":"#microsoft.graph.user","id":"u1"}"##], Some(more));
    let azure = Canned::new()
        .ok(GROUPS, graph(&[r#"{"id":"g1"}"#], None))
        .ok(&members("g1"), again.clone())
        .ok(more, again)
        .ok(&owners("g1"), graph(&[], None));
    let failed = collect(&small(&[Collector::GroupLinks]), &azure).unwrap_err();
    assert!(
        matches!(&failed, Failure::Fatal(why) if why.starts_with("the members of group g1")),
        "{failed:?}"
    );
}

#[test]
fn managers_are_declared_exactly_when_they_come_along() {
    let declares = |selection: &Selection| {
        selection.needs().iter().any(|need| need.paths.iter().any(|path| path == "/v1.0/users/*/manager"))
    };
    assert!(declares(&Selection::of([Collector::Users])), "with some properties");
    assert!(declares(&small(&[Collector::Managers])), "for the links to them");
    assert!(!declares(&small(&[Collector::Users])));
    assert!(!declares(&Selection::of([Collector::Groups])));
}

#[test]
fn a_list_is_not_complete_before_its_last_page() {
    let next = "https://graph.example/v1.0/users?$skiptoken=c";
    let selection = small(&[Collector::Users]);
    let azure = Canned::new().ok(USERS, graph(&[], Some(next)));
    let plan = fairlead_directory::plan(&selection).unwrap();
    let step = fairlead_directory::run(&selection, &plan[0], &azure).unwrap();
    assert_eq!(step.coverage, []);
    assert_eq!((step.tasks[0].kind.as_str(), step.tasks.len()), ("users", 1));
}

#[test]
fn an_object_without_an_id_is_left_out_and_said() {
    let azure = Canned::new().ok(
        USERS,
        graph(
            &[r#"{"displayName":"nobody"}"#, r#"{"id":"u1"}"#, r#"{"id":7}"#, "null", r#"{"id":""}"#],
            None,
        ),
    );
    let collected = collect_canned(&small(&[Collector::Users]), &azure);
    assert_eq!(collected.ids("user"), ["u1"]);
    let (coverage, reason) = collected.coverage("user", "").unwrap();
    assert_eq!(coverage, Coverage::Partial);
    assert_eq!(reason, "the list of users: an object has no id; 4 such objects were left out");
}

#[test]
fn managers_come_with_their_users() {
    let path = format!("{USERS}&$expand=manager($select=id)");
    let azure = Canned::new().ok(
        &path,
        graph(
            &[
                r##"{"id":"u1","manager":{"@odata.type":"#microsoft.graph.user","id":"U2"}}"##,
                r##"{"id":"u2","manager":{"@odata.type":"#microsoft.graph.orgContact","id":"c1"}}"##,
                r#"{"id":"u3"}"#,
                r#"{"id":"u4","manager":null}"#,
            ],
            None,
        ),
    );
    let collected = collect_canned(&small(&[Collector::Managers]), &azure);
    assert_eq!(collected.links("manager"), [("u1", "user", "u2"), ("u2", "org-contact", "c1")]);
    assert_eq!(collected.coverage("manager", "").unwrap().0, Coverage::Complete);
}

#[test]
fn what_is_denied_is_noted_with_azures_words_and_so_is_what_follows_from_it() {
    let azure = Canned::new().error(GROUPS, DENIED.0, DENIED.1, DENIED.2);
    let collected = collect_canned(&small(&[Collector::GroupLinks]), &azure);
    for kind in ["group", "member", "owner"] {
        let (coverage, reason) = collected.coverage(kind, "").unwrap();
        assert_eq!(coverage, Coverage::Denied, "{kind}");
        assert!(reason.contains("Insufficient privileges"), "{reason}");
    }
}

#[test]
fn what_the_connector_cannot_do_without_fails_the_sync_when_denied() {
    let azure = Canned::new().error(USERS, DENIED.0, DENIED.1, DENIED.2);
    let failed = collect(&small(&[Collector::Users]).require("user"), &azure).unwrap_err();
    assert!(matches!(&failed, Failure::Denied(why) if why.contains("Insufficient privileges")), "{failed:?}");
}

#[test]
fn a_service_that_cannot_be_reached_is_tried_later() {
    let azure = Canned::new().refuse(USERS, Refusal::Unavailable("given up".into()));
    let failed = collect(&small(&[Collector::Users]), &azure).unwrap_err();
    assert_eq!(failed, Failure::RetryLater("given up".into()));
    let azure = Canned::new().refuse(USERS, Refusal::Stopping);
    assert!(matches!(collect(&small(&[Collector::Users]), &azure), Err(Failure::RetryLater(_))));
}

#[test]
fn an_answer_that_is_no_page_is_a_defect_with_a_sentence() {
    let azure = Canned::new().ok(USERS, "<html>");
    let failed = collect(&small(&[Collector::Users]), &azure).unwrap_err();
    assert!(matches!(&failed, Failure::Fatal(why) if why.starts_with("the list of users: ")), "{failed:?}");
}

#[test]
fn members_of_every_type_are_links() {
    let azure = Canned::new()
        .ok(GROUPS, graph(&[r#"{"id":"G1","displayName":"g","visibility":null}"#], None))
        .ok(
            &members("g1"),
            graph(
                &[
                    r##"{"@odata.type":"#microsoft.graph.user","id":"U1"}"##,
                    r##"{"@odata.type":"#microsoft.graph.group","id":"g1"}"##,
                    r##"{"@odata.type":"#microsoft.graph.servicePrincipal","id":"s1"}"##,
                    r##"{"@odata.type":"#microsoft.graph.device","id":"d1"}"##,
                    r##"{"@odata.type":"#microsoft.graph.user","id":"u2"}"##,
                    r##"{"@odata.type":"#microsoft.graph.newThing","id":"n1"}"##,
                ],
                None,
            ),
        )
        .ok(
            &owners("g1"),
            graph(&[r##"{"@odata.type":"#microsoft.graph.servicePrincipal","id":"S1"}"##], None),
        );
    let collected = collect_canned(&small(&[Collector::GroupLinks]), &azure);
    assert_eq!(
        collected.links("member"),
        [
            ("g1", "device", "d1"),
            ("g1", "group", "g1"),
            ("g1", "new-thing", "n1"),
            ("g1", "service-principal", "s1"),
            ("g1", "user", "u1"),
            ("g1", "user", "u2"),
        ]
    );
    assert_eq!(collected.links("owner"), [("g1", "service-principal", "s1")]);
    assert_eq!(collected.coverage("member", "").unwrap().0, Coverage::Complete);
}

#[test]
fn long_member_lists_go_on_whatever_the_size_of_a_page() {
    let next = "https://graph.example/beta/groups/g1/members?$skiptoken=2";
    let last = "https://graph.example/beta/groups/g1/members?$skiptoken=3";
    let user = |id: &str| format!(r##"{{"@odata.type":"#microsoft.graph.user","id":"{id}"}}"##);
    let azure = Canned::new()
        .ok(GROUPS, graph(&[r#"{"id":"g1"}"#], None))
        .ok(&members("g1"), graph(&[&user("u1")], Some(next)))
        .ok(&owners("g1"), graph(&[], None))
        .ok(next, graph(&[], Some(last)))
        .ok(last, graph(&[&user("u2")], None));
    let collected = collect_canned(&small(&[Collector::GroupLinks]), &azure);
    assert_eq!(collected.links("member"), [("g1", "user", "u1"), ("g1", "user", "u2")]);
    let kinds: Vec<_> = collected.tasks.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["groups", "group-links", "group-links", "group-links"]);
}

#[test]
fn twenty_groups_are_asked_about_at_once() {
    let ids: Vec<_> = (0..45).map(|number| format!("g{number:02}")).collect();
    let groups: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    let groups: Vec<_> = groups.iter().map(String::as_str).collect();
    let mut azure = Canned::new().ok(GROUPS, graph(&groups, None));
    for id in &ids {
        azure = azure.ok(&members(id), graph(&[], None)).ok(&owners(id), graph(&[], None));
    }
    let collected = collect_canned(&small(&[Collector::GroupLinks]), &azure);
    let keys: Vec<_> = collected.tasks.iter().map(|(_, key)| key.as_str()).collect();
    assert_eq!(keys, ["1", "g00", "g20", "g40"]);
    assert_eq!(azure.asked().len(), 1 + 90);
}

#[test]
fn a_group_that_vanished_has_no_links_and_the_others_keep_theirs() {
    let user = r##"{"@odata.type":"#microsoft.graph.user","id":"u1"}"##;
    let azure = Canned::new()
        .ok(GROUPS, graph(&[r#"{"id":"g1"}"#, r#"{"id":"g2"}"#], None))
        .error(&members("g1"), 404, "Request_ResourceNotFound", "gone")
        .error(&owners("g1"), 404, "Request_ResourceNotFound", "gone")
        .ok(&members("g2"), graph(&[user], None))
        .ok(&owners("g2"), graph(&[user], None));
    let collected = collect_canned(&small(&[Collector::GroupLinks]), &azure);
    assert_eq!(collected.links("member"), [("g2", "user", "u1")]);
    assert_eq!(collected.links("owner"), [("g2", "user", "u1")]);
    assert_eq!(collected.coverage("member", "").unwrap().0, Coverage::Complete);
    assert_eq!(collected.coverage("member", "g1"), None);
}

#[test]
fn what_every_group_is_denied_is_one_note_and_what_one_is_denied_its_own() {
    let groups = graph(&[r#"{"id":"g1"}"#, r#"{"id":"g2"}"#], None);
    let azure = Canned::new()
        .ok(GROUPS, groups)
        .error(&members("g1"), DENIED.0, DENIED.1, DENIED.2)
        .error(&members("g2"), DENIED.0, DENIED.1, DENIED.2)
        .ok(&owners("g1"), graph(&[], None))
        .error(&owners("g2"), DENIED.0, DENIED.1, DENIED.2);
    let collected = collect_canned(&small(&[Collector::GroupLinks]), &azure);
    assert_eq!(collected.coverage("member", "").unwrap().0, Coverage::Denied);
    assert_eq!(collected.coverage("member", "g1"), None);
    assert_eq!(collected.coverage("owner", "").unwrap().0, Coverage::Complete);
    assert_eq!(collected.coverage("owner", "g2").unwrap().0, Coverage::Denied);
}

#[test]
fn a_hidden_membership_is_not_an_empty_one() {
    let group = r#"{"id":"g1","visibility":"HiddenMembership"}"#;
    let azure = Canned::new()
        .ok(GROUPS, graph(&[group], None))
        .ok(&members("g1"), graph(&[], None))
        .ok(&owners("g1"), graph(&[], None));
    let collected = collect_canned(&small(&[Collector::GroupLinks]), &azure);
    let (coverage, reason) = collected.coverage("member", "g1").unwrap();
    assert_eq!(coverage, Coverage::Partial);
    assert!(reason.contains("Member.Read.Hidden"), "{reason}");
    let azure = Canned::new()
        .ok(GROUPS, graph(&[group], None))
        .error(&members("g1"), DENIED.0, DENIED.1, DENIED.2)
        .ok(&owners("g1"), graph(&[], None));
    let collected = collect_canned(&small(&[Collector::GroupLinks]), &azure);
    assert_eq!(collected.coverage("member", "g1").unwrap().0, Coverage::Denied);
    assert_eq!(collected.coverage("member", "").unwrap().0, Coverage::Complete);
}

#[test]
fn app_role_assignments_lead_to_who_has_them_and_carry_the_assignment() {
    let assigned = "/v1.0/servicePrincipals/s1/appRoleAssignedTo?$top=999";
    let owners = "/v1.0/servicePrincipals/s1/owners?$select=id&$top=999";
    let assignment = |kind: &str, id: &str, role: &str| {
        format!(r#"{{"id":"x{id}","principalType":"{kind}","principalId":"{id}","appRoleId":"{role}"}}"#)
    };
    let rows = [
        assignment("User", "U1", "R1"),
        assignment("User", "u1", "r2"),
        assignment("ServicePrincipal", "s2", "r1"),
    ];
    let azure = Canned::new()
        .ok(PRINCIPALS, graph(&[r#"{"id":"S1","displayName":"app"}"#], None))
        .ok(assigned, graph(&rows.iter().map(String::as_str).collect::<Vec<_>>(), None))
        .ok(owners, graph(&[r##"{"@odata.type":"#microsoft.graph.user","id":"u9"}"##], None));
    let selection = small(&[Collector::AppRoleAssignments, Collector::ServicePrincipalOwners]);
    let collected = collect_canned(&selection, &azure);
    let labels: Vec<_> = collected
        .links
        .iter()
        .filter(|link| link.0 == "app-role-assignment")
        .map(|link| (&*link.3, &*link.4))
        .collect();
    assert_eq!(labels, [("s2", "r1"), ("u1", "r1"), ("u1", "r2")]);
    assert_eq!(collected.links("owner"), [("s1", "user", "u9")]);
}

#[test]
fn a_missing_licence_is_not_a_missing_permission() {
    let azure = Canned::new().error(
        USERS,
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    );
    let collected = collect_canned(&small(&[Collector::Users]).require("user"), &azure);
    assert_eq!(collected.coverage("user", "").unwrap().0, Coverage::Unlicensed);
}

#[test]
fn a_task_of_another_version_is_refused_with_a_sentence() {
    let selection = small(&[Collector::Users]);
    for (kind, payload) in [("users", "[]"), ("group-links", "{}"), ("unheard-of", "{}")] {
        let task = fairlead_connector::Task { kind: kind.into(), key: "1".into(), payload: payload.into() };
        let failed = fairlead_directory::run(&selection, &task, &Canned::new()).unwrap_err();
        assert!(matches!(&failed, Failure::Fatal(why) if why.contains(kind)), "{failed:?}");
    }
}
