//! `fairlead export`: a kind of items or links as NDJSON or CSV, or a connector's file.

use std::{ops::ControlFlow, path::PathBuf};

use fairlead_engine::{Installation, latest_run};
use fairlead_model::ConnectionId;
use fairlead_store::{ItemRow, LinkRow, Snapshot};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    failure::Failed,
    output::Output,
    rows::{Format, Rows, Target},
};

/// Write a kind of items or links, or one of the connector's files.
///
/// An item has kind, id, name, parent and body (the object as Azure returned it); a link has kind, origin,
/// target, label and body.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
    /// Write the items of this kind, such as user
    #[arg(long, value_name = "KIND", group = "what")]
    items: Option<String>,
    /// Write the links of this kind, such as member
    #[arg(long, value_name = "KIND", group = "what")]
    links: Option<String>,
    /// Write this file of the connector, such as those `fairlead show` lists
    #[arg(long, value_name = "NAME", group = "what")]
    artifact: Option<String>,
    /// Format of items and links
    #[arg(long, value_enum, default_value = "ndjson")]
    format: Format,
    /// Write to a file, which is complete or not there [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Serialize)]
struct Item<'a> {
    kind: &'a str,
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<End<'a>>,
    body: &'a RawValue,
}

#[derive(Serialize)]
struct Link<'a> {
    kind: &'a str,
    origin: End<'a>,
    target: End<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'a str,
    body: &'a RawValue,
}

#[derive(Serialize)]
struct End<'a> {
    kind: &'a str,
    id: &'a str,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    if let Some(name) = &args.artifact {
        return artifact(&args, name, installation, output).await;
    }
    let snapshot = installation.snapshot(&args.connection).await?;
    let mut rows = Rows::new(Target::open(args.output.as_deref())?, args.format);
    match (&args.items, &args.links) {
        (Some(kind), _) => items(&snapshot, kind, &mut rows)?,
        (_, Some(kind)) => links(&snapshot, kind, &mut rows)?,
        (None, None) => return Err(Failed::usage("say what to export: --items, --links or --artifact")),
    }
    rows.finish()
}

async fn artifact(
    args: &Args,
    name: &str,
    installation: &Installation,
    output: &Output,
) -> Result<(), Failed> {
    let state = installation.state()?;
    installation.connection(&args.connection).await?;
    let run = latest_run(state, &args.connection).await?;
    let Some(record) = run.artifacts.iter().find(|file| file.name == name) else {
        let there = run.artifacts.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Failed::usage(format!("the latest run made no file \"{name}\": there is {there}")));
    };
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(name));
    state.fetch(record, &path).await?;
    output.note(&format!("{} ({} bytes)", path.display(), record.bytes));
    Ok(())
}

fn items(snapshot: &Snapshot, kind: &str, rows: &mut Rows) -> Result<(), Failed> {
    known(kind, "items", snapshot.counts()?.items.keys())?;
    rows.header(&["kind", "id", "name", "parent_kind", "parent_id", "body"])?;
    let mut written = Ok(());
    snapshot.each_item(Some(kind), |row| {
        written = item(&row, rows);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written
}

fn item(row: &ItemRow<'_>, rows: &mut Rows) -> Result<(), Failed> {
    let ItemRow { kind, id, name, parent_kind, parent_id, body } = *row;
    match rows {
        Rows::Csv(rows) => rows.write(&[kind, id, name, parent_kind, parent_id, body]),
        Rows::Ndjson(rows) => {
            let parent = (!parent_kind.is_empty()).then_some(End { kind: parent_kind, id: parent_id });
            rows.write(&Item { kind, id, name, parent, body: raw(body)? })
        }
    }
}

fn links(snapshot: &Snapshot, kind: &str, rows: &mut Rows) -> Result<(), Failed> {
    known(kind, "links", snapshot.counts()?.links.keys())?;
    rows.header(&["kind", "origin_kind", "origin_id", "target_kind", "target_id", "label", "body"])?;
    let mut written = Ok(());
    snapshot.each_link(Some(kind), |row| {
        written = link(&row, rows);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written
}

fn link(row: &LinkRow<'_>, rows: &mut Rows) -> Result<(), Failed> {
    let LinkRow { kind, origin_kind, origin_id, target_kind, target_id, label, body } = *row;
    match rows {
        Rows::Csv(rows) => rows.write(&[kind, origin_kind, origin_id, target_kind, target_id, label, body]),
        Rows::Ndjson(rows) => {
            let origin = End { kind: origin_kind, id: origin_id };
            let target = End { kind: target_kind, id: target_id };
            rows.write(&Link { kind, origin, target, label, body: raw(body)? })
        }
    }
}

fn known<'a>(kind: &str, what: &str, kinds: impl Iterator<Item = &'a String>) -> Result<(), Failed> {
    let kinds: Vec<&str> = kinds.map(String::as_str).collect();
    if kinds.contains(&kind) {
        return Ok(());
    }
    let there = if kinds.is_empty() { "none at all".to_owned() } else { kinds.join(", ") };
    Err(Failed::usage(format!("the snapshot has no {what} of kind \"{kind}\": it has {there}")))
}

fn raw(body: &str) -> Result<&RawValue, Failed> {
    serde_json::from_str(body)
        .map_err(|error| Failed::ours(format!("the snapshot holds a body that is not JSON: {error}")))
}
