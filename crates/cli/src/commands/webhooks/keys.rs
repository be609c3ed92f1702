//! `fairlead webhooks keys`.

use std::io::{self, BufRead as _};

use clap::Subcommand;
use fairlead_engine::webhooks::{WebhookError, add_sender_key, remove_sender_key};
use fairlead_model::Sender;
use fairlead_secrets::{KeysOf, WebhookKey};
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{Open, Shown};
use crate::{
    failure::Failed,
    output::{self, Output},
};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Give a sender a key and print it, this once; keys it has stay good beside it
    Add(Add),
    /// List whose keys there are
    List,
    /// Refuse a key from now on; every process does so within a minute
    Remove(Remove),
}

#[derive(clap::Args)]
pub(crate) struct Add {
    /// A name for the sender: lower-case letters, digits and hyphens
    sender: Sender,
    /// Keep the key in the first line of standard input (whsec_…) instead of making one
    #[arg(long)]
    stdin: bool,
}

#[derive(clap::Args)]
pub(crate) struct Remove {
    /// The key's id, as `fairlead webhooks keys list` shows it
    key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Listed {
    sender: Option<Sender>,
    id: String,
    added_at: Timestamp,
}

pub(super) async fn run(command: Command, open: &Open, output: &Output) -> Result<(), Failed> {
    match command {
        Command::Add(args) => add(args, open, output).await,
        Command::List => list(open, output).await,
        Command::Remove(args) => {
            remove_sender_key(&*open.secrets, &args.key).await?;
            output.note(&format!("The key {} is removed.", args.key));
            Ok(())
        }
    }
}

async fn add(args: Add, open: &Open, output: &Output) -> Result<(), Failed> {
    let given = if args.stdin { Some(from_stdin()?) } else { None };
    let is_given = given.is_some();
    let kept = add_sender_key(&*open.secrets, &args.sender, given, Timestamp::now()).await?;
    if is_given {
        output.note(&format!("{} may sign with the key {}.", args.sender, kept.key.id()));
        return Ok(());
    }
    output.note(&format!(
        "{} may sign with this key, {}. It is shown this once: give it to the sender now.",
        args.sender,
        kept.key.id()
    ));
    output.value(&Shown::new(&kept), |shown| shown.key.clone())
}

fn from_stdin() -> Result<WebhookKey, Failed> {
    let mut line = Zeroizing::new(String::new());
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failed::usage(format!("cannot read the key from standard input: {error}")))?;
    WebhookKey::parse(&line).map_err(|error| Failed::usage(WebhookError::from(error).to_string()))
}

async fn list(open: &Open, output: &Output) -> Result<(), Failed> {
    let keys = open.secrets.webhook_keys(KeysOf::Senders).await?;
    let listed: Vec<Listed> = keys
        .iter()
        .map(|kept| Listed { sender: kept.sender.clone(), id: kept.key.id(), added_at: kept.added_at })
        .collect();
    output.value(&listed, |listed| {
        if listed.is_empty() {
            return "Nobody may ask for anything: `fairlead webhooks keys add SENDER` gives a key."
                .to_owned();
        }
        let mut table = output::table(["SENDER", "KEY", "ADDED"]);
        for key in listed {
            let sender = key.sender.as_ref().map(ToString::to_string).unwrap_or_default();
            table.add_row([sender, key.id.clone(), key.added_at.strftime("%Y-%m-%d %H:%M:%S").to_string()]);
        }
        table.to_string()
    })
}
