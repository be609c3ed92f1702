//! A page read in one pass: what is wanted of each element, and the slice of the body that it is.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Deserializer, Error};

use crate::{
    Failure, Text,
    page::{as_text, not_documented},
};

/// An element of a page.
#[derive(Debug)]
pub struct Element<'a, T> {
    /// The element as Azure sent it.
    pub raw: &'a str,
    /// What was wanted of it, or a sentence on why that cannot be had.
    pub read: Result<T, String>,
}

/// Reads a page and hands over its elements as they come. Returns the link to the next page: the list ends where
/// there is none, and only there. `what` is for the error, such as "the list of users".
///
/// # Errors
/// `Fatal` with a sentence when the body is not a page. What was handed over by then is of no use.
pub fn elements<'a, T: Deserialize<'a>>(
    what: &str,
    body: &'a [u8],
    take: impl FnMut(Element<'a, T>),
) -> Result<Option<Text<'a>>, Failure> {
    let mut document = Document { rest: as_text(what, body)? };
    document.page(what, take).map_err(|problem| not_documented(what, problem))
}

/// The part of a document that has not been read. Values are left to `serde_json`; only what holds the elements
/// of a page together is read here, since no deserializer says which bytes a value was made of.
struct Document<'a> {
    rest: &'a str,
}

impl<'a> Document<'a> {
    fn page<T: Deserialize<'a>>(
        &mut self,
        what: &str,
        mut take: impl FnMut(Element<'a, T>),
    ) -> Result<Option<Text<'a>>, String> {
        let (mut seen, mut next) = (false, None);
        self.list(b'{', b'}', |document| {
            let name: Text<'_> = document.value()?;
            document.expect(b':')?;
            match &*name {
                "value" if !seen => {
                    seen = true;
                    document.list(b'[', b']', |document| {
                        take(document.element(what)?);
                        Ok(())
                    })?;
                }
                "@odata.nextLink" | "nextLink" | "@nextLink" => next = document.value()?,
                _ => drop(document.value::<IgnoredAny>()?),
            }
            Ok(())
        })?;
        match (self.peek(), seen) {
            (Some(_), _) => Err("something follows the page".to_owned()),
            (None, false) => Err("there is no \"value\"".to_owned()),
            (None, true) => Ok(next.filter(|link: &Text<'_>| !link.is_empty())),
        }
    }

    /// What is between two brackets, with commas in between.
    fn list(
        &mut self,
        open: u8,
        close: u8,
        mut member: impl FnMut(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        self.expect(open)?;
        if self.eat(close) {
            return Ok(());
        }
        loop {
            member(self)?;
            if !self.eat(b',') {
                return self.expect(close);
            }
        }
    }

    /// An element. One that is JSON but not what is wanted is passed over.
    fn element<T: Deserialize<'a>>(&mut self, what: &str) -> Result<Element<'a, T>, String> {
        self.peek();
        let start = self.rest;
        let read = match self.read() {
            Err(error) if error.is_data() => {
                self.value::<IgnoredAny>()?;
                Err(format!("{what}: an element is not what Azure documents ({error})"))
            }
            read => Ok(read.map_err(|error| error.to_string())?),
        };
        Ok(Element { raw: &start[..start.len() - self.rest.len()], read })
    }

    fn value<T: Deserialize<'a>>(&mut self) -> Result<T, String> {
        self.read().map_err(|error| error.to_string())
    }

    fn read<T: Deserialize<'a>>(&mut self) -> Result<T, Error> {
        let mut values = Deserializer::from_str(self.rest).into_iter();
        let value = values.next().unwrap_or_else(|| Err(serde::de::Error::custom("it ends too early")))?;
        self.rest = &self.rest[values.byte_offset()..];
        Ok(value)
    }

    fn expect(&mut self, expected: u8) -> Result<(), String> {
        if self.eat(expected) {
            return Ok(());
        }
        let found = self.rest.chars().next().map_or("the end".to_owned(), |found| format!("`{found}`"));
        Err(format!("expected `{}`, found {found}", char::from(expected)))
    }

    fn eat(&mut self, expected: u8) -> bool {
        let there = self.peek() == Some(expected);
        if there {
            self.rest = &self.rest[1..];
        }
        there
    }

    /// The next character that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.as_bytes().first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        id: Text<'a>,
    }

    /// The ids and slices of a page, and its next link.
    type Seen = (Vec<(Option<String>, String)>, Option<String>);

    fn read(body: &str) -> Result<Seen, Failure> {
        let mut seen = Vec::new();
        let next = elements("the list of users", body.as_bytes(), |element: Element<'_, Head<'_>>| {
            seen.push((element.read.ok().map(|head| head.id.into_string()), element.raw.to_owned()));
        })?;
        Ok((seen, next.map(Text::into_string)))
    }

    #[test]
    fn elements_come_with_the_slice_that_they_are() {
        let body = r#" {"@odata.count": 2, "value" : [ {"id":"1", "x":{"id":"no"}} ,{"id" : "2"}
            ], "@odata.nextLink":"https://graph.example/v1.0/users?$skiptoken=a\u0026b" } "#;
        let (seen, next) = read(body).unwrap();
        assert_eq!(
            seen,
            [
                (Some("1".to_owned()), r#"{"id":"1", "x":{"id":"no"}}"#.to_owned()),
                (Some("2".to_owned()), r#"{"id" : "2"}"#.to_owned()),
            ]
        );
        assert_eq!(next.as_deref(), Some("https://graph.example/v1.0/users?$skiptoken=a&b"));
    }

    #[test]
    fn an_element_that_is_something_else_is_passed_over() {
        let (seen, _) = read(r#"{"value":[{"name":[{}, 1]}, null, 1.5, {"id":3}, {"id":"4"}]}"#).unwrap();
        let ids: Vec<_> = seen.iter().map(|(id, _)| id.as_deref()).collect();
        assert_eq!(ids, [None, None, None, None, Some("4")]);
        let slices: Vec<_> = seen.iter().map(|(_, raw)| raw.as_str()).collect();
        assert_eq!(slices, [r#"{"name":[{}, 1]}"#, "null", "1.5", r#"{"id":3}"#, r#"{"id":"4"}"#]);
    }

    #[test]
    fn every_spelling_of_the_next_link_is_known() {
        for name in ["@odata.nextLink", "nextLink", "@nextLink"] {
            let body = format!(r#"{{"{name}":"/next","value":[]}}"#);
            assert_eq!(read(&body).unwrap().1.as_deref(), Some("/next"), "{name}");
        }
        for end in [r#"{"value":[]}"#, r#"{"value":[],"nextLink":null}"#, r#"{"value":[],"nextLink":""}"#] {
            assert_eq!(read(end).unwrap(), (vec![], None), "{end}");
        }
    }

    #[test]
    fn a_body_that_is_no_page_is_a_sentence() {
        for body in [
            "",
            "<html>",
            "{}",
            "[]",
            r#"{"value":{}}"#,
            r#"{"value":[1}"#,
            r#"{"value":[{"id":"1"}"#,
            r#"{"value":[{"id":"1"},]}"#,
            r#"{"value":[{"id":"1"} {"id":"2"}]}"#,
            r#"{"value":[]} {}"#,
            r#"{"value":[],}"#,
            r#"{"value" []}"#,
            r#"{"value":[],"nextLink":1}"#,
        ] {
            let Err(Failure::Fatal(sentence)) = read(body) else { panic!("{body} was taken") };
            assert!(sentence.starts_with("the list of users: the answer is not what"), "{sentence}");
        }
        let latin = elements("x", b"{\"value\":[\"\xFC\"]}", |_: Element<'_, Head<'_>>| {});
        assert!(matches!(latin, Err(Failure::Fatal(_))), "{latin:?}");
    }
}
