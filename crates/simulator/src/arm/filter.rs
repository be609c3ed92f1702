//! `$filter` as Resource Manager takes it: function calls and equalities, joined by `and`.

use super::error::ArmError;

/// One term of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// `name('argument', ...)`, the name in lower case.
    Function(String, Vec<String>),
    /// `property eq 'value'`, the property in lower case.
    Equals(String, String),
}

impl Term {
    /// The term as a name and the arguments or value, to match on.
    pub(super) fn parts(&self) -> (&str, &[String], Option<&str>) {
        match self {
            Self::Function(name, arguments) => (name, arguments, None),
            Self::Equals(property, value) => (property, &[], Some(value)),
        }
    }
}

/// The terms of a filter; none when there is no filter. Text that is no such filter is refused as unsupported.
pub(super) fn parse(filter: Option<&str>) -> Result<Vec<Term>, ArmError> {
    let Some(filter) = filter.map(str::trim).filter(|filter| !filter.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut reader = Reader { rest: filter };
    let unsupported = || ArmError::UnsupportedFilter(filter.to_owned());
    let mut terms = vec![reader.term().ok_or_else(unsupported)?];
    while !reader.rest.trim_start().is_empty() {
        reader.word_is("and").ok_or_else(unsupported)?;
        terms.push(reader.term().ok_or_else(unsupported)?);
    }
    Ok(terms)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn term(&mut self) -> Option<Term> {
        let name = self.word()?.to_ascii_lowercase();
        if self.symbol('(').is_some() {
            return Some(Term::Function(name, self.arguments()?));
        }
        self.word_is("eq")?;
        Some(Term::Equals(name, self.literal()?))
    }

    fn arguments(&mut self) -> Option<Vec<String>> {
        let mut arguments = Vec::new();
        if self.symbol(')').is_some() {
            return Some(arguments);
        }
        loop {
            arguments.push(self.literal()?);
            if self.symbol(')').is_some() {
                return Some(arguments);
            }
            self.symbol(',')?;
        }
    }

    /// A quoted text, a quote in it doubled, or a bare word.
    fn literal(&mut self) -> Option<String> {
        if self.symbol('\'').is_none() {
            return self.word().map(str::to_owned);
        }
        let mut text = String::new();
        loop {
            let end = self.rest.find('\'')?;
            text.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + 1..];
            match self.rest.strip_prefix('\'') {
                Some(rest) => {
                    text.push('\'');
                    self.rest = rest;
                }
                None => return Some(text),
            }
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        self.rest = after;
        (!word.is_empty()).then_some(word)
    }

    fn word_is(&mut self, expected: &str) -> Option<()> {
        self.word()?.eq_ignore_ascii_case(expected).then_some(())
    }

    fn symbol(&mut self, symbol: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(symbol)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, arguments: &[&str]) -> Term {
        Term::Function(name.to_owned(), arguments.iter().map(|it| (*it).to_owned()).collect())
    }

    #[test]
    fn the_documented_filters_are_read() {
        assert_eq!(parse(None), Ok(Vec::new()));
        assert_eq!(parse(Some("atScope()")), Ok(vec![function("atscope", &[])]));
        assert_eq!(
            parse(Some("atScope() and assignedTo('5d0c')")),
            Ok(vec![function("atscope", &[]), function("assignedto", &["5d0c"])])
        );
        assert_eq!(
            parse(Some("tagName eq 'it''s' AND tagValue eq 'a b'")),
            Ok(vec![
                Term::Equals("tagname".to_owned(), "it's".to_owned()),
                Term::Equals("tagvalue".to_owned(), "a b".to_owned()),
            ])
        );
    }

    #[test]
    fn anything_else_is_unsupported() {
        for filter in ["atScope(", "principalId ne 'x'", "a eq 'b' or c eq 'd'", "eq", "'x'", "a eq 'b"] {
            assert_eq!(parse(Some(filter)), Err(ArmError::UnsupportedFilter(filter.to_owned())), "{filter}");
        }
    }
}
