//! Pages of JSON, read without a document: elements stay slices of the body that came.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use crate::Failure;

/// An element of a page as Azure sent it.
pub type Raw<'a> = &'a RawValue;

/// A string of a document: borrowed from it, and owned only where the document escapes characters.
///
/// Serde borrows a `Cow` only where it stands alone; inside an `Option` or a `Vec` this type does.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// The string, copied if it was borrowed.
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }

    /// Whether it is borrowed from the document.
    pub fn is_borrowed(&self) -> bool {
        matches!(self.0, Cow::Borrowed(_))
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

/// A page of a list. Its elements are raw, or typed where nothing else of them is wanted.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, T: Deserialize<'de>"))]
pub struct Page<'a, T = Raw<'a>> {
    /// The elements in order.
    pub value: Vec<T>,
    /// Graph calls it `@odata.nextLink`, Resource Manager `nextLink`, management groups `@nextLink`.
    #[serde(borrow, default, rename = "@odata.nextLink", alias = "nextLink", alias = "@nextLink")]
    next: Option<Text<'a>>,
}

impl<T> Page<'_, T> {
    /// The link to the next page. The list ends where there is none, and only there: a page may be short, or
    /// empty, and still have one.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref().filter(|link| !link.is_empty())
    }
}

/// Reads a whole body. `what` is for the error, such as "the list of users".
///
/// # Errors
/// `Fatal` with a sentence when the body is not what was expected.
pub fn parse<'a, T: Deserialize<'a>>(what: &str, body: &'a [u8]) -> Result<T, Failure> {
    serde_json::from_str(as_text(what, body)?).map_err(|error| not_documented(what, error))
}

/// A body as text: checked once and at once, instead of string by string.
pub(crate) fn as_text<'a>(what: &str, body: &'a [u8]) -> Result<&'a str, Failure> {
    simdutf8::basic::from_utf8(body).map_err(|error| not_documented(what, error))
}

pub(crate) fn not_documented(what: &str, problem: impl fmt::Display) -> Failure {
    Failure::Fatal(format!("{what}: the answer is not what Azure documents ({problem})"))
}

/// Reads what is wanted of an element of a page.
///
/// # Errors
/// A sentence when the element is not what was expected.
pub fn element<'a, T: Deserialize<'a>>(what: &str, raw: Raw<'a>) -> Result<T, String> {
    serde_json::from_str(raw.get())
        .map_err(|error| format!("{what}: an element is not what Azure documents ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head<'a> {
        #[serde(borrow)]
        id: Text<'a>,
        display_name: Option<Text<'a>>,
    }

    const BODY: &str = r#"{"@odata.context":"https://graph.example/v1.0/$metadata#users(id)",
        "@odata.nextLink":"https://graph.example/v1.0/users?$skiptoken=a\u0026b",
        "value":[{"id":"1","displayName":"Ann \"A\" Ünal","x":{"id":"no"}},{"id":"2","displayName":null}]}"#;

    #[test]
    fn elements_are_slices_of_the_body() {
        let page: Page<'_> = parse("users", BODY.as_bytes()).unwrap();
        assert_eq!(page.value[0].get(), r#"{"id":"1","displayName":"Ann \"A\" Ünal","x":{"id":"no"}}"#);
        assert!(BODY.as_bytes().as_ptr_range().contains(&page.value[0].get().as_ptr()));
    }

    #[test]
    fn strings_are_borrowed_unless_they_are_escaped() {
        let page: Page<'_> = parse("users", BODY.as_bytes()).unwrap();
        let head: Head<'_> = element("users", page.value[0]).unwrap();
        assert!(head.id.is_borrowed());
        let name = head.display_name.unwrap();
        assert!(!name.is_borrowed());
        assert_eq!(&*name, "Ann \"A\" Ünal");
        assert_eq!(page.next(), Some("https://graph.example/v1.0/users?$skiptoken=a&b"));
        assert!(element::<Head<'_>>("users", page.value[1]).unwrap().display_name.is_none());
    }

    #[test]
    fn every_spelling_of_the_next_link_is_known() {
        for name in ["@odata.nextLink", "nextLink", "@nextLink"] {
            let body = format!(r#"{{"value":[],"{name}":"/next"}}"#);
            let page: Page<'_> = parse("x", body.as_bytes()).unwrap();
            assert_eq!(page.next(), Some("/next"), "{name}");
        }
        for end in [r#"{"value":[]}"#, r#"{"value":[],"nextLink":null}"#, r#"{"value":[],"nextLink":""}"#] {
            assert_eq!(parse::<Page<'_>>("x", end.as_bytes()).unwrap().next(), None, "{end}");
        }
    }

    #[test]
    fn elements_can_be_typed_at_once() {
        let page: Page<'_, Head<'_>> = parse("users", BODY.as_bytes()).unwrap();
        assert_eq!(&*page.value[1].id, "2");
    }

    #[test]
    fn a_body_that_is_no_page_is_a_sentence() {
        for body in ["", "<html>", "{}", r#"{"value":{}}"#, r#"{"value":[1}"#] {
            let Err(Failure::Fatal(sentence)) = parse::<Page<'_>>("the list of users", body.as_bytes())
            else {
                panic!("{body} was taken");
            };
            assert!(sentence.starts_with("the list of users: the answer is not what"), "{sentence}");
        }
        let page: Page<'_> = parse("x", br#"{"value":[{"name":"no id"}, null]}"#).unwrap();
        for raw in page.value {
            assert!(element::<Head<'_>>("users", raw).is_err());
        }
    }
}
