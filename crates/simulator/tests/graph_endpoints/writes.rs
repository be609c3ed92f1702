//! Writes as provisioning makes them.

use http::Method;
use serde_json::json;

use crate::support::{Graph, ids};

const WRITER: &[&str] = &[
    "Directory.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.ReadWrite.All",
    "User.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
];

#[test]
fn a_group_is_made_filled_emptied_and_deleted() {
    let graph = Graph::new().granted(WRITER);
    let body =
        json!({"displayName": "New", "mailEnabled": false, "mailNickname": "new", "securityEnabled": true});
    let made = graph.post("/v1.0/groups", &body);
    assert_eq!(made.status, 201, "{}", made.text);
    let group = made.json["id"].as_str().expect("an id").to_owned();
    let user = graph.look(|it| it.users.id_at(2).expect("a user"));
    let members = format!("/v1.0/groups/{group}/members");
    let reference = json!({"@odata.id": format!("https://graph.test/v1.0/directoryObjects/{user}")});
    assert_eq!(graph.post(&format!("{members}/$ref"), &reference).status, 204);
    let again = graph.post(&format!("{members}/$ref"), &reference);
    assert_eq!((again.status, again.code()), (400, "Request_BadRequest"));
    assert_eq!(ids(&graph.all(&members)), [user.to_string()]);
    let out = format!("{members}/{user}/$ref");
    assert_eq!(graph.ask(Method::DELETE, &out, &[], "").status, 204);
    assert_eq!(graph.ask(Method::DELETE, &out, &[], "").status, 404);
    assert!(graph.all(&members).is_empty());
    let one = format!("/v1.0/groups/{group}");
    assert_eq!(graph.ask(Method::DELETE, &one, &[], "").status, 204);
    assert_eq!(graph.get(&one).status, 404);
}

#[test]
fn a_user_is_made_changed_and_deleted() {
    let graph = Graph::new().granted(WRITER);
    let domain = graph.look(|it| it.default_domain().to_owned());
    let body = json!({
        "accountEnabled": true, "displayName": "Ada", "mailNickname": "ada",
        "userPrincipalName": format!("ada@{domain}"), "passwordProfile": {"password": "not kept"},
    });
    let made = graph.post("/v1.0/users", &body);
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(!made.text.contains("not kept"));
    assert_eq!(graph.post("/v1.0/users", &body).status, 400, "the name is taken");
    let one = format!("/v1.0/users/ada@{domain}");
    assert_eq!(graph.ask(Method::PATCH, &one, &[], r#"{"accountEnabled":false}"#).status, 204);
    assert_eq!(graph.get(&format!("{one}?$select=accountEnabled")).json["accountEnabled"], false);
    assert_eq!(graph.ask(Method::DELETE, &one, &[], "").status, 204);
    assert_eq!(graph.get(&one).status, 404);
}

#[test]
fn an_app_role_is_assigned_once_and_taken_away() {
    let graph = Graph::new().granted(WRITER);
    let (resource, role, user) = graph.look(|it| {
        let resource =
            it.service_principals.values().find(|it| !it.app_roles.is_empty()).expect("a resource");
        let user = (0..250)
            .filter_map(|at| it.users.id_at(at))
            .find(|user| it.assignments_of(*user).next().is_none())
            .expect("a user without grants");
        (resource.id, resource.app_roles[0].id, user)
    });
    let set = format!("/v1.0/servicePrincipals/{resource}/appRoleAssignedTo");
    let body = json!({"principalId": user, "resourceId": resource, "appRoleId": role});
    let made = graph.post(&set, &body);
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(graph.post(&set, &body).message(), "Permission being assigned already exists on the object");
    let one = format!("{set}/{}", made.json["id"].as_str().expect("an id"));
    assert_eq!(graph.ask(Method::DELETE, &one, &[], "").status, 204);
    assert!(graph.look(|it| it.assignments_of(user).next().is_none()));
}

#[test]
fn writes_need_their_own_permissions() {
    let graph = Graph::new();
    let group = graph.look(|it| it.groups.objects.at(0).expect("a group").id);
    for target in
        ["/v1.0/groups".to_owned(), format!("/v1.0/groups/{group}/members/$ref"), "/v1.0/users".to_owned()]
    {
        let refused = graph.post(&target, &json!({}));
        assert_eq!((refused.status, refused.code()), (403, "Authorization_RequestDenied"), "{target}");
    }
    assert_eq!(graph.ask(Method::PUT, "/v1.0/users", &[], "").status, 405);
}
