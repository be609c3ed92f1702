//! Collections of directory objects: pages, choices, filters, errors.

use std::collections::HashSet;

use fairlead_simulator::faults::{FaultRates, PhysicsSettings};
use fairlead_simulator::world::{ObjectKind, ObjectRef};

use crate::support::{BASE, Graph, ids, link};

#[test]
fn a_page_links_to_the_next_until_every_user_was_listed_once() {
    let graph = Graph::new();
    let first = graph.get("/v1.0/users?$top=100&$select=id,displayName");
    assert_eq!(first.rows().len(), 100);
    assert_eq!(first.json["@odata.context"], format!("{BASE}/v1.0/$metadata#users(id,displayName)").as_str());
    let next = link(&first, "@odata.nextLink").expect("a next page");
    assert!(next.contains("$skiptoken=") && next.contains("$select=id,displayName"), "{next}");
    let all = graph.all("/v1.0/users?$top=100&$select=id");
    let expected: Vec<String> = graph
        .look(|it| (0..it.users.slots()).filter_map(|at| Some(it.users.id_at(at)?.to_string())).collect());
    assert_eq!(ids(&all), expected);
}

#[test]
fn unasked_a_user_shows_eleven_properties_in_v1_and_more_in_beta() {
    let graph = Graph::new();
    let v1 = &graph.get("/v1.0/users?$top=1").json["value"][0];
    assert_eq!(v1.as_object().expect("a user").len(), 11);
    let beta = &graph.get("/beta/users?$top=1").json["value"][0];
    assert!(beta.get("accountEnabled").is_some() && beta.get("userType").is_some());
    assert!(beta.get("signInActivity").is_none());
}

#[test]
fn a_user_is_found_by_id_by_name_and_in_parentheses() {
    let graph = Graph::new();
    let (id, upn) = graph.look(|it| {
        let user = it.users.at(3).expect("a user");
        (user.id, user.user_principal_name.clone())
    });
    let upn = upn.replace('#', "%23");
    for key in [format!("/{id}"), format!("/{upn}"), format!("('{upn}')"), format!("/{}", upn.to_uppercase())]
    {
        let found = graph.get(&format!("/v1.0/users{key}?$select=id"));
        assert_eq!(found.json["id"], id.to_string().as_str(), "{key}");
        assert_eq!(found.json["@odata.context"], format!("{BASE}/v1.0/$metadata#users(id)/$entity").as_str());
    }
}

#[test]
fn a_service_principal_is_found_by_its_client_id() {
    let graph = Graph::new();
    let (id, app) = graph.look(|it| {
        let principal = it.service_principals.values().next().expect("a service principal");
        (principal.id.to_string(), principal.app_id)
    });
    assert_eq!(graph.get(&format!("/v1.0/servicePrincipals(appId='{app}')")).json["id"], id.as_str());
    let filtered = graph.get(&format!("/v1.0/servicePrincipals?$filter=appId eq '{app}'"));
    assert_eq!(ids(filtered.rows()), [id]);
}

#[test]
fn filters_choose_and_combine_with_pages() {
    let graph = Graph::new();
    let disabled = graph.all("/v1.0/users?$filter=accountEnabled eq false&$select=id,accountEnabled&$top=3");
    let expected = graph.look(|it| {
        (0..it.users.slots()).filter(|at| it.users.at(*at).is_some_and(|user| !user.account_enabled)).count()
    });
    assert!(expected > 3);
    assert_eq!(disabled.len(), expected);
    assert!(disabled.iter().all(|user| user["accountEnabled"] == false));
}

#[test]
fn what_does_not_exist_is_said_as_graph_says_it() {
    let graph = Graph::new();
    let missing = "/v1.0/users/00000000-0000-4000-8000-000000000000";
    for (target, status, code) in [
        (missing, 404, "Request_ResourceNotFound"),
        ("/v1.0/users/nobody@contoso.example", 404, "Request_ResourceNotFound"),
        ("/v1.0/groups/nonsense", 400, "Request_BadRequest"),
        ("/v1.0/userz", 400, "BadRequest"),
        ("/v1.0/users?$select=shoeSize", 400, "BadRequest"),
        ("/v1.0/users?$filter=shoeSize eq 43", 400, "BadRequest"),
        ("/v1.0/users?$filter=displayName eq", 400, "BadRequest"),
        ("/v1.0/users?$expand=shoes", 400, "BadRequest"),
        ("/v1.0/users?$top=1000", 400, "Request_UnsupportedQuery"),
        ("/v1.0/users?$skip=5", 400, "Request_BadRequest"),
        ("/v1.0/users?$skiptoken=nonsense", 400, "Request_BadRequest"),
        ("/v1.0/users?$select=mailboxSettings", 501, "NotImplemented"),
    ] {
        let answer = graph.get(target);
        assert_eq!((answer.status, answer.code()), (status, code), "{target}: {}", answer.text);
    }
    let error = graph.get(missing);
    assert_eq!(
        error.message(),
        "Resource '00000000-0000-4000-8000-000000000000' does not exist or one of its queried reference-property \
         objects are not present."
    );
    assert!(error.json["error"]["innerError"]["request-id"].is_string());
    assert_eq!(graph.get("/v1.0/users/x/friends").message(), "Resource not found for the segment 'friends'.");
}

#[test]
fn advanced_queries_need_their_header_and_count() {
    let graph = Graph::new();
    let target = "/v1.0/users?$filter=accountEnabled ne true&$count=true";
    let refused = graph.get(target);
    assert_eq!((refused.status, refused.code()), (400, "Request_UnsupportedQuery"));
    assert!(refused.message().contains("'ConsistencyLevel:eventual' header is missing"));
    let without_count = graph.eventual("/v1.0/users?$filter=endswith(mail,'x')");
    assert!(without_count.message().contains("$count=true"), "{}", without_count.text);
    let answered = graph.eventual(target);
    assert_eq!(answered.json["@odata.count"], answered.rows().len());

    assert_eq!(graph.get("/v1.0/users/$count").status, 400);
    assert_eq!(graph.eventual("/v1.0/users/$count").text, "250");
    assert_eq!(graph.get("/v1.0/users?$search=\"displayName:a\"").code(), "Request_UnsupportedQuery");
    assert!(graph.get("/v1.0/users?$count=true").json.get("@odata.count").is_none());
}

#[test]
fn the_count_comes_on_the_first_page_only() {
    let graph = Graph::new();
    let first = graph.eventual("/v1.0/users?$count=true&$top=100");
    assert_eq!(first.json["@odata.count"], 250);
    let second = graph.eventual(&link(&first, "@odata.nextLink").expect("a next page"));
    assert!(second.json.get("@odata.count").is_none());
    assert_eq!(second.rows().len(), 100);
}

#[test]
fn order_holds_over_pages() {
    let graph = Graph::new();
    let names: Vec<String> = graph
        .all("/v1.0/users?$orderby=displayName desc&$top=60&$select=displayName")
        .iter()
        .map(|user| user["displayName"].as_str().expect("a name").to_lowercase())
        .collect();
    assert_eq!(names.len(), 250);
    assert!(names.windows(2).all(|pair| pair[0] >= pair[1]));
}

#[test]
fn the_manager_is_expanded_with_its_own_choice_and_left_out_when_there_is_none() {
    let graph = Graph::new();
    let users = graph.all("/v1.0/users?$select=id&$expand=manager($select=id,displayName)&$top=999");
    let expected: Vec<Option<String>> = graph.look(|it| {
        (0..it.users.slots())
            .filter(|at| it.users.exists(*at))
            .map(|at| Some(it.users.id_at(it.users.manager(at)?)?.to_string()))
            .collect()
    });
    let found: Vec<Option<String>> =
        users.iter().map(|user| user["manager"]["id"].as_str().map(str::to_owned)).collect();
    assert_eq!(found, expected);
    let manager = users.iter().find_map(|user| user.get("manager")).expect("a manager");
    assert_eq!(manager["@odata.type"], "#microsoft.graph.user");
    assert_eq!(manager.as_object().expect("an object").len(), 3);
}

#[test]
fn expanding_stops_at_twenty_and_takes_one_navigation() {
    let graph = Graph::new();
    let groups = graph.all("/v1.0/groups?$select=id&$expand=members($select=id)");
    let big = graph.look(|it| it.groups.objects.iter().any(|(at, _)| it.groups.member_count(at) > 20));
    assert!(big);
    let most = groups.iter().map(|group| group["members"].as_array().expect("members").len()).max();
    assert_eq!(most, Some(20));
    assert_eq!(graph.get("/v1.0/groups?$expand=members,owners").status, 400);
}

#[test]
fn sign_in_activity_pages_are_smaller_and_ask_for_the_id() {
    let graph = Graph::new();
    assert_eq!(graph.get("/v1.0/users?$select=id,signInActivity&$top=500").status, 200);
    assert_eq!(graph.get("/v1.0/users?$select=id,signInActivity&$top=501").status, 400);
    let upn = graph.look(|it| it.users.at(0).expect("a user").user_principal_name.replace('#', "%23"));
    assert_eq!(graph.get(&format!("/v1.0/users/{upn}?$select=signInActivity")).status, 400);
}

#[test]
fn mailbox_settings_are_read_of_one_user_who_has_a_mailbox() {
    let graph = Graph::new();
    let of = |has: bool| {
        graph.look(|it| {
            (0..250).find_map(|at| {
                let user = it.users.at(at)?;
                (user.mailbox.is_some() == has).then_some(user.id)
            })
        })
    };
    let (with, without) = (of(true).expect("a mailbox"), of(false).expect("no mailbox"));
    let settings = graph.get(&format!("/beta/users/{with}/mailboxSettings"));
    assert!(settings.json["userPurpose"].is_string());
    let chosen = graph.get(&format!("/beta/users/{with}?$select=id,mailboxSettings"));
    assert_eq!(chosen.json["mailboxSettings"]["userPurpose"], settings.json["userPurpose"]);
    let missing = graph.get(&format!("/beta/users/{without}/mailboxSettings"));
    assert_eq!((missing.status, missing.code()), (404, "MailboxNotEnabledForRESTAPI"));
}

#[test]
fn an_empty_page_links_to_the_same_place_and_nothing_is_lost() {
    let faults = FaultRates { empty_page: 0.5, ..FaultRates::default() };
    let graph = Graph::new().physics(PhysicsSettings { faults, ..PhysicsSettings::default() });
    assert_eq!(graph.all("/v1.0/users?$top=20&$select=id").len(), 250);
}

#[test]
fn deleted_users_leave_no_hole_in_the_pages() {
    let graph = Graph::new();
    graph.change(|it| {
        for position in 10..30 {
            it.delete(ObjectRef::new(ObjectKind::User, position), jiff::Timestamp::UNIX_EPOCH);
        }
    });
    let all: HashSet<String> = ids(&graph.all("/v1.0/users?$top=7&$select=id")).into_iter().collect();
    assert_eq!(all.len(), 230);
}

#[test]
fn every_collection_and_the_tenant_itself_answer() {
    let graph = Graph::new();
    for target in [
        "/v1.0/groups",
        "/v1.0/servicePrincipals",
        "/v1.0/applications",
        "/v1.0/devices",
        "/v1.0/organization",
        "/v1.0/domains",
        "/v1.0/subscribedSkus",
        "/v1.0/oauth2PermissionGrants",
        "/v1.0/directoryRoles?$expand=members",
        "/v1.0/auditLogs/signIns",
        "/v1.0/reports/authenticationMethods/userRegistrationDetails",
    ] {
        assert_eq!(graph.get(target).status, 200, "{target}");
        assert!(!graph.get(target).rows().is_empty() || target.contains("Grants"), "{target}");
    }
    let organization = &graph.get("/v1.0/organization").json["value"][0];
    assert_eq!(organization["id"], graph.id.to_string().as_str());
    assert!(organization["assignedPlans"].to_string().contains("eec0eb4f-6444-4f95-aba0-50c24d67f998"));
}
