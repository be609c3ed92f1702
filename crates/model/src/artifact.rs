//! What a connector hands over to have a file made: columns of rows, and how a database is framed.

use crate::{Blobs, Texts};

/// How a finished database becomes a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Framing {
    /// Bytes put before the database, never compressed.
    pub prefix: Vec<u8>,
    /// Zstandard's level; absent: the database is not compressed.
    pub zstd_level: Option<i32>,
}

/// The values of one column of many rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// A string for each row.
    Text(Texts),
    /// Bytes for each row.
    Blob(Blobs),
    /// An integer for each row.
    Integer(Vec<i64>),
    /// The same string in every row.
    EveryText(String),
    /// The same integer in every row.
    EveryInteger(i64),
    /// NULL in every row.
    EveryNull,
}

impl Column {
    /// How many values it holds; absent: as many as there are rows.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Text(texts) => Some(texts.len()),
            Self::Blob(blobs) => Some(blobs.len()),
            Self::Integer(integers) => Some(integers.len()),
            Self::EveryText(_) | Self::EveryInteger(_) | Self::EveryNull => None,
        }
    }
}

/// A column and its name in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedColumn {
    /// The column's name in the table.
    pub name: String,
    /// Its values.
    pub column: Column,
}

impl NamedColumn {
    /// Checks that the column has a value for each of `rows` rows.
    ///
    /// # Errors
    /// A sentence naming the column.
    pub fn check(&self, rows: usize) -> Result<(), String> {
        match self.column.count() {
            Some(values) if values != rows => {
                Err(format!("column \"{}\" has {values} values for {rows} rows", self.name))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_a_value_for_each_row_or_one_for_all() {
        let named = |column| NamedColumn { name: "id".into(), column };
        let two = named(Column::Text(["a", "b"].into_iter().collect()));
        assert_eq!(two.check(2), Ok(()));
        assert_eq!(two.check(3).unwrap_err(), "column \"id\" has 2 values for 3 rows");
        assert_eq!(named(Column::EveryNull).check(1_000_000), Ok(()));
    }
}
