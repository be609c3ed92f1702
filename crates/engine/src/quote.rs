//! Text that people chose, made harmless for a language: as one literal that means exactly that text.

use std::fmt::Write as _;

/// For a POSIX shell: nothing is special between single quotes but the quote itself.
pub(crate) fn bash(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A whole command for a POSIX shell. Words that mean themselves stay as people write them.
pub(crate) fn command<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    let words = words.into_iter().map(|word| shell(word.as_ref()));
    words.collect::<Vec<_>>().join(" ")
}

/// A word of a command for a POSIX shell: as it is where nothing in it means anything else, else quoted.
pub(crate) fn shell(word: &str) -> String {
    let means_itself = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@,+%".contains(&b);
    if !word.is_empty() && word.bytes().all(means_itself) { word.to_owned() } else { bash(word) }
}

/// For PowerShell, which takes typographic quotes for single quotes too: each of them is doubled.
pub(crate) fn power_shell(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

/// For HCL: escapes as in JSON, and the two beginnings of a template doubled.
pub(crate) fn hcl(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => quoted.extend([c, c]),
            c if c.is_control() => _ = write!(quoted, "\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// For a line of comment in any of them.
pub(crate) fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a literal as a POSIX shell does: quoted runs, and escaped quotes between them.
    fn read_bash(literal: &str) -> Option<String> {
        let (mut text, mut rest) = (String::new(), literal.chars());
        while let Some(c) = rest.next() {
            match c {
                '\'' => text.extend(rest.by_ref().take_while(|c| *c != '\'')),
                '\\' => text.push(rest.next()?),
                _ => return None,
            }
        }
        Some(text)
    }

    /// Reads a verbatim string as PowerShell does: any single quote ends it, unless it comes twice.
    fn read_power_shell(literal: &str) -> Option<String> {
        let is_quote = |c: char| "'\u{2018}\u{2019}\u{201a}\u{201b}".contains(c);
        let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
        let (mut text, mut rest) = (String::new(), inner.chars().peekable());
        while let Some(c) = rest.next() {
            if is_quote(c) {
                rest.next_if(|next| is_quote(*next))?;
            }
            text.push(c);
        }
        Some(text)
    }

    /// Reads a quoted template as HCL does; none if anything in it would be evaluated.
    fn read_hcl(literal: &str) -> Option<String> {
        let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
        let (mut text, mut rest) = (String::new(), inner.chars().peekable());
        while let Some(c) = rest.next() {
            match c {
                '"' | '\n' => return None,
                '\\' => text.push(match rest.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let code: String = rest.by_ref().take(4).collect();
                        char::from_u32(u32::from_str_radix(&code, 16).ok()?)?
                    }
                    c @ ('"' | '\\') => c,
                    _ => return None,
                }),
                '$' | '%' if rest.peek() == Some(&'{') => return None,
                '$' | '%' if rest.peek() == Some(&c) => {
                    let mut ahead = rest.clone();
                    ahead.next();
                    if ahead.peek() == Some(&'{') {
                        rest.next();
                        rest.next();
                        text.extend([c, '{']);
                    } else {
                        text.push(c);
                    }
                }
                c => text.push(c),
            }
        }
        Some(text)
    }

    fn nasty() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("'"),
            Just("\""),
            Just("\\"),
            Just("$("),
            Just("${"),
            Just("%{"),
            Just("$"),
            Just("%"),
            Just("{"),
            Just("`"),
            Just("\n"),
            Just("\r"),
            Just("; rm -rf ~"),
            Just("\u{2019}"),
            Just("\u{201b}"),
            Just("#"),
            Just("@"),
            Just("}"),
            Just("é"),
            Just("\u{1b}"),
            Just("|"),
            Just("&&"),
            Just("EOF"),
        ];
        prop_oneof![prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()), "[^\\x00]{0,40}",]
    }

    #[test]
    fn a_command_is_quoted_where_it_has_to_be_only() {
        let words = ["az", "--scope", "/subscriptions/1/resourceGroups/rg(prod)", "--role", "Ops $(id)", ""];
        assert_eq!(
            command(words),
            "az --scope '/subscriptions/1/resourceGroups/rg(prod)' --role 'Ops $(id)' ''"
        );
        assert_eq!(command(["fairlead", "--set", "a=b"]), "fairlead --set a=b");
    }

    proptest! {
        #[test]
        fn a_word_means_the_text_and_nothing_else(text in nasty()) {
            let word = shell(&text);
            prop_assert!(word == text || read_bash(&word) == Some(text));
        }

        #[test]
        fn each_literal_means_the_text_and_nothing_else(text in nasty()) {
            prop_assert_eq!(read_bash(&bash(&text)), Some(text.clone()));
            prop_assert_eq!(read_power_shell(&power_shell(&text)), Some(text.clone()));
            prop_assert_eq!(read_hcl(&hcl(&text)), Some(text.clone()));
        }

        #[test]
        fn a_comment_stays_on_its_line(text in nasty()) {
            prop_assert_eq!(comment(&text).lines().count().max(1), 1);
            prop_assert!(!comment(&text).chars().any(char::is_control));
        }
    }
}
