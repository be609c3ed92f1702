//! Words to a tree: `or` binds weakest, then `and`, then `not`, then the comparisons.

use super::lexer::{Token, TokenKind, tokens};
use super::tree::{Comparison, Expression, Filter, Literal, Path, TextTest};
use crate::odata::QueryError;

/// Deeper nesting than any client writes; stops a hostile filter from using up the stack.
const MAX_DEPTH: usize = 64;

impl Filter<String> {
    /// Reads the value of a `$filter` option.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
        let root = parser.or()?;
        match parser.tokens.get(parser.at) {
            None => Ok(Self { root }),
            Some(token) => Err(QueryError::filter_syntax(token.position, text)),
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Expression<String>, QueryError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(QueryError::bad_request(
                "Invalid filter clause: The expression is nested too deeply.",
            ));
        }
        let mut left = self.and()?;
        while self.keyword("or") {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression<String>, QueryError> {
        let mut left = self.unary()?;
        while self.keyword("and") {
            left = Expression::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression<String>, QueryError> {
        let mut negations = 0_usize;
        while self.keyword("not") {
            negations += 1;
        }
        let mut expression = self.primary()?;
        for _ in 0..negations.min(MAX_DEPTH) {
            expression = Expression::Not(Box::new(expression));
        }
        Ok(expression)
    }

    fn primary(&mut self) -> Result<Expression<String>, QueryError> {
        if self.take(&TokenKind::Open) {
            let inner = self.or()?;
            self.expect(&TokenKind::Close)?;
            return Ok(inner);
        }
        let name = self.word()?;
        if self.peek() == Some(&TokenKind::Open) {
            return self.call(&name);
        }
        let left = path(&name);
        let operator = self.word()?;
        if operator.eq_ignore_ascii_case("in") {
            return Ok(Expression::In(left, self.arguments()?));
        }
        match comparison(&operator) {
            Some(comparison) => Ok(Expression::Compare(left, comparison, self.literal()?)),
            None => Err(self.error_at(self.at - 1)),
        }
    }

    fn call(&mut self, name: &str) -> Result<Expression<String>, QueryError> {
        if let Some(collection) = strip_suffix_ignore_case(name, "/any") {
            return self.any(collection);
        }
        let test = match name.to_ascii_lowercase().as_str() {
            "startswith" => TextTest::StartsWith,
            "endswith" => TextTest::EndsWith,
            "contains" => TextTest::Contains,
            _ => return Ok(Expression::Call(name.to_owned(), self.arguments()?)),
        };
        self.expect(&TokenKind::Open)?;
        let left = path(&self.word()?);
        self.expect(&TokenKind::Comma)?;
        let start = self.at;
        let Literal::Text(sought) = self.literal()? else { return Err(self.error_at(start)) };
        self.expect(&TokenKind::Close)?;
        Ok(Expression::Text(test, left, sought))
    }

    fn any(&mut self, collection: &str) -> Result<Expression<String>, QueryError> {
        self.expect(&TokenKind::Open)?;
        if self.take(&TokenKind::Close) {
            return Ok(Expression::Any(path(collection), None));
        }
        let start = self.at;
        let variable = self.word()?;
        self.expect(&TokenKind::Colon)?;
        let condition = self.or()?;
        self.expect(&TokenKind::Close)?;
        // Inside `any`, every path starts with the variable; below it is relative to the element.
        let element = Filter { root: condition }
            .bind(&|name: &String| if *name == variable { Ok(()) } else { Err(self.error_at(start)) })?;
        Ok(Expression::Any(path(collection), Some(Box::new(element.root))))
    }

    fn arguments(&mut self) -> Result<Vec<Literal>, QueryError> {
        self.expect(&TokenKind::Open)?;
        let mut values = Vec::new();
        while !self.take(&TokenKind::Close) {
            if !values.is_empty() {
                self.expect(&TokenKind::Comma)?;
            }
            values.push(self.literal()?);
        }
        Ok(values)
    }

    fn literal(&mut self) -> Result<Literal, QueryError> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token.map(|token| token.kind) {
            Some(TokenKind::Quoted(text)) => Ok(Literal::Text(text)),
            Some(TokenKind::Word(word)) => Ok(match word.to_ascii_lowercase().as_str() {
                "null" => Literal::Null,
                "true" => Literal::Bool(true),
                "false" => Literal::Bool(false),
                _ => word.parse().map_or(Literal::Text(word), Literal::Integer),
            }),
            _ => Err(self.error_at(self.at - 1)),
        }
    }

    fn word(&mut self) -> Result<String, QueryError> {
        match self.peek() {
            Some(TokenKind::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            _ => Err(self.error_at(self.at)),
        }
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        // Clients write AND as well as and; the directory takes both.
        let found = matches!(self.peek(), Some(TokenKind::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, kind: &TokenKind) -> bool {
        let found = self.peek() == Some(kind);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, kind: &TokenKind) -> Result<(), QueryError> {
        if self.take(kind) { Ok(()) } else { Err(self.error_at(self.at)) }
    }

    fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn error_at(&self, index: usize) -> QueryError {
        let end = self.text.chars().count();
        QueryError::filter_syntax(self.tokens.get(index).map_or(end, |token| token.position), self.text)
    }
}

fn path(name: &str) -> Path<String> {
    let mut segments = name.split('/').map(str::to_owned);
    Path { property: segments.next().unwrap_or_default(), rest: segments.collect() }
}

fn comparison(word: &str) -> Option<Comparison> {
    Some(match word.to_ascii_lowercase().as_str() {
        "eq" => Comparison::Equal,
        "ne" => Comparison::NotEqual,
        "gt" => Comparison::Greater,
        "ge" => Comparison::GreaterOrEqual,
        "lt" => Comparison::Less,
        "le" => Comparison::LessOrEqual,
        _ => return None,
    })
}

fn strip_suffix_ignore_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let split = text.len().checked_sub(suffix.len())?;
    let tail = text.get(split..)?;
    tail.eq_ignore_ascii_case(suffix).then(|| &text[..split])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(name: &str, value: Literal) -> Expression<String> {
        Expression::Compare(path(name), Comparison::Equal, value)
    }

    #[test]
    fn and_binds_tighter_than_or_and_case_does_not_matter() {
        let filter = Filter::parse("a eq 1 OR b eq 'x' AND c eq true").expect("parses");
        assert_eq!(
            filter.root,
            Expression::Or(
                Box::new(compare("a", Literal::Integer(1))),
                Box::new(Expression::And(
                    Box::new(compare("b", Literal::Text("x".into()))),
                    Box::new(compare("c", Literal::Bool(true))),
                )),
            )
        );
    }

    #[test]
    fn quotes_double_inside_a_text_and_guids_and_times_need_none() {
        let filter = Filter::parse("name eq 'O''Hara'").expect("parses");
        assert_eq!(filter.root, compare("name", Literal::Text("O'Hara".into())));
        let id = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
        assert_eq!(
            Filter::parse(&format!("id eq {id}")).expect("parses").root,
            compare("id", Literal::Text(id.into()))
        );
        let time = "2026-01-01T00:00:00Z";
        assert_eq!(
            Filter::parse(&format!("t eq {time}")).expect("parses").root,
            compare("t", Literal::Text(time.into()))
        );
    }

    #[test]
    fn functions_of_the_service_keep_their_arguments() {
        let filter = Filter::parse("atScope() and assignedTo('x')").expect("parses");
        let calls: Vec<_> = filter.conjuncts();
        assert_eq!(calls[0], &Expression::Call("atScope".into(), vec![]));
        assert_eq!(calls[1], &Expression::Call("assignedTo".into(), vec![Literal::Text("x".into())]));
    }

    #[test]
    fn any_binds_its_variable() {
        let filter = Filter::parse("groupTypes/any(c:c eq 'Unified')").expect("parses");
        let Expression::Any(path, Some(element)) = filter.root else { panic!("an any expression") };
        assert_eq!(path.property, "groupTypes");
        assert!(
            matches!(*element, Expression::Compare(_, Comparison::Equal, Literal::Text(text)) if text == "Unified")
        );
        assert!(Filter::parse("groupTypes/any(c:d eq 'Unified')").is_err());
    }

    #[test]
    fn what_does_not_parse_names_the_position() {
        for (text, position) in
            [("displayName eq", 14), ("a eq 'x", 5), ("a like 'x'", 2), ("a eq 1)", 6), ("", 0)]
        {
            let error = Filter::parse(text).expect_err(text);
            assert!(error.message.contains(&format!("position {position} ")), "{text}: {error}");
        }
    }

    #[test]
    fn nesting_without_end_is_refused_not_followed() {
        let text = format!("{}a eq 1", "(".repeat(100_000));
        assert!(Filter::parse(&text).is_err());
    }
}
