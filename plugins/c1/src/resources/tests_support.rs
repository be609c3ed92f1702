//! What the tests of the resource types share: traits and profiles read back.

use std::collections::BTreeMap;

use prost::Message;

use crate::proto::{Packed, Resource};

/// The trait of a resource.
pub(crate) fn trait_of<T: Packed + Default>(resource: &Resource) -> T {
    let suffix = format!(".{}", T::NAME);
    let any = resource.annotations.iter().find(|any| any.type_url.ends_with(&suffix));
    T::decode(any.expect("the resource has the trait").value.as_slice()).unwrap()
}

/// A profile with every value written as text; lists in brackets.
pub(crate) fn fields(profile: &[u8]) -> BTreeMap<String, String> {
    let read = Struct::decode(profile).unwrap();
    read.fields.into_iter().map(|(key, value)| (key, value.shown())).collect()
}

#[derive(Clone, PartialEq, Message)]
struct Struct {
    #[prost(btree_map = "string, message", tag = "1")]
    fields: BTreeMap<String, Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, optional, tag = "3")]
    text: Option<String>,
    #[prost(bool, optional, tag = "4")]
    flag: Option<bool>,
    #[prost(message, optional, tag = "6")]
    list: Option<List>,
}

#[derive(Clone, PartialEq, Message)]
struct List {
    #[prost(message, repeated, tag = "1")]
    values: Vec<Value>,
}

impl Value {
    fn shown(&self) -> String {
        match (&self.text, self.flag, &self.list) {
            (Some(text), _, _) => text.clone(),
            (_, Some(flag), _) => flag.to_string(),
            (_, _, Some(list)) => {
                let texts: Vec<String> = list.values.iter().map(Self::shown).collect();
                format!("[{}]", texts.join(", "))
            }
            _ => String::new(),
        }
    }
}
