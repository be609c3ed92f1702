//! A parsed filter. `P` is how a property is named: its text at first, what it is bound to later.

use crate::odata::QueryError;

/// A whole `$filter`.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter<P = String> {
    /// The condition every returned thing meets.
    pub root: Expression<P>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression<P> {
    /// Both hold.
    And(Box<Expression<P>>, Box<Expression<P>>),
    /// One holds at least.
    Or(Box<Expression<P>>, Box<Expression<P>>),
    /// The inner condition does not hold.
    Not(Box<Expression<P>>),
    /// `path eq literal` and its siblings.
    Compare(Path<P>, Comparison, Literal),
    /// `path in (a, b)`.
    In(Path<P>, Vec<Literal>),
    /// `startswith(path, 'x')` and its siblings.
    Text(TextTest, Path<P>, String),
    /// `path/any(v: condition)`; without a condition: the collection is not empty.
    Any(Path<P>, Option<Box<Element>>),
    /// A function of the service: `isof('..')`, `atScope()`, `assignedTo('..')`.
    Call(String, Vec<Literal>),
}

/// A condition on an element of a collection; paths are relative to the element.
pub type Element = Expression<()>;

/// A property and the way into it: `info/logoUrl` is `info` with the rest `["logoUrl"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path<P> {
    /// The first segment.
    pub property: P,
    /// The segments after it.
    pub rest: Vec<String>,
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// A test on a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
    /// `contains`
    Contains,
}

/// A constant in a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A quoted text, or an unquoted GUID or date.
    Text(String),
}

impl Literal {
    /// The text of a text literal.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<P> Filter<P> {
    /// Binds every property name with `bind`, which knows the names of the type.
    pub fn bind<Q>(self, bind: &impl Fn(&P) -> Result<Q, QueryError>) -> Result<Filter<Q>, QueryError> {
        Ok(Filter { root: self.root.bind(bind)? })
    }

    /// The conditions joined by `and` at the top.
    pub fn conjuncts(&self) -> Vec<&Expression<P>> {
        let mut all = Vec::new();
        self.root.collect_conjuncts(&mut all);
        all
    }

    /// Every property it names, as often as it does.
    pub fn properties(&self) -> Vec<&P> {
        let mut all = Vec::new();
        self.root.collect_properties(&mut all);
        all
    }

    /// The operator for which the directory answers it only as an advanced query (azure.md 2.3), if any.
    pub fn advanced_operator(&self) -> Option<&'static str> {
        self.root.advanced_operator()
    }
}

impl<P> Expression<P> {
    fn bind<Q>(self, bind: &impl Fn(&P) -> Result<Q, QueryError>) -> Result<Expression<Q>, QueryError> {
        let path = |path: Path<P>| -> Result<Path<Q>, QueryError> {
            Ok(Path { property: bind(&path.property)?, rest: path.rest })
        };
        Ok(match self {
            Self::And(left, right) => {
                Expression::And(Box::new(left.bind(bind)?), Box::new(right.bind(bind)?))
            }
            Self::Or(left, right) => Expression::Or(Box::new(left.bind(bind)?), Box::new(right.bind(bind)?)),
            Self::Not(inner) => Expression::Not(Box::new(inner.bind(bind)?)),
            Self::Compare(left, operator, right) => Expression::Compare(path(left)?, operator, right),
            Self::In(left, values) => Expression::In(path(left)?, values),
            Self::Text(test, left, sought) => Expression::Text(test, path(left)?, sought),
            Self::Any(left, element) => Expression::Any(path(left)?, element),
            Self::Call(name, arguments) => Expression::Call(name, arguments),
        })
    }

    fn collect_conjuncts<'e>(&'e self, all: &mut Vec<&'e Self>) {
        if let Self::And(left, right) = self {
            left.collect_conjuncts(all);
            right.collect_conjuncts(all);
        } else {
            all.push(self);
        }
    }

    fn collect_properties<'e>(&'e self, all: &mut Vec<&'e P>) {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.collect_properties(all);
                right.collect_properties(all);
            }
            Self::Not(inner) => inner.collect_properties(all),
            Self::Compare(path, ..) | Self::In(path, _) | Self::Text(_, path, _) | Self::Any(path, _) => {
                all.push(&path.property);
            }
            Self::Call(..) => {}
        }
    }

    fn advanced_operator(&self) -> Option<&'static str> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.advanced_operator().or_else(|| right.advanced_operator())
            }
            Self::Not(_) => Some("Not"),
            Self::Compare(_, Comparison::NotEqual, _) => Some("NotEqualsMatch"),
            Self::Text(TextTest::EndsWith, ..) => Some("endsWith"),
            Self::Text(TextTest::Contains, ..) => Some("contains"),
            _ => None,
        }
    }
}
