//! `fairlead webhooks deliveries` and `fairlead webhooks redeliver`.

use clap::Subcommand;
use fairlead_model::{Announcement, Delivery, DeliveryState};
use fairlead_store::Listed;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::Open;
use crate::{
    failure::{Failed, Kind},
    output::{self, Output},
};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List what endpoints were told, newest first
    List(List),
}

#[derive(clap::Args)]
pub(crate) struct List {
    /// How many announcements to look at
    #[arg(short = 'n', long, default_value_t = 20)]
    limit: usize,
    /// Only what was not taken
    #[arg(long)]
    failed: bool,
}

#[derive(clap::Args)]
pub(crate) struct Redeliver {
    /// The announcement's id, as `fairlead webhooks deliveries list` shows it
    announcement: Uuid,
    /// To this endpoint only [default: to all that listen to it]
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<Uuid>,
}

#[derive(Serialize)]
struct Told {
    announcement: Announcement,
    deliveries: Vec<Delivery>,
}

pub(super) async fn run(command: Command, open: &Open, output: &Output) -> Result<(), Failed> {
    let Command::List(args) = command;
    let Listed { found, unreadable } = open.state.announcements(args.limit).await?;
    output.unreadable(&unreadable);
    let mut told = Vec::with_capacity(found.len());
    for announcement in found {
        let Listed { found: mut deliveries, unreadable } = open.state.deliveries(announcement.id).await?;
        output.unreadable(&unreadable);
        if args.failed {
            deliveries.retain(|delivery| delivery.state != DeliveryState::Delivered);
            if deliveries.is_empty() {
                continue;
            }
        }
        told.push(Told { announcement, deliveries });
    }
    output.value(&told, |told| as_table(told))
}

pub(super) async fn redeliver(args: Redeliver, open: &Open, output: &Output) -> Result<(), Failed> {
    let teller = open.teller()?;
    let told = fairlead_engine::webhooks::redeliver(&teller, args.announcement, args.endpoint).await?;
    tell(&told, output)
}

/// What came of deliveries made just now. One that was not taken fails the command.
pub(super) fn tell(deliveries: &[Delivery], output: &Output) -> Result<(), Failed> {
    output.value(&deliveries, |deliveries| {
        let mut table = output::table(["ENDPOINT", "STATE", "ATTEMPTS", "LAST"]);
        for delivery in *deliveries {
            table.add_row([
                delivery.endpoint.to_string(),
                state(delivery),
                delivery.attempts.to_string(),
                last(delivery),
            ]);
        }
        table.to_string()
    })?;
    if deliveries.iter().all(|delivery| delivery.state == DeliveryState::Delivered) {
        Ok(())
    } else {
        Err(Failed::silent(Kind::Tenant))
    }
}

fn as_table(told: &[Told]) -> String {
    if told.is_empty() {
        return "Nothing like that was announced within a month.".to_owned();
    }
    let mut table =
        output::table(["ANNOUNCEMENT", "HAPPENED", "TYPE", "ENDPOINT", "STATE", "ATTEMPTS", "LAST"]);
    for Told { announcement, deliveries } in told {
        let happened = time(announcement.timestamp);
        let head = [announcement.id.to_string(), happened, announcement.what.kind().to_owned()];
        if deliveries.is_empty() {
            table.add_row(head.iter().map(String::as_str).chain(["nobody yet"]));
        }
        for delivery in deliveries {
            let rest = [
                delivery.endpoint.to_string(),
                state(delivery),
                delivery.attempts.to_string(),
                last(delivery),
            ];
            table.add_row(head.iter().chain(&rest));
        }
    }
    table.to_string()
}

fn state(delivery: &Delivery) -> String {
    match delivery.state {
        DeliveryState::Waiting { until } => format!("again {}", time(until)),
        DeliveryState::Sending { .. } => "under way".to_owned(),
        DeliveryState::Delivered => "delivered".to_owned(),
        DeliveryState::GivenUp => "given up".to_owned(),
    }
}

fn last(delivery: &Delivery) -> String {
    let Some(last) = &delivery.last else { return String::new() };
    match (&last.problem, last.status) {
        (Some(problem), _) => problem.clone(),
        (None, Some(status)) => status.to_string(),
        (None, None) => String::new(),
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
