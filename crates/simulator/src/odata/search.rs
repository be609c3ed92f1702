//! `$search` on directory objects: `"displayName:ada" OR "mail:ada"`.

use super::{QueryError, Value};

/// A parsed `$search`: one of the alternatives must hold, each is a list of clauses that all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    alternatives: Vec<Vec<Clause>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    property: String,
    text: String,
}

impl Search {
    /// Reads the value of `$search`.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut alternatives = vec![Vec::new()];
        let mut rest = text.trim();
        loop {
            let (clause, after) = clause(rest).ok_or_else(|| syntax(text))?;
            if let Some(last) = alternatives.last_mut() {
                last.push(clause);
            }
            rest = after.trim_start();
            if rest.is_empty() {
                return Ok(Self { alternatives });
            } else if let Some(after) = word(rest, "AND") {
                rest = after;
            } else if let Some(after) = word(rest, "OR") {
                alternatives.push(Vec::new());
                rest = after;
            } else {
                return Err(syntax(text));
            }
        }
    }

    /// The properties it looks into.
    pub fn properties(&self) -> impl Iterator<Item = &str> {
        self.alternatives.iter().flatten().map(|clause| clause.property.as_str())
    }

    /// Whether a thing whose properties `read` returns is found.
    pub fn matches<'v>(&self, read: &dyn Fn(&str) -> Value<'v>) -> bool {
        let holds = |clause: &Clause| match read(&clause.property) {
            Value::Text(text) => begins_a_word(&text, &clause.text),
            Value::Texts(texts) => texts.iter().any(|text| begins_a_word(text, &clause.text)),
            _ => false,
        };
        self.alternatives.iter().any(|clauses| clauses.iter().all(holds))
    }
}

/// Searching is by words: `lov` finds Ada Lovelace, `ove` does not.
fn begins_a_word(value: &str, sought: &str) -> bool {
    let (value, sought) = (value.to_lowercase(), sought.to_lowercase());
    value
        .match_indices(&sought)
        .any(|(at, _)| value[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric()))
}

fn clause(text: &str) -> Option<(Clause, &str)> {
    let (inner, after) = text.strip_prefix('"')?.split_once('"')?;
    let (property, text) = inner.split_once(':')?;
    let clause = Clause { property: property.trim().to_owned(), text: text.trim().to_owned() };
    (!clause.property.is_empty() && !clause.text.is_empty()).then_some((clause, after))
}

fn word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(word)?;
    rest.starts_with(' ').then(|| rest.trim_start())
}

fn syntax(text: &str) -> QueryError {
    QueryError::bad_request(format!("Syntax error in the search clause '{text}'."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str) -> bool {
        let read = |name: &str| match name {
            "displayName" => Value::text("Ada Lovelace"),
            "mail" => Value::text("ada@a.test"),
            _ => Value::Null,
        };
        Search::parse(text).expect("parses").matches(&read)
    }

    #[test]
    fn words_are_found_by_their_beginning() {
        assert!(finds("\"displayName:LOVE\""));
        assert!(!finds("\"displayName:ove\""));
        assert!(finds("\"displayName:x\" OR \"mail:ada\""));
        assert!(!finds("\"displayName:x\" AND \"mail:ada\""));
    }

    #[test]
    fn a_search_needs_quotes_and_a_property() {
        for text in ["ada", "\"ada\"", "\"displayName:a\" XOR \"mail:b\"", ""] {
            assert!(Search::parse(text).is_err(), "{text}");
        }
    }
}
