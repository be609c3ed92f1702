//! Results on standard output: tables for people, JSON for programs.

use std::io::{self, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use fairlead_store::StoreError;
use serde::Serialize;

use crate::{
    failure::{Failed, Kind},
    style::Style,
};

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
            serde_json::to_string_pretty(value)
                .map_err(|error| Failed::ours(format!("cannot write JSON: {error}")))?
        } else {
            plain(&text(value))
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
            say(&error.to_string());
        } else {
            tell(&Style::of_stderr().error("error:"), &failed.message);
        }
    }

    /// Something a person should know although the command goes on.
    pub(crate) fn warning(&self, text: &str) {
        if self.json {
            say(&serde_json::json!({"warning": text}).to_string());
        } else if !self.quiet {
            tell(&Style::of_stderr().warning("warning:"), text);
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

/// Says which records of a listing could not be read, beside those that could.
pub(crate) fn warn_of(unreadable: &[StoreError]) {
    for problem in unreadable {
        say(&format!("warning: {problem}"));
    }
}

/// A line for people on standard error, fit for a terminal. Nobody listening is no reason to stop.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", plain(line));
}

/// Text made fit for a terminal: others chose the names in it, and some characters steer a terminal or turn
/// the direction of reading.
pub(crate) fn plain(text: &str) -> String {
    let steers = |character: char| {
        (character.is_control() && character != '\n' && character != '\t')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut fit = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) { fit.extend(character.escape_default()) } else { fit.push(character) }
    }
    fit
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
        assert_eq!(plain("Zoë\tM\u{1b}]0;x\u{7}\n"), "Zoë\tM\\u{1b}]0;x\\u{7}\n");
        assert_eq!(plain("a\u{202e}b"), "a\\u{202e}b");
    }

    #[test]
    fn durations_change_unit_at_a_minute() {
        assert_eq!(duration(1_250), "1.2 s");
        assert_eq!(duration(61_000), "1 min 1 s");
    }
}
