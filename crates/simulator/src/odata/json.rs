//! JSON written straight into bytes: no tree per object, so a page of a thousand users costs one buffer.

use jiff::Timestamp;
use jiff::tz::Offset;
use uuid::Uuid;

/// Appends JSON to a buffer and puts the commas where they belong.
#[derive(Debug, Default)]
pub struct JsonWriter {
    out: Vec<u8>,
    comma: bool,
}

impl JsonWriter {
    /// A writer whose buffer starts with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { out: Vec::with_capacity(capacity), comma: false }
    }

    /// The bytes written so far; the caller ends what it began.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// How many bytes were written.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Opens an object, as a value.
    pub fn begin_object(&mut self) {
        self.separate();
        self.out.push(b'{');
        self.comma = false;
    }

    /// Closes the innermost object.
    pub fn end_object(&mut self) {
        self.out.push(b'}');
        self.comma = true;
    }

    /// Opens an array, as a value.
    pub fn begin_array(&mut self) {
        self.separate();
        self.out.push(b'[');
        self.comma = false;
    }

    /// Closes the innermost array.
    pub fn end_array(&mut self) {
        self.out.push(b']');
        self.comma = true;
    }

    /// Writes a member name; the next call writes its value.
    pub fn key(&mut self, name: &str) {
        self.separate();
        self.quoted(name);
        self.out.push(b':');
        self.comma = false;
    }

    /// Writes a string value.
    pub fn string(&mut self, value: &str) {
        self.separate();
        self.quoted(value);
        self.comma = true;
    }

    /// Writes a GUID as a lower-case string.
    pub fn guid(&mut self, value: Uuid) {
        self.separate();
        self.out.push(b'"');
        let mut buffer = [0_u8; 36];
        self.out.extend_from_slice(value.hyphenated().encode_lower(&mut buffer).as_bytes());
        self.out.push(b'"');
        self.comma = true;
    }

    /// Writes a point in time in whole seconds, as Graph does: `2026-05-01T00:00:00Z`.
    pub fn time(&mut self, value: Timestamp) {
        self.separate();
        let moment = Offset::UTC.to_datetime(value);
        self.out.push(b'"');
        self.digits(i32::from(moment.year()), 4);
        for (separator, number) in [
            (b'-', moment.month()),
            (b'-', moment.day()),
            (b'T', moment.hour()),
            (b':', moment.minute()),
            (b':', moment.second()),
        ] {
            self.out.push(separator);
            self.digits(i32::from(number), 2);
        }
        self.out.extend_from_slice(b"Z\"");
        self.comma = true;
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.separate();
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        self.comma = true;
    }

    /// Writes an integer.
    pub fn integer(&mut self, value: i64) {
        self.separate();
        self.out.extend_from_slice(value.to_string().as_bytes());
        self.comma = true;
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.separate();
        self.out.extend_from_slice(b"null");
        self.comma = true;
    }

    /// Writes bytes that are JSON already.
    pub fn raw(&mut self, json: &[u8]) {
        self.separate();
        self.out.extend_from_slice(json);
        self.comma = true;
    }

    /// Writes `"name": "value"`.
    pub fn string_member(&mut self, name: &str, value: &str) {
        self.key(name);
        self.string(value);
    }

    /// Writes `"name": "value"`, or `null` for no value.
    pub fn optional_string_member(&mut self, name: &str, value: Option<&str>) {
        self.key(name);
        match value {
            Some(value) => self.string(value),
            None => self.null(),
        }
    }

    /// Writes `"name": "guid"`.
    pub fn guid_member(&mut self, name: &str, value: Uuid) {
        self.key(name);
        self.guid(value);
    }

    /// Writes `"name": "time"`.
    pub fn time_member(&mut self, name: &str, value: Timestamp) {
        self.key(name);
        self.time(value);
    }

    /// Writes `"name": true|false`.
    pub fn bool_member(&mut self, name: &str, value: bool) {
        self.key(name);
        self.bool(value);
    }

    /// Writes `"name": 1`.
    pub fn integer_member(&mut self, name: &str, value: i64) {
        self.key(name);
        self.integer(value);
    }

    /// Writes `"name": null`.
    pub fn null_member(&mut self, name: &str) {
        self.key(name);
        self.null();
    }

    /// Writes `"name": ["a", "b"]`.
    pub fn strings_member<I>(&mut self, name: &str, values: I)
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.key(name);
        self.begin_array();
        for value in values {
            self.string(value.as_ref());
        }
        self.end_array();
    }

    /// Writes `"name": { ... }` with the members `write` adds.
    pub fn object_member(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.key(name);
        self.object(write);
    }

    /// Writes an object with the members `write` adds.
    pub fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.begin_object();
        write(self);
        self.end_object();
    }

    /// Writes `"name": [ ... ]` with the values `write` adds.
    pub fn array_member(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.key(name);
        self.begin_array();
        write(self);
        self.end_array();
    }

    fn digits(&mut self, number: i32, width: u32) {
        for place in (0..width).rev() {
            let digit = number / 10_i32.pow(place) % 10;
            self.out.push(b'0' + u8::try_from(digit).unwrap_or(0));
        }
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
    }

    fn quoted(&mut self, text: &str) {
        // Almost every string of a directory needs no escape; serde_json handles the rest.
        if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
            self.out.push(b'"');
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
        } else {
            let escaped = serde_json::Value::String(text.to_owned());
            self.out.extend_from_slice(escaped.to_string().as_bytes());
        }
    }
}

/// An object as bytes.
pub fn object(write: impl FnOnce(&mut JsonWriter)) -> Vec<u8> {
    let mut json = JsonWriter::with_capacity(256);
    json.object(write);
    json.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_as_the_same_json() {
        let bytes = object(|json| {
            json.string_member("plain", "Ada");
            json.string_member("escaped", "a \"b\" \\ c\r\n\u{1} é");
            json.optional_string_member("absent", None);
            json.bool_member("yes", true);
            json.integer_member("number", -7);
            json.time_member("time", "2026-05-01T09:08:07.6Z".parse().expect("a time"));
            json.strings_member("list", ["x", "y"]);
            json.array_member("objects", |json| {
                json.object(|json| json.guid_member("id", Uuid::nil()));
                json.object(|_| {});
            });
            json.object_member("raw", |json| {
                json.key("inner");
                json.raw(b"[1]");
            });
        });
        let read: serde_json::Value = serde_json::from_slice(&bytes).expect("valid JSON");
        assert_eq!(
            read,
            serde_json::json!({
                "plain": "Ada",
                "escaped": "a \"b\" \\ c\r\n\u{1} é",
                "absent": null,
                "yes": true,
                "number": -7,
                "time": "2026-05-01T09:08:07Z",
                "list": ["x", "y"],
                "objects": [{"id": "00000000-0000-0000-0000-000000000000"}, {}],
                "raw": {"inner": [1]},
            })
        );
    }
}
