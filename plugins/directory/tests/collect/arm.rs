//! What is collected of Azure's hierarchy, its roles and its storage.

use crate::support::{arm, collect_canned};
use fairlead_connector::{Connection, Coverage, testing::Canned};
use fairlead_directory::{Collector, Selection};

const SUBSCRIPTIONS: &str = "/subscriptions?api-version=2022-12-01";
const ENTITIES: &str = "POST /providers/Microsoft.Management/getEntities?api-version=2023-04-01";
const BUILT_IN: &str = "/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=type%20eq%20'BuiltInRole'";
const ROOT: &str = "/providers/microsoft.management/managementgroups/root";

const S1: &str = r#"{"id":"/subscriptions/S1","subscriptionId":"S1","displayName":"One","state":"Enabled"}"#;
const NO_READ: (u16, &str, &str) = (
    403,
    "AuthorizationFailed",
    "The client 'a' with object id 'b' does not have authorization to perform action 'x/read' over scope '/s'.",
);

fn of(subscription: &str, list: &str) -> String {
    format!("/subscriptions/{subscription}/{list}")
}

fn resource_groups(subscription: &str) -> String {
    of(subscription, "resourcegroups?api-version=2021-04-01")
}

fn custom_roles(subscription: &str) -> String {
    of(subscription, &format!("{}'CustomRole'", &BUILT_IN[1..BUILT_IN.len() - "'BuiltInRole'".len()]))
}

fn assignments(subscription: &str) -> String {
    of(subscription, "providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01")
}

fn accounts(subscription: &str) -> String {
    of(subscription, "providers/Microsoft.Storage/storageAccounts?api-version=2024-01-01")
}

fn group(name: &str, parent: &str) -> String {
    let parent = match parent {
        "" => "{}".to_owned(),
        parent => format!(r#"{{"id":"/providers/Microsoft.Management/managementGroups/{parent}"}}"#),
    };
    format!(
        r#"{{"id":"/providers/Microsoft.Management/managementGroups/{name}","name":"{name}",
            "type":"Microsoft.Management/managementGroups",
            "properties":{{"displayName":"Group {name}","parent":{parent},"permissions":"view"}}}}"#
    )
}

fn entities(subscriptions: &[&str]) -> String {
    let mut all = vec![group("Root", "")];
    for name in subscriptions {
        all.push(format!(
            r#"{{"id":"/subscriptions/{name}","name":"{name}","type":"/subscriptions",
                "properties":{{"parent":{{"id":"/providers/Microsoft.Management/managementGroups/root"}}}}}}"#
        ));
    }
    arm(&all.iter().map(String::as_str).collect::<Vec<_>>(), None)
}

fn assignment(scope: &str, name: &str) -> String {
    format!(
        r#"{{"id":"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}","name":"{name}",
            "properties":{{"scope":"{scope}","principalId":"p","roleDefinitionId":"/x/roleDefinitions/R"}}}}"#
    )
}

fn list(rows: &[String]) -> String {
    arm(&rows.iter().map(String::as_str).collect::<Vec<_>>(), None)
}

#[test]
fn subscriptions_lie_in_their_management_groups() {
    let azure = Canned::new().ok(SUBSCRIPTIONS, arm(&[S1], None)).ok(ENTITIES, entities(&["s1"]));
    let collected = collect_canned(&Selection::of([Collector::Hierarchy]), &azure);
    let (name, parent, body) = collected.item("subscription", "s1");
    assert_eq!((name.as_str(), body.as_str()), ("One", S1));
    assert_eq!(parent.as_deref(), Some(format!("management-group {ROOT}").as_str()));
    assert_eq!(collected.item("management-group", ROOT).0, "Group Root");
    assert_eq!(azure.asked().len(), 2);
}

#[test]
fn a_tree_that_is_denied_leaves_the_subscriptions() {
    let azure =
        Canned::new().ok(SUBSCRIPTIONS, arm(&[S1], None)).error(ENTITIES, NO_READ.0, NO_READ.1, NO_READ.2);
    let collected = collect_canned(&Selection::of([Collector::Hierarchy]), &azure);
    assert_eq!(collected.item("subscription", "s1").1, None);
    let (coverage, reason) = collected.coverage("management-group", "").unwrap();
    assert_eq!(coverage, Coverage::Denied);
    assert!(reason.contains("x/read"), "{reason}");
}

#[test]
fn pages_of_both_lists_are_followed_in_their_own_way() {
    let more = "https://arm.example/subscriptions?api-version=2022-12-01&$skiptoken=2";
    let entities = "https://arm.example/providers/Microsoft.Management/getEntities?$skiptoken=2";
    let second = r#"{"subscriptionId":"s2","displayName":"Two"}"#;
    let azure = Canned::new()
        .ok(SUBSCRIPTIONS, arm(&[S1], Some(more)))
        .ok(more, arm(&[second], None))
        .ok(ENTITIES, arm(&[&group("a", "root")], Some(entities)))
        .ok(&format!("POST {entities}"), arm(&[&group("root", "")], None));
    let collected = collect_canned(&Selection::of([Collector::Hierarchy]), &azure);
    assert_eq!(collected.ids("subscription"), ["s1", "s2"]);
    assert_eq!(collected.ids("management-group").len(), 2);
    assert_eq!(collected.coverage("management-group", "").unwrap().0, Coverage::Complete);
}

#[test]
fn no_subscription_may_be_none_or_none_to_see() {
    let azure = Canned::new().ok(SUBSCRIPTIONS, arm(&[], None)).ok(ENTITIES, arm(&[], None)).error(
        "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()",
        NO_READ.0,
        NO_READ.1,
        NO_READ.2,
    );
    let selection = Selection::of([Collector::RoleAssignments, Collector::Containers]);
    let collected = collect_canned(&selection, &azure);
    for kind in ["subscription", "storage-account", "container"] {
        let (coverage, reason) = collected.coverage(kind, "").unwrap();
        assert_eq!(coverage, Coverage::Partial, "{kind}");
        assert!(reason.contains("assign it the role Reader"), "{reason}");
    }
    assert_eq!(collected.coverage("role-assignment", "").unwrap().0, Coverage::Denied);
}

#[test]
fn everything_of_a_subscription_is_asked_for_at_once_and_each_list_goes_on_by_itself() {
    let group = r#"{"id":"/subscriptions/S1/resourceGroups/Web","name":"Web"}"#;
    let more = "https://arm.example/subscriptions/s1/resourcegroups?$skiptoken=2";
    let second = r#"{"id":"/subscriptions/S1/resourceGroups/db","name":"db"}"#;
    let azure = Canned::new()
        .ok(SUBSCRIPTIONS, arm(&[S1], None))
        .ok(ENTITIES, entities(&["s1"]))
        .ok(BUILT_IN, arm(&[], None))
        .ok(&resource_groups("s1"), arm(&[group], Some(more)))
        .ok(more, arm(&[second], None))
        .ok(&custom_roles("s1"), arm(&[], None))
        .ok(&assignments("s1"), list(&[assignment("/subscriptions/S1", "A1")]))
        .ok(&accounts("s1"), arm(&[], None));
    let selection = Selection::of([
        Collector::ResourceGroups,
        Collector::RoleDefinitions,
        Collector::RoleAssignments,
        Collector::StorageAccounts,
    ]);
    let collected = collect_canned(&selection, &azure);
    assert_eq!(
        collected.ids("resource-group"),
        ["/subscriptions/s1/resourcegroups/db", "/subscriptions/s1/resourcegroups/web"]
    );
    let parent = &collected.item("resource-group", "/subscriptions/s1/resourcegroups/web").1;
    assert_eq!(parent.as_deref(), Some("subscription s1"));
    let id = "/subscriptions/s1/providers/microsoft.authorization/roleassignments/a1";
    assert_eq!(collected.ids("role-assignment"), [id]);
    for kind in ["resource-group", "role-definition", "role-assignment", "storage-account"] {
        assert_eq!(collected.coverage(kind, "s1").unwrap().0, Coverage::Complete, "{kind}");
    }
    let kinds: Vec<_> = collected.tasks.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["role-definitions", "hierarchy", "subscription", "resource-groups"]);
}

#[test]
fn inherited_assignments_are_one_item_however_often_they_appear() {
    let inherited = assignment("/providers/Microsoft.Management/managementGroups/Root", "A0");
    let other = assignment("/providers/Microsoft.Management/managementGroups/ROOT", "a0");
    let azure = Canned::new()
        .ok(SUBSCRIPTIONS, arm(&[S1, r#"{"subscriptionId":"s2"}"#], None))
        .ok(ENTITIES, entities(&["s1", "s2"]))
        .ok(&assignments("s1"), list(&[inherited, assignment("/subscriptions/s1", "a1")]))
        .ok(&assignments("s2"), list(&[other]));
    let collected = collect_canned(&Selection::of([Collector::RoleAssignments]), &azure);
    assert_eq!(collected.ids("role-assignment").len(), 2);
    assert_eq!(azure.asked().len(), 4, "the management group is shown by its subscriptions");
}

#[test]
fn a_management_group_without_subscriptions_is_asked_itself() {
    let beside = format!(
        "{}/empty/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()",
        ROOT.trim_end_matches("/root")
    );
    let azure = Canned::new()
        .ok(SUBSCRIPTIONS, arm(&[], None))
        .ok(ENTITIES, arm(&[&group("root", ""), &group("Empty", "root")], None))
        .ok(&beside, list(&[assignment("/", "a9")]));
    let collected = collect_canned(&Selection::of([Collector::RoleAssignments]), &azure);
    assert_eq!(collected.ids("role-assignment").len(), 1);
}

#[test]
fn a_subscription_that_is_denied_does_not_hide_the_others() {
    let azure = Canned::new()
        .ok(SUBSCRIPTIONS, arm(&[S1, r#"{"subscriptionId":"s2"}"#], None))
        .ok(ENTITIES, entities(&["s1", "s2"]))
        .error(&assignments("s1"), NO_READ.0, NO_READ.1, NO_READ.2)
        .ok(&assignments("s2"), list(&[assignment("/subscriptions/s2", "a2")]));
    let collected = collect_canned(&Selection::of([Collector::RoleAssignments]), &azure);
    assert_eq!(collected.ids("role-assignment").len(), 1);
    assert_eq!(collected.coverage("role-assignment", "s1").unwrap().0, Coverage::Denied);
    assert_eq!(collected.coverage("role-assignment", "s2").unwrap().0, Coverage::Complete);
}

#[test]
fn built_in_roles_are_found_in_a_subscription_when_the_tenants_list_is_denied() {
    let role = |prefix: &str, guid: &str| {
        format!(
            r#"{{"id":"{prefix}/providers/Microsoft.Authorization/roleDefinitions/{guid}","name":"{guid}",
                "properties":{{"roleName":"Reader","type":"BuiltInRole"}}}}"#
        )
    };
    let fallback = of("s1", &BUILT_IN[1..]);
    let azure = Canned::new()
        .ok(SUBSCRIPTIONS, arm(&[S1], None))
        .ok(ENTITIES, entities(&["s1"]))
        .error(BUILT_IN, NO_READ.0, NO_READ.1, NO_READ.2)
        .ok(&fallback, list(&[role("/subscriptions/s1", "ACDD")]))
        .ok(&custom_roles("s1"), list(&[role("/subscriptions/s1", "c1")]));
    let collected = collect_canned(&Selection::of([Collector::RoleDefinitions]), &azure);
    assert_eq!(collected.ids("role-definition"), ["acdd", "c1"]);
    assert_eq!(collected.item("role-definition", "acdd").0, "Reader");
    assert_eq!(collected.coverage("role-definition", "").unwrap().0, Coverage::Complete);
}

#[test]
fn containers_are_asked_of_accounts_that_have_blobs() {
    let web = "/subscriptions/S1/resourceGroups/Web/providers/Microsoft.Storage/storageAccounts";
    let account =
        |name: &str, kind: &str| format!(r#"{{"id":"{web}/{name}","name":"{name}","kind":"{kind}"}}"#);
    let containers = |name: &str| {
        format!("{}/{name}/blobServices/default/containers?api-version=2024-01-01", web.to_ascii_lowercase())
    };
    let logs = format!(r#"{{"id":"{web}/one/blobServices/default/containers/Logs","name":"Logs"}}"#);
    let rows = [
        account("one", "StorageV2"),
        account("files", "FileStorage"),
        account("odd", "StorageV2"),
        account("shut", "x"),
    ];
    let azure = Canned::new()
        .ok(SUBSCRIPTIONS, arm(&[S1], None))
        .ok(ENTITIES, entities(&["s1"]))
        .ok(&accounts("s1"), list(&rows))
        .ok(&containers("one"), arm(&[&logs], None))
        .status(&containers("odd"), 409, r#"{"code":"FeatureNotSupportedForAccount","message":"no blobs"}"#)
        .error(&containers("shut"), NO_READ.0, NO_READ.1, NO_READ.2);
    let collected = collect_canned(&Selection::of([Collector::Containers]), &azure);
    assert_eq!(collected.ids("storage-account").len(), 4);
    let id = format!("{}/one/blobservices/default/containers/logs", web.to_ascii_lowercase());
    let (name, parent, _) = collected.item("container", &id);
    assert_eq!(name, "Logs");
    assert_eq!(parent.as_deref(), Some(format!("storage-account {}/one", web.to_ascii_lowercase()).as_str()));
    let account = |name: &str| format!("{}/{name}", web.to_ascii_lowercase());
    assert_eq!(
        collected.item("storage-account", &account("one")).1.as_deref(),
        Some("resource-group /subscriptions/s1/resourcegroups/web")
    );
    assert_eq!(collected.coverage("container", &account("odd")).unwrap().0, Coverage::Complete);
    assert_eq!(collected.coverage("container", &account("shut")).unwrap().0, Coverage::Denied);
}

#[test]
fn a_subscription_that_never_used_storage_has_none() {
    let azure = Canned::new().ok(SUBSCRIPTIONS, arm(&[S1], None)).ok(ENTITIES, entities(&["s1"])).error(
        &accounts("s1"),
        409,
        "MissingSubscriptionRegistration",
        "not registered",
    );
    let collected = collect_canned(&Selection::of([Collector::StorageAccounts]), &azure);
    assert_eq!(collected.coverage("storage-account", "s1").unwrap().0, Coverage::Complete);
}

#[test]
fn tenants_are_known_by_their_guid() {
    let tenant = r#"{"id":"/tenants/T1","tenantId":"T1","displayName":"Contoso"}"#;
    let azure = Canned::new().ok("/tenants?api-version=2022-12-01", arm(&[tenant], None));
    let collected = collect_canned(&Selection::of([Collector::Tenants]), &azure);
    assert_eq!(collected.item("tenant", "t1").0, "Contoso");
}

const S2: &str = r#"{"id":"/subscriptions/S2","subscriptionId":"S2","displayName":"Two","state":"Enabled"}"#;

/// Everything that is collected subscription by subscription, of a part of the tenant.
fn within(subscriptions: &[&str], management_group: Option<&str>) -> Selection {
    Selection::of([Collector::ResourceGroups, Collector::RoleAssignments]).within(&Connection {
        name: "contoso".into(),
        tenant_id: "t".into(),
        mode: "read".into(),
        settings: "{}".into(),
        subscriptions: subscriptions.iter().map(|id| (*id).to_owned()).collect(),
        management_group: management_group.map(str::to_owned),
        entra_portal: String::new(),
    })
}

fn two_subscriptions() -> Canned {
    let entities = list(&[group("Root", ""), group("Lab", "root"), under("s1", "lab"), under("s2", "root")]);
    Canned::new()
        .ok(SUBSCRIPTIONS, arm(&[S1, S2], None))
        .ok(ENTITIES, entities)
        .ok(&resource_groups("s1"), list(&[]))
        .ok(&assignments("s1"), list(&[assignment("/subscriptions/s1", "a")]))
}

fn under(subscription: &str, parent: &str) -> String {
    format!(
        r#"{{"id":"/subscriptions/{subscription}","name":"{subscription}","type":"/subscriptions",
            "properties":{{"parent":{{"id":"/providers/Microsoft.Management/managementGroups/{parent}"}}}}}}"#
    )
}

#[test]
fn of_a_part_of_the_tenant_nothing_else_is_asked_for() {
    for part in [within(&["S1"], None), within(&[], Some("LAB")), within(&["s1", "s2"], Some("lab"))] {
        let azure = two_subscriptions();
        let collected = collect_canned(&part, &azure);
        assert_eq!(collected.ids("subscription"), ["s1"]);
        assert_eq!(collected.ids("management-group").len(), 2);
        let others = azure.asked().into_iter().filter(|path| path.contains("/subscriptions/s2/"));
        assert_eq!(others.count(), 0);
    }
}

#[test]
fn a_part_that_cannot_be_seen_is_told_with_its_name() {
    let entities = list(&[group("Root", "")]);
    let azure = || Canned::new().ok(SUBSCRIPTIONS, arm(&[S2], None)).ok(ENTITIES, &*entities);
    for (part, name) in [(within(&["s1"], None), "s1"), (within(&[], Some("lab")), "management group lab")] {
        let collected = collect_canned(&part, &azure());
        assert!(collected.ids("subscription").is_empty());
        for kind in ["subscription", "resource-group", "role-assignment"] {
            let (coverage, reason) = collected.coverage(kind, "").unwrap();
            assert_eq!(coverage, Coverage::Partial, "{kind}");
            assert!(reason.contains(name), "{reason}");
        }
    }
}
