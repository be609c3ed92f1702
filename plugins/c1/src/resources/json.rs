//! Strings of a JSON body, borrowed from it wherever they contain no escape.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::proto::IntoText;

/// A string that borrows from the text it was parsed from if it can. (`Option<Cow<str>>` never borrows.)
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> IntoText<'a> for &'a Text<'_> {
    fn into_text(self) -> Option<Cow<'a, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;

        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrowing)
    }
}

/// The string in an optional field, or an empty one.
pub(crate) fn or_empty<'a>(text: Option<&'a Text<'_>>) -> &'a str {
    text.map_or("", |text| &**text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        name: Option<Text<'a>>,
    }

    #[test]
    fn a_string_without_escapes_is_borrowed() {
        let body: Body<'_> = serde_json::from_str(r#"{"name":"Grüße","more":{"x":[1]}}"#).unwrap();
        assert!(matches!(body.name, Some(Text(Cow::Borrowed("Grüße")))));
        let body: Body<'_> = serde_json::from_str(r#"{"name":"a\"b"}"#).unwrap();
        assert!(matches!(body.name, Some(Text(Cow::Owned(name))) if name == "a\"b"));
        let body: Body<'_> = serde_json::from_str(r#"{"name":null}"#).unwrap();
        assert_eq!(or_empty(body.name.as_ref()), "");
    }
}
