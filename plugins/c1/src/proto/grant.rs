//! Grants: who has an entitlement, and why.

use prost::Message;

use super::{Any, Packed, ResourceReference};

/// An entitlement with nothing but what a grant needs to name it. Readers up to early 2026 look into the
/// grant for the entitlement's resource, so it is never left out.
#[derive(Clone, PartialEq, Message)]
pub struct EntitlementReference {
    /// The resource it is had from.
    #[prost(message, required, tag = "1")]
    pub resource: ResourceReference,
    /// Its id.
    #[prost(string, tag = "2")]
    pub id: String,
}

/// How a principal came to an entitlement.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct GrantSource {
    /// The principal holds the source itself, rather than through yet another one.
    #[prost(bool, tag = "1")]
    pub is_direct: bool,
}

/// One entry of the map of sources.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SourceEntry {
    /// The source's entitlement id.
    #[prost(string, tag = "1")]
    pub key: String,
    /// How it is held.
    #[prost(message, required, tag = "2")]
    pub value: GrantSource,
}

/// The entitlements a grant comes from, in the order of their ids.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct GrantSources {
    /// The entries.
    #[prost(message, repeated, tag = "1")]
    pub sources: Vec<SourceEntry>,
}

/// A principal has an entitlement.
#[derive(Clone, PartialEq, Message)]
pub struct Grant {
    /// What is had.
    #[prost(message, required, tag = "1")]
    pub entitlement: EntitlementReference,
    /// Who has it.
    #[prost(message, required, tag = "2")]
    pub principal: ResourceReference,
    /// Its id.
    #[prost(string, tag = "3")]
    pub id: String,
    /// Annotations.
    #[prost(message, repeated, tag = "4")]
    pub annotations: Vec<Any>,
    /// Where it comes from; absent: from itself alone.
    #[prost(message, optional, tag = "5")]
    pub sources: Option<GrantSources>,
}

/// Who holds these entitlements also has what the grant gives.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct GrantExpandable {
    /// The entitlements whose holders pass.
    #[prost(string, repeated, tag = "1")]
    pub entitlement_ids: Vec<String>,
    /// Only who holds them directly passes.
    #[prost(bool, tag = "2")]
    pub shallow: bool,
    /// Only principals of these types pass; empty: all.
    #[prost(string, repeated, tag = "3")]
    pub resource_type_ids: Vec<String>,
}

impl Packed for GrantExpandable {
    const NAME: &'static str = "GrantExpandable";
}
