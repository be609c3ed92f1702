//! What every guide must be.

use fairlead_model::{Audience, Grant, Need, RoleScope, Smaller, Weight};
use uuid::uuid;

use super::*;

pub(crate) const SUBSCRIPTIONS: [Uuid; 2] =
    [uuid!("51111111-0000-0000-0000-000000000001"), uuid!("51111111-0000-0000-0000-000000000002")];
pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const READER: Uuid = uuid!("acdd72a7-3385-48ef-bd42-f606fba81ae7");

pub(crate) fn need(need: Need) -> Requirement {
    Requirement { need, why: "It is needed.".into(), weight: Weight::Required, smaller: None }
}

pub(crate) fn permission(name: &str, grant: Grant) -> Requirement {
    need(Need::GraphPermission { name: name.into(), grant })
}

fn instead(of: Requirement, instead: &[&str]) -> Requirement {
    let instead = instead.iter().map(|name| (*name).to_owned()).collect();
    Requirement { smaller: Some(Smaller { instead, why: "Less would do.".into() }), ..of }
}

pub(crate) fn reader() -> Requirement {
    role("Reader", READER)
}

fn role(name: &str, role: Uuid) -> Requirement {
    need(Need::AzureRole { role, name: name.into(), scope: RoleScope::EachSubscription, actions: vec![] })
}

pub(crate) fn requirements() -> Vec<Requirement> {
    let kinds = vec![CredentialKind::ClientSecret, CredentialKind::Certificate, CredentialKind::Federated];
    vec![
        need(Need::Audience { audience: Audience::Single }),
        need(Need::Credential { kinds, lifetime_days: Some(730) }),
        permission("User.Read.All", Grant::Application),
        permission("AuditLog.Read.All", Grant::Application),
        instead(permission("AppRoleAssignment.ReadWrite.All", Grant::Application), &["Application.Read.All"]),
        permission("Directory.AccessAsUser.All", Grant::Delegated),
        reader(),
    ]
}

pub(crate) struct Sample {
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) scope: Scope,
    pub(crate) cloud: Cloud,
    pub(crate) tenant: TenantId,
    pub(crate) connection: ConnectionId,
    pub(crate) settings: Map<String, Value>,
}

impl Sample {
    pub(crate) fn new() -> Self {
        Self {
            requirements: requirements(),
            scope: Scope { subscriptions: SUBSCRIPTIONS.to_vec(), management_group: None },
            cloud: Cloud::Public,
            tenant: TENANT.parse().unwrap(),
            connection: "contoso".parse().unwrap(),
            settings: Map::new(),
        }
    }

    pub(crate) fn options(&self) -> GuideOptions<'_> {
        GuideOptions {
            connector: "sample",
            product: "Sample Product",
            connection: &self.connection,
            name: None,
            cloud: &self.cloud,
            tenant: &self.tenant,
            client_id: None,
            mode: Mode::Read,
            purpose: "List: Lists what there is.",
            settings: &self.settings,
            scope: &self.scope,
            credential: None,
            federation: None,
            least: false,
            requirements: &self.requirements,
        }
    }
}

/// The guide of the sample.
pub(crate) fn sample() -> Guide {
    guide(&Sample::new().options()).unwrap()
}

fn step(guide: &Guide, id: StepId) -> &Step {
    guide.steps.iter().find(|step| step.id == id).unwrap()
}

#[test]
fn steps_come_in_the_order_in_which_they_can_be_taken() {
    let steps: Vec<_> = sample().steps.iter().map(|step| step.id).collect();
    assert_eq!(
        steps,
        [
            StepId::Register,
            StepId::Credential,
            StepId::Permissions,
            StepId::Consent,
            StepId::Enable,
            StepId::Roles,
            StepId::Connect
        ]
    );
}

#[test]
fn what_is_not_required_is_no_step() {
    let sample = Sample { requirements: vec![reader()], ..Sample::new() };
    let guide = guide(&sample.options()).unwrap();
    assert!(!guide.steps.iter().any(|step| matches!(step.id, StepId::Permissions | StepId::Consent)));
}

#[test]
fn application_administrators_are_not_sent_to_consent() {
    let guide = sample();
    let consent = step(&guide, StepId::Consent);
    assert_eq!(consent.needs_role.as_deref(), Some("Privileged Role Administrator or Global Administrator"));
    assert!(consent.traps.iter().any(|trap| trap.contains("can give itself any permission")), "{consent:?}");
}

#[test]
fn the_value_is_copied_and_not_the_id() {
    let guide = sample();
    let credential = step(&guide, StepId::Credential);
    assert!(credential.clicks.contains(&"Expires: 730 days (24 months)".to_owned()));
    assert!(credential.traps[0].starts_with("Copy the Value, not the Secret ID"));
}

#[test]
fn each_role_is_assigned_at_each_place() {
    let guide = sample();
    let items = &step(&guide, StepId::Roles).items;
    assert_eq!(items.len(), SUBSCRIPTIONS.len());
    let place = items[1].place.as_ref().unwrap();
    assert!(place.url.ends_with(&format!("/resource/subscriptions/{}/users", SUBSCRIPTIONS[1])), "{place:?}");
}

#[test]
fn a_management_group_stands_for_all_that_is_below_it() {
    let scope =
        Scope { subscriptions: SUBSCRIPTIONS.to_vec(), management_group: Some("landing-zones".into()) };
    let guide = guide(&Sample { scope, ..Sample::new() }.options()).unwrap();
    let items = &step(&guide, StepId::Roles).items;
    assert_eq!(items[0].at.as_deref(), Some("management group landing-zones"));
    assert_eq!(items.len(), 1);
}

#[test]
fn the_least_set_replaces_what_is_too_much_and_says_so_either_way() {
    let sample = Sample::new();
    let whole = guide(&sample.options()).unwrap();
    let least = guide(&GuideOptions { least: true, ..sample.options() }).unwrap();
    let asked = |guide: &Guide| -> Vec<String> {
        step(guide, StepId::Permissions).items.iter().map(|item| item.name.clone()).collect()
    };
    assert!(asked(&whole).contains(&"AppRoleAssignment.ReadWrite.All".to_owned()));
    assert!(!asked(&least).contains(&"AppRoleAssignment.ReadWrite.All".to_owned()));
    assert!(asked(&least).contains(&"Application.Read.All".to_owned()));
    assert!(!whole.reductions[0].applied && least.reductions[0].applied);
    assert_eq!(whole.reductions[0].escalation, Some("give itself any permission"));
}

#[test]
fn what_nobody_could_grant_is_the_connector_s_mistake() {
    let refused = |requirement: Requirement| {
        guide(&Sample { requirements: vec![requirement], ..Sample::new() }.options()).unwrap_err().to_string()
    };
    let misspelt = refused(permission("AuditLog.Real.All", Grant::Application));
    assert!(misspelt.contains("(perhaps AuditLog.Read.All)"), "{misspelt}");
    let never = refused(permission("Directory.AccessAsUser.All", Grant::Application));
    assert!(never.contains("an application permission, which it is not"), "{never}");
}

#[test]
fn names_that_cannot_be_are_refused() {
    let sample = Sample::new();
    for name in ["", "  ", "two\nlines", "\u{1b}[31mred", &"x".repeat(121)] {
        let error = guide(&GuideOptions { name: Some(name), ..sample.options() }).unwrap_err();
        assert!(matches!(error, GuideError::Name { .. }), "{name:?}");
    }
    for group in ["", "a/b", "a'b", "a b", "ends.", "$(id)"] {
        let scope = Scope { subscriptions: vec![], management_group: Some(group.into()) };
        let error = guide(&Sample { scope, ..Sample::new() }.options()).unwrap_err();
        assert!(matches!(error, GuideError::ManagementGroup { .. }), "{group:?}");
    }
}

#[test]
fn a_credential_the_vendor_does_not_take_is_refused() {
    let kinds = vec![CredentialKind::ClientSecret];
    let requirements = vec![need(Need::Credential { kinds, lifetime_days: None })];
    let sample = Sample { requirements, ..Sample::new() };
    let options = GuideOptions { credential: Some(CredentialKind::Certificate), ..sample.options() };
    let error = guide(&options).unwrap_err().to_string();
    assert_eq!(error, "Sample Product does not take a certificate: choose client secret");
}

#[test]
fn an_application_is_called_after_the_product_alone_where_the_connection_tells_nothing_more() {
    let sample = Sample { connection: "sample".parse().unwrap(), ..Sample::new() };
    let guide = guide(&sample.options()).unwrap();
    assert!(step(&guide, StepId::Register).clicks.contains(&"Name: Sample Product".to_owned()));
}

#[test]
fn whoever_assigns_owner_is_told_what_its_holder_can_do() {
    let owner = role("Owner", uuid!("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"));
    let guide = guide(&Sample { requirements: vec![owner], ..Sample::new() }.options()).unwrap();
    let traps = &step(&guide, StepId::Roles).traps;
    assert!(traps.iter().any(|trap| trap.starts_with("With Owner the application can ")), "{traps:?}");
}

#[test]
fn the_last_step_is_the_command_that_hands_it_over() {
    let sample = Sample::new();
    let connect = |guide: &Guide| step(guide, StepId::Connect).clicks[0].clone();
    let new = connect(&guide(&sample.options()).unwrap());
    assert!(new.starts_with("fairlead connections add contoso --connector sample "), "{new}");
    assert!(new.ends_with(" --client-id CLIENT-ID --client-secret-expires DATE"), "{new}");
    let known = guide(&GuideOptions { client_id: Some(Uuid::nil()), ..sample.options() }).unwrap();
    assert_eq!(connect(&known), "fairlead connections rotate contoso --client-secret-expires DATE");
}
