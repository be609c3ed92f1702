//! `fairlead webhooks`: keys of senders, values of hints, endpoints and what they were told.

mod deliveries;
mod endpoints;
mod hints;
mod keys;

use std::sync::Arc;

use clap::Subcommand;
use fairlead_engine::{
    Installation,
    webhooks::{Endpoints, Teller},
};
use fairlead_secrets::{KeptKey, SecretStore};
use fairlead_store::State;
use fairlead_web::HttpCourier;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Serialize;

use crate::{failure::Failed, output::Output};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Say who may ask for validations: keys of senders
    #[command(subcommand)]
    Keys(keys::Command),
    /// Print by what changes are known that Azure hints at, for whoever subscribes to them
    Hints(hints::Args),
    /// Say who is told what happens
    #[command(subcommand)]
    Endpoints(endpoints::Command),
    /// Show what endpoints were told
    #[command(subcommand)]
    Deliveries(deliveries::Command),
    /// Tell something again, whether it was taken or not
    Redeliver(deliveries::Redeliver),
}

pub(crate) async fn run(
    command: Command,
    installation: &Installation,
    output: &Output,
) -> Result<(), Failed> {
    let open = Open::new(installation).await?;
    match command {
        Command::Keys(command) => keys::run(command, &open, output).await,
        Command::Hints(args) => hints::run(args, &open, output).await,
        Command::Endpoints(command) => endpoints::run(command, &open, output).await,
        Command::Deliveries(command) => deliveries::run(command, &open, output).await,
        Command::Redeliver(args) => deliveries::redeliver(args, &open, output).await,
    }
}

/// What these commands work on.
struct Open {
    state: State,
    secrets: Arc<dyn SecretStore>,
}

impl Open {
    async fn new(installation: &Installation) -> Result<Self, Failed> {
        let (state, secrets) = (installation.state()?.clone(), installation.secrets().await?.clone());
        Ok(Self { state, secrets })
    }

    fn endpoints(&self) -> Endpoints<'_> {
        Endpoints { state: &self.state, secrets: &*self.secrets }
    }

    fn teller(&self) -> Result<Teller, Failed> {
        let courier = HttpCourier::new().map_err(|error| Failed::ours(error.to_string()))?;
        Ok(Teller {
            state: self.state.clone(),
            secrets: self.secrets.clone(),
            courier: Arc::new(courier),
            clock: Arc::new(Timestamp::now),
        })
    }
}

/// A key as it is shown to whoever needs it, once.
#[derive(Serialize)]
struct Shown {
    id: String,
    key: String,
}

impl Shown {
    fn new(kept: &KeptKey) -> Self {
        Self { id: kept.key.id(), key: kept.key.to_text().expose_secret().to_owned() }
    }
}
