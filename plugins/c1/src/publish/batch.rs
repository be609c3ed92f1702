//! Rows on their way into a table: columns that grow until a batch is worth the trip to the host.

use super::host::{Blobs, Column, Database, Failure, NamedColumn, Texts};

/// Rows a batch. Larger ones cost memory and gain nothing: the trip is already below a percent of the insert.
const ROWS: u32 = 2_000;

/// Bytes of one column after which a batch goes early.
const BYTES: usize = 1 << 20;

/// What the rows of a column are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape<'a> {
    Text,
    Blob,
    Every(&'a str),
    EveryInteger(i64),
    Null,
}

/// One value of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    Text(&'a str),
    /// Strings written one after the other.
    Joined(&'a [&'a str]),
    Blob(&'a [u8]),
}

/// Rows of one table that have not been handed over yet. The buffers are kept from batch to batch.
#[derive(Debug)]
pub(crate) struct Batch {
    table: &'static str,
    columns: Vec<NamedColumn>,
    rows: u32,
}

impl Batch {
    /// No rows yet. The columns that vary from row to row come in the order of a row's cells.
    pub(crate) fn new(table: &'static str, columns: &[(&str, Shape<'_>)]) -> Self {
        let columns = columns.iter().map(|(name, shape)| NamedColumn {
            name: (*name).to_owned(),
            column: match *shape {
                Shape::Text => Column::Text(Texts::default()),
                Shape::Blob => Column::Blob(Blobs { values: Vec::new(), ends: Vec::new() }),
                Shape::Every(value) => Column::EveryText(value.to_owned()),
                Shape::EveryInteger(value) => Column::EveryInteger(value),
                Shape::Null => Column::EveryNull,
            },
        });
        Self { table, columns: columns.collect(), rows: 0 }
    }

    /// Adds a row; a full batch goes to the database.
    pub(crate) fn push(&mut self, database: &mut dyn Database, cells: &[Cell<'_>]) -> Result<(), Failure> {
        let mut cells = cells.iter();
        let mut bytes = 0;
        for named in &mut self.columns {
            match &mut named.column {
                Column::Text(texts) => {
                    match cells.next() {
                        Some(Cell::Text(text)) => texts.values.push_str(text),
                        Some(Cell::Joined(parts)) => texts.values.extend(parts.iter().copied()),
                        _ => return Err(misfit(self.table, &named.name)),
                    }
                    texts.ends.push(end(texts.values.len()));
                    bytes = bytes.max(texts.values.len());
                }
                Column::Blob(blobs) => {
                    let Some(Cell::Blob(blob)) = cells.next() else {
                        return Err(misfit(self.table, &named.name));
                    };
                    blobs.values.extend_from_slice(blob);
                    blobs.ends.push(end(blobs.values.len()));
                    bytes = bytes.max(blobs.values.len());
                }
                _ => {}
            }
        }
        self.rows += 1;
        if self.rows >= ROWS || bytes >= BYTES { self.flush(database) } else { Ok(()) }
    }

    /// Hands over what there is.
    pub(crate) fn flush(&mut self, database: &mut dyn Database) -> Result<(), Failure> {
        if self.rows == 0 {
            return Ok(());
        }
        database.insert(self.table, self.rows, &self.columns).map_err(Failure::Fatal)?;
        self.rows = 0;
        for named in &mut self.columns {
            match &mut named.column {
                Column::Text(texts) => {
                    texts.values.clear();
                    texts.ends.clear();
                }
                Column::Blob(blobs) => {
                    blobs.values.clear();
                    blobs.ends.clear();
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A column goes to the host long before it reaches 4 GiB.
fn end(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn misfit(table: &str, column: &str) -> Failure {
    Failure::Fatal(format!(
        "a row of {table} does not fit its column {column}: this is a defect of the connector"
    ))
}
