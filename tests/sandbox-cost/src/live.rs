//! The recording: one sync against a simulator, with every task and every answer kept.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use fairlead_azure::{Credential, Gateway, GatewayOptions, PolicedGateway, Policy};
use fairlead_host::{Azure, ConnectionInfo, Connector, Services};
use fairlead_model::{Cloud, CustomCloud, Mode, Refusal, Request, Response, TenantId};
use secrecy::SecretString;
use uuid::Uuid;

use crate::pages::Pages;

/// A gateway to the simulator.
pub(crate) fn gateway(
    cloud: CustomCloud,
    tenant: TenantId,
    client_id: Uuid,
    secret: SecretString,
) -> Result<Gateway> {
    let cloud = Cloud::Custom(Box::new(cloud));
    let options = GatewayOptions::new(cloud, tenant, client_id, Credential::ClientSecret(secret));
    Ok(Gateway::connect(options)?)
}

/// Does every task of a sync, in the order they come, and keeps what passes.
pub(crate) async fn record(
    connector: &Connector,
    gateway: &Gateway,
    info: &ConnectionInfo,
) -> Result<Arc<Pages>> {
    let policy = Policy::new(&connector.description().needs, Mode::Read);
    let recorder = Arc::new(Recorder { gateway: gateway.policed(policy), pages: Mutex::default() });
    let services = Services { azure: Some(recorder.clone()), ..Services::default() };
    let planned = connector.plan(services.clone(), info, &[]).await?;
    let mut ready = VecDeque::from(planned.value);
    let mut known: HashSet<_> = ready.iter().map(fairlead_model::Task::id).collect();
    while let Some(task) = ready.pop_front() {
        let step = connector.run(services.clone(), info, &task).await?.value;
        ready.extend(step.tasks.into_iter().filter(|follower| known.insert(follower.id())));
        recorder.pages.lock().unwrap_or_else(PoisonError::into_inner).tasks.push(task);
    }
    drop(services);
    let recorder = Arc::into_inner(recorder).context("the host still holds the recorder")?;
    Ok(Arc::new(recorder.pages.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

struct Recorder {
    gateway: PolicedGateway,
    pages: Mutex<Pages>,
}

impl Recorder {
    fn keep(&self, request: Request, answer: &Result<Response, Refusal>) {
        if let Ok(response) = answer {
            let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
            pages.answers.insert((request.method, request.path), response.clone());
        }
    }
}

#[async_trait]
impl Azure for Recorder {
    async fn send(&self, request: Request) -> Result<Response, Refusal> {
        let answer = self.gateway.send(request.clone()).await;
        self.keep(request, &answer);
        answer
    }
}
