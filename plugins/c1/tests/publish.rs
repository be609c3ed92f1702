//! What the file says of a tenant: written to a real SQLite database and read back.

mod common;

use common::{Made, Tenant};
use fairlead_c1::{
    proto::ScopeBindingTrait,
    publish::host::{Coverage, CoverageNote},
};
use prost::Message;
use serde_json::json;

fn members(group: &str) -> String {
    format!("group:{group}:members")
}

#[test]
fn the_file_holds_exactly_one_finished_full_sync() {
    let made = Made::of(Tenant::new().user("u1"));
    let sync = |column: &str| made.column(&format!("select {column} from v1_sync_runs"));
    assert_eq!(sync("sync_type"), ["full"]);
    assert_eq!(sync("started_at"), ["2024-02-29 12:34:56.007000000"]);
    assert_eq!(sync("ended_at"), ["2024-02-29 12:35:00.000000000"]);
    assert_eq!(sync("sync_token"), [""]);
    assert_eq!(sync("grants_backfilled"), ["1"]);
    assert_eq!(sync("length(sync_id)"), ["27"]);
    for table in ["v1_resource_types", "v1_resources"] {
        let ids = made.column(&format!("select distinct sync_id from {table}"));
        assert_eq!(ids, sync("sync_id"));
    }
}

#[test]
fn publishing_the_same_run_again_gives_the_same_rows() {
    let mut tenant = Tenant::new();
    tenant.user("u1").group("g1").member("g1", "user:u1");
    let rows = |made: &Made| made.column("select hex(data) || external_id || sync_id from v1_grants");
    assert_eq!(rows(&Made::of(&tenant)), rows(&Made::of(&tenant)));
}

#[test]
fn the_counts_in_the_file_are_those_of_its_rows() {
    let mut tenant = Tenant::new();
    tenant.user("u1").user("u2").group("g1").group("g2").application("a1");
    tenant.member("g1", "user:u1").member("g1", "group:g2").member("g2", "user:u2");
    let made = Made::of(&tenant);
    let stats: serde_json::Value =
        serde_json::from_str(&made.column("select stats from v1_sync_runs")[0]).unwrap();
    for (key, table) in [
        ("resource_types", "v1_resource_types"),
        ("resources", "v1_resources"),
        ("entitlements", "v1_entitlements"),
        ("grants", "v1_grants"),
    ] {
        let rows = made.column(&format!("select count(*) from {table}"));
        assert_eq!(stats[key].to_string(), rows[0], "{key}");
    }
    assert_eq!(stats["resources_by_resource_type"]["user"], 2);
    assert_eq!(stats["grants_by_resource_type"]["group"], 4);
    assert_eq!(made.published.counts.grants, 4);
}

#[test]
fn every_name_in_a_grant_leads_to_a_row() {
    let made = Made::of(&estate());
    let dangling = "
        select 'entitlement of ' || external_id from v1_grants g where not exists
            (select 1 from v1_entitlements e where e.external_id = g.entitlement_id)
        union all select 'principal of ' || external_id from v1_grants g where not exists
            (select 1 from v1_resources r
             where r.external_id = g.principal_resource_type_id || ':' || g.principal_resource_id)
        union all select 'resource of ' || external_id from v1_entitlements e where not exists
            (select 1 from v1_resources r where r.external_id = e.resource_type_id || ':' || e.resource_id)
        union all select 'parent of ' || external_id from v1_resources c
            where c.parent_resource_id is not null and not exists
            (select 1 from v1_resources r
             where r.external_id = c.parent_resource_type_id || ':' || c.parent_resource_id)";
    assert_eq!(made.column(dangling), [""; 0]);
    assert_eq!(made.column("pragma integrity_check"), ["ok"]);
}

#[test]
fn the_hierarchy_hangs_together_from_tenant_to_container() {
    let made = Made::of(&estate());
    let parent = |kind: &str, id: &str| {
        let parent = made.resources(kind)[id].parent_resource_id.clone();
        parent.map(|parent| format!("{}:{}", parent.resource_type, parent.resource))
    };
    let path = "/providers/Microsoft.Management/managementGroups/";
    assert_eq!(parent("tenant", "t1"), None);
    assert_eq!(parent("management_group", &format!("{path}root")).as_deref(), Some("tenant:t1"));
    assert_eq!(
        parent("management_group", &format!("{path}prod")),
        Some(format!("management_group:{path}root"))
    );
    assert_eq!(parent("subscription", "s1"), Some(format!("management_group:{path}prod")));
    assert_eq!(parent("resource_group", "s1:Web").as_deref(), Some("subscription:s1"));
    let account = "s1:Web:Microsoft.Storage:storageAccounts:acct";
    assert_eq!(parent("storage_account", account).as_deref(), Some("subscription:s1"));
    assert_eq!(parent("container", "acct:logs"), Some(format!("storage_account:{account}")));
    assert_eq!(parent("role", "reader"), None);
}

#[test]
fn direct_memberships_keep_the_id_they_always_had() {
    let mut tenant = Tenant::new();
    tenant.user("u1").group("g1").member("g1", "user:u1").link("owner", "group:g1", "user:u1", "");
    let made = Made::of(&tenant);
    let grants = made.grants(&members("g1"));
    assert_eq!(grants["user:u1"].id, "group-grant:g1:user:u1:g1:members");
    assert!(grants["user:u1"].sources.is_empty() && !grants["user:u1"].follows);
    let owners = made.grants("group:g1:owners");
    assert_eq!(owners["user:u1"].id, "group-grant:g1:user:u1:g1:owners");
}

#[test]
fn who_is_in_an_inner_group_is_granted_the_outer_one_and_the_file_says_why() {
    let mut tenant = Tenant::new();
    tenant.user("u1").user("u2").group("g1").group("g2").group("g3");
    tenant.member("g1", "group:g2").member("g2", "group:g3").member("g3", "user:u1");
    tenant.member("g1", "user:u2").member("g2", "user:u2");
    let made = Made::of(&tenant);
    let grants = made.grants(&members("g1"));
    assert_eq!(grants.keys().collect::<Vec<_>>(), ["group:g2", "group:g3", "user:u1", "user:u2"]);

    let through = &grants["user:u1"];
    assert_eq!(through.id, "group:g1:members:user:u1");
    assert!(through.follows, "nobody can take it away by itself");
    assert_eq!(through.sources, [(members("g2"), false)].into());

    let both = &grants["user:u2"];
    assert!(!both.follows);
    assert_eq!(both.sources, [(members("g1"), true), (members("g2"), true)].into());

    let inner = grants["group:g2"].expansion.as_ref().expect("the inner group passes its members on");
    assert_eq!((inner.entitlement_ids.as_slice(), inner.shallow), (&[members("g2")][..], false));
    assert_eq!(grants["group:g3"].expansion, None, "what follows passes nothing on");
    assert_eq!(made.column("select distinct needs_expansion from v1_grants"), ["0"]);
}

#[test]
fn groups_in_a_circle_have_the_same_members_and_are_not_in_themselves() {
    let mut tenant = Tenant::new();
    tenant.user("u1").user("u2").group("g1").group("g2");
    tenant.member("g1", "group:g2").member("g2", "group:g1").member("g1", "user:u1").member("g2", "user:u2");
    let made = Made::of(&tenant);
    assert_eq!(made.holders(&members("g1")), ["group:g2", "user:u1", "user:u2"]);
    assert_eq!(made.holders(&members("g2")), ["group:g1", "user:u1", "user:u2"]);
    assert!(made.grants(&members("g1"))["user:u1"].sources.is_empty());
}

#[test]
fn app_roles_pass_from_a_group_to_its_direct_users_only() {
    let mut tenant = Tenant::new();
    tenant.application("a1").user("u1").user("u2").group("g1").group("g2");
    tenant.member("g1", "user:u1").member("g1", "group:g2").member("g2", "user:u2");
    tenant.link("app-role-assignment", "service-principal:a1", "group:g1", "clerk");
    let made = Made::of(&tenant);
    let grants = made.grants("enterprise_application:a1:assignment:clerk");
    assert_eq!(grants.keys().collect::<Vec<_>>(), ["group:g1", "user:u1"]);
    let expansion = grants["group:g1"].expansion.as_ref().unwrap();
    assert!(expansion.shallow);
    assert_eq!(expansion.resource_type_ids, ["user"]);
    assert_eq!(grants["user:u1"].sources, [(members("g1"), true)].into());
    assert_eq!(grants["user:u1"].id, "enterprise_application:a1:assignment:clerk:user:u1");
}

#[test]
fn defect_05_users_carry_no_entitlements_to_ask_for() {
    let made = Made::of(&estate());
    let types = made.column("select distinct resource_type_id from v1_entitlements order by 1");
    assert_eq!(types, ["enterprise_application", "group", "role_assignment"]);
}

#[test]
fn defect_06_an_application_with_many_assignments_keeps_them_all() {
    let mut tenant = Tenant::new();
    tenant.application("a1");
    for user in 0..50 {
        let id = format!("u{user:02}");
        tenant.user(&id).link("app-role-assignment", "service-principal:a1", &format!("user:{id}"), "clerk");
    }
    assert_eq!(Made::of(&tenant).holders("enterprise_application:a1:assignment:clerk").len(), 50);
}

#[test]
fn defect_09_service_principals_that_own_things_are_in_the_file() {
    let mut tenant = Tenant::new();
    tenant.application("a1").application("a2").managed_identity("m1").group("g1");
    tenant.link("owner", "group:g1", "service-principal:a1", "");
    tenant.link("owner", "service-principal:a2", "service-principal:m1", "");
    tenant.link("owner", "application:x", "service-principal:a1", "");
    let made = Made::of(&tenant);
    assert_eq!(made.holders("group:g1:owners"), ["enterprise_application:a1"]);
    assert_eq!(made.holders("enterprise_application:a2:owners"), ["managed_identity:m1"]);
}

#[test]
fn defect_10_an_application_that_is_assigned_is_not_called_a_managed_identity() {
    let mut tenant = Tenant::new();
    tenant.application("a1").application("a2").managed_identity("m1");
    for holder in ["service-principal:a2", "service-principal:m1"] {
        tenant.link("app-role-assignment", "service-principal:a1", holder, "read");
    }
    let made = Made::of(&tenant);
    let holders = made.holders("enterprise_application:a1:assignment:read");
    assert_eq!(holders, ["enterprise_application:a2", "managed_identity:m1"]);
}

#[test]
fn defect_11_a_group_with_a_role_is_a_group() {
    let made = Made::of(&estate());
    assert!(made.holders("role_assignment:ra1@g1:assigned").contains(&"group:g1".to_owned()));
}

#[test]
fn defect_12_an_assignment_binds_to_its_own_scope() {
    let made = Made::of(&estate());
    let bound = |id: &str| {
        let resource = &made.resources("role_assignment")[id];
        let any = &resource.annotations[0];
        assert!(any.type_url.ends_with("ScopeBindingTrait"));
        let binding = ScopeBindingTrait::decode(any.value.as_slice()).unwrap();
        let scope = binding.scope_resource_id.unwrap();
        (binding.role_id.unwrap().resource, format!("{}:{}", scope.resource_type, scope.resource))
    };
    assert_eq!(bound("ra1@g1"), ("reader".into(), "resource_group:s1:Web".into()));
    assert_eq!(bound("ra2@u1"), ("reader".into(), "subscription:s1".into()));
    assert_eq!(bound("ra3@u1"), ("custom".into(), "tenant:t1".into()));
}

#[test]
fn defect_13_a_principal_s_type_comes_from_the_directory_that_was_read() {
    let mut tenant = estate();
    tenant.managed_identity("m1").assignment("ra9", "/subscriptions/s1", "reader", "m1");
    assert_eq!(Made::of(&tenant).holders("role_assignment:ra9@m1:assigned"), ["managed_identity:m1"]);
}

#[test]
fn defect_14_resource_groups_of_one_name_in_two_subscriptions_are_two() {
    let mut tenant = estate();
    tenant.item("subscription", "s2", json!({"subscriptionId": "s2", "displayName": "Two"}));
    let path = "/subscriptions/s2/resourceGroups/Web";
    tenant.item("resource-group", path, json!({"id": path, "name": "Web"}));
    let groups: Vec<String> = Made::of(&tenant).resources("resource_group").into_keys().collect();
    assert_eq!(groups, ["s1:Web", "s2:Web"]);
}

#[test]
fn defect_15_a_role_is_listed_once_for_all_subscriptions() {
    let mut tenant = estate();
    for scope in ["", "/subscriptions/s1", "/subscriptions/s2"] {
        let id = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/reader");
        tenant.item("role-definition", &id, json!({"id": id, "properties": {"roleName": "Reader"}}));
    }
    let made = Made::of(&tenant);
    let roles = made.resources("role");
    assert_eq!(roles.keys().collect::<Vec<_>>(), ["custom", "reader"]);
    assert_eq!(roles["reader"].display_name, "Reader");
}

#[test]
fn defect_21_members_of_a_group_with_a_role_have_the_role() {
    let made = Made::of(&estate());
    let grants = made.grants("role_assignment:ra1@g1:assigned");
    assert_eq!(grants.keys().collect::<Vec<_>>(), ["group:g1", "group:g2", "user:u1", "user:u2"]);
    assert_eq!(grants["user:u2"].sources, [(members("g1"), false)].into());
    assert!(!grants["group:g1"].expansion.as_ref().unwrap().shallow);
}

#[test]
fn defect_23_every_assigned_role_has_an_entitlement() {
    let mut tenant = Tenant::new();
    tenant.application("a1").user("u1");
    tenant.link("app-role-assignment", "service-principal:a1", "user:u1", "forgotten");
    let made = Made::of(&tenant);
    assert!(made.entitlements().contains("enterprise_application:a1:assignment:forgotten"));
    assert!(!made.entitlements().contains("enterprise_application:a1:assignment:read"), "nobody has it");
}

#[test]
fn defect_24_users_synchronised_from_on_premises_stay_members() {
    let mut tenant = Tenant::new();
    let body = json!({"id": "u1", "displayName": "Anna", "onPremisesSyncEnabled": true});
    tenant.item("user", "u1", body).group("g1").member("g1", "user:u1");
    assert_eq!(Made::of(&tenant).holders(&members("g1")), ["user:u1"]);
}

#[test]
fn defect_32_the_tenant_says_what_was_not_seen() {
    let mut tenant = Tenant::new();
    tenant.note(CoverageNote {
        kind: "role-assignment".into(),
        scope: "/subscriptions/s1".into(),
        coverage: Coverage::Denied,
        reason: "no permission to read role assignments".into(),
    });
    tenant.note(CoverageNote {
        kind: "user".into(),
        scope: String::new(),
        coverage: Coverage::Complete,
        reason: String::new(),
    });
    let made = Made::of(&tenant);
    let note = "role-assignment in /subscriptions/s1 denied: no permission to read role assignments";
    assert_eq!(made.published.notes, [note]);
    let profile = &made.resources("tenant")["t1"].profile;
    assert!(String::from_utf8_lossy(profile).contains(note));
}

#[test]
fn defect_32_relations_whose_end_is_not_in_the_file_are_counted() {
    let mut tenant = estate();
    tenant.member("g1", "device:d1").assignment("ra8", "/subscriptions/s1", "reader", "deleted");
    let made = Made::of(&tenant);
    assert_eq!(made.published.notes.len(), 2);
    assert!(made.published.notes[0].starts_with("1 member relations are not in the file"));
    assert!(made.published.notes[1].starts_with("1 role assignments name a principal"));
    assert!(made.resources("role_assignment").contains_key("ra8@deleted"));
    assert_eq!(made.holders("role_assignment:ra8@deleted:assigned"), [""; 0]);
}

#[test]
fn defect_33_a_group_that_vanished_takes_nobody_else_s_grants_along() {
    let mut tenant = Tenant::new();
    tenant.user("u1").group("g1").member("g0", "user:u1").member("g1", "user:u1");
    tenant.link("owner", "group:g0", "user:u1", "").link("owner", "group:g1", "user:u1", "");
    let made = Made::of(&tenant);
    assert_eq!(made.holders(&members("g1")), ["user:u1"]);
    assert_eq!(made.holders("group:g1:owners"), ["user:u1"]);
    assert_eq!(made.column("select count(*) from v1_grants"), ["2"]);
}

#[test]
fn a_body_that_is_not_understood_is_named() {
    let mut tenant = Tenant::new();
    tenant.item("user", "u1", json!({"accountEnabled": "yes"}));
    let Err(failure) = Made::try_of(&tenant) else { panic!("a string is no boolean") };
    assert!(
        format!("{failure:?}").contains("what Azure said of user u1 is not what this connector understands")
    );
}

#[test]
fn an_empty_tenant_makes_a_file_too() {
    let made = Made::of(&Tenant::default());
    assert_eq!(made.resources("tenant").keys().collect::<Vec<_>>(), ["t1"]);
    assert_eq!(made.column("select count(*) from v1_resource_types"), ["12"]);
}

/// A tenant with something of everything.
fn estate() -> Tenant {
    let mut tenant = Tenant::new();
    let groups = "/providers/Microsoft.Management/managementGroups/";
    for (name, parent) in [("prod", Some("root")), ("root", None)] {
        let path = format!("{groups}{name}");
        let parent = parent.map(|parent| json!({"id": format!("{groups}{parent}")}));
        let body = json!({"id": path, "name": name, "properties": {"displayName": name, "parent": parent}});
        tenant.item("management-group", &path, body);
    }
    tenant.item("subscription", "s1", json!({"subscriptionId": "s1", "displayName": "One"}));
    tenant.parent(("subscription", "s1"), ("management-group", &format!("{groups}prod")));
    let web = "/subscriptions/s1/resourceGroups/Web";
    tenant.item("resource-group", web, json!({"id": web, "name": "Web"}));
    let account = format!("{web}/providers/Microsoft.Storage/storageAccounts/acct");
    tenant.item("storage-account", &account, json!({"id": account, "name": "acct"}));
    let container = format!("{account}/blobServices/default/containers/logs");
    tenant.item("container", &container, json!({"id": container, "name": "logs"}));
    let role = "/providers/Microsoft.Authorization/roleDefinitions/reader";
    tenant.item("role-definition", role, json!({"id": role, "properties": {"roleName": "Reader"}}));
    tenant.user("u1").user("u2").group("g1").group("g2").application("a1");
    tenant.member("g1", "user:u1").member("g1", "group:g2").member("g2", "user:u2");
    tenant.link("owner", "service-principal:a1", "user:u1", "");
    tenant.link("app-role-assignment", "service-principal:a1", "group:g1", "clerk");
    tenant.assignment("ra1", web, "reader", "g1");
    tenant.assignment("ra2", "/subscriptions/s1", "reader", "u1");
    tenant.assignment("ra3", "", "custom", "u1");
    tenant
}
