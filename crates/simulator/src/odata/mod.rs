//! OData as Graph and Resource Manager speak it: query options, filters, and the JSON they answer with.

pub mod entity;
pub mod error;
pub mod filter;
pub mod json;
pub mod order;
pub mod query;
pub mod search;
pub mod token;

pub use entity::{Entity, Property, Selection, Value};
pub use error::QueryError;
pub use filter::Filter;
pub use json::JsonWriter;
pub use query::QueryOptions;
