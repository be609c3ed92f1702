//! Calls to Azure: counted, passed on, and their time not charged to the guest.

use std::sync::Arc;

use fairlead_model::{Refusal, Response};
use futures::{StreamExt as _, stream::FuturesUnordered};

use crate::{
    bindings::fairlead::connector::{azure, types as wit},
    guest::Guest,
    meter::Away,
    services::Azure,
};

impl Guest {
    fn azure(&self) -> Result<Arc<dyn Azure>, Refusal> {
        self.services.azure.clone().ok_or_else(|| {
            Refusal::NotDeclared("calls to Azure are made by tasks and checks only".to_owned())
        })
    }

    fn received(
        &mut self,
        answer: Result<Response, Refusal>,
    ) -> wasmtime::Result<Result<wit::Response, wit::Refusal>> {
        if let Ok(response) = &answer {
            self.ledger.receives(response.body.len(), &self.limits)?;
        }
        Ok(answer.map(Into::into).map_err(Into::into))
    }
}

impl azure::Host for Guest {
    async fn send(&mut self, request: wit::Request) -> wasmtime::Result<Result<wit::Response, wit::Refusal>> {
        self.ledger.asks(1)?;
        let answer = match self.azure() {
            Ok(azure) => {
                let _away = self.meter.away(Away::Azure);
                azure.send(request.into()).await
            }
            Err(refusal) => Err(refusal),
        };
        self.received(answer)
    }

    async fn send_all(
        &mut self,
        requests: Vec<wit::Request>,
    ) -> wasmtime::Result<Vec<Result<wit::Response, wit::Refusal>>> {
        self.ledger.asks(requests.len())?;
        let azure = match self.azure() {
            Ok(azure) => azure,
            Err(refusal) => return Ok(requests.iter().map(|_| Err(refusal.clone().into())).collect()),
        };
        let mut answers: Vec<_> = requests.iter().map(|_| None).collect();
        let mut calls: FuturesUnordered<_> = requests
            .into_iter()
            .zip(&mut answers)
            .map(|(request, place)| {
                let azure = azure.clone();
                async move { (azure.send(request.into()).await, place) }
            })
            .collect();
        let away = self.meter.away(Away::Azure);
        // Each answer counts as it comes. Beyond the limit the calls that are left are given up: what they would
        // bring is never held.
        while let Some((answer, place)) = calls.next().await {
            *place = Some(self.received(answer)?);
        }
        drop((away, calls));
        Ok(answers.into_iter().flatten().collect())
    }
}
