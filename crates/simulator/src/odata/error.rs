//! What is wrong with a query, in the words the services use.

/// A refused query option: the `code` and `message` of a 400 answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct QueryError {
    /// The error code, such as `Request_UnsupportedQuery`.
    pub code: &'static str,
    /// The sentence a client shows.
    pub message: String,
}

impl QueryError {
    /// The query is not one OData can read.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { code: "BadRequest", message: message.into() }
    }

    /// The query is well formed and the directory does not serve it.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { code: "Request_UnsupportedQuery", message: message.into() }
    }

    /// A `$filter` that does not parse; `position` counts characters from 0.
    pub fn filter_syntax(position: usize, text: &str) -> Self {
        Self::bad_request(format!("Invalid filter clause: Syntax error at position {position} in '{text}'."))
    }

    /// A `$filter` naming a property its type does not have.
    pub fn filter_property(name: &str, type_name: &str) -> Self {
        Self::bad_request(format!(
            "Invalid filter clause: Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'."
        ))
    }

    /// A `$select` or `$expand` naming a property its type does not have.
    pub fn select_property(name: &str, type_name: &str) -> Self {
        Self::bad_request(format!(
            "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'."
        ))
    }

    /// A `$top` outside the size its collection allows (azure.md 2.2).
    pub fn page_size(asked: &str, maximum: usize) -> Self {
        Self::unsupported(format!(
            "Invalid page size specified: '{asked}'. Must be between 1 and {maximum} inclusive."
        ))
    }
}
