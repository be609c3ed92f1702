//! The messages inside C1's file, by their field numbers (package `c1.connector.v2`).
//!
//! Two shapes differ from what a protobuf compiler would make, with the same bytes on the wire: a profile
//! (`google.protobuf.Struct`) is kept encoded, because the same bytes go into two fields, and a map is a list
//! of entries, because a sorted list is what a deterministic encoder writes.

mod annotation;
mod grant;
mod profile;
mod resource;
mod traits;

pub use annotation::{
    Any, ExternalLink, GrantImmutable, OptInRequired, Packed, SkipEntitlementsAndGrants, V1Identifier,
};
pub use grant::{EntitlementReference, Grant, GrantExpandable, GrantSource, GrantSources, SourceEntry};
pub use profile::{IntoText, Profile};
pub use resource::{Entitlement, Purpose, Resource, ResourceId, ResourceReference, ResourceType, TraitKind};
pub use traits::{
    AccountType, AppFlag, AppTrait, AssetRef, Email, GroupTrait, RoleTrait, ScopeBindingTrait, State, Status,
    StructuredName, Timestamp, UserTrait,
};
