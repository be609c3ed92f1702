//! Whether a thing meets a filter. Texts compare without regard to case, as the directory does.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;

use super::tree::{Comparison, Element, Expression, Filter, Literal, Path, TextTest};
use crate::odata::Value;

impl<P> Filter<P> {
    /// Whether the thing whose properties `read` returns meets the filter; `call` decides the service's functions.
    pub fn matches<'v>(
        &self,
        read: &dyn Fn(&P) -> Value<'v>,
        call: &dyn Fn(&str, &[Literal]) -> bool,
    ) -> bool {
        matches(&self.root, read, call)
    }
}

fn matches<'v, P>(
    expression: &Expression<P>,
    read: &dyn Fn(&P) -> Value<'v>,
    call: &dyn Fn(&str, &[Literal]) -> bool,
) -> bool {
    match expression {
        Expression::And(left, right) => matches(left, read, call) && matches(right, read, call),
        Expression::Or(left, right) => matches(left, read, call) || matches(right, read, call),
        Expression::Not(inner) => !matches(inner, read, call),
        Expression::Compare(path, comparison, literal) => compare(&value(path, read), *comparison, literal),
        Expression::In(path, literals) => {
            let value = value(path, read);
            literals.iter().any(|literal| compare(&value, Comparison::Equal, literal))
        }
        Expression::Text(test, path, sought) => test_text(&value(path, read), *test, sought),
        Expression::Any(path, element) => any(&value(path, read), element.as_deref()),
        Expression::Call(name, arguments) => call(name, arguments),
    }
}

fn value<'v, P>(path: &Path<P>, read: &dyn Fn(&P) -> Value<'v>) -> Value<'v> {
    let value = read(&path.property);
    if path.rest.is_empty() {
        return value;
    }
    let Value::Json(json) = value else { return Value::Null };
    let Ok(mut inner) = serde_json::from_slice::<serde_json::Value>(&json) else { return Value::Null };
    for name in &path.rest {
        inner = inner.get_mut(name.as_str()).map_or(serde_json::Value::Null, serde_json::Value::take);
    }
    from_json(inner)
}

fn from_json(json: serde_json::Value) -> Value<'static> {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => number.as_i64().map_or(Value::Null, Value::Integer),
        serde_json::Value::String(text) => Value::Text(Cow::Owned(text)),
        complex => Value::Json(complex.to_string().into_bytes()),
    }
}

fn compare(value: &Value<'_>, comparison: Comparison, literal: &Literal) -> bool {
    let order = order(value, literal);
    match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
    }
}

/// How a value stands to a literal; `None` when they cannot be compared (a null to a text).
fn order(value: &Value<'_>, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::Null, Literal::Null) => Some(Ordering::Equal),
        (Value::Bool(left), Literal::Bool(right)) => Some(left.cmp(right)),
        (Value::Integer(left), Literal::Integer(right)) => Some(left.cmp(right)),
        (Value::Text(left), Literal::Text(right)) => Some(order_texts(left, right)),
        (Value::Guid(left), Literal::Text(right)) => Some(left.cmp(&right.parse().ok()?)),
        (Value::Time(left), Literal::Text(right)) => Some(left.cmp(&right.parse::<Timestamp>().ok()?)),
        // An unquoted text of digits only is read as a number (employeeId eq 7 is a client's slip).
        (Value::Text(left), Literal::Integer(right)) => Some(order_texts(left, &right.to_string())),
        _ => None,
    }
}

fn order_texts(left: &str, right: &str) -> Ordering {
    if left.eq_ignore_ascii_case(right) {
        return Ordering::Equal;
    }
    left.to_lowercase().cmp(&right.to_lowercase())
}

fn test_text(value: &Value<'_>, test: TextTest, sought: &str) -> bool {
    let left = match value {
        Value::Text(left) => left.to_lowercase(),
        Value::Guid(left) => left.to_string(),
        _ => return false,
    };
    let sought = sought.to_lowercase();
    match test {
        TextTest::StartsWith => left.starts_with(&sought),
        TextTest::EndsWith => left.ends_with(&sought),
        TextTest::Contains => left.contains(&sought),
    }
}

fn any(value: &Value<'_>, element: Option<&Element>) -> bool {
    match value {
        Value::Texts(texts) => texts.iter().any(|text| {
            element.is_none_or(|element| {
                let read = |(): &()| Value::Text(Cow::Borrowed(text.as_ref()));
                matches(element, &read, &|_, _| false)
            })
        }),
        Value::Json(json) => {
            let Ok(serde_json::Value::Array(items)) = serde_json::from_slice(json) else { return false };
            items.into_iter().any(|item| {
                element.is_none_or(|element| {
                    let read = |(): &()| from_json(item.clone());
                    matches(element, &read, &|_, _| false)
                })
            })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> Value<'static> {
        match name {
            "displayName" => Value::Text("Ada Lovelace".into()),
            "accountEnabled" => Value::Bool(true),
            "id" => Value::Guid(uuid::Uuid::from_u128(7)),
            "createdDateTime" => Value::Time("2026-05-01T00:00:00Z".parse().expect("a time")),
            "proxyAddresses" => Value::Texts(vec!["SMTP:ada@a.test".into(), "smtp:al@a.test".into()]),
            "assignedLicenses" => Value::Json(br#"[{"skuId":"x","disabledPlans":[]}]"#.to_vec()),
            "info" => Value::Json(br#"{"logoUrl":"l"}"#.to_vec()),
            _ => Value::Null,
        }
    }

    fn holds(text: &str) -> bool {
        let call = |name: &str, _: &[Literal]| name == "isof";
        Filter::parse(text).expect("parses").matches(&|name: &String| user(name), &call)
    }

    #[test]
    fn conditions_that_hold() {
        for text in [
            "displayName eq 'ada lovelace'",
            "accountEnabled eq true and startswith(displayName,'ADA')",
            "not(accountEnabled eq false)",
            "onPremisesSyncEnabled ne true",
            "mail eq null",
            "id in ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000008')",
            "id eq 00000000-0000-0000-0000-000000000007",
            "createdDateTime ge 2026-04-30T23:59:59Z",
            "proxyAddresses/any(p:startswith(p,'SMTP:ada'))",
            "assignedLicenses/any(l:l/skuId eq 'x')",
            "info/logoUrl eq 'l'",
            "isof('microsoft.graph.user')",
            "endswith(displayName,'lace')",
        ] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn conditions_that_do_not_hold() {
        for text in [
            "displayName eq 'Ada'",
            "displayName ne 'Ada Lovelace'",
            "mail ne null",
            "accountEnabled eq 'true'",
            "createdDateTime gt 2026-05-01T00:00:00Z",
            "proxyAddresses/any(p:p eq 'x')",
            "mail/any()",
            "displayName gt null",
        ] {
            assert!(!holds(text), "{text}");
        }
    }
}
