//! One measured number, and how a list of them is reported.

use std::fs;

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::shell::target;

/// A number, its unit and, where there is one, the bound it is held against.
#[derive(Serialize)]
pub(crate) struct Measure {
    #[serde(rename = "measure")]
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// What physics or the issue allows at best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bound: Option<f64>,
    /// Bound over value: 1 is perfect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<f64>,
}

impl Measure {
    /// A number without a bound.
    pub(crate) fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { name, value, unit, bound: None, ratio: None }
    }

    /// The same, held against a bound.
    pub(crate) fn against(self, bound: f64) -> Self {
        Self { bound: Some(bound), ratio: Some(bound / self.value), ..self }
    }
}

/// Prints the table and writes `target/bench/NAME.json`.
pub(crate) fn report(name: &str, measures: &[Measure]) -> Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["MEASURE", "VALUE", "UNIT", "BOUND", "RATIO"]);
    for measure in measures {
        let optional = |number: Option<f64>| number.map(rounded).unwrap_or_default();
        table.add_row([
            measure.name.to_owned(),
            rounded(measure.value),
            measure.unit.to_owned(),
            optional(measure.bound),
            optional(measure.ratio),
        ]);
    }
    for column in [1, 3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{name}.json"));
    fs::write(&file, serde_json::to_vec_pretty(measures)?)?;
    eprintln!("\n{}", file.display());
    Ok(())
}

fn rounded(number: f64) -> String {
    if number >= 100.0 { format!("{number:.0}") } else { format!("{number:.2}") }
}
