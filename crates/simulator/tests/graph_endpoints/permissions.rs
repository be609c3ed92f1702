//! What is refused, hidden or not licensed.

use fairlead_simulator::world::{Licences, ObjectKind};

use crate::support::{Graph, READER};

#[test]
fn without_a_permission_graph_says_what_it_always_says() {
    let graph = Graph::new().granted(&[]);
    for target in [
        "/v1.0/users",
        "/v1.0/groups",
        "/v1.0/organization",
        "/v1.0/roleManagement/directory/roleAssignments",
    ] {
        let refused = graph.get(target);
        assert_eq!((refused.status, refused.code()), (403, "Authorization_RequestDenied"), "{target}");
        assert_eq!(refused.message(), "Insufficient privileges to complete the operation.");
    }
}

#[test]
fn each_permission_opens_its_own_door() {
    let graph = Graph::new().granted(&["Group.Read.All"]);
    assert_eq!(graph.get("/v1.0/groups").status, 200);
    assert_eq!(graph.get("/v1.0/users").status, 403);
    let graph = graph.granted(&["Application.Read.All"]);
    assert_eq!(graph.get("/v1.0/servicePrincipals").status, 200);
    assert_eq!(graph.get("/v1.0/oauth2PermissionGrants").status, 403);
    let graph = graph.granted(&["Directory.Read.All"]);
    assert_eq!(graph.get("/v1.0/users?$select=signInActivity").status, 403);
    assert_eq!(graph.get("/v1.0/auditLogs/signIns").code(), "Authentication_MSGraphPermissionMissing");
}

#[test]
fn members_of_a_type_that_may_not_be_read_show_id_and_type_only() {
    let graph = Graph::new().granted(&["GroupMember.Read.All"]);
    let group = graph.look(|it| {
        let has_user = |at: u32| it.groups.members(at).any(|member| member.kind == ObjectKind::User);
        let shown = |(at, group): &(u32, &fairlead_simulator::world::groups::Group)| {
            group.visibility != Some("HiddenMembership") && has_user(*at)
        };
        it.groups.objects.iter().find(shown).expect("a group with users").1.id
    });
    let members = graph.all(&format!("/v1.0/groups/{group}/members?$select=id,displayName"));
    let user = members.iter().find(|it| it["@odata.type"] == "#microsoft.graph.user").expect("a user");
    assert!(user["id"].is_string());
    assert!(user["displayName"].is_null());
}

#[test]
fn basic_permission_reads_names_but_not_the_account_state() {
    let graph = Graph::new().granted(&["User.ReadBasic.All"]);
    let user = &graph.get("/v1.0/users?$top=1&$select=id,displayName,accountEnabled").json["value"][0];
    assert!(user["displayName"].is_string());
    assert!(user["accountEnabled"].is_null());
}

#[test]
fn hidden_members_need_their_own_permission() {
    let graph = Graph::new();
    let group = graph.change(|it| {
        let group = it.groups.objects.at_mut(0).expect("a group");
        group.visibility = Some("HiddenMembership");
        group.id
    });
    let target = format!("/v1.0/groups/{group}/members");
    assert_eq!(graph.get(&target).status, 200);
    assert_eq!(graph.granted(&["Directory.Read.All"]).get(&target).code(), "Authorization_RequestDenied");
}

#[test]
fn a_missing_licence_is_told_after_a_missing_permission() {
    let free = Graph::with(Licences::default(), READER);
    let schedules = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances";
    let refused = free.get(schedules);
    assert_eq!((refused.status, refused.code()), (400, "AadPremiumLicenseRequired"));
    for target in ["/v1.0/auditLogs/signIns", "/v1.0/users?$select=signInActivity"] {
        let refused = free.get(target);
        assert_eq!(refused.status, 403);
        assert_eq!(refused.code(), "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "{target}");
    }
    let nobody = free.granted(&["Directory.Read.All"]);
    assert_eq!(nobody.get(schedules).code(), "Authorization_RequestDenied");
}
