//! A resource type as a table of properties: one table serves `$select`, `$filter` and the answer.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use super::filter::Filter;
use super::{JsonWriter, QueryError};

/// The value of a property.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(Cow<'a, str>),
    /// A GUID.
    Guid(Uuid),
    /// A point in time.
    Time(Timestamp),
    /// A collection of texts.
    Texts(Vec<Cow<'a, str>>),
    /// A complex value, as the JSON it is written as.
    Json(Vec<u8>),
    /// Left out of the answer altogether, even when selected.
    Absent,
}

impl<'a> Value<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// A text, or null.
    pub fn optional_text(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    /// A boolean, or null.
    pub fn optional_bool(value: Option<bool>) -> Self {
        value.map_or(Self::Null, Self::Bool)
    }

    /// A time, or null.
    pub fn optional_time(value: Option<Timestamp>) -> Self {
        value.map_or(Self::Null, Self::Time)
    }

    /// A GUID, or null.
    pub fn optional_guid(value: Option<Uuid>) -> Self {
        value.map_or(Self::Null, Self::Guid)
    }

    /// A collection with nothing in it.
    pub const fn empty() -> Self {
        Self::Texts(Vec::new())
    }

    /// A collection of texts borrowed from `texts`.
    pub fn texts<S: AsRef<str>>(texts: &'a [S]) -> Self {
        Self::Texts(texts.iter().map(|text| Cow::Borrowed(text.as_ref())).collect())
    }

    /// A complex value written by `write`.
    pub fn json(write: impl FnOnce(&mut JsonWriter)) -> Self {
        let mut json = JsonWriter::with_capacity(128);
        write(&mut json);
        Self::Json(json.into_bytes())
    }

    /// The value without its borrows.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Integer(value) => Value::Integer(value),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Guid(id) => Value::Guid(id),
            Self::Time(time) => Value::Time(time),
            Self::Texts(texts) => {
                Value::Texts(texts.into_iter().map(|text| Cow::Owned(text.into_owned())).collect())
            }
            Self::Json(json) => Value::Json(json),
            Self::Absent => Value::Absent,
        }
    }

    /// Writes the value as JSON; [`Value::Absent`] writes null where a value must stand.
    pub fn write(&self, json: &mut JsonWriter) {
        match self {
            Self::Null | Self::Absent => json.null(),
            Self::Bool(value) => json.bool(*value),
            Self::Integer(value) => json.integer(*value),
            Self::Text(text) => json.string(text),
            Self::Guid(id) => json.guid(*id),
            Self::Time(time) => json.time(*time),
            Self::Texts(texts) => {
                json.begin_array();
                for text in texts {
                    json.string(text);
                }
                json.end_array();
            }
            Self::Json(bytes) => json.raw(bytes),
        }
    }
}

/// A time as Graph writes it: whole seconds and `Z`.
pub fn graph_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// When a property is part of an answer that has no `$select`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// In v1.0 and beta.
    Always,
    /// In beta; in v1.0 only when selected.
    InBeta,
    /// Only when selected.
    Selected,
}

/// A resource type: its name and its properties.
pub trait Entity: Sized + 'static {
    /// A thing of the type, as the property readers see it.
    type Item<'w>;
    /// The name in `#microsoft.graph.<name>`.
    const TYPE: &'static str;
    /// The properties, in the order they are written.
    const PROPERTIES: &'static [Property<Self>];
}

/// One property of a type.
pub struct Property<T: Entity> {
    /// Its name.
    pub name: &'static str,
    /// Whether it is shown unasked.
    pub shown: Shown,
    /// Reads it from a thing.
    pub read: for<'a, 'w> fn(&'a T::Item<'w>) -> Value<'a>,
}

impl<T: Entity> fmt::Debug for Property<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Property").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The property with this name; OData names are case-sensitive, Graph forgives the case.
pub fn property<T: Entity>(name: &str) -> Option<&'static Property<T>> {
    T::PROPERTIES.iter().find(|property| property.name.eq_ignore_ascii_case(name))
}

/// Binds the names of a filter to the properties of `T`.
pub fn bind<T: Entity>(filter: Filter) -> Result<Filter<&'static Property<T>>, QueryError> {
    filter
        .bind(&|name: &String| property::<T>(name).ok_or_else(|| QueryError::filter_property(name, T::TYPE)))
}

/// The properties an answer consists of.
pub struct Selection<T: Entity> {
    /// The properties, and whether each is hidden: written as null whatever it is.
    properties: Vec<(&'static Property<T>, bool)>,
    /// The names to put into the context, when the client selected.
    names: Option<String>,
}

impl<T: Entity> Selection<T> {
    /// What `$select` asks for, or what the version shows unasked.
    pub fn new(select: Option<&[String]>, beta: bool) -> Result<Self, QueryError> {
        let Some(names) = select else {
            let shown = |property: &&Property<T>| {
                property.shown == Shown::Always || (beta && property.shown == Shown::InBeta)
            };
            let properties = T::PROPERTIES.iter().filter(shown).map(|property| (property, false)).collect();
            return Ok(Self { properties, names: None });
        };
        let mut properties: Vec<(&'static Property<T>, bool)> = Vec::with_capacity(names.len());
        for name in names {
            if name == "*" {
                properties.extend(T::PROPERTIES.iter().map(|property| (property, false)));
                continue;
            }
            // Annotations and ways into a complex value select the property they stand on.
            let plain = name.split(['/', '@']).next().unwrap_or(name);
            let found = property::<T>(plain).ok_or_else(|| QueryError::select_property(name, T::TYPE))?;
            if !properties.iter().any(|(chosen, _)| std::ptr::eq(*chosen, found)) {
                properties.push((found, false));
            }
        }
        Ok(Self { properties, names: Some(names.join(",")) })
    }

    /// Like [`Selection::new`], but a name of another type is passed over: lists of several types share a
    /// `$select`.
    pub fn lenient(select: Option<&[String]>, beta: bool) -> Self {
        let known = |name: &&String| {
            name.as_str() == "*" || property::<T>(name.split(['/', '@']).next().unwrap_or(name)).is_some()
        };
        let known = select.map(|names| names.iter().filter(known).cloned().collect::<Vec<_>>());
        Self::new(known.as_deref(), beta)
            .unwrap_or_else(|_| Self { properties: Vec::new(), names: Some(String::new()) })
    }

    /// Whether the answer is the id and nothing else.
    pub fn is_only_id(&self) -> bool {
        matches!(self.properties.as_slice(), [(property, false)] if property.name == "id")
    }

    /// Hides the properties for which `visible` is false: the caller may see the thing, not these.
    pub fn hide_unless(&mut self, visible: impl Fn(&str) -> bool) {
        for (property, hidden) in &mut self.properties {
            *hidden = !visible(property.name);
        }
    }

    /// Whether this property is part of the answer.
    pub fn shows(&self, name: &str) -> bool {
        self.properties.iter().any(|(property, _)| property.name == name)
    }

    /// Whether the client asked for this property by name.
    pub fn names(&self, name: &str) -> bool {
        self.names.is_some() && self.properties.iter().any(|(property, _)| property.name == name)
    }

    /// The part of the context in parentheses: `(id,displayName)`, or nothing.
    pub fn context_suffix(&self) -> String {
        self.names.as_ref().map_or_else(String::new, |names| format!("({names})"))
    }

    /// Writes the members of a thing into an open object.
    pub fn write(&self, json: &mut JsonWriter, item: &T::Item<'_>) {
        for (property, hidden) in &self.properties {
            let value = if *hidden { Value::Null } else { (property.read)(item) };
            if value != Value::Absent {
                json.key(property.name);
                value.write(json);
            }
        }
    }
}

impl<T: Entity> fmt::Debug for Selection<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.properties.iter().map(|(property, _)| property.name)).finish()
    }
}
