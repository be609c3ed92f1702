//! A value of a query's result.

use rusqlite::types::ValueRef;

/// A value as the database holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// The value as JSON; bytes in hex, and what JSON has no number for as null.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Integer(number) => (*number).into(),
            Self::Real(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Blob(bytes) => hex::encode(bytes).into(),
        }
    }

    /// The value for a cell of a table; empty where there is none.
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Blob(bytes) => hex::encode(bytes),
        }
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            // Only people's own SQL can make text that is none.
            ValueRef::Text(bytes) => Self::Text(String::from_utf8_lossy(bytes).into_owned()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_json_form() {
        let values = [Value::Null, Value::Integer(-1), Value::Real(1.5), Value::Text("ü".into())];
        let json: Vec<_> = values.iter().map(Value::to_json).collect();
        assert_eq!(serde_json::to_string(&json).unwrap(), r#"[null,-1,1.5,"ü"]"#);
        assert_eq!(Value::Blob(vec![0, 255]).to_json(), "00ff");
        assert_eq!(Value::Real(f64::NAN).to_json(), serde_json::Value::Null);
    }
}
