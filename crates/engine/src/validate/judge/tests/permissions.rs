//! Permissions, consents, audience, licences and excess.

use std::collections::BTreeMap;

use fairlead_azure::{known, permissions};
use fairlead_model::{Audience, Grant, Need, Plan, Smaller};
use uuid::Uuid;

use super::{Seen, refused, required, seen, unanswered};
use crate::validate::facts::{
    AppRoleGrant, Application, DelegatedGrant, Look, RequiredAccess, RequiredResource,
};

const LOGS: &str = "AuditLog.Read.All";

fn application(name: &str) -> Need {
    Need::GraphPermission { name: name.into(), grant: Grant::Application }
}

fn delegated(name: &str) -> Need {
    Need::GraphPermission { name: name.into(), grant: Grant::Delegated }
}

fn asking(service: Uuid, id: Uuid, kind: &str) -> Look<Application> {
    let access = RequiredAccess { id, kind: kind.into() };
    let resource = RequiredResource { resource_app_id: service, resource_access: vec![access] };
    seen(Application { required_resource_access: vec![resource], ..Application::default() })
}

fn ids(name: &str) -> (Uuid, Uuid) {
    let permission = permissions::find(name).unwrap();
    (permission.application.unwrap(), permission.delegated.unwrap())
}

#[test]
fn a_permission_is_granted_by_itself_or_by_what_contains_it() {
    let told = |granted: &[&str]| Seen::with(granted, vec![application("User.Read.All")]).passed();
    assert_eq!(told(&["User.Read.All"]), ["permission.granted User.Read.All: pass"]);
    assert_eq!(told(&["Directory.Read.All"]), ["permission.implied User.Read.All: pass"]);
}

#[test]
fn each_way_to_get_a_permission_wrong_is_told_apart() {
    let (role, scope) = ids(LOGS);
    let of_old_api = Uuid::from_u128(0xaad);
    let lacking = || Seen::with(&["Directory.Read.All"], vec![application(LOGS)]);
    let told = |change: &dyn Fn(&mut Seen)| {
        let mut tenant = lacking();
        tenant.facts.directory.application = seen(Application::default());
        tenant.facts.directory.delegated = seen(vec![]);
        tenant.facts.directory.app_roles = seen(vec![]);
        tenant.facts.directory.azure_ad_graph = seen(BTreeMap::from([(of_old_api, LOGS.to_owned())]));
        change(&mut tenant);
        tenant.wrong()
    };
    assert_eq!(told(&|_| ()), ["permission.missing AuditLog.Read.All: fail"]);
    assert_eq!(
        told(&|tenant| tenant.facts.directory.application = asking(known::GRAPH, role, "Role")),
        ["permission.not-consented AuditLog.Read.All: fail"]
    );
    assert_eq!(
        told(&|tenant| tenant.facts.directory.application = asking(known::GRAPH, scope, "Scope")),
        ["permission.delegated AuditLog.Read.All: fail"]
    );
    assert_eq!(
        told(&|tenant| {
            let consent =
                DelegatedGrant { consent_type: "Principal".into(), scope: format!("openid {LOGS}") };
            tenant.facts.directory.delegated = seen(vec![consent]);
        }),
        ["permission.delegated AuditLog.Read.All: fail"]
    );
    assert_eq!(
        told(&|tenant| {
            tenant.facts.directory.application = asking(known::AZURE_AD_GRAPH, of_old_api, "Role");
        }),
        ["permission.other-api AuditLog.Read.All: fail"]
    );
    assert_eq!(
        told(&|tenant| {
            let grant = AppRoleGrant { app_role_id: role, ..AppRoleGrant::default() };
            tenant.facts.directory.app_roles = seen(vec![grant]);
        }),
        ["permission.missing AuditLog.Read.All: waiting"]
    );
}

#[test]
fn where_nobody_can_look_a_consent_may_be_on_its_way() {
    let blind = || {
        let mut tenant = Seen::with(&[], vec![application(LOGS), application("User.Read.All")]);
        tenant.facts.directory.application = Look::Lacks("Application.Read.All");
        tenant
    };
    assert_eq!(
        blind().wrong(),
        ["permission.missing AuditLog.Read.All: fail", "permission.missing User.Read.All: fail"]
    );
    assert_eq!(
        blind().young().wrong(),
        ["permission.missing AuditLog.Read.All: waiting", "permission.missing User.Read.All: waiting"]
    );
}

#[test]
fn a_delegated_permission_is_there_without_effect_or_it_is_not() {
    const ALL: &str = "Directory.AccessAsUser.All";
    let id = permissions::find(ALL).unwrap().delegated.unwrap();
    let consent = |kind: &str| seen(vec![DelegatedGrant { consent_type: kind.into(), scope: ALL.into() }]);
    for (look, expected) in [
        (consent("AllPrincipals"), &[][..]),
        (consent("Principal"), &["permission.not-consented Directory.AccessAsUser.All: fail"]),
        (seen(vec![]), &["permission.missing Directory.AccessAsUser.All: fail"]),
        (Look::Lacks("Directory.Read.All"), &["permission.unknown Directory.AccessAsUser.All: unknown"]),
        (unanswered(), &["permission.unknown Directory.AccessAsUser.All: unknown"]),
    ] {
        let mut tenant = Seen::with(&[], vec![delegated(ALL)]);
        tenant.facts.directory.delegated = look;
        assert_eq!(tenant.wrong(), expected);
    }
    let mut asked = Seen::with(&[], vec![delegated(ALL)]);
    asked.facts.directory.delegated = seen(vec![]);
    asked.facts.directory.application = asking(known::GRAPH, id, "Scope");
    assert_eq!(asked.wrong(), ["permission.not-consented Directory.AccessAsUser.All: fail"]);
}

#[test]
fn more_than_is_needed_is_told_and_what_is_contained_in_it_is_not() {
    let told = |granted: &[&str], tolerated: &[&str]| {
        let tolerated = tolerated.iter().map(|name| (*name).to_owned()).collect();
        Seen::with(granted, vec![application("Directory.Read.All"), Need::NoExcess { tolerated }]).wrong()
    };
    assert!(told(&["Directory.Read.All", "User.Read.All"], &[]).is_empty());
    assert_eq!(told(&["Directory.Read.All", "Mail.Read"], &[]), ["permission.excess Mail.Read: warn"]);
    assert!(told(&["Directory.Read.All", "Mail.Read"], &["Mail.Read"]).is_empty());
    assert_eq!(
        told(&["Directory.Read.All", "RoleManagement.ReadWrite.Directory"], &[]),
        ["permission.excess-tier-0 RoleManagement.ReadWrite.Directory: warn"]
    );
    // What does instead of a permission is more than it.
    assert_eq!(
        told(&["Directory.ReadWrite.All"], &[]),
        ["permission.excess-tier-0 Directory.ReadWrite.All: warn"]
    );
}

#[test]
fn a_smaller_set_that_would_do_is_no_excess() {
    let mut requirements =
        required(vec![application("Group.Read.All"), Need::NoExcess { tolerated: vec![] }]);
    requirements[0].smaller = Some(fairlead_model::Smaller {
        instead: vec!["AuditLog.Read.All".into()],
        why: "It would do.".into(),
    });
    let mut tenant = Seen::with(&["Group.Read.All", LOGS], vec![]);
    tenant.requirements = requirements;
    assert!(tenant.wrong().is_empty());
}

#[test]
fn directory_roles_and_delegated_permissions_beyond_the_need_are_told() {
    let mut tenant = Seen::with(&[], vec![Need::NoExcess { tolerated: vec![] }]);
    let graph = tenant.facts.tokens.get_mut(&fairlead_model::Api::Graph).unwrap();
    graph.outcome.as_mut().unwrap().claims.wids =
        vec!["0997a1d0-0d1d-4acb-b408-d5ca73121e90".into(), "62e90394-69f5-4237-9190-012177145e10".into()];
    let consent =
        DelegatedGrant { consent_type: "AllPrincipals".into(), scope: "openid User.Read Mail.Read".into() };
    tenant.facts.directory.delegated = seen(vec![consent]);
    assert_eq!(
        tenant.wrong(),
        ["permission.inert Mail.Read: warn", "directory-role.excess Global Administrator: warn"]
    );
}

#[test]
fn the_audience_is_judged_where_it_can_be_seen() {
    let told = |wanted, look: Look<Application>, needs: Vec<Need>| {
        let mut needs = needs;
        needs.push(Need::Audience { audience: wanted });
        let mut tenant = Seen::with(&[], needs);
        tenant.facts.directory.application = look;
        tenant.wrong()
    };
    let of = |audience: &str| {
        seen(Application { sign_in_audience: Some(audience.into()), ..Application::default() })
    };
    assert_eq!(told(Audience::Multiple, of("AzureADMyOrg"), vec![]), ["audience.single: fail"]);
    assert_eq!(told(Audience::Single, of("AzureADMultipleOrgs"), vec![]), ["audience.multiple: warn"]);
    assert!(told(Audience::Multiple, of("AzureADandPersonalMicrosoftAccount"), vec![]).is_empty());
    assert!(told(Audience::Either, unanswered(), vec![]).is_empty());
    assert_eq!(told(Audience::Single, unanswered(), vec![]), ["audience.unknown: unknown"]);
    // No requirement lets it be seen: the tenant is not at fault.
    assert!(told(Audience::Single, Look::Lacks("Application.Read.All"), vec![]).is_empty());
    // One does, and is missing: that is the finding.
    let needs = vec![application("Application.Read.All")];
    let blind = told(Audience::Single, Look::Lacks("Application.Read.All"), needs);
    assert_eq!(blind, ["permission.missing Application.Read.All: fail"]);
}

#[test]
fn licences_and_mailboxes_are_there_missing_or_not_seen() {
    let licence = |look| {
        let mut tenant = Seen::with(&[], vec![Need::Licence { plan: Plan::P2, skipped_by: None }]);
        tenant.facts.licences = BTreeMap::from([(Plan::P2, look)]);
        tenant.wrong()
    };
    assert!(licence(seen(true)).is_empty());
    assert_eq!(licence(seen(false)), ["licence.missing Entra ID P2: fail"]);
    assert_eq!(licence(unanswered()), ["licence.unknown Entra ID P2: unknown"]);
    let mailbox = |look| {
        let mut tenant = Seen::with(&[], vec![Need::MailboxSettings { skipped_by: None }]);
        tenant.facts.mailbox = look;
        tenant.wrong()
    };
    assert!(mailbox(seen(Some(true))).is_empty());
    assert_eq!(mailbox(seen(None)), ["mailbox.unknown: unknown"]);
    assert_eq!(mailbox(refused(403)), ["mailbox.denied: fail"]);
    assert_eq!(mailbox(refused(500)), ["mailbox.unknown: unknown"]);
}

#[test]
fn whoever_has_the_smaller_set_lacks_nothing_and_is_told_of_mistakes_all_the_same() {
    let lacking = |granted: &[&str], instead: &[&str]| {
        let mut tenant = Seen::with(granted, vec![application("Directory.ReadWrite.All")]);
        let instead = instead.iter().map(|name| (*name).to_owned()).collect();
        tenant.requirements[0].smaller = Some(Smaller { instead, why: "It reads.".into() });
        tenant.facts.directory.application = seen(Application::default());
        tenant
    };
    let both = ["Directory.Read.All", "User.Invite.All"];
    assert_eq!(lacking(&both, &both).passed(), ["permission.smaller Directory.ReadWrite.All: pass"]);
    assert_eq!(lacking(&[], &[]).passed(), ["permission.smaller Directory.ReadWrite.All: pass"]);
    assert_eq!(lacking(&both[..1], &both).wrong(), ["permission.missing Directory.ReadWrite.All: fail"]);
    let mut asked = lacking(&both, &both);
    let (role, _) = ids("Directory.ReadWrite.All");
    asked.facts.directory.application = asking(known::GRAPH, role, "Role");
    assert_eq!(asked.wrong(), ["permission.not-consented Directory.ReadWrite.All: warn"]);
}

#[test]
fn what_waits_says_until_when() {
    let mut tenant = Seen::with(&[], vec![application(LOGS)]).young();
    tenant.facts.directory.application = Look::Lacks("Application.Read.All");
    let finding = tenant.only("permission.missing");
    assert_eq!(finding.waits_until.unwrap().to_string(), "2026-11-15T12:09:00Z");
}

/// A request that is taken back leaves the consent where it is.
#[test]
fn what_is_too_much_is_taken_back_whole() {
    let needs = vec![application(LOGS), Need::NoExcess { tolerated: vec![] }];
    let command =
        Seen::with(&[LOGS, "Mail.Read"], needs).only("permission.excess").remedy.unwrap().command.unwrap();
    let lines: Vec<_> = command.lines().collect();
    assert!(lines[0].starts_with("az ad app permission delete"), "{command}");
    assert!(lines[1].contains("appRoleAssignments") && lines[1].contains("--method delete"), "{command}");
}
