//! Variables as settings: `FAIRLEAD_KEEP_RUNS` is `keep-runs`, `FAIRLEAD_PACE_BATCH` is `batch` under `[pace]`.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::EngineError;

/// What every variable of ours begins with.
const PREFIX: &str = "FAIRLEAD_";
/// Settings that are text, whatever they look like.
const TEXTS: [&str; 2] = ["home", "state"];
/// Settings that are numbers.
const NUMBERS: [&str; 3] = ["parallel", "parallel-connections", "keep-runs"];
/// Sections of numbers and switches.
const SECTIONS: [&str; 2] = ["pace", "limits"];
/// A section of texts, with one setting that is a table.
const SECRETS: &str = "secrets";
/// It is asked for where it is used, and is not to be printed with the settings.
const PASSPHRASE: &str = "passphrase";

/// Where a setting stands in the file.
pub(super) type Place = (Vec<String>, Value);

/// The settings among the variables, by the variable's name. Other variables of ours are for other purposes.
pub(super) fn settings(
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<BTreeMap<String, Place>, EngineError> {
    let mut found = BTreeMap::new();
    for (variable, given) in variables {
        if let Some(place) = place(&variable, &given)? {
            found.insert(variable, place);
        }
    }
    Ok(found)
}

/// Puts settings into the file's content, in place of what it says.
pub(super) fn lay_over(table: &mut Table, settings: BTreeMap<String, Place>) {
    for (path, value) in settings.into_values() {
        let Some((name, sections)) = path.split_last() else { continue };
        let mut place = &mut *table;
        for section in sections {
            let entry = place.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
            if !entry.is_table() {
                *entry = Value::Table(Table::new());
            }
            let Value::Table(inner) = entry else { return };
            place = inner;
        }
        place.insert(name.clone(), value);
    }
}

fn place(variable: &str, given: &str) -> Result<Option<Place>, EngineError> {
    let Some(name) = variable.strip_prefix(PREFIX) else { return Ok(None) };
    if given.is_empty() {
        return Ok(None);
    }
    let name = name.to_ascii_lowercase().replace('_', "-");
    let text = || Value::String(given.to_owned());
    let top = |value| Ok(Some((vec![name.clone()], value)));
    if name == "connectors" {
        let folders = std::env::split_paths(given).map(|path| Value::String(path.display().to_string()));
        return top(Value::Array(folders.collect()));
    }
    if TEXTS.contains(&name.as_str()) {
        return top(text());
    }
    if NUMBERS.contains(&name.as_str()) {
        return top(typed(variable, given)?);
    }
    let Some((section, rest)) = name.split_once('-') else { return Ok(None) };
    let inner = |value| Ok(Some((vec![section.to_owned(), rest.to_owned()], value)));
    match section {
        section if SECTIONS.contains(&section) => inner(typed(variable, given)?),
        SECRETS if rest == PASSPHRASE => Ok(None),
        SECRETS if rest == "tags" => inner(typed(variable, given)?),
        SECRETS => inner(text()),
        _ => Ok(None),
    }
}

/// A value as TOML writes it: a number, true or false, a table.
fn typed(variable: &str, given: &str) -> Result<Value, EngineError> {
    let line: Result<Table, _> = toml::from_str(&format!("value = {given}"));
    line.ok().and_then(|mut line| line.remove("value")).ok_or_else(|| {
        EngineError::Installation(format!(
            "{variable} = {given} is not a value as the configuration file takes it: write a number, true or false"
        ))
    })
}
