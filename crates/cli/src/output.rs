//! Results on standard output: tables for people, JSON for programs.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use fairlead_store::StoreError;
use serde::Serialize;

use crate::{
    failure::{Failed, Kind},
    style::Style,
};

/// Characters that a column of words needs to be read.
const PROSE: usize = 24;

pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints a value as JSON, or as `text` makes it.
    pub(crate) fn value<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failed> {
        let mut printed = if self.json {
            let json = serde_json::to_string_pretty(value);
            in_json(&json.map_err(|error| Failed::ours(format!("cannot write JSON: {error}")))?)
        } else {
            fit(&text(value), true)
        };
        if !printed.ends_with('\n') && !printed.is_empty() {
            printed.push('\n');
        }
        io::stdout().lock().write_all(printed.as_bytes())?;
        Ok(())
    }

    /// Prints a value as JSON, or as `text` makes it: fit for a terminal in all its parts, with colours of ours.
    pub(crate) fn styled<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T, Style) -> String,
    ) -> Result<(), Failed> {
        if self.json { self.value(value, |_| String::new()) } else { raw(&text(value, Style::of_stdout())) }
    }

    /// A remark with colours of ours, fit for a terminal in all its parts.
    pub(crate) fn styled_note(&self, text: impl FnOnce(Style) -> String) {
        if !self.quiet && !self.json {
            let _ = writeln!(io::stderr().lock(), "{}", text(Style::of_stderr()).trim_end());
        }
    }

    /// A remark for people; not printed for programs.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet && !self.json {
            say(text);
        }
    }

    /// The one line a command fails with.
    pub(crate) fn error(&self, failed: &Failed) {
        if failed.kind == Kind::PipeClosed || failed.message.is_empty() {
            return;
        }
        if self.json {
            let error = serde_json::json!({"error": {"kind": failed.word(), "message": failed.message}});
            say_json(&error);
        } else {
            tell(&Style::of_stderr().error("error:"), &failed.message);
        }
    }

    /// Something a person should know although the command goes on.
    pub(crate) fn warning(&self, text: &str) {
        if self.json {
            say_json(&serde_json::json!({"warning": text}));
        } else if !self.quiet {
            tell(&Style::of_stderr().warning("warning:"), text);
        }
    }

    /// Says which records of a listing could not be read, beside those that could.
    pub(crate) fn unreadable(&self, problems: &[StoreError]) {
        for problem in problems {
            self.warning(&problem.to_string());
        }
    }
}

/// Prints text as it is: it is for a program, such as a shell.
pub(crate) fn raw(text: &str) -> Result<(), Failed> {
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

fn tell(painted: &str, text: &str) {
    let _ = writeln!(io::stderr().lock(), "{painted} {}", plain(text));
}

/// A line for people on standard error, fit for a terminal. Nobody listening is no reason to stop.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", plain(line));
}

/// A line for programs on standard error.
fn say_json(value: &serde_json::Value) {
    let _ = writeln!(io::stderr().lock(), "{}", in_json(&value.to_string()));
}

/// Text made fit for a place in a line: others chose the names in it, and some characters steer a terminal, turn the
/// direction of reading, or begin a line that looks like one of ours.
pub(crate) fn plain(text: &str) -> String {
    fit(text, false)
}

/// Text made fit for a terminal; with `lines`, its own line breaks stay.
fn fit(text: &str, lines: bool) -> String {
    let mut fit = String::with_capacity(text.len());
    for character in text.chars() {
        let stays = character == '\t' || (lines && character == '\n');
        if !stays && steers(character) {
            fit.extend(character.escape_default());
        } else {
            fit.push(character);
        }
    }
    fit
}

/// JSON whose strings do not steer a terminal it happens to be shown on. What steers and is not ASCII stands in
/// strings only, and there it may be escaped.
fn in_json(json: &str) -> String {
    let mut fit = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\u{7f}' || (!character.is_ascii() && steers(character)) {
            // All of them are in the basic plane.
            let _ = write!(fit, "\\u{:04x}", u32::from(character));
        } else {
            fit.push(character);
        }
    }
    fit
}

/// Controls, marks of direction, and ends of lines and paragraphs.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Adds a row, each cell in one line.
pub(crate) fn row<C: AsRef<str>>(table: &mut Table, cells: impl IntoIterator<Item = C>) {
    table.add_row(cells.into_iter().map(|cell| plain(cell.as_ref())).collect::<Vec<_>>());
}

/// The table as wide as the terminal: names and ids are never broken, since half of one is good for nothing. Where
/// there is no room, columns go, in the order given; the `prose` column is the only one whose words wrap.
pub(crate) fn fitted(table: &mut Table, first_to_go: &[usize], prose: Option<usize>) -> String {
    let Some(room) = table.width() else { return table.to_string() };
    let widths: Vec<usize> = table.column_max_content_widths().into_iter().map(usize::from).collect();
    for (index, _) in widths.iter().enumerate().filter(|(index, _)| Some(*index) != prose) {
        if let Some(column) = table.column_mut(index) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for index in too_many(&widths, first_to_go, prose, room.into()) {
        if let Some(column) = table.column_mut(index) {
            column.set_constraint(ColumnConstraint::Hidden);
        }
    }
    table.to_string()
}

/// The columns there is no room for.
fn too_many(widths: &[usize], first_to_go: &[usize], prose: Option<usize>, room: usize) -> Vec<usize> {
    // A blank on either side of each cell.
    let cell = |index: usize| 2 + if Some(index) == prose { widths[index].min(PROSE) } else { widths[index] };
    let mut wide: usize = (0..widths.len()).map(cell).sum();
    let mut gone = Vec::new();
    for &index in first_to_go.iter().filter(|index| **index < widths.len()) {
        if wide <= room {
            break;
        }
        wide -= cell(index);
        gone.push(index);
    }
    gone
}

/// A table without frames: easy to read, easy to cut.
pub(crate) fn table<H: Into<String>>(headers: impl IntoIterator<Item = H>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(headers.into_iter().map(Into::into).collect::<Vec<String>>());
    table
}

/// 1234567 as 1,234,567.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in the unit a person would choose.
pub(crate) fn bytes(number: u64) -> String {
    indicatif::HumanBytes(number).to_string()
}

/// Milliseconds as a person would say them.
pub(crate) fn duration(milliseconds: u64) -> String {
    if milliseconds < 60_000 {
        return format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100);
    }
    format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(plain("Zoë\tM\u{1b}]0;x\u{7}"), "Zoë\tM\\u{1b}]0;x\\u{7}");
        assert_eq!(plain("a\u{202e}b\u{9b}31m"), "a\\u{202e}b\\u{9b}31m");
        assert_eq!(plain("Prod\n  pass    all is well"), "Prod\\n  pass    all is well");
        assert_eq!(fit("two\nlines\u{1b}", true), "two\nlines\\u{1b}");
    }

    #[test]
    fn json_stays_json_and_steers_nothing() {
        let told = serde_json::json!({"a\u{202e}b": "Zoë \u{9b}31m \u{7f} \u{1b} \n \u{2028} \u{1f600}"});
        let printed = in_json(&serde_json::to_string_pretty(&told).unwrap());
        assert!(!printed.chars().any(|it| it != '\n' && steers(it)), "{printed:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), told);
    }

    #[test]
    fn columns_go_in_their_order_until_the_rest_fits() {
        let widths = [10, 36, 8, 60];
        assert_eq!(too_many(&widths, &[2, 1], Some(3), 100), [0; 0]);
        assert_eq!(too_many(&widths, &[2, 1], Some(3), 80), [2]);
        assert_eq!(too_many(&widths, &[2, 1], Some(3), 40), [2, 1]);
        assert_eq!(too_many(&widths, &[2, 1, 9], Some(3), 10), [2, 1], "what is left is as wide as it is");
    }

    #[test]
    fn durations_change_unit_at_a_minute() {
        assert_eq!(duration(1_250), "1.2 s");
        assert_eq!(duration(61_000), "1 min 1 s");
    }
}
