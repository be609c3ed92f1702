//! Telling endpoints what happened: each for itself, until it has taken it or three days have gone by.
//!
//! An attempt is claimed on the record of its delivery before it is made. So of several workers that were given the
//! same message one makes it, and one that dies in the middle of it has failed, a minute later.

use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use fairlead_model::{Announcement, Delivery, DeliveryState, Disabled, Endpoint, Happening, Message};
use fairlead_secrets::{KeysOf, SecretStore, WebhookKeys};
use fairlead_store::{State, StoreError};
use futures::{FutureExt as _, StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Answer, Clock, Endpoints, WebhookError, retry};
use crate::{EngineError, Handled, Queue, announce::Deliver};

/// Endpoints told side by side.
const SIDE_BY_SIDE: usize = 8;
/// By then an attempt has ended: four times as long as an endpoint may take.
const ATTEMPT: SignedDuration = SignedDuration::from_mins(1);
/// How long a message waits when it was not the endpoint that failed.
const TROUBLE: std::time::Duration = std::time::Duration::from_mins(1);
/// How far a delivery is behind its time when its message was lost.
const LOST: SignedDuration = SignedDuration::from_mins(15);

/// Brings a signed message to an endpoint.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Sends it once, signed by each of the keys.
    async fn send(
        &self,
        endpoint: &Endpoint,
        keys: &WebhookKeys,
        id: Uuid,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Answer;
}

/// Tells endpoints what happened.
#[derive(Clone)]
pub struct Teller {
    /// Announcements, endpoints and deliveries.
    pub state: State,
    /// Keys of endpoints.
    pub secrets: Arc<dyn SecretStore>,
    /// Who goes there.
    pub courier: Arc<dyn Courier>,
    /// What counts as the present.
    pub clock: Clock,
}

#[async_trait]
impl Deliver for Teller {
    /// Tells everybody who listens and is due. Endpoints that were added after it happened are not told.
    async fn deliver(&self, announcement: &Announcement) -> Handled {
        match self.tell_all(announcement).await {
            Ok(Some(due)) => {
                let pause = due.duration_since((self.clock)()).max(SignedDuration::from_secs(1));
                Handled::Later(pause.unsigned_abs())
            }
            Ok(None) => Handled::Done,
            Err(error) => {
                tracing::warn!(announcement = %announcement.id, %error, "an announcement could not be delivered");
                Handled::Later(TROUBLE)
            }
        }
    }
}

impl Teller {
    /// When there is more to do; absent: everybody was told, or given up.
    async fn tell_all(&self, announcement: &Announcement) -> Result<Option<Timestamp>, EngineError> {
        let endpoints = self.state.endpoints().await?.found;
        let mut each = Vec::new();
        for endpoint in endpoints.iter().filter(|endpoint| listens(endpoint, announcement)) {
            each.push(self.tell(announcement, endpoint).boxed());
        }
        let mut telling = stream::iter(each).buffer_unordered(SIDE_BY_SIDE);
        let (mut due, mut failed) = (None, None);
        while let Some(told) = telling.next().await {
            match told {
                Ok(Some(at)) => due = Some(due.map_or(at, |due: Timestamp| due.min(at))),
                Ok(None) => {}
                // The others are told all the same.
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if due.is_none() {
            self.state.mark_delivered(announcement.id).await?;
        }
        Ok(due)
    }

    async fn tell(
        &self,
        announcement: &Announcement,
        endpoint: &Endpoint,
    ) -> Result<Option<Timestamp>, EngineError> {
        let now = (self.clock)();
        let found = self.state.delivery(announcement.id, endpoint.id).await?;
        let (generation, before) = found.map_or_else(
            || (0, Delivery::new(announcement.id, endpoint.id, now)),
            |found| (found.generation, found.value),
        );
        match before.due() {
            None => return Ok(None),
            Some(due) if due > now => return Ok(Some(due)),
            Some(_) => {}
        }
        let until = now.saturating_add(ATTEMPT).unwrap_or(now);
        let state = DeliveryState::Sending { until };
        let attempt = Delivery { state, attempts: before.attempts.saturating_add(1), ..before };
        if !self.state.change_delivery(generation, &attempt).await? {
            return Ok(Some(until));
        }
        let answer = self.attempt(announcement, endpoint, now).await;
        let gone = answer.is_gone();
        let after = retry::after(&attempt, answer, (self.clock)());
        tell_log(&after);
        if !self.state.change_delivery(generation + 1, &after).await? {
            tracing::debug!(announcement = %announcement.id, endpoint = %endpoint.id, "an attempt took too long to count");
        }
        if gone {
            self.disable(endpoint).await?;
        }
        Ok(after.due())
    }

    async fn attempt(&self, announcement: &Announcement, endpoint: &Endpoint, now: Timestamp) -> Answer {
        let keys = match self.secrets.webhook_keys(KeysOf::Endpoint(endpoint.id)).await {
            Ok(keys) if keys.is_empty() => {
                return Answer::none("it has no key: give it one with `fairlead webhooks endpoints rotate`");
            }
            Ok(keys) => keys,
            Err(error) => return Answer::none(format!("its keys cannot be read: {error}")),
        };
        match serde_json::to_vec(announcement) {
            Ok(body) => self.courier.send(endpoint, &keys, announcement.id, body, now).await,
            Err(error) => Answer::none(format!("it cannot be written as JSON ({error})")),
        }
    }

    async fn disable(&self, endpoint: &Endpoint) -> Result<(), EngineError> {
        let reason = "it answered with status 410, which says that it wants to be told nothing any more";
        let disabled = Disabled { at: (self.clock)(), reason: reason.to_owned() };
        match self.endpoints().switch(endpoint.id, Some(disabled)).await {
            // Removed or changed meanwhile: whoever did that knows better.
            Ok(_) | Err(EngineError::Webhook(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn endpoints(&self) -> Endpoints<'_> {
        Endpoints { state: &self.state, secrets: &*self.secrets }
    }
}

fn listens(endpoint: &Endpoint, announcement: &Announcement) -> bool {
    endpoint.wants(announcement) && endpoint.added_at <= announcement.timestamp
}

fn tell_log(delivery: &Delivery) {
    let Delivery { announcement, endpoint, attempts, last, .. } = delivery;
    let status = last.as_ref().and_then(|last| last.status);
    match last.as_ref().and_then(|last| last.problem.as_deref()) {
        None => tracing::info!(%announcement, %endpoint, attempts, status, "an endpoint was told"),
        Some(problem) => {
            tracing::warn!(%announcement, %endpoint, attempts, status, problem, "an endpoint was not told");
        }
    }
}

/// Has an announcement told again, at once: to one endpoint, or to all that listen to it, whether they took it or
/// not.
///
/// # Errors
/// `Webhook` when there is nothing or nobody to tell, or what a store says.
pub async fn redeliver(teller: &Teller, id: Uuid, to: Option<Uuid>) -> Result<Vec<Delivery>, EngineError> {
    let state = &teller.state;
    let announcement = state.announcement(id).await?.ok_or(WebhookError::UnknownAnnouncement(id))?;
    if let Some(to) = to {
        state.endpoint(to).await?.ok_or(WebhookError::UnknownEndpoint(to))?;
    }
    let mut listeners = state.endpoints().await?.found;
    listeners.retain(|endpoint| listens(endpoint, &announcement) && to.is_none_or(|to| to == endpoint.id));
    if listeners.is_empty() {
        return Err(WebhookError::NobodyListens(id).into());
    }
    let now = (teller.clock)();
    state.mark_undelivered(id).await?;
    for endpoint in &listeners {
        let read = state.delivery(id, endpoint.id).await?.map_or(0, |found| found.generation);
        state.change_delivery(read, &Delivery::new(id, endpoint.id, now)).await?;
    }
    teller.deliver(&announcement).await;
    let mut deliveries = state.deliveries(id).await?.found;
    deliveries.retain(|delivery| listeners.iter().any(|endpoint| endpoint.id == delivery.endpoint));
    Ok(deliveries)
}

/// Tells one endpoint something that means nothing, to see whether it is reached.
///
/// # Errors
/// `Webhook` when there is no such endpoint or it is disabled, or what a store says.
pub async fn test_endpoint(teller: &Teller, endpoint: Uuid) -> Result<Vec<Delivery>, EngineError> {
    let found = teller.state.endpoint(endpoint).await?.ok_or(WebhookError::UnknownEndpoint(endpoint))?;
    if found.value.disabled.is_some() {
        return Err(WebhookError::EndpointDisabled(endpoint).into());
    }
    let what = Happening::EndpointTest { endpoint };
    let announcement = Announcement { id: Uuid::now_v7(), timestamp: (teller.clock)(), what };
    teller.state.save_announcement(&announcement).await?;
    redeliver(teller, announcement.id, Some(endpoint)).await
}

/// Finds what somebody should have been told a while ago, and whose message was lost with the process or the queue
/// that had it. For whoever plans.
#[derive(Debug, Default)]
pub struct Overdue {
    /// What was sent again, and when, so that a message that waits is not sent once more at every look.
    sent: BTreeMap<Uuid, Timestamp>,
}

impl Overdue {
    /// Sends messages for what is overdue. Tells how many.
    ///
    /// # Errors
    /// What the state or the queue says; the next look makes up for it.
    pub async fn send(
        &mut self,
        state: &State,
        queue: &dyn Queue,
        now: Timestamp,
    ) -> Result<usize, EngineError> {
        self.sent.retain(|_, at| now.duration_since(*at) < LOST);
        let mut lost = overdue(state, now).await?;
        lost.retain(|id| !self.sent.contains_key(id));
        if !lost.is_empty() {
            let messages: Vec<Message> = lost.iter().map(|id| Message::Announce { id: *id }).collect();
            queue.send(&messages).await?;
        }
        self.sent.extend(lost.iter().map(|id| (*id, now)));
        Ok(lost.len())
    }
}

async fn overdue(state: &State, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
    let mut overdue = Vec::new();
    for id in state.undelivered().await? {
        let Some(announcement) = state.announcement(id).await? else {
            // It may be about to be written.
            continue;
        };
        let deliveries = state.deliveries(id).await?.found;
        let due = deliveries.iter().filter_map(Delivery::due).min();
        // Nobody began, or somebody stopped between the last endpoint and taking the mark away.
        if now.duration_since(due.unwrap_or(announcement.timestamp)) > LOST {
            overdue.push(id);
        }
    }
    Ok(overdue)
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").field("state", &self.state).finish_non_exhaustive()
    }
}
