//! What Resource Manager lists and returns: completeness, paging, filters, shapes, writes.

use std::collections::BTreeSet;

use fairlead_simulator::world::arm::{Scope, builtin};
use fairlead_simulator::world::generate::Sizes;
use fairlead_simulator::world::roles::ScheduleKind;
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::arm_support::{Azure, BASE, READER, document, refusal};

const AUTHORIZATION: &str = "providers/Microsoft.Authorization";

fn text<'a>(item: &'a Value, pointer: &str) -> &'a str {
    item.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn every_request_names_a_version_that_is_served() {
    let azure = Azure::with_role(&Sizes::default(), READER);
    let without = |path: &str| {
        let request = fairlead_simulator::Request::new(
            Method::GET,
            path,
            http::HeaderMap::new(),
            bytes::Bytes::new(),
            BASE,
            Uuid::nil(),
        );
        fairlead_simulator::arm::handle(&fairlead_simulator::Call {
            world: &azure.world,
            caller: &azure.caller,
            request: &request,
            clock: &azure.clock,
            physics: &azure.physics,
        })
    };
    let missing = (400, "MissingApiVersionParameter".to_owned());
    assert_eq!(refusal(&without("/subscriptions")), missing);
    assert_eq!(refusal(&without("/no/such/path")), missing);
    assert_eq!(
        azure.refusal("/subscriptions?api-version=soon"),
        (400, "InvalidApiVersionParameter".to_owned())
    );
}

#[test]
fn what_does_not_exist_is_said_to_be_missing() {
    let azure = Azure::with_role(&Sizes::default(), READER);
    let s = azure.subscription(0);
    let group = azure.resource_group(s, 0);
    let nowhere = Uuid::from_u128(9);
    for (path, code) in [
        (format!("/subscriptions/{nowhere}"), "SubscriptionNotFound"),
        (format!("/subscriptions/{nowhere}/resourcegroups"), "SubscriptionNotFound"),
        (format!("/subscriptions/{s}/resourcegroups/none"), "ResourceGroupNotFound"),
        (
            format!("/subscriptions/{s}/resourcegroups/none/{AUTHORIZATION}/roleAssignments"),
            "ResourceGroupNotFound",
        ),
        (
            format!(
                "/subscriptions/{s}/resourcegroups/{group}/providers/Microsoft.Storage/storageAccounts/none"
            ),
            "ResourceNotFound",
        ),
        (format!("/subscriptions/{s}/{AUTHORIZATION}/roleAssignments/{nowhere}"), "RoleAssignmentNotFound"),
        (
            format!("/subscriptions/{s}/{AUTHORIZATION}/roleDefinitions/{nowhere}"),
            "RoleDefinitionDoesNotExist",
        ),
        (format!("/subscriptions/{s}/providers/Contoso.Things/things"), "InvalidResourceNamespace"),
    ] {
        assert_eq!(azure.refusal(&path), (404, code.to_owned()), "{path}");
    }
}

#[test]
fn lists_hold_what_was_generated() {
    let azure = Azure::with_role(&Sizes::default(), READER);
    let mut groups = 0;
    let mut accounts = 0;
    let mut containers = 0;
    for subscription in azure.list("/subscriptions") {
        let id = text(&subscription, "/id");
        assert_eq!(text(&subscription, "/tenantId"), azure.tenant_id().to_string());
        groups += azure.list(&format!("{id}/RESOURCEGROUPS?$top=2")).len();
        for account in azure.list(&format!("{id}/providers/Microsoft.Storage/storageAccounts")) {
            accounts += 1;
            let path = format!("{}/blobServices/default/containers", text(&account, "/id"));
            containers += azure.list(&format!("{path}?$maxpagesize=2&$include=deleted")).len();
        }
        let resources = azure.names(&format!("{id}/resources?$top=1"));
        assert_eq!(resources, azure.names(&format!("{id}/providers/Microsoft.Storage/storageAccounts")));
    }
    assert_eq!((groups, accounts, containers), (12, 8, 24));
}

#[test]
fn deleted_containers_are_listed_only_when_asked_for() {
    let azure = Azure::with_role(&Sizes::default(), READER);
    let (id, deleted) = azure.tenant(|tenant| {
        let (subscription, account) = tenant
            .arm
            .storage_accounts
            .iter()
            .flat_map(|(id, accounts)| accounts.iter().map(move |account| (id, account)))
            .find(|(_, account)| account.containers.iter().any(|container| container.deleted))
            .expect("one of 24 containers is deleted");
        let deleted = account.containers.iter().find(|it| it.deleted).expect("found").name.clone();
        let group = &account.resource_group;
        let name = &account.name;
        let provider = "providers/Microsoft.Storage/storageAccounts";
        (format!("/subscriptions/{subscription}/resourceGroups/{group}/{provider}/{name}"), deleted)
    });
    let path = format!("{id}/blobServices/default/containers");
    assert!(!azure.names(&path).contains(&deleted));
    assert!(azure.names(&format!("{path}?$include=deleted")).contains(&deleted));
    assert_eq!(azure.refusal(&format!("{path}/{deleted}")), (404, "ContainerNotFound".to_owned()));
}

#[test]
fn resource_groups_are_found_by_their_tags() {
    let azure = Azure::with_role(&Sizes::default(), READER);
    let s = azure.subscription(0);
    let all = azure.list(&format!("/subscriptions/{s}/resourcegroups"));
    let tagged = |value: &str| {
        let filter = format!("tagName eq 'Environment' and tagValue eq '{value}'");
        azure.names(&format!("/subscriptions/{s}/resourcegroups?$filter={filter}"))
    };
    let mut expected: Vec<&str> = all
        .iter()
        .filter(|group| text(group, "/tags/environment") == "production")
        .map(|group| text(group, "/name"))
        .collect();
    expected.sort_unstable();
    assert!(!expected.is_empty() && expected.len() < all.len());
    assert_eq!(tagged("production"), expected);
    assert_eq!(tagged("Production"), Vec::<String>::new(), "values compare exactly");
}

#[test]
fn role_assignments_are_inherited_downwards_and_listed_from_below() {
    let sizes = Sizes { role_assignments: 400, ..Sizes::default() };
    let azure = Azure::with_role(&sizes, READER);
    let s = azure.subscription(0);
    let scope = Scope::Subscription(s);
    let expected = |keep: &dyn Fn(&Scope) -> bool| -> Vec<String> {
        azure.tenant(|tenant| {
            let all = tenant.arm.role_assignments().values();
            let mut names: Vec<String> =
                all.filter(|it| keep(&it.scope)).map(|it| it.name.to_string()).collect();
            names.sort();
            names
        })
    };
    let above_or_at = azure.tenant(|tenant| tenant.arm.lineage(&scope));
    let path = format!("/subscriptions/{s}/{AUTHORIZATION}/roleAssignments");
    let at_scope = expected(&|it| above_or_at.contains(it));
    let around = expected(&|it| above_or_at.contains(it) || it.subscription() == Some(s));
    assert!(at_scope.len() < around.len());
    assert_eq!(azure.names(&path), around);
    assert_eq!(azure.names(&format!("{path}?$filter=atScope()")), at_scope);

    let group = azure.resource_group(s, 0);
    let group_scope = Scope::ResourceGroup { subscription: s, name: group.clone() };
    let path = format!("/subscriptions/{s}/resourceGroups/{group}/{AUTHORIZATION}/roleAssignments");
    let of_group = azure.tenant(|tenant| {
        let mut names: Vec<String> = tenant
            .arm
            .role_assignments()
            .values()
            .filter(|it| above_or_at.contains(&it.scope) || tenant.arm.is_within(&it.scope, &group_scope))
            .map(|it| it.name.to_string())
            .collect();
        names.sort();
        names
    });
    assert_eq!(azure.names(&path), of_group);
}

#[test]
fn assignments_of_one_principal_are_found_at_above_and_below() {
    let sizes = Sizes { role_assignments: 400, ..Sizes::default() };
    let azure = Azure::with_role(&sizes, READER);
    let s = azure.subscription(0);
    let path = format!("/subscriptions/{s}/{AUTHORIZATION}/roleAssignments");
    let all = azure.list(&path);
    let somebody = text(all.last().expect("assignments"), "/properties/principalId").to_owned();
    let mut expected: Vec<&str> = all
        .iter()
        .filter(|it| text(it, "/properties/principalId") == somebody)
        .map(|it| text(it, "/name"))
        .collect();
    expected.sort_unstable();
    assert_eq!(azure.names(&format!("{path}?$filter=principalId+eq+'{somebody}'")), expected);
    assert_eq!(
        azure.refusal(&format!("{path}?$filter=principalId+ne+'{somebody}'")),
        (400, "UnsupportedQuery".to_owned())
    );
    assert_eq!(
        azure.refusal(&format!("{path}?$filter=assignedTo('nobody')")),
        (400, "InvalidPrincipalId".to_owned())
    );
}

#[test]
fn long_lists_of_assignments_come_in_pages() {
    let sizes = Sizes { role_assignments: 4_000, subscriptions: 1, users: 500, ..Sizes::default() };
    let azure = Azure::with_role(&sizes, READER);
    let s = azure.subscription(0);
    let path = format!("/subscriptions/{s}/{AUTHORIZATION}/roleAssignments");
    let (_, first) = azure.get(&path);
    assert_eq!(first["value"].as_array().map(Vec::len), Some(1_000));
    assert!(text(&first, "/nextLink").starts_with(&format!("{BASE}{path}?api-version=")));
    let names = azure.names(&path);
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    assert!(names.len() > 3_000);
}

#[test]
fn role_definitions_are_those_assignable_at_the_scope() {
    let sizes = Sizes { custom_roles: 6, ..Sizes::default() };
    let azure = Azure::with_role(&sizes, READER);
    let built_in = builtin::role_definitions().len();
    let s = azure.subscription(0);
    let path = |filter: &str| format!("/subscriptions/{s}/{AUTHORIZATION}/roleDefinitions?$filter={filter}");
    assert_eq!(azure.list(&path("type eq 'BuiltInRole'")).len(), built_in);
    let custom = azure.list(&path("type eq 'CustomRole'"));
    assert!(!custom.is_empty() && custom.len() < 6, "{}", custom.len());
    assert_eq!(azure.list(&path("atScope()")).len(), built_in + custom.len());
    let reader = azure.list(&path("roleName eq 'Reader' and type eq 'BuiltInRole'"));
    assert_eq!(reader.len(), 1);
    assert_eq!(
        text(&reader[0], "/id"),
        format!("/subscriptions/{s}/{AUTHORIZATION}/roleDefinitions/{READER}")
    );
    let root = azure.tenant_id();
    let group =
        format!("/providers/Microsoft.Management/managementGroups/{root}/{AUTHORIZATION}/roleDefinitions");
    let below = azure.list(&format!("{group}?$filter=atScopeAndBelow() and type eq 'CustomRole'"));
    assert_eq!(below.len(), 6);
    // The tenant's own path needs no role, and its ids no subscription.
    let bare = Azure::new(&Sizes::empty());
    let (status, reader) = bare.get(&format!("/{AUTHORIZATION}/roleDefinitions/{READER}"));
    assert_eq!(status, StatusCode::OK);
    assert_eq!(text(&reader, "/id"), format!("/{AUTHORIZATION}/roleDefinitions/{READER}"));
}

#[test]
fn the_tree_of_management_groups_is_told_in_all_its_forms() {
    let azure =
        Azure::with_role(&Sizes { management_groups: 12, subscriptions: 9, ..Sizes::default() }, READER);
    let root = azure.tenant_id();
    let path = format!("/providers/Microsoft.Management/managementGroups/{root}");
    let descendants = azure.list(&format!("{path}/descendants?$top=4"));
    assert_eq!(descendants.len(), 21);
    assert!(descendants.iter().all(|it| !text(it, "/properties/parent/id").is_empty()));

    let (_, tree) = azure.get(&format!("{path}?$expand=children&$recurse=true"));
    let mut count = 0;
    let mut stack = vec![tree["properties"]["children"].clone()];
    while let Some(children) = stack.pop() {
        for child in children.as_array().into_iter().flatten() {
            count += 1;
            stack.push(child["children"].clone());
        }
    }
    assert_eq!(count, 21);
    assert_eq!(tree["properties"]["details"]["parent"], Value::Null);

    let entities = document(&azure.ask(Method::POST, "/providers/Microsoft.Management/getEntities", ""));
    assert_eq!(entities["count"], json!(22));
    let mut under = 0;
    for group in azure.list("/providers/Microsoft.Management/managementGroups") {
        let (_, one) = azure.get(&format!("{}?$expand=path", text(&group, "/id")));
        let last = one["properties"]["details"]["path"].as_array().and_then(|path| path.last().cloned());
        assert_eq!(last.expect("a path")["name"], group["name"]);
        under += azure.list(&format!("{}/subscriptions", text(&group, "/id"))).len();
    }
    assert_eq!(under, 9);
}

#[test]
fn schedules_are_told_apart_by_what_they_give_and_instances_by_the_clock() {
    let azure = Azure::with_role(&Sizes { role_schedules: 40, ..Sizes::default() }, READER);
    let count = |collection: &str| {
        let mut names = BTreeSet::new();
        for index in 0..3 {
            let s = azure.subscription(index);
            names.extend(azure.names(&format!("/subscriptions/{s}/{AUTHORIZATION}/{collection}")));
        }
        names
    };
    let expected = |eligible: bool| {
        azure.tenant(|tenant| {
            let root = tenant.arm.root_management_group();
            let reached = |scope: &Scope| {
                scope.subscription().is_some()
                    || *scope == Scope::ManagementGroup(root.clone())
                    || tenant.arm.subscriptions.values().any(|subscription| {
                        tenant.arm.is_within(&Scope::Subscription(subscription.id), scope)
                    })
            };
            let all = tenant.arm.schedules.values();
            let of_kind =
                all.filter(|it| (it.kind == ScheduleKind::Eligible) == eligible && reached(&it.scope));
            of_kind.map(|it| it.name.to_string()).collect::<BTreeSet<_>>()
        })
    };
    assert_eq!(count("roleEligibilityScheduleInstances"), expected(true));
    assert_eq!(count("roleAssignmentScheduleInstances"), expected(false));
    azure.clock.advance(SignedDuration::from_hours(24 * 365 * 20));
    assert!(count("roleEligibilityScheduleInstances").len() < expected(true).len());
    assert_eq!(count("roleEligibilitySchedules"), expected(true));
}

#[test]
fn an_assignment_can_be_made_repeated_and_taken_back() {
    let azure = Azure::with_role(&Sizes::default(), builtin::OWNER);
    let s = azure.subscription(1);
    let user = azure.tenant(|tenant| tenant.users.id_at(3).expect("a user"));
    let path =
        |name: u128| format!("/subscriptions/{s}/{AUTHORIZATION}/roleAssignments/{}", Uuid::from_u128(name));
    let body = |role: Uuid, principal: Uuid, extra: &str| {
        let role = format!("/subscriptions/{s}/{AUTHORIZATION}/roleDefinitions/{role}");
        format!(r#"{{"properties":{{"roleDefinitionId":"{role}","principalId":"{principal}"{extra}}}}}"#)
    };
    let put = |name: u128, body: &str| azure.ask(Method::PUT, &path(name), body);
    let created = put(1, &body(READER, user, ""));
    assert_eq!(created.status, StatusCode::CREATED);
    assert!(created.changed);
    assert_eq!(document(&created)["properties"]["principalType"], json!("User"));
    assert_eq!(put(1, &body(READER, user, "")).status, StatusCode::OK);

    let nobody = Uuid::from_u128(0xDEAD);
    for (name, body, expected) in [
        (2, body(READER, user, ""), (409, "RoleAssignmentExists")),
        (1, body(builtin::OWNER, user, ""), (400, "RoleAssignmentUpdateNotPermitted")),
        (3, body(Uuid::from_u128(5), user, ""), (400, "RoleDefinitionDoesNotExist")),
        (3, body(READER, nobody, ""), (400, "PrincipalNotFound")),
        (3, body(READER, nobody, r#","principalType":"User""#), (400, "PrincipalNotFound")),
        (3, body(READER, user, r#","principalType":"Group""#), (400, "UnmatchedPrincipalType")),
        (3, "{}".to_owned(), (400, "InvalidRequestContent")),
    ] {
        let (status, code) = refusal(&put(name, &body));
        assert_eq!((status, code.as_str()), expected, "{body}");
    }
    let trusted = put(4, &body(READER, nobody, r#","principalType":"ServicePrincipal""#));
    assert_eq!(trusted.status, StatusCode::CREATED, "a new service principal may not be replicated yet");

    let gone = azure.ask(Method::DELETE, &path(1), "");
    assert_eq!((gone.status, gone.changed), (StatusCode::OK, true));
    assert_eq!(azure.ask(Method::DELETE, &path(1), "").status, StatusCode::NO_CONTENT);
    assert_eq!(azure.refusal(&path(1)), (404, "RoleAssignmentNotFound".to_owned()));
}

#[test]
fn a_resource_group_is_created_updated_and_deleted_in_an_operation() {
    let azure = Azure::with_role(&Sizes { role_assignments: 0, ..Sizes::default() }, builtin::OWNER);
    let s = azure.subscription(0);
    let path = format!("/subscriptions/{s}/resourcegroups/New-One");
    let put = |body: &str| azure.ask(Method::PUT, &path, body);
    assert_eq!(azure.ask(Method::HEAD, &path, "").status, StatusCode::NOT_FOUND);
    assert_eq!(put(r#"{"location":"West Europe"}"#).status, StatusCode::CREATED);
    assert_eq!(put(r#"{"location":"westeurope","tags":{"a":"b"}}"#).status, StatusCode::OK);
    assert_eq!(refusal(&put(r#"{"location":"eastus"}"#)), (409, "InvalidResourceGroupLocation".to_owned()));
    assert_eq!(
        refusal(&put(r#"{"location":"atlantis"}"#)),
        (400, "LocationNotAvailableForResourceGroup".to_owned())
    );
    assert_eq!(azure.ask(Method::HEAD, &path, "").status, StatusCode::NO_CONTENT);
    let (_, group) = azure.get(&path.to_uppercase().replace("SUBSCRIPTIONS", "subscriptions"));
    assert_eq!((text(&group, "/name"), text(&group, "/tags/a")), ("New-One", "b"));

    let accepted = azure.ask(Method::DELETE, &path, "");
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    let header =
        |name: &str| accepted.headers[name].to_str().expect("text").trim_start_matches(BASE).to_owned();
    assert_eq!(header("retry-after"), "1");
    let (location, status) = (header("location"), header("azure-asyncoperation"));
    assert_eq!(azure.ask(Method::GET, &location, "").status, StatusCode::ACCEPTED);
    assert_eq!(azure.get(&status).1["status"], json!("InProgress"));
    azure.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(azure.ask(Method::GET, &location, "").status, StatusCode::OK);
    assert_eq!(azure.get(&status).1["status"], json!("Succeeded"));
    assert_eq!(azure.refusal(&path), (404, "ResourceGroupNotFound".to_owned()));
}
