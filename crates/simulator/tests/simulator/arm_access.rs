//! Who may see and do what in Resource Manager: roles, inheritance, groups, denials, tenants.

use fairlead_simulator::world::arm::{DenyAssignment, PermissionSet, Scope, builtin};
use fairlead_simulator::world::generate::Sizes;
use fairlead_simulator::world::ids::IdKind;
use fairlead_simulator::world::{ObjectKind, ObjectRef};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::arm_support::{Azure, READER, document, refusal};

/// No assignments but those that a test makes.
fn bare() -> Sizes {
    Sizes { role_assignments: 0, role_schedules: 0, ..Sizes::default() }
}

fn failed(code: &str) -> (u16, String) {
    (403, code.to_owned())
}

#[test]
fn a_caller_without_a_role_sees_its_tenant_and_no_subscription() {
    let azure = Azure::new(&bare());
    assert_eq!(azure.list("/tenants").len(), 1);
    assert_eq!(azure.list("/subscriptions"), Vec::<serde_json::Value>::new());
    assert_eq!(azure.list("/providers/Microsoft.Management/managementGroups").len(), 0);
    let s = azure.subscription(0);
    for path in ["", "/resourcegroups", "/resources", "/providers/Microsoft.Storage/storageAccounts"] {
        assert_eq!(
            azure.refusal(&format!("/subscriptions/{s}{path}")),
            failed("AuthorizationFailed"),
            "{path}"
        );
    }
}

#[test]
fn a_refusal_names_client_object_action_and_scope() {
    let azure = Azure::new(&bare());
    let s = azure.subscription(0);
    let (_, body) = azure.get(&format!("/subscriptions/{s}"));
    let message = body["error"]["message"].as_str().expect("a message");
    let expected = format!(
        "The client '{}' with object id '{}' does not have authorization to perform action \
         'Microsoft.Resources/subscriptions/read' over scope '/subscriptions/{s}' or the scope is invalid.",
        azure.caller.app_id, azure.caller.principal
    );
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn a_role_holds_at_its_scope_and_below_and_nowhere_else() {
    let azure = Azure::new(&bare());
    let (s, other) = (azure.subscription(0), azure.subscription(1));
    azure.assign(azure.caller.principal, READER, Scope::Subscription(s));
    let group = azure.resource_group(s, 0);
    for path in [String::new(), "/resourcegroups".to_owned(), format!("/resourcegroups/{group}")] {
        assert_eq!(azure.get(&format!("/subscriptions/{s}{path}")).0, StatusCode::OK, "{path}");
    }
    assert_eq!(azure.refusal(&format!("/subscriptions/{other}")), failed("AuthorizationFailed"));
    let root = azure.tenant_id();
    assert_eq!(
        azure.refusal(&format!("/providers/Microsoft.Management/managementGroups/{root}")),
        failed("AuthorizationFailed")
    );
    let visible: Vec<_> =
        azure.list("/subscriptions").iter().map(|it| it["subscriptionId"].clone()).collect();
    assert_eq!(visible, [serde_json::json!(s)]);
}

#[test]
fn a_role_at_the_root_management_group_reaches_everything() {
    let azure = Azure::with_role(&bare(), READER);
    assert_eq!(azure.list("/subscriptions").len(), 3);
    assert_eq!(azure.list("/providers/Microsoft.Management/managementGroups").len(), 5);
    for index in 0..3 {
        let s = azure.subscription(index);
        assert_eq!(azure.get(&format!("/subscriptions/{s}/resourcegroups")).0, StatusCode::OK);
    }
}

#[test]
fn a_role_at_a_resource_group_shows_that_group_only() {
    let azure = Azure::new(&bare());
    let s = azure.subscription(0);
    let name = azure.resource_group(s, 1);
    let scope = Scope::ResourceGroup { subscription: s, name: name.clone() };
    azure.assign(azure.caller.principal, READER, scope);
    assert_eq!(azure.list("/subscriptions").len(), 1, "any role makes the subscription visible");
    assert_eq!(azure.refusal(&format!("/subscriptions/{s}")), failed("AuthorizationFailed"));
    assert_eq!(azure.names(&format!("/subscriptions/{s}/resourcegroups")), std::slice::from_ref(&name));
    let accounts = azure.list(&format!("/subscriptions/{s}/providers/Microsoft.Storage/storageAccounts"));
    let needle = format!("/resourceGroups/{name}/");
    assert!(accounts.iter().all(|it| it["id"].as_str().is_some_and(|id| id.contains(&needle))));
}

#[test]
fn a_role_of_a_group_holds_for_its_members_and_the_members_of_its_members() {
    let azure = Azure::new(&bare());
    let s = azure.subscription(2);
    let (outer, inner) = azure.change(|tenant| {
        let own = tenant.service_principals.position(azure.caller.principal).expect("the caller");
        let now = azure.clock.now();
        tenant.add_member(1, ObjectRef::new(ObjectKind::ServicePrincipal, own), now);
        tenant.add_member(0, ObjectRef::new(ObjectKind::Group, 1), now);
        let id = |position| tenant.groups.objects.at(position).expect("a group").id;
        (id(0), id(1))
    });
    assert_eq!(azure.list("/subscriptions").len(), 0);
    azure.assign(outer, READER, Scope::Subscription(s));
    assert_eq!(azure.list("/subscriptions").len(), 1);
    let filter = format!("assignedTo('{}')", azure.caller.principal);
    let path =
        format!("/subscriptions/{s}/providers/Microsoft.Authorization/roleAssignments?$filter={filter}");
    let found = azure.list(&path);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["properties"]["principalId"], serde_json::json!(outer));
    // The filter is for users and service principals: a group counts for itself alone.
    let path = path.replace(&azure.caller.principal.to_string(), &inner.to_string());
    assert_eq!(azure.list(&path).len(), 0);
}

#[test]
fn what_not_actions_take_away_another_role_can_give() {
    let azure = Azure::with_role(&bare(), builtin::CONTRIBUTOR);
    let s = azure.subscription(1);
    let body = format!(
        r#"{{"properties":{{"roleDefinitionId":"{READER}","principalId":"{}"}}}}"#,
        azure.caller.principal
    );
    let path = format!(
        "/subscriptions/{s}/providers/Microsoft.Authorization/roleAssignments/{}",
        Uuid::from_u128(0x1234)
    );
    let answer = azure.ask(Method::PUT, &path, &body);
    assert_eq!(refusal(&answer), failed("AuthorizationFailed"));
    azure.assign(azure.caller.principal, builtin::OWNER, Scope::Subscription(s));
    assert_eq!(azure.ask(Method::PUT, &path, &body).status, StatusCode::CREATED);
}

#[test]
fn a_deny_assignment_overrides_roles_but_not_for_the_exempt() {
    let azure = Azure::with_role(&bare(), builtin::OWNER);
    let s = azure.subscription(0);
    let group = azure.resource_group(s, 0);
    let deny = |excluded: Vec<Uuid>| {
        azure.change(|tenant| {
            tenant.arm.deny_assignments.insert(DenyAssignment {
                name: tenant.ids.encode(IdKind::DenyAssignment, 9),
                deny_assignment_name: "Locked by a stack".to_owned(),
                scope: Scope::Subscription(s),
                permissions: vec![PermissionSet {
                    actions: vec!["*/resourceGroups/delete".to_owned()],
                    ..PermissionSet::default()
                }],
                principals: vec![Uuid::nil()],
                excluded_principals: excluded,
                system_protected: true,
            });
        });
    };
    let path = format!("/subscriptions/{s}/resourcegroups/{group}");
    deny(Vec::new());
    let answer = azure.ask(Method::DELETE, &path, "");
    assert_eq!(refusal(&answer), failed("DenyAssignmentAuthorizationFailed"));
    let message = document(&answer)["error"]["message"].to_string();
    assert!(message.contains("Locked by a stack") && message.contains("deny assignment"), "{message}");
    assert_eq!(azure.get(&path).0, StatusCode::OK, "reading is not denied");
    deny(vec![azure.caller.principal]);
    assert_eq!(azure.ask(Method::DELETE, &path, "").status, StatusCode::ACCEPTED);
}

#[test]
fn a_new_assignment_is_listed_at_once_and_works_after_its_propagation() {
    let azure = Azure::with_role(&bare(), builtin::OWNER).propagation(90);
    let s = azure.subscription(0);
    let newcomer = azure.tenant(|tenant| tenant.service_principals.at(0).expect("a principal").id);
    let path = format!(
        "/subscriptions/{s}/providers/Microsoft.Authorization/roleAssignments/{}",
        Uuid::from_u128(0x77)
    );
    let body = format!(r#"{{"properties":{{"roleDefinitionId":"/x/{READER}","principalId":"{newcomer}"}}}}"#);
    assert_eq!(azure.ask(Method::PUT, &path, &body).status, StatusCode::CREATED);
    assert_eq!(azure.get(&path).0, StatusCode::OK);
    let mut azure = azure;
    azure.caller.principal = newcomer;
    assert_eq!(azure.refusal(&format!("/subscriptions/{s}")), failed("AuthorizationFailed"));
    azure.clock.advance(SignedDuration::from_secs(90));
    assert_eq!(azure.get(&format!("/subscriptions/{s}")).0, StatusCode::OK);
}

#[test]
fn permissions_are_those_of_the_caller_s_roles_at_the_scope() {
    let azure = Azure::new(&bare());
    let s = azure.subscription(0);
    let name = azure.resource_group(s, 0);
    azure.assign(azure.caller.principal, READER, Scope::Subscription(s));
    azure.assign(
        azure.caller.principal,
        builtin::CONTRIBUTOR,
        Scope::ResourceGroup { subscription: s, name: name.clone() },
    );
    let actions = |path: &str| -> Vec<String> {
        let path = format!("/subscriptions/{s}{path}/providers/Microsoft.Authorization/permissions");
        let mut all: Vec<String> = azure.list(&path).iter().map(|it| it["actions"].to_string()).collect();
        all.sort();
        all
    };
    assert_eq!(actions(""), [r#"["*/read"]"#]);
    assert_eq!(actions(&format!("/resourceGroups/{name}")), [r#"["*"]"#, r#"["*/read"]"#]);
}

#[test]
fn a_subscription_of_another_tenant_says_which_issuer_would_be_right() {
    let azure = Azure::with_role(&bare(), READER);
    let (foreign, expected) = {
        let world = azure.world.read();
        let other = &world.tenants()[1];
        (other.arm.subscriptions.values().next().expect("a subscription").id, other.id)
    };
    let answer = azure.ask(Method::GET, &format!("/subscriptions/{foreign}"), "");
    assert_eq!(refusal(&answer), (401, "InvalidAuthenticationTokenTenant".to_owned()));
    let message = document(&answer)["error"]["message"].to_string();
    assert!(message.contains(&format!("https://sts.windows.net/{expected}/")), "{message}");
    let header = answer.headers["www-authenticate"].to_str().expect("text");
    assert!(header.contains(&format!("authorization_uri=\"https://login.windows.net/{expected}\"")));
}

#[test]
fn pim_is_read_with_the_right_first_and_the_licence_second() {
    let sizes = Sizes { role_schedules: 20, ..bare() };
    let azure = Azure::new(&sizes);
    let s = azure.subscription(0);
    let path = format!(
        "/subscriptions/{s}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?$filter=atScope()"
    );
    azure.change(|tenant| tenant.licences = fairlead_simulator::world::Licences::default());
    assert_eq!(azure.refusal(&path), failed("AuthorizationFailed"));
    azure.assign(azure.caller.principal, READER, Scope::Subscription(s));
    assert_eq!(azure.refusal(&path), (400, "AadPremiumLicenseRequired".to_owned()));
    azure.change(|tenant| tenant.licences.p2 = true);
    assert_eq!(azure.get(&path).0, StatusCode::OK);
}
