//! What judges make of facts, as tables: what was seen, and the findings that are not as they should be.

mod permissions;
mod roles;
mod rotating;
mod signing_in;

use std::collections::BTreeMap;

use fairlead_azure::{Claims, SignIn};
use fairlead_model::{
    Api, Cloud, Connection, CredentialKind, CredentialRecord, CredentialSource, Evidence, Finding,
    FindingOutcome, Mode, Need, Requirement, Scope, Tags, Weight,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Case, all};
use crate::validate::{
    facts::{Facts, Look, SignedIn, Subscription, SubscriptionState, TenantFact},
    remedy::Remedies,
    report,
};

const TENANT: Uuid = Uuid::from_u128(0x7e);
const CLIENT: Uuid = Uuid::from_u128(0xc1);
const PRINCIPAL: Uuid = Uuid::from_u128(0x5e);
const SUBSCRIPTION: Uuid = Uuid::from_u128(0x1);

/// A tenant as it was seen, and what is asked of it.
struct Seen {
    connection: Connection,
    others: Vec<Connection>,
    requirements: Vec<Requirement>,
    facts: Facts,
}

fn now() -> Timestamp {
    "2026-11-15T12:00:00Z".parse().unwrap()
}

fn ago(span: SignedDuration) -> Timestamp {
    now() - span
}

fn evidence(status: u16) -> Evidence {
    Evidence {
        request: "GET /".into(),
        api: None,
        status: Some(status),
        code: None,
        request_id: None,
        at: now(),
    }
}

fn seen<T>(value: T) -> Look<T> {
    Look::Seen(value, vec![evidence(200)])
}

fn refused<T>(status: u16) -> Look<T> {
    Look::Refused { message: "no".into(), evidence: evidence(status) }
}

fn unanswered<T>() -> Look<T> {
    Look::Unanswered { why: "it does not answer".into(), evidence: evidence(503) }
}

fn token(api: Api, roles: &[&str]) -> SignedIn {
    let claims = Claims {
        tid: Some(TENANT.to_string()),
        oid: Some(PRINCIPAL.to_string()),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        ..Claims::default()
    };
    SignedIn { outcome: Ok(SignIn { api, expires_at: now(), claims }), evidence: evidence(200) }
}

fn connection() -> Connection {
    let day = SignedDuration::from_hours(24);
    Connection {
        id: "contoso".parse().unwrap(),
        connector: "example".into(),
        cloud: Cloud::Public,
        tenant: TENANT.to_string().parse().unwrap(),
        domain: None,
        client_id: CLIENT,
        credential: Some(CredentialRecord {
            source: CredentialSource::ClientSecret { rotates: false },
            fingerprint: Some("f1".into()),
            expires_at: Some(now() + day * 300),
            set_at: ago(day),
            rotated_at: None,
        }),
        mode: Mode::Read,
        scope: Scope { subscriptions: vec![SUBSCRIPTION], management_group: None },
        description: String::new(),
        tags: Tags::default(),
        enabled: true,
        schedule: None,
        owner: None,
        teams: vec![],
        settings: serde_json::Map::new(),
        created_at: ago(day),
        updated_at: None,
        aimed_at: None,
    }
}

impl Seen {
    /// A tenant in which everything works, with these permissions granted.
    fn with(granted: &[&str], needs: Vec<Need>) -> Self {
        let mut facts = Facts::new(CredentialKind::ClientSecret);
        facts.tenant = TenantFact::Found { id: TENANT, evidence: evidence(200) };
        facts.tokens = BTreeMap::from([
            (Api::Graph, token(Api::Graph, granted)),
            (Api::ResourceManager, token(Api::ResourceManager, &[])),
        ]);
        facts.resources.subscriptions = seen(vec![subscription(SUBSCRIPTION, SubscriptionState::Enabled)]);
        Self { connection: connection(), others: vec![], requirements: required(needs), facts }
    }

    /// The connection was added a minute ago.
    fn young(mut self) -> Self {
        self.connection.created_at = ago(SignedDuration::from_mins(1));
        self
    }

    /// Findings that are not as they should be, each as "id subject: outcome".
    fn wrong(&self) -> Vec<String> {
        self.told(|outcome| outcome != FindingOutcome::Pass)
    }

    /// All findings but the most common ones.
    fn passed(&self) -> Vec<String> {
        let mut told = self.told(|outcome| outcome == FindingOutcome::Pass);
        told.retain(|one| !one.starts_with("tenant.found") && !one.starts_with("credential.accepted"));
        told
    }

    /// The one finding with this id.
    fn only(&self, id: &str) -> Finding {
        let mut found: Vec<Finding> =
            self.findings().into_iter().filter(|finding| finding.id == id).collect();
        assert_eq!(found.len(), 1, "{id}: {:?}", self.told(|_| true));
        found.remove(0)
    }

    fn findings(&self) -> Vec<Finding> {
        let case = Case {
            connection: &self.connection,
            others: &self.others,
            requirements: &self.requirements,
            facts: &self.facts,
            fingerprint: Some("f1"),
            remedies: Remedies::of(&self.connection, Some(PRINCIPAL)),
            now: now(),
            young: report::young(&self.connection, now()),
        };
        report::explained(all(&case))
    }

    fn told(&self, wanted: impl Fn(FindingOutcome) -> bool) -> Vec<String> {
        let findings = self.findings();
        for finding in &findings {
            assert!(finding.sentence.ends_with(['.', '…']), "{finding:?}");
            let needs_remedy = finding.outcome != FindingOutcome::Pass;
            assert!(!needs_remedy || finding.remedy.is_some(), "nothing to do about {finding:?}");
        }
        let told = findings.into_iter().filter(|finding| wanted(finding.outcome));
        told.map(|finding| match finding.subject.as_str() {
            "" => format!("{}: {}", finding.id, finding.outcome),
            subject => format!("{} {subject}: {}", finding.id, finding.outcome),
        })
        .collect()
    }
}

fn required(needs: Vec<Need>) -> Vec<Requirement> {
    let one = |need| Requirement { need, why: String::new(), weight: Weight::Required, smaller: None };
    needs.into_iter().map(one).collect()
}

fn subscription(id: Uuid, state: SubscriptionState) -> Subscription {
    Subscription { subscription_id: id, tenant_id: Some(TENANT), display_name: "Production".into(), state }
}
