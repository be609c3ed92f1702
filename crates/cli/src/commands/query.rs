//! `fairlead query`: a person's own SQL on a snapshot.

use fairlead_engine::Installation;
use std::{ops::ControlFlow, time::Duration};

use clap::ValueEnum;
use fairlead_model::ConnectionId;
use fairlead_store::{Queried, QueryLimits, Snapshot, Value};
use serde::{Serialize, Serializer};

use super::latest;
use crate::{
    failure::Failed,
    output::{self, Output, plain},
    rows::{self, Rows, Target},
};

/// More rows than this nobody reads in a table. Programs get all of them.
const TABLE_ROWS: u64 = 1000;

/// Ask a snapshot in SQL (SQLite's); nothing can be changed
///
/// The tables are items (kind, id, name, parent_kind, parent_id, body), links (kind, origin_kind, origin_id,
/// target_kind, target_id, label, body) and coverage (kind, scope, coverage, reason). A body is the JSON
/// object Azure returned: body ->> '$.mail' takes a value out of it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
    /// One SELECT statement
    sql: String,
    /// How to print the rows
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Rows to print at most [default: 1000 for a table, else all]
    #[arg(short = 'n', long)]
    limit: Option<u64>,
    /// Seconds the query may take
    #[arg(long, default_value_t = 60)]
    timeout: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns for people
    Table,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header line (RFC 4180)
    Csv,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let snapshot = latest::snapshot(&args.connection, installation).await?;
    let for_people = args.format == Format::Table && !output.is_json();
    let limits = QueryLimits {
        rows: args.limit.or(for_people.then_some(TABLE_ROWS)),
        time: Some(Duration::from_secs(args.timeout)),
    };
    let queried = match args.format {
        _ if output.is_json() => json(&snapshot, &args.sql, &limits, output)?,
        Format::Table => table(&snapshot, &args.sql, &limits, output)?,
        Format::Ndjson => rows(&snapshot, &args.sql, &limits, rows::Format::Ndjson)?,
        Format::Csv => rows(&snapshot, &args.sql, &limits, rows::Format::Csv)?,
    };
    if queried.more {
        output.note(&format!("There are more than {} rows: --limit prints more.", queried.rows));
    }
    Ok(())
}

fn json(snapshot: &Snapshot, sql: &str, limits: &QueryLimits, output: &Output) -> Result<Queried, Failed> {
    let mut objects = Vec::new();
    let queried = snapshot.query(sql, limits, |columns, values| {
        objects.push(Row::new(columns, values));
        ControlFlow::Continue(())
    })?;
    output.value(&objects, |_| String::new())?;
    Ok(queried)
}

fn table(snapshot: &Snapshot, sql: &str, limits: &QueryLimits, output: &Output) -> Result<Queried, Failed> {
    let mut cells: Vec<Vec<String>> = Vec::new();
    let queried = snapshot.query(sql, limits, |_, values| {
        cells.push(values.iter().map(|value| plain(&value.to_text())).collect());
        ControlFlow::Continue(())
    })?;
    let mut table = output::table(queried.columns.clone());
    table.add_rows(cells);
    output.value(&(), |()| table.to_string())?;
    Ok(queried)
}

fn rows(
    snapshot: &Snapshot,
    sql: &str,
    limits: &QueryLimits,
    format: rows::Format,
) -> Result<Queried, Failed> {
    let mut rows = Rows::new(Target::open(None)?, format);
    let mut written = Ok(());
    let mut first = true;
    let queried = snapshot.query(sql, limits, |columns, values| {
        written = row(&mut rows, columns, values, std::mem::take(&mut first));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    if first {
        let names: Vec<&str> = queried.columns.iter().map(String::as_str).collect();
        rows.header(&names)?;
    }
    rows.finish()?;
    Ok(queried)
}

fn row(rows: &mut Rows, columns: &[String], values: &[Value], first: bool) -> Result<(), Failed> {
    if first {
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        rows.header(&names)?;
    }
    match rows {
        Rows::Csv(rows) => rows.write(&values.iter().map(Value::to_text).collect::<Vec<_>>()),
        Rows::Ndjson(rows) => rows.write(&Row::new(columns, values)),
    }
}

/// One row as an object whose members stand in the order of the question.
struct Row {
    columns: Vec<String>,
    values: Vec<Value>,
}

impl Row {
    fn new(columns: &[String], values: &[Value]) -> Self {
        Self { columns: columns.to_vec(), values: values.to_vec() }
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().zip(self.values.iter().map(Value::to_json)))
    }
}
