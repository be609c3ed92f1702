//! What an onboarding meets: every scenario of one, and an application that is set up from nothing.

use std::path::PathBuf;

use fairlead_simulator::Scenario;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::support::{self, ARM, Cloud, GRAPH, json as body_of, secret_form};

const TENANT: &str = "10000000-0000-4000-8000-000000000001";
const CLIENT: &str = "20000000-0000-4000-8000-000000000001";
const SECOND: &str = "20000000-0000-4000-8000-000000000002";
const SECRET: &str = "Onb8Q~of-the-application-that-is-tested-";
const SUBSCRIPTION: &str = "/subscriptions/60000000-0000-4000-8000-000000000001";
const PRINCIPAL: &str = "40000000-0000-4000-8000-000000000001";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/onboarding/scenarios")
}

fn onboarding(name: &str) -> Scenario {
    Scenario::load(&folder().join(format!("{name}.toml"))).unwrap()
}

/// The scenarios, by name.
fn all() -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

/// The AADSTS number with which a request for a Graph token is refused; 0 when it is granted, the status when the
/// answer is no JSON.
async fn sign_in(cloud: &Cloud, tenant: &str, client: &str, secret: &str, resource: &str) -> u64 {
    let form = support::encoded(&secret_form(client, secret, &format!("{resource}/.default")));
    let url = cloud.url(&format!("/{tenant}/oauth2/v2.0/token"));
    let answer = cloud.client.post(url).body(form).send().await.unwrap();
    let status = answer.status();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
    match status {
        StatusCode::OK => 0,
        _ => body["error_codes"][0].as_u64().unwrap_or_else(|| status.as_u16().into()),
    }
}

#[test]
fn every_scenario_of_an_onboarding_can_be_built_and_says_what_it_is_about() {
    let all = all();
    assert!(all.len() > 80, "{}", all.len());
    for (name, text) in all {
        let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let built = scenario.build(jiff::Timestamp::now()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let tenants = built.world.tenants();
        assert_eq!(tenants[0].id.to_string(), TENANT, "{name}");
        assert!(tenants.iter().all(|tenant| tenant.users.len() <= 3), "{name} is small");
        if name != "setup-empty" {
            assert!(
                text.contains("\n# Connector: ") && text.contains("\n# Finds: "),
                "{name} says what it is about"
            );
        }
    }
}

#[tokio::test]
async fn sign_ins_are_refused_for_what_is_wrong() {
    for (name, typed, expected) in [
        ("correct-cado", None, 0),
        ("tenant-unknown", Some(("10000000-0000-4000-8000-000000000009", CLIENT, SECRET)), 90_002),
        ("tenant-malformed", Some(("Contoso%20AG", CLIENT, SECRET)), 900_023),
        ("tenant-domain", Some(("contoso.example", CLIENT, SECRET)), 0),
        ("tenant-other-cloud", None, 900_382),
        ("tenant-other-cloud-china", None, 90_038),
        ("client-id-same-as-tenant", Some((TENANT, TENANT, SECRET)), 700_016),
        ("client-id-object-id", Some((TENANT, "30000000-0000-4000-8000-000000000001", SECRET)), 700_016),
        ("client-id-principal-id", Some((TENANT, PRINCIPAL, SECRET)), 700_016),
        (
            "client-id-other-tenant",
            Some((
                TENANT,
                "20000000-0000-4000-8000-000000000002",
                "Two8Q~of-another-application-of-this-one",
            )),
            700_016,
        ),
        ("credential-secret-id", Some((TENANT, CLIENT, "50000000-0000-4000-8000-000000000001")), 7_000_215),
        (
            "credential-other-application",
            Some((TENANT, CLIENT, "Two8Q~of-another-application-of-this-one")),
            7_000_215,
        ),
        ("credential-expired", None, 7_000_222),
        ("credential-expiring-1", None, 0),
        (
            "credential-expiring-one-of-two",
            Some((TENANT, CLIENT, "Onb8Q~another-one-that-begins-the-same-w")),
            0,
        ),
        ("credential-kind", None, 700_025),
        ("credential-just-made", None, 7_000_215),
        ("principal-disabled", None, 7_000_112),
        ("principal-missing", None, 7_000_229),
        ("principal-disabled-by-microsoft", None, 1_000_031),
        ("sign-in-blocked", None, 53_003),
        ("sign-in-throttled", None, 429),
        ("sign-in-transient", None, 90_033),
        ("audience-vendor", None, 0),
        ("permission-missing-all", None, 0),
    ] {
        let cloud = Cloud::of(onboarding(name)).await;
        let (tenant, client, secret) = typed.unwrap_or((TENANT, CLIENT, SECRET));
        assert_eq!(sign_in(&cloud, tenant, client, secret, GRAPH).await, expected, "{name}");
    }
    let cloud = Cloud::of(onboarding("sign-in-service-unusable")).await;
    assert_eq!(sign_in(&cloud, TENANT, CLIENT, SECRET, GRAPH).await, 0);
    assert_eq!(sign_in(&cloud, TENANT, CLIENT, SECRET, ARM).await, 500_014);
}

#[tokio::test]
async fn discovery_tells_where_a_tenant_lives_as_far_as_the_cloud_knows() {
    let document = |name: &'static str| async move {
        let cloud = Cloud::of(onboarding(name)).await;
        let url = cloud.url(&format!("/{TENANT}/v2.0/.well-known/openid-configuration"));
        body_of(cloud.client.get(url).send().await.unwrap()).await
    };
    let near = document("tenant-other-cloud").await;
    assert_eq!(near["cloud_instance_name"], "microsoftonline.us");
    assert_eq!(near["tenant_region_scope"], "USGov");
    assert_eq!(
        near["token_endpoint"],
        format!("https://login.microsoftonline.us/{TENANT}/oauth2/v2.0/token")
    );
    let island = document("tenant-other-cloud-china").await;
    assert_eq!((&island["error"], &island["error_codes"]), (&json!("invalid_tenant"), &json!([90_002])));
}

/// A caller of both services, signed in as the reader of a scenario.
struct Caller {
    cloud: Cloud,
    graph: String,
    arm: String,
}

impl Caller {
    async fn of(scenario: Scenario) -> Self {
        let cloud = Cloud::of(scenario).await;
        let (graph, arm) = (cloud.token(GRAPH).await, cloud.token(ARM).await);
        Self { cloud, graph, arm }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let token = if path.starts_with("/v1.0") { &self.graph } else { &self.arm };
        let mut request = self.cloud.client.request(method, self.cloud.url(path)).bearer_auth(token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(&body)).await
    }
}

fn names(rows: &Value, member: &str) -> Vec<String> {
    let rows = rows["value"].as_array().unwrap();
    rows.iter().map(|row| row[member].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn an_application_sees_how_it_was_registered_and_what_it_was_given() {
    let scenario = onboarding("permission-delegated");
    let plan = scenario.tenants[0].reader.clone().unwrap();
    let (given, delegated) = (plan.granted.unwrap(), plan.delegated);
    let me = Caller::of(scenario).await;
    let application = me
        .get(&format!(
            "/v1.0/applications(appId='{CLIENT}')?$select=id,signInAudience,requiredResourceAccess,passwordCredentials,\
             keyCredentials&$expand=federatedIdentityCredentials"
        ))
        .await;
    assert_eq!(application["id"], "30000000-0000-4000-8000-000000000001");
    assert_eq!(application["signInAudience"], "AzureADMyOrg");
    assert_eq!(application["federatedIdentityCredentials"], json!([]));
    let password = &application["passwordCredentials"][0];
    assert_eq!(
        (&password["hint"], &password["keyId"], &password["secretText"]),
        (&json!("Onb"), &json!("50000000-0000-4000-8000-000000000001"), &Value::Null)
    );
    let asked = application["requiredResourceAccess"][0]["resourceAccess"].as_array().unwrap();
    let of = |kind: &str| asked.iter().filter(|it| it["type"] == kind).count();
    assert_eq!((of("Role"), of("Scope")), (given.len(), delegated.len()));
    let principal =
        me.get(&format!("/v1.0/servicePrincipals(appId='{CLIENT}')?$select=id,accountEnabled")).await;
    assert_eq!((&principal["id"], &principal["accountEnabled"]), (&json!(PRINCIPAL), &json!(true)));
    let grants = me.get(&format!("/v1.0/oauth2PermissionGrants?$filter=clientId eq '{PRINCIPAL}'")).await;
    assert_eq!(names(&grants, "scope"), [delegated.join(" ")]);
    assert_eq!(names(&grants, "consentType"), ["AllPrincipals"]);
    let granted = me.get(&format!("/v1.0/servicePrincipals/{PRINCIPAL}/appRoleAssignments")).await;
    assert_eq!(names(&granted, "principalId").len(), given.len());
}

#[tokio::test]
async fn roles_are_told_with_all_that_bends_them() {
    const VERSION: &str = "api-version=2022-04-01";
    let filter = format!("$filter=atScope()%20and%20assignedTo('{PRINCIPAL}')&{VERSION}");
    let path = format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments?{filter}");
    let assignments = async |name: &str| Caller::of(onboarding(name)).await.get(&path).await;
    let group = assignments("role-through-group").await;
    assert_eq!(group["value"][0]["properties"]["principalType"], "Group");
    let above = assignments("role-through-management-group").await;
    let scope = above["value"][0]["properties"]["scope"].as_str().unwrap();
    assert!(scope.ends_with("/managementGroups/mg-apps"), "{scope}");
    let bound = assignments("role-conditional").await;
    assert!(bound["value"][1]["properties"]["condition"].as_str().unwrap().contains("GuidEquals"));

    let me = Caller::of(onboarding("role-eligible-only")).await;
    let eligible = format!(
        "{SUBSCRIPTION}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?\
         $filter=assignedTo('{PRINCIPAL}')&api-version=2020-10-01"
    );
    let eligible = me.get(&eligible).await;
    let role = eligible["value"][0]["properties"]["roleDefinitionId"].as_str().unwrap();
    assert!(role.ends_with("f58310d9-a9f6-439a-9e8d-f62e7b41a168"), "{role}");

    let me = Caller::of(onboarding("role-denied")).await;
    let denied = format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/denyAssignments?{VERSION}");
    let denied = me.get(&denied).await;
    assert_eq!(denied["value"][0]["properties"]["permissions"][0]["actions"], json!(["Microsoft.Network/*"]));

    // A role of a moment ago is listed and gives nothing yet.
    let me = Caller::of(onboarding("role-just-assigned")).await;
    assert_eq!(me.get(&path).await["value"].as_array().unwrap().len(), 2);
    let effective = format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/permissions?{VERSION}");
    assert_eq!(me.get(&effective).await["value"].as_array().unwrap().len(), 1);
    me.cloud.running.clock().advance(jiff::SignedDuration::from_mins(10));
    assert_eq!(me.get(&effective).await["value"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn subscriptions_that_cannot_be_used_say_why() {
    let ask = async |name: &str, subscription: &str| {
        let me = Caller::of(onboarding(name)).await;
        let path = format!("/subscriptions/{subscription}?api-version=2022-12-01");
        let (status, body) = me.send(Method::GET, &path, None).await;
        (status, body["error"]["code"].as_str().or(body["state"].as_str()).unwrap().to_owned())
    };
    let own = "60000000-0000-4000-8000-000000000001";
    let missing = "60000000-0000-4000-8000-000000000009";
    let foreign = "60000000-0000-4000-8000-00000000000f";
    assert_eq!(ask("subscription-disabled", own).await, (200, "Disabled".to_owned()));
    assert_eq!(ask("role-missing", own).await, (403, "AuthorizationFailed".to_owned()));
    assert_eq!(ask("subscription-not-visible", missing).await, (404, "SubscriptionNotFound".to_owned()));
    assert_eq!(
        ask("subscription-other-tenant", foreign).await,
        (401, "InvalidAuthenticationTokenTenant".to_owned())
    );
}

#[tokio::test]
async fn a_disabled_subscription_is_read_only() {
    let mut scenario = onboarding("setup-empty");
    scenario.tenants[0].subscriptions[0].state = Some("Disabled".to_owned());
    let me = Caller::of(scenario).await;
    me.get(&format!("{SUBSCRIPTION}/resourcegroups?api-version=2021-04-01")).await;
    let path = format!("{SUBSCRIPTION}/resourcegroups/rg-new?api-version=2021-04-01");
    let (status, body) = me.send(Method::PUT, &path, Some(&json!({ "location": "westeurope" }))).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("ReadOnlyDisabledSubscription")));
}

#[tokio::test]
async fn clusters_and_providers_tell_what_an_acquisition_needs() {
    let mut scenario = onboarding("correct-c1-read");
    scenario.tenants[0].clusters[0].private = true;
    scenario.tenants[0].clusters[0].azure_rbac = Some(true);
    scenario.tenants[0].subscriptions[0].unregistered = vec!["Microsoft.ContainerService".to_owned()];
    let me = Caller::of(scenario).await;
    let clusters = "providers/Microsoft.ContainerService/managedClusters";
    let list = me.get(&format!("{SUBSCRIPTION}/{clusters}?api-version=2024-09-01")).await;
    let one = me
        .get(&format!("{SUBSCRIPTION}/resourceGroups/rg-app/{clusters}/aks-app?api-version=2024-09-01"))
        .await;
    assert_eq!(list["value"], json!([one]));
    let properties = &one["properties"];
    assert_eq!(properties["apiServerAccessProfile"]["enablePrivateCluster"], true);
    assert_eq!(properties["aadProfile"]["enableAzureRBAC"], true);
    assert_eq!(properties["disableLocalAccounts"], false);
    let provider =
        me.get(&format!("{SUBSCRIPTION}/providers/Microsoft.ContainerService?api-version=2021-04-01")).await;
    assert_eq!(provider["registrationState"], "NotRegistered");
}

#[tokio::test]
async fn mailboxes_are_refused_by_a_policy_of_exchange() {
    let me = Caller::of(onboarding("mailbox-denied")).await;
    let (status, body) = me.send(Method::GET, "/v1.0/users/ada@contoso.example/mailboxSettings", None).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("ErrorAccessDenied")));
    let me = Caller::of(onboarding("correct-c1-read")).await;
    me.get("/v1.0/users/ada@contoso.example/mailboxSettings").await;
}

#[tokio::test]
async fn an_application_is_set_up_from_nothing_and_taken_away_again() {
    let installer = Caller::of(onboarding("setup-empty")).await;
    let before = installer.cloud.admin_lines("expected").await;
    let graph = installer
        .get("/v1.0/servicePrincipals?$filter=servicePrincipalNames/any(c:c eq '00000003-0000-0000-c000-000000000000')")
        .await;
    let graph = graph["value"][0].clone();
    let role_of = |name: &str| {
        let roles = graph["appRoles"].as_array().unwrap();
        roles.iter().find(|role| role["value"] == name).unwrap()["id"].clone()
    };
    let reading = role_of("User.Read.All");
    let required = json!([{
        "resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [{ "id": reading, "type": "Role" }],
    }]);
    let (status, app) = installer
        .post(
            "/v1.0/applications",
            json!({ "displayName": "Made", "signInAudience": "AzureADMyOrg", "requiredResourceAccess": required }),
        )
        .await;
    assert_eq!((status, &app["requiredResourceAccess"]), (201, &required));
    let (object, client) = (app["id"].as_str().unwrap(), app["appId"].as_str().unwrap());
    let (status, principal) = installer.post("/v1.0/servicePrincipals", json!({ "appId": client })).await;
    assert_eq!((status, &principal["appOwnerOrganizationId"]), (201, &json!(TENANT)));
    let (status, again) = installer.post("/v1.0/servicePrincipals", json!({ "appId": client })).await;
    assert_eq!((status, &again["error"]["code"]), (409, &json!("Request_MultipleObjectsWithSameKeyValue")));

    let (status, secret) = installer
        .post(
            &format!("/v1.0/applications/{object}/addPassword"),
            json!({ "passwordCredential": { "displayName": "Made" } }),
        )
        .await;
    let value = secret["secretText"].as_str().unwrap();
    assert_eq!((status, value.len(), &secret["hint"]), (200, 40, &json!(value[..3])));
    let shown = installer.get(&format!("/v1.0/applications/{object}?$select=passwordCredentials")).await;
    assert_eq!(shown["passwordCredentials"][0]["secretText"], Value::Null);

    let id = principal["id"].as_str().unwrap();
    let grant = json!({ "principalId": id, "resourceId": graph["id"], "appRoleId": reading });
    let path = format!("/v1.0/servicePrincipals/{id}/appRoleAssignments");
    assert_eq!(installer.post(&path, grant.clone()).await.0, 201);
    assert_eq!(installer.post(&path, grant).await.0, 400);
    let consent = json!({
        "clientId": id, "consentType": "AllPrincipals", "resourceId": graph["id"], "scope": "Directory.AccessAsUser.All",
    });
    let (status, consent_made) = installer.post("/v1.0/oauth2PermissionGrants", consent.clone()).await;
    assert_eq!(status, 201);
    assert_eq!(installer.post("/v1.0/oauth2PermissionGrants", consent).await.0, 409);
    let one = format!("/v1.0/oauth2PermissionGrants/{}", consent_made["id"].as_str().unwrap());
    assert_eq!(installer.send(Method::PATCH, &one, Some(&json!({ "scope": "User.Read" }))).await.0, 204);

    let assignment = format!(
        "{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/{}?api-version=2022-04-01",
        uuid::Uuid::from_u128(77)
    );
    let reader = json!({ "properties": {
        "roleDefinitionId": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"),
        "principalId": id, "principalType": "ServicePrincipal",
    }});
    assert_eq!(installer.send(Method::PUT, &assignment, Some(&reader)).await.0, 201);
    assert_eq!(installer.send(Method::PUT, &assignment, Some(&reader)).await.0, 200);
    assert_eq!(sign_in(&installer.cloud, TENANT, client, value, GRAPH).await, 0);
    assert_eq!(sign_in(&installer.cloud, TENANT, client, value, ARM).await, 0);

    assert_eq!(installer.send(Method::DELETE, &assignment, None).await.0, 200);
    assert_eq!(installer.send(Method::DELETE, &format!("/v1.0/applications/{object}"), None).await.0, 204);
    assert_eq!(sign_in(&installer.cloud, TENANT, client, value, GRAPH).await, 700_016);
    let bin = installer.get("/v1.0/directory/deletedItems/microsoft.graph.application").await;
    assert_eq!(names(&bin, "id"), [object]);
    let gone = format!("/v1.0/directory/deletedItems/{object}");
    assert_eq!(installer.send(Method::DELETE, &gone, None).await.0, 204);
    assert_eq!(installer.cloud.admin_lines("expected").await, before, "nothing is left");
}

#[tokio::test]
async fn an_application_may_change_its_own_only_with_the_narrow_permission() {
    let mut scenario = onboarding("setup-empty");
    let installer = scenario.tenants[0].reader.as_mut().unwrap();
    installer.granted =
        Some(vec!["Application.ReadWrite.OwnedBy".to_owned(), "Application.Read.All".to_owned()]);
    let me = Caller::of(scenario).await;
    let (status, own) = me.post("/v1.0/applications", json!({ "displayName": "Own" })).await;
    assert_eq!(status, 201);
    let other =
        me.get("/v1.0/applications?$filter=displayName eq 'Installer'").await["value"][0]["id"].clone();
    let rename = json!({ "displayName": "Renamed" });
    for (id, expected) in [(&own["id"], 204), (&other, 403)] {
        let path = format!("/v1.0/applications/{}", id.as_str().unwrap());
        assert_eq!(me.send(Method::PATCH, &path, Some(&rename)).await.0, expected);
    }
}

/// An application that may change its own secrets.
fn own_rotator() -> Scenario {
    let mut scenario = onboarding("correct-cloudcraft");
    let reader = scenario.tenants[0].reader.as_mut().unwrap();
    reader.granted = Some(vec!["Application.ReadWrite.OwnedBy".to_owned()]);
    reader.owns_itself = true;
    scenario
}

const OWN: &str = "/v1.0/applications/30000000-0000-4000-8000-000000000001";

#[tokio::test]
async fn an_application_that_owns_itself_adds_and_removes_its_own_secrets_and_sees_their_hints_only() {
    let me = Caller::of(own_rotator()).await;
    let wanted = json!({ "passwordCredential": { "displayName": "second" } });
    let (status, made) = me.post(&format!("{OWN}/addPassword"), wanted).await;
    assert_eq!(status, 200, "{made}");
    let (value, key) = (made["secretText"].as_str().unwrap(), &made["keyId"]);
    assert_eq!(sign_in(&me.cloud, TENANT, CLIENT, value, GRAPH).await, 0);
    let seen = me.get(&format!("/v1.0/applications(appId='{CLIENT}')?$select=passwordCredentials")).await;
    let seen = seen["passwordCredentials"].as_array().unwrap();
    let second = seen.iter().find(|it| it["keyId"] == *key).unwrap();
    assert_eq!((&second["secretText"], second["hint"].as_str().unwrap()), (&json!(null), &value[..3]));
    assert_eq!(me.post(&format!("{OWN}/removePassword"), json!({ "keyId": key })).await.0, 204);
    assert_eq!(me.post(&format!("{OWN}/removePassword"), json!({ "keyId": key })).await.0, 400);
    assert_eq!(sign_in(&me.cloud, TENANT, CLIENT, value, GRAPH).await, 7_000_215);
    assert_eq!(sign_in(&me.cloud, TENANT, CLIENT, SECRET, GRAPH).await, 0);
    let log = me.cloud.admin("requests").await;
    let templates: Vec<_> = log["writes"].as_array().unwrap().iter().map(|it| &it["template"]).collect();
    assert!(templates.contains(&&json!("/applications/{id}/addPassword")), "{templates:?}");
}

#[tokio::test]
async fn an_application_that_does_not_own_itself_may_not_add_a_secret_until_it_does() {
    let mut scenario = own_rotator();
    scenario.tenants[0].reader.as_mut().unwrap().owns_itself = false;
    scenario.tenants[0].apps.push(fairlead_simulator::scenario::AppPlan {
        client_id: Some(SECOND.parse().unwrap()),
        secret: Some(SECRET.into()),
        granted: Some(vec!["Application.ReadWrite.All".to_owned()]),
        ..Default::default()
    });
    let me = Caller::of(scenario).await;
    let (status, refused) = me.post(&format!("{OWN}/addPassword"), json!({})).await;
    assert_eq!((status, &refused["error"]["code"]), (403, &json!("Authorization_RequestDenied")));
    let (_, token) = me.cloud.ask(&secret_form(SECOND, SECRET, &format!("{GRAPH}/.default"))).await;
    let reference =
        json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{PRINCIPAL}") });
    let added = me.cloud.client.post(me.cloud.url(&format!("{OWN}/owners/$ref")));
    let added = added.bearer_auth(token["access_token"].as_str().unwrap()).body(reference.to_string());
    assert_eq!(added.send().await.unwrap().status().as_u16(), 204);
    assert_eq!(names(&me.get(&format!("{OWN}/owners")).await, "id"), [PRINCIPAL]);
    assert_eq!(me.post(&format!("{OWN}/addPassword"), json!({})).await.0, 200);
}

#[tokio::test]
async fn an_app_management_policy_forbids_secrets_or_long_ones() {
    let mut scenario = own_rotator();
    scenario.tenants[0].app_management.password_lifetime_days = Some(30);
    let me = Caller::of(scenario).await;
    let (status, refused) = me.post(&format!("{OWN}/addPassword"), json!({})).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("CredentialInvalidLifetimeAsPerAppPolicy")));
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 20);
    let short = json!({ "passwordCredential": { "endDateTime": soon } });
    assert_eq!(me.post(&format!("{OWN}/addPassword"), short).await.0, 200);
    let mut scenario = own_rotator();
    scenario.tenants[0].app_management.no_passwords = true;
    let (status, refused) = Caller::of(scenario).await.post(&format!("{OWN}/addPassword"), json!({})).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("CredentialTypeNotAllowedAsPerAppPolicy")));
}

#[tokio::test]
async fn a_new_secret_works_slowly_and_not_steadily_when_told_so() {
    let mut scenario = own_rotator();
    scenario.physics.new_secrets = fairlead_simulator::faults::NewSecrets { refusals: 2, relapses: 1 };
    let me = Caller::of(scenario).await;
    let (_, made) = me.post(&format!("{OWN}/addPassword"), json!({})).await;
    let value = made["secretText"].as_str().unwrap();
    for expected in [7_000_215, 7_000_215, 0, 7_000_215, 0, 0] {
        assert_eq!(sign_in(&me.cloud, TENANT, CLIENT, value, GRAPH).await, expected);
    }
    assert_eq!(sign_in(&me.cloud, TENANT, CLIENT, SECRET, GRAPH).await, 0, "the old one is as it was");
}

#[tokio::test]
async fn consent_and_secrets_take_effect_when_they_have_spread() {
    let mut scenario = onboarding("permission-just-granted");
    let connection = || (TENANT, CLIENT, SECRET);
    scenario.tenants[0].reader.as_mut().unwrap().secret_created = Some("1 minute ago".parse().unwrap());
    let cloud = Cloud::of(scenario).await;
    let (tenant, client, secret) = connection();
    assert_eq!(sign_in(&cloud, tenant, client, secret, GRAPH).await, 7_000_215);
    cloud.running.clock().advance(jiff::SignedDuration::from_mins(10));
    assert_eq!(sign_in(&cloud, tenant, client, secret, GRAPH).await, 0);
}

#[tokio::test]
async fn reads_are_no_writes_whatever_their_method() {
    let me = Caller::of(onboarding("correct-segura-entitlements-read")).await;
    me.get("/v1.0/users").await;
    me.post("/v1.0/directoryObjects/getByIds", json!({ "ids": [PRINCIPAL] })).await;
    me.post("/v1.0/$batch", json!({ "requests": [{ "id": "1", "method": "GET", "url": "/organization" }] }))
        .await;
    let check =
        format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/checkAccess?api-version=2022-04-01");
    me.post(&check, json!({})).await;
    me.post("/providers/Microsoft.Management/getEntities?api-version=2020-05-01", json!({})).await;
    let log = me.cloud.running.log().summary(0);
    assert!(log.writes.is_empty() && log.changes == 0, "{:?}", log.writes);
    // A change that is refused was asked for all the same.
    me.post("/v1.0/applications", json!({ "displayName": "No" })).await;
    me.post(
        "/v1.0/$batch",
        json!({ "requests": [{ "id": "1", "method": "DELETE", "url": format!("/users/{PRINCIPAL}") }] }),
    )
    .await;
    let log = me.cloud.admin("requests").await;
    let told: Vec<_> =
        log["writes"].as_array().unwrap().iter().map(|it| (&it["method"], &it["status"])).collect();
    assert_eq!(told, [(&json!("POST"), &json!(403)), (&json!("DELETE"), &json!(403))]);
    assert_eq!(log["changes"], 0);
    assert_eq!(me.cloud.running.connection().client_secret.expose_secret(), SECRET);
}
