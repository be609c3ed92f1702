//! `fairlead webhooks endpoints`.

use clap::Subcommand;
use fairlead_model::{Disabled, Endpoint};
use fairlead_store::Listed;
use jiff::Timestamp;
use serde::Serialize;
use url::Url;
use uuid::Uuid;

use super::{Open, Shown, deliveries};
use crate::{
    failure::Failed,
    output::{self, Output},
};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Have an address told what happens, and print the key it is signed with, this once
    Add(Add),
    /// List who is told what
    List,
    /// Tell an endpoint something that means nothing, to see whether it is reached
    Test(Which),
    /// Give an endpoint a second key and print it, this once; everything is signed by both meanwhile
    Rotate(Rotate),
    /// Tell an endpoint nothing for now
    Disable(Which),
    /// Tell an endpoint again what happens
    Enable(Which),
    /// Forget an endpoint and its keys
    Remove(Which),
}

#[derive(clap::Args)]
pub(crate) struct Add {
    /// The address, https
    url: Url,
    /// A type it is told of, such as run.finished; may be given more than once [default: all]
    #[arg(long = "event", value_name = "TYPE")]
    events: Vec<String>,
    /// Let it lie in a private network, or on this machine, where http will do
    #[arg(long)]
    allow_private: bool,
}

#[derive(clap::Args)]
pub(crate) struct Which {
    /// The endpoint's id
    endpoint: Uuid,
}

#[derive(clap::Args)]
pub(crate) struct Rotate {
    /// The endpoint's id
    endpoint: Uuid,
    /// Remove all its keys but the newest: the receiver knows that one by now
    #[arg(long)]
    finish: bool,
}

#[derive(Serialize)]
struct Added {
    endpoint: Endpoint,
    key: Shown,
}

pub(super) async fn run(command: Command, open: &Open, output: &Output) -> Result<(), Failed> {
    let endpoints = open.endpoints();
    match command {
        Command::Add(Add { url, events, allow_private }) => {
            let (endpoint, key) = endpoints.add(url, events, allow_private, Timestamp::now()).await?;
            output.note(&format!(
                "{} is told what happens. Its key is shown this once; next: `fairlead webhooks endpoints test {}`.",
                endpoint.url, endpoint.id
            ));
            let added = Added { endpoint, key: Shown::new(&key) };
            output.value(&added, |added| added.key.key.clone())
        }
        Command::List => {
            let Listed { found, unreadable } = endpoints.list().await?;
            output.unreadable(&unreadable);
            output.value(&found, |endpoints| as_table(endpoints))
        }
        Command::Test(Which { endpoint }) => {
            let told = fairlead_engine::webhooks::test_endpoint(&open.teller()?, endpoint).await?;
            deliveries::tell(&told, output)
        }
        Command::Rotate(Rotate { endpoint, finish: true }) => {
            let gone = endpoints.finish_rotation(endpoint).await?;
            output.note(&format!("The newest key of {endpoint} is left; {gone} were removed."));
            Ok(())
        }
        Command::Rotate(Rotate { endpoint, finish: false }) => {
            let key = endpoints.rotate(endpoint, Timestamp::now()).await?;
            output.note(&format!(
                "Everything for {endpoint} is signed by this key too. It is shown this once; once the receiver knows \
                 it: `fairlead webhooks endpoints rotate {endpoint} --finish`."
            ));
            output.value(&Shown::new(&key), |shown| shown.key.clone())
        }
        Command::Disable(Which { endpoint }) => {
            let disabled = Disabled { at: Timestamp::now(), reason: "somebody disabled it".to_owned() };
            endpoints.switch(endpoint, Some(disabled)).await?;
            output.note(&format!("{endpoint} is told nothing any more."));
            Ok(())
        }
        Command::Enable(Which { endpoint }) => {
            endpoints.switch(endpoint, None).await?;
            output.note(&format!("{endpoint} is told again what happens."));
            Ok(())
        }
        Command::Remove(Which { endpoint }) => {
            let removed = endpoints.remove(endpoint).await?;
            output.note(&format!("{} is removed with its keys.", removed.url));
            Ok(())
        }
    }
}

fn as_table(endpoints: &[Endpoint]) -> String {
    if endpoints.is_empty() {
        return "Nobody is told anything: `fairlead webhooks endpoints add URL` has somebody told."
            .to_owned();
    }
    let mut table = output::table(["ENDPOINT", "ADDRESS", "TOLD OF", "STATE"]);
    for endpoint in endpoints {
        let events =
            if endpoint.events.is_empty() { "everything".to_owned() } else { endpoint.events.join(" ") };
        let state = endpoint.disabled.as_ref().map_or_else(
            || "enabled".to_owned(),
            |disabled| format!("disabled {}: {}", disabled.at.strftime("%Y-%m-%d %H:%M:%S"), disabled.reason),
        );
        table.add_row([endpoint.id.to_string(), endpoint.url.to_string(), events, state]);
    }
    table.to_string()
}
