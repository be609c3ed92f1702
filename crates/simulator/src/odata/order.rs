//! `$orderby`: by which properties, and in which direction.

use super::{QueryError, Value};

/// One property to order by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The property.
    pub property: String,
    /// `desc`
    pub descending: bool,
}

/// Reads the value of `$orderby`.
pub(super) fn parse(text: &str) -> Result<Vec<Order>, QueryError> {
    text.split(',').map(|part| one(part.trim(), text)).collect()
}

fn one(part: &str, text: &str) -> Result<Order, QueryError> {
    let mut words = part.split_whitespace();
    let property = words.next();
    let descending = match words.next().map(str::to_ascii_lowercase).as_deref() {
        None | Some("asc") => Some(false),
        Some("desc") => Some(true),
        Some(_) => None,
    };
    match (property, descending, words.next()) {
        (Some(property), Some(descending), None) => Ok(Order { property: property.to_owned(), descending }),
        _ => Err(QueryError::bad_request(format!("Invalid OrderBy clause: Syntax error in '{text}'."))),
    }
}

/// The text by which values of one property sort; texts without regard to case, null first.
pub fn key(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => text.to_lowercase(),
        Value::Guid(id) => id.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => format!("{value:020}"),
        Value::Null | Value::Absent | Value::Texts(_) | Value::Json(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_read_and_nonsense_is_refused() {
        let orders = parse("displayName desc, mail").expect("parses");
        assert_eq!(orders[0], Order { property: "displayName".into(), descending: true });
        assert_eq!(orders[1], Order { property: "mail".into(), descending: false });
        assert!(parse("displayName down").is_err());
        assert!(parse("").is_err());
    }
}
