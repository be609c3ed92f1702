//! `fairlead export`: a kind of items or links as NDJSON or CSV, or a connector's file.

use std::path::PathBuf;

use fairlead_engine::latest_run;
use fairlead_model::{ConnectionId, snapshot::Ends};
use fairlead_store::Snapshot;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    context::Context,
    failure::Failed,
    output::Output,
    rows::{Format, Rows, Target},
};

/// Rows read from the snapshot at a time: enough to make the query's cost vanish, little to hold.
const PAGE: u32 = 2000;

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

pub(crate) async fn run(args: Args, context: &Context, output: &Output) -> Result<(), Failed> {
    if let Some(name) = &args.artifact {
        return artifact(&args, name, context, output).await;
    }
    let snapshot = context.snapshot(&args.connection).await?;
    let mut rows = Rows::new(Target::open(args.output.as_deref())?, args.format);
    match (&args.items, &args.links) {
        (Some(kind), _) => items(&snapshot, kind, &mut rows)?,
        (_, Some(kind)) => links(&snapshot, kind, &mut rows)?,
        (None, None) => return Err(Failed::usage("say what to export: --items, --links or --artifact")),
    }
    rows.finish()
}

async fn artifact(args: &Args, name: &str, context: &Context, output: &Output) -> Result<(), Failed> {
    let state = context.state()?;
    context.connection(&args.connection).await?;
    let run = latest_run(&state, &args.connection).await?;
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
    let counts = snapshot.counts()?.0;
    known(kind, "items", counts.keys())?;
    rows.header(&["kind", "id", "name", "parent_kind", "parent_id", "body"])?;
    let mut after: Option<String> = None;
    loop {
        let page = snapshot.items(kind, after.as_deref(), PAGE)?;
        let columns = page.ids.iter().zip(page.names.iter()).zip(page.parent_kinds.iter());
        let columns = columns.zip(page.parent_ids.iter()).zip(page.bodies.iter());
        for ((((id, name), parent_kind), parent_id), body) in columns {
            match rows {
                Rows::Csv(rows) => rows.write(&[kind, id, name, parent_kind, parent_id, body])?,
                Rows::Ndjson(rows) => {
                    let parent = (!parent_kind.is_empty()).then_some(End { kind: parent_kind, id: parent_id });
                    rows.write(&Item { kind, id, name, parent, body: raw(body)? })?;
                }
            }
            after = Some(id.to_owned());
        }
        if page.is_empty() {
            return Ok(());
        }
    }
}

fn links(snapshot: &Snapshot, kind: &str, rows: &mut Rows) -> Result<(), Failed> {
    let counts = snapshot.counts()?.1;
    known(kind, "links", counts.keys())?;
    rows.header(&["kind", "origin_kind", "origin_id", "target_kind", "target_id", "label", "body"])?;
    let mut after = None;
    loop {
        let page = snapshot.links(kind, Ends::All, after.as_ref(), PAGE)?;
        for index in 0..page.len() {
            let Some(key) = page.key(index) else { break };
            let body = page.bodies.get(index).unwrap_or("{}");
            let (origin_kind, origin) = (&key.origin_kind, &key.origin_id);
            let (target_kind, target) = (&key.target_kind, &key.target_id);
            match rows {
                Rows::Csv(rows) => {
                    rows.write(&[kind, origin_kind, origin, target_kind, target, &key.label, body])?;
                }
                Rows::Ndjson(rows) => {
                    let origin = End { kind: origin_kind, id: origin };
                    let target = End { kind: target_kind, id: target };
                    rows.write(&Link { kind, origin, target, label: &key.label, body: raw(body)? })?;
                }
            }
            after = Some(key);
        }
        if page.is_empty() {
            return Ok(());
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
