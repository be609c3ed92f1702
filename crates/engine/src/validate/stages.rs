//! The order of asking: what each stage needs, and what makes the rest pointless.

use std::sync::Arc;

use async_trait::async_trait;
use fairlead_azure::{Gateway, GatewayOptions, PolicedGateway, Policy, portal::Portal};
use fairlead_host::{Azure, Connector, Services};
use fairlead_model::{
    Api, Connection, Finding, FindingOutcome, Grant, Mode, Need, Refusal, Report, Request, Requirement,
    Response,
};
use fairlead_secrets::Lint;
use futures::future::join_all;
use jiff::Timestamp;

use super::{
    Validation, Validator,
    facts::{Facts, Look, TenantFact},
    judge::{self, Case},
    lint, probe,
    remedy::Remedies,
    report,
};
use crate::{
    EngineError, Event,
    info::{connection_info, purpose_of, requirements_of},
};

/// A part of a validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Looking the tenant up and getting tokens.
    SigningIn,
    /// Reading directory and resources.
    Looking,
    /// Looking closer where something is not as it should be.
    LookingCloser,
    /// The connector looks at what only it can.
    Connector,
}

/// Validates against a connector's own requirements and checks.
pub(super) async fn with_connector(
    validator: &Validator<'_>,
    connector: &Connector,
) -> Result<Validation, EngineError> {
    let connection = validator.connection;
    let requirements = requirements_of(connector, connection).await?;
    let mut run = Run::new(validator);
    run.purpose = purpose_of(connector.description(), connection.mode);
    Box::pin(run.gather(&requirements)).await?;
    let mut findings = run.judge(&requirements);
    if let Some(gateway) = run.signed_in_everywhere() {
        run.tell(Stage::Connector);
        findings.extend(checked_by(validator, connector, &gateway).await);
        validator.still_wanted()?;
    }
    Ok(run.close(findings))
}

/// Validates against requirements alone.
pub(super) async fn without_connector(
    validator: &Validator<'_>,
    requirements: &[Requirement],
) -> Result<Validation, EngineError> {
    let mut run = Run::new(validator);
    Box::pin(run.gather(requirements)).await?;
    let findings = run.judge(requirements);
    Ok(run.close(findings))
}

impl Validator<'_> {
    fn still_wanted(&self) -> Result<(), EngineError> {
        if self.stop.is_cancelled() {
            return Err(EngineError::ValidationStopped(self.connection.id.clone()));
        }
        Ok(())
    }
}

/// One validation under way.
struct Run<'a> {
    validator: &'a Validator<'a>,
    /// What the connection's mode comes to, where a connector says so.
    purpose: String,
    started_at: Timestamp,
    facts: Facts,
    gateway: Option<Gateway>,
    /// Requests made beside the gateway.
    beside: u64,
}

impl<'a> Run<'a> {
    fn new(validator: &'a Validator<'a>) -> Self {
        let mut facts = Facts::new(lint::kind(&validator.credential));
        facts.damage = lint::credential(&validator.credential, validator.connection);
        facts.hint = lint::hint(&validator.credential);
        Self {
            validator,
            purpose: String::new(),
            started_at: Timestamp::now(),
            facts,
            gateway: None,
            beside: 0,
        }
    }

    async fn gather(&mut self, requirements: &[Requirement]) -> Result<(), EngineError> {
        self.tell(Stage::SigningIn);
        self.sign_in(requirements).await?;
        self.validator.still_wanted()?;
        let Some(asker) = self.gateway.clone().map(probe::Asker::new) else { return Ok(()) };
        if self.facts.any_token().is_none() || matches!(self.facts.tenant, TenantFact::Unknown { .. }) {
            return self.find_application().await;
        }
        self.tell(Stage::Looking);
        Box::pin(self.look(&asker, requirements)).await;
        self.validator.still_wanted()?;
        self.tell(Stage::LookingCloser);
        self.look_closer(&asker, requirements).await;
        self.validator.still_wanted()
    }

    /// Looks the tenant up and gets the tokens, side by side; no token where it cannot be had.
    async fn sign_in(&mut self, requirements: &[Requirement]) -> Result<(), EngineError> {
        let connection = self.validator.connection;
        let hopeless = self.facts.damage.is_some_and(Lint::is_hopeless) || lint::pasted_twice(connection);
        let asker = if hopeless { None } else { Some(self.connect()?) };
        let apis = if needs_resource_manager(requirements) {
            &[Api::Graph, Api::ResourceManager][..]
        } else {
            &[Api::Graph]
        };
        let tokens = async {
            let Some(asker) = &asker else { return Vec::new() };
            let tenant = connection.tenant.as_str();
            join_all(apis.iter().copied().map(async |api| (api, asker.sign_in(api, tenant).await))).await
        };
        let ((tenant, beside), tokens) = tokio::join!(probe::tenant(connection), tokens);
        self.beside += beside;
        self.facts.tenant = tenant;
        self.facts.tokens = tokens.into_iter().collect();
        Ok(())
    }

    fn connect(&mut self) -> Result<probe::Asker, EngineError> {
        let Validator { connection, credential, stop, .. } = self.validator;
        let mut options = GatewayOptions::new(
            connection.cloud.clone(),
            connection.tenant.clone(),
            connection.client_id,
            credential.clone(),
        );
        options.pace = probe::pace();
        options.stop = stop.clone();
        let gateway = Gateway::connect(options)?;
        self.gateway = Some(gateway.clone());
        Ok(probe::Asker::new(gateway))
    }

    /// Where the tenant does not know the application, others may.
    async fn find_application(&mut self) -> Result<(), EngineError> {
        if !judge::application_is_unknown(&self.facts.tokens) {
            return Ok(());
        }
        let Validator { connection, others, witnesses, stop, .. } = self.validator;
        let tenant = self.facts.tenant_id();
        let (found, requests) = probe::whereabouts(connection, tenant, others, *witnesses, stop).await;
        self.facts.whereabouts = found;
        self.beside += requests;
        self.validator.still_wanted()
    }

    async fn look(&mut self, asker: &probe::Asker, requirements: &[Requirement]) {
        let (connection, facts) = (self.validator.connection, &self.facts);
        let wants = |wanted: fn(&Need) -> bool| requirements.iter().any(|one| wanted(&one.need));
        let delegated = wants(|need| {
            matches!(need, Need::GraphPermission { grant: Grant::Delegated, .. } | Need::NoExcess { .. })
        });
        let owners = wants(|need| matches!(need, Need::OwnsItself));
        let directory = probe::Wanted { delegated, owners };
        let mailbox = async {
            if wants(|need| matches!(need, Need::MailboxSettings { .. })) {
                probe::mailbox(asker, facts).await
            } else {
                Look::NotAsked
            }
        };
        let resources = async {
            match facts.token(Api::ResourceManager) {
                Some(_) => probe::resources(asker, connection, requirements, facts).await,
                None => super::Resources::default(),
            }
        };
        let (directory, resources, licences, mailbox) = tokio::join!(
            probe::directory(asker, connection, facts, directory),
            resources,
            probe::licences(asker, facts, requirements),
            mailbox,
        );
        self.facts.directory = directory;
        self.facts.resources = resources;
        self.facts.licences = licences;
        self.facts.mailbox = mailbox;
    }

    async fn look_closer(&mut self, asker: &probe::Asker, requirements: &[Requirement]) {
        let (connection, facts) = (self.validator.connection, &self.facts);
        let directory = async {
            if judge::lacks_permission(requirements, facts) {
                probe::directory_details(asker, facts).await
            } else {
                facts.directory.clone()
            }
        };
        let resources = async {
            match facts.token(Api::ResourceManager) {
                Some(_) => probe::resource_details(asker, connection, requirements, facts).await,
                None => facts.resources.clone(),
            }
        };
        let (directory, resources) = tokio::join!(directory, resources);
        self.beside += resources.owners.len() as u64;
        self.facts.directory = directory;
        self.facts.resources = resources;
    }

    fn judge(&self, requirements: &[Requirement]) -> Vec<Finding> {
        let Validator { connection, others, now, fingerprint, .. } = self.validator;
        let recorded = connection.credential.as_ref().and_then(|record| record.fingerprint.as_deref());
        let case = Case {
            connection,
            others,
            requirements,
            facts: &self.facts,
            fingerprint: fingerprint.as_deref().or(recorded),
            remedies: Remedies::of(connection, self.facts.principal_id()),
            now: *now,
            young: report::young(connection, *now),
        };
        report::explained(judge::all(&case))
    }

    /// The gateway, where every service that was signed in to gave a token.
    fn signed_in_everywhere(&self) -> Option<Gateway> {
        let all = self.facts.tokens.values().all(|signed_in| signed_in.outcome.is_ok());
        let anywhere =
            !self.facts.tokens.is_empty() && !matches!(self.facts.tenant, TenantFact::Unknown { .. });
        self.gateway.clone().filter(|_| all && anywhere)
    }

    fn close(self, findings: Vec<Finding>) -> Validation {
        let Validator { connection, now, .. } = self.validator;
        let through = self.gateway.as_ref().map_or(0, |gateway| gateway.statistics().requests);
        let report = Report {
            connection: connection.id.clone(),
            connector: connection.connector.clone(),
            mode: connection.mode,
            purpose: self.purpose,
            started_at: self.started_at,
            finished_at: Timestamp::now(),
            requests: through + self.beside,
            retry_after_seconds: report::retry_after(&findings, report::young(connection, *now)),
            findings,
        };
        let credential_ends = judge::credential_in_directory(&self.facts, *now).map(|(_, end, _)| end);
        Validation { report, facts: self.facts, credential_ends }
    }

    fn tell(&self, stage: Stage) {
        self.validator.subscriber.event(Event::Looking(stage));
    }
}

/// Excess counts roles too, wherever they are.
fn needs_resource_manager(requirements: &[Requirement]) -> bool {
    requirements.iter().any(|requirement| {
        matches!(requirement.need, Need::AzureRole { .. } | Need::ActiveSubscription | Need::NoExcess { .. })
    })
}

/// What the connector found by itself. That it could not look is no fault of the tenant.
async fn checked_by(validator: &Validator<'_>, connector: &Connector, gateway: &Gateway) -> Vec<Finding> {
    // A check changes nothing, whatever the connection's mode allows a sync.
    let policy = Policy::new(&connector.description().needs, Mode::Read);
    let azure = Arc::new(Looking(gateway.policed(policy)));
    let services = Services { azure: Some(azure), ..Services::default() };
    let described = connection_info(validator.connection, gateway.tenant_id());
    let id = &connector.description().id;
    let checked = connector.check(services, &described).await.map_err(|error| error.to_string());
    let findings = checked.and_then(|called| own_words(called.value, id, validator.connection));
    findings.unwrap_or_else(|problem| {
        vec![Finding {
            id: "connector.unchecked".to_owned(),
            subject: String::new(),
            outcome: FindingOutcome::Unknown,
            sentence: problem,
            waits_until: None,
            told_by: Some(id.clone()),
            evidence: Vec::new(),
            remedy: None,
        }]
    })
}

/// A connector's findings, marked as its own. Its links look like ours to people, so they lead where ours do.
fn own_words(
    mut findings: Vec<Finding>,
    connector: &str,
    connection: &Connection,
) -> Result<Vec<Finding>, String> {
    let portal = Portal::of(&connection.cloud, &connection.tenant).map_err(|error| error.to_string())?;
    for finding in &mut findings {
        let place = finding.remedy.as_ref().and_then(|remedy| remedy.portal.as_ref());
        if let Some(place) = place.filter(|place| !portal.has(&place.url)) {
            return Err(format!(
                "the connector {connector} gives a link that leads into neither portal of this cloud: {:?}; report it \
                 to its maker",
                place.url
            ));
        }
        finding.told_by = Some(connector.to_owned());
    }
    Ok(findings)
}

/// A connector's way to Azure during a check.
struct Looking(PolicedGateway);

#[async_trait]
impl Azure for Looking {
    async fn send(&self, request: Request) -> Result<Response, Refusal> {
        self.0.send(request).await
    }
}

#[cfg(test)]
mod tests {
    use fairlead_model::{PortalPlace, Remedy};
    use serde_json::json;

    use super::*;

    /// A link looks like ours to whoever clicks it.
    #[test]
    fn a_connector_s_words_are_marked_and_its_links_lead_where_ours_do() {
        let connection: Connection = serde_json::from_value(json!({
            "id": "one", "connector": "example", "tenant": "contoso.example",
            "client-id": uuid::Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
        }))
        .unwrap();
        let told = |url: &str| {
            let place = PortalPlace { path: "Subscriptions".into(), url: url.into() };
            let remedy = Remedy { action: "Look there.".into(), portal: Some(place), ..Remedy::default() };
            let finding: Finding = serde_json::from_value(json!({
                "id": "cluster.private", "outcome": "warn", "sentence": "It is private.", "remedy": remedy,
            }))
            .unwrap();
            own_words(vec![finding], "example", &connection)
        };
        let ours = told("https://portal.azure.com/#view/x").unwrap();
        assert_eq!(ours[0].told_by.as_deref(), Some("example"));
        let elsewhere = told("https://portal.azure.com.evil.example/#view/x").unwrap_err();
        assert!(elsewhere.contains("neither portal"), "{elsewhere}");
    }
}
