//! `fairlead export`: a kind of items or links as NDJSON or CSV, or a connector's file.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use fairlead_engine::Installation;
use fairlead_model::ConnectionId;
use fairlead_store::{ItemRow, LinkRow, Snapshot};
use serde::Serialize;
use serde_json::value::RawValue;

use super::latest;
use crate::{
    failure::Failed,
    output::Output,
    rows::{Format, Rows, Target},
};

/// Write items or links of a snapshot as NDJSON or CSV, or copy a connector's file
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

/// A file that was written.
#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
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
    if let Some(folder) = args.output.as_deref().filter(|path| path.is_dir()) {
        let example = args.artifact.as_deref().unwrap_or("rows.ndjson");
        return Err(Failed::usage(format!(
            "{0} is a folder: name a file in it, such as {1}",
            folder.display(),
            folder.join(example).display()
        )));
    }
    if let Some(name) = &args.artifact {
        return artifact(&args, name, installation, output).await;
    }
    let snapshot = latest::snapshot(&args.connection, installation).await?;
    let mut rows = Rows::new(Target::open(args.output.as_deref())?, args.format);
    match (&args.items, &args.links) {
        (Some(kind), _) => items(&snapshot, kind, &mut rows)?,
        (_, Some(kind)) => links(&snapshot, kind, &mut rows)?,
        (None, None) => return Err(Failed::usage("say what to export: --items, --links or --artifact")),
    }
    rows.finish()?;
    args.output.as_deref().map_or(Ok(()), |path| written(path, output))
}

/// What was written where, unless it went to standard output.
fn written(path: &Path, output: &Output) -> Result<(), Failed> {
    // A pipe or a device has no size.
    let bytes = fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.len());
    let size = bytes.map(|bytes| format!(" ({bytes} bytes)")).unwrap_or_default();
    output.note(&format!("{}{size}", path.display()));
    if !output.is_json() {
        return Ok(());
    }
    output.value(&Written { file: path, bytes }, |_| String::new())
}

async fn artifact(
    args: &Args,
    name: &str,
    installation: &Installation,
    output: &Output,
) -> Result<(), Failed> {
    let (state, run) = latest::run(&args.connection, installation).await?;
    let Some(record) = run.artifacts.iter().find(|file| file.name == name) else {
        let there = run.artifacts.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
        let there = if there.is_empty() { "it made none".to_owned() } else { format!("there is {there}") };
        return Err(Failed::usage(format!("the latest run made no file \"{name}\": {there}")));
    };
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(name));
    state.fetch(record, &path).await?;
    written(&path, output)
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
