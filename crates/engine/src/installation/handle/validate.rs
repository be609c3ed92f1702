//! A validation that was asked for: its report is kept where whoever asked finds it.

use fairlead_model::{
    Announcement, Connection, ConnectionId, CredentialSource, FailureKind, FindingOutcome, Happening, Report,
    Subject, ValidationRecord, ValidationState,
};
use fairlead_store::State;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{AT_ONCE, SOON};
use crate::{
    EngineError, Handled, Installation, Queue,
    announce::{self, announce},
    installation::Looking,
    webhooks::is_known_cloud,
};

/// After this, whoever asked is told that it cannot be looked at, instead of being left to wait.
const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

impl Installation {
    pub(super) async fn handle_validate(
        &self,
        id: Uuid,
        subject: &Subject,
        queue: &dyn Queue,
        stop: CancellationToken,
    ) -> Result<Handled, EngineError> {
        let state = self.state()?;
        if let Subject::Proposed(proposed) = subject
            && !is_as_proposed(id, proposed, state).await?
        {
            return Ok(Handled::Refused(format!(
                "the validation {id} is of a connection that no webhook proposed: look who may send to the queue"
            )));
        }
        let record = state.validation(id).await?.unwrap_or_else(|| ValidationRecord {
            id,
            connection: subject.connection().clone(),
            asked_at: Timestamp::now(),
            state: ValidationState::Pending,
        });
        let mut handled = Handled::Done;
        if record.state == ValidationState::Pending {
            let waits = Timestamp::now().duration_since(record.asked_at);
            let ended = match self.look_at(subject, queue, stop).await {
                Ok(report) => ValidationState::Done { report },
                Err(EngineError::ValidationStopped(_)) => return Ok(Handled::Later(AT_ONCE)),
                Err(error) if error.kind() == Some(FailureKind::Retry) && waits < PATIENCE => {
                    tracing::warn!(%error, "it is tried again");
                    return Ok(Handled::Later(SOON));
                }
                Err(error) => {
                    tracing::error!(%error, "it could not be looked at");
                    if error.kind() == Some(FailureKind::Bug) {
                        handled = Handled::Refused(format!("the validation {id} failed: {error}"));
                    }
                    ValidationState::Failed { error: error.to_string() }
                }
            };
            state.save_validation(&ValidationRecord { state: ended, ..record }).await?;
        }
        if let Subject::Proposed(proposed) = subject {
            self.forget_proposed(&proposed.id).await?;
        }
        Ok(handled)
    }

    async fn look_at(
        &self,
        subject: &Subject,
        queue: &dyn Queue,
        stop: CancellationToken,
    ) -> Result<Report, EngineError> {
        let connection = match subject {
            Subject::Connection(id) => self.connection(id).await?,
            Subject::Proposed(proposed) => (**proposed).clone(),
        };
        let is_own = matches!(subject, Subject::Connection(_));
        // What is there now is to be looked at, and not what is remembered.
        self.secrets().await?.forget(&connection.id);
        let credential = self.credential(&connection).await?;
        let looking = Looking { credential, is_own, fingerprint: None, stop };
        let report = self.validate(&connection, looking).await?.report;
        tracing::info!(outcome = %report.outcome(), requests = report.requests, "it was looked at");
        if is_own {
            self.compare(&connection, &report, queue).await?;
        }
        Ok(report)
    }

    /// Tells if the outcome is another than last time, and remembers this one.
    async fn compare(
        &self,
        connection: &Connection,
        report: &Report,
        queue: &dyn Queue,
    ) -> Result<(), EngineError> {
        let state = self.state()?;
        let before = state.report(&connection.id).await?.map(|before| before.outcome());
        let now = report.outcome();
        if before != Some(now) {
            let is_wrong = |outcome| outcome > FindingOutcome::Pass;
            let wrong = report.findings.iter().filter(|finding| is_wrong(finding.outcome));
            let what = Happening::ValidationChanged {
                connection: connection.id.clone(),
                before,
                now,
                findings: wrong.map(|finding| finding.id.clone()).collect(),
            };
            let name = format!("validation.changed/{}/{}", connection.id, report.started_at);
            let (id, timestamp) = (announce::id(&name), report.finished_at);
            // Before it is remembered: killed in between, it is told twice rather than never.
            announce(state, queue, &Announcement { id, timestamp, what }).await?;
        }
        Ok(state.save_report(report).await?)
    }

    /// A proposed connection's secret goes when its report is there. One of a connection that was added under the
    /// same name is not ours to remove.
    async fn forget_proposed(&self, name: &ConnectionId) -> Result<(), EngineError> {
        if self.state()?.connection(name).await?.is_some() {
            tracing::warn!(connection = %name, "the proposed connection's name is a connection's by now");
            return Ok(());
        }
        self.secrets().await?.remove(name).await?;
        Ok(())
    }
}

/// Whether a connection is as a webhook's proposal makes one. Who can send to the queue must not thereby choose which
/// secret is read, where it is sent, or what program is run.
async fn is_as_proposed(id: Uuid, proposed: &Connection, state: &State) -> Result<bool, EngineError> {
    let source = proposed.credential.as_ref().map(|record| &record.source);
    Ok(proposed.id.as_str() == format!("proposed-{id}")
        && matches!(source, Some(CredentialSource::ClientSecret { .. }))
        && is_known_cloud(&proposed.cloud, state).await?)
}
