//! Profiles: small objects of named values, encoded as `google.protobuf.Struct`.

use std::borrow::Cow;

use fairlead_connector::Text;

/// A field of a message with a length, as it stands before the length: number and wire type 2.
const fn delimited(field: u8) -> u8 {
    field << 3 | 2
}

/// A value of a profile.
#[derive(Debug, Clone, PartialEq)]
enum Value<'a> {
    Text(Cow<'a, str>),
    Flag(bool),
    List(Vec<Cow<'a, str>>),
}

/// A profile being put together. Absent and empty values are left out: a key that is there says something.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile<'a> {
    fields: Vec<(&'static str, Value<'a>)>,
}

impl<'a> Profile<'a> {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a string, unless it is absent or empty.
    pub fn text(&mut self, key: &'static str, value: impl IntoText<'a>) -> &mut Self {
        if let Some(value) = value.into_text().filter(|value| !value.is_empty()) {
            self.fields.push((key, Value::Text(value)));
        }
        self
    }

    /// Adds yes or no, unless it is absent.
    pub fn flag(&mut self, key: &'static str, value: impl Into<Option<bool>>) -> &mut Self {
        if let Some(value) = value.into() {
            self.fields.push((key, Value::Flag(value)));
        }
        self
    }

    /// Adds a list of strings, empty or not: an empty list of actions says something.
    pub fn list<T: Into<Cow<'a, str>>>(
        &mut self,
        key: &'static str,
        values: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        self.fields.push((key, Value::List(values.into_iter().map(Into::into).collect())));
        self
    }

    /// The bytes of the `google.protobuf.Struct`, keys in order.
    pub fn encode(&mut self) -> Vec<u8> {
        self.fields.sort_by_key(|field| field.0);
        let mut encoded = Vec::with_capacity(self.fields.len() * 40);
        let mut value = Vec::with_capacity(80);
        for (key, content) in &self.fields {
            value.clear();
            encode_value(content, &mut value);
            put_length(&mut encoded, 1, field_length(key.len()) + field_length(value.len()));
            put_bytes(&mut encoded, 1, key.as_bytes());
            put_bytes(&mut encoded, 2, &value);
        }
        encoded
    }
}

/// What can be the text of a profile's field.
pub trait IntoText<'a> {
    /// The text, if there is one.
    fn into_text(self) -> Option<Cow<'a, str>>;
}

impl<'a> IntoText<'a> for &'a str {
    fn into_text(self) -> Option<Cow<'a, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl<'a> IntoText<'a> for &'a Text<'_> {
    fn into_text(self) -> Option<Cow<'a, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl<'a> IntoText<'a> for String {
    fn into_text(self) -> Option<Cow<'a, str>> {
        Some(Cow::Owned(self))
    }
}

impl<'a, T: IntoText<'a>> IntoText<'a> for Option<T> {
    fn into_text(self) -> Option<Cow<'a, str>> {
        self.and_then(IntoText::into_text)
    }
}

/// `google.protobuf.Value`: string is field 3, bool 4, list 6.
fn encode_value(value: &Value<'_>, into: &mut Vec<u8>) {
    match value {
        Value::Text(text) => put_bytes(into, 3, text.as_bytes()),
        Value::Flag(flag) => into.extend_from_slice(&[4 << 3, u8::from(*flag)]),
        Value::List(texts) => {
            let mut list = Vec::new();
            for text in texts {
                put_length(&mut list, 1, field_length(text.len()));
                put_bytes(&mut list, 3, text.as_bytes());
            }
            put_bytes(into, 6, &list);
        }
    }
}

fn put_bytes(into: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    put_length(into, field, bytes.len());
    into.extend_from_slice(bytes);
}

fn put_length(into: &mut Vec<u8>, field: u8, length: usize) {
    into.push(delimited(field));
    let mut rest = length;
    while let Some(high) = Some(rest >> 7).filter(|high| *high > 0) {
        into.push(low_bits(rest) | 0x80);
        rest = high;
    }
    into.push(low_bits(rest));
}

#[allow(clippy::cast_possible_truncation, reason = "seven bits fit")]
fn low_bits(value: usize) -> u8 {
    (value & 0x7f) as u8
}

/// Bytes of a field of this length, its number and length included.
fn field_length(length: usize) -> usize {
    1 + prost::length_delimiter_len(length) + length
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    #[derive(Clone, PartialEq, Message)]
    struct Struct {
        #[prost(btree_map = "string, message", tag = "1")]
        fields: std::collections::BTreeMap<String, Dynamic>,
    }

    #[derive(Clone, PartialEq, Message)]
    struct Dynamic {
        #[prost(oneof = "Kind", tags = "3, 4, 6")]
        kind: Option<Kind>,
    }

    #[derive(Clone, PartialEq, prost::Oneof)]
    enum Kind {
        #[prost(string, tag = "3")]
        Text(String),
        #[prost(bool, tag = "4")]
        Flag(bool),
        #[prost(message, tag = "6")]
        List(List),
    }

    #[derive(Clone, PartialEq, Message)]
    struct List {
        #[prost(message, repeated, tag = "1")]
        values: Vec<Dynamic>,
    }

    fn text(value: &str) -> Dynamic {
        Dynamic { kind: Some(Kind::Text(value.into())) }
    }

    #[test]
    fn a_profile_is_the_struct_that_a_protobuf_library_reads() {
        let long = "x".repeat(70_000);
        let bytes = Profile::new()
            .text("b", long.as_str())
            .text("absent", None::<&str>)
            .text("empty", "")
            .flag("flag", false)
            .flag("unknown", None)
            .list("list", ["one", ""])
            .text("a", Some("ü".to_owned()))
            .encode();
        let read = Struct::decode(bytes.as_slice()).unwrap();
        let list = List { values: vec![text("one"), text("")] };
        let expected = [
            ("a", text("ü")),
            ("b", text(&long)),
            ("flag", Dynamic { kind: Some(Kind::Flag(false)) }),
            ("list", Dynamic { kind: Some(Kind::List(list)) }),
        ];
        assert_eq!(read.fields, expected.map(|(key, value)| (key.to_owned(), value)).into());
    }

    #[test]
    fn keys_come_in_order_so_that_the_same_profile_is_the_same_bytes() {
        let one = Profile::new().text("b", "2").text("a", "1").encode();
        let other = Profile::new().text("a", "1").text("b", "2").encode();
        assert_eq!(one, other);
    }
}
