//! Resource types, resources and entitlements.

use prost::Message;

use super::{Any, AssetRef, Status, Timestamp};

/// What kind of thing the resources of a type are (`ResourceType.Trait`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TraitKind {
    Unspecified = 0,
    User = 1,
    Group = 2,
    Role = 3,
    App = 4,
    ScopeBinding = 7,
}

/// A type of resources.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceType {
    /// Its id, such as `user`.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Its name for people.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// What its resources are.
    #[prost(enumeration = "TraitKind", repeated, tag = "3")]
    pub traits: Vec<i32>,
    /// Annotations.
    #[prost(message, repeated, tag = "4")]
    pub annotations: Vec<Any>,
    /// One sentence.
    #[prost(string, tag = "5")]
    pub description: String,
}

/// A resource's identity.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct ResourceId {
    /// The resource type's id.
    #[prost(string, tag = "1")]
    pub resource_type: String,
    /// The id within the type.
    #[prost(string, tag = "2")]
    pub resource: String,
}

/// A resource.
#[derive(Clone, PartialEq, Message)]
pub struct Resource {
    /// Its identity.
    #[prost(message, optional, tag = "1")]
    pub id: Option<ResourceId>,
    /// What it lies in.
    #[prost(message, optional, tag = "2")]
    pub parent_resource_id: Option<ResourceId>,
    /// Its name for people.
    #[prost(string, tag = "3")]
    pub display_name: String,
    /// Traits and other annotations.
    #[prost(message, repeated, tag = "4")]
    pub annotations: Vec<Any>,
    /// What it is for, in its owner's words.
    #[prost(string, tag = "5")]
    pub description: String,
    /// The trait's profile again, where the newest readers look; an encoded `google.protobuf.Struct`.
    #[prost(bytes = "vec", tag = "9")]
    pub profile: Vec<u8>,
    /// The trait's icon again.
    #[prost(message, optional, tag = "10")]
    pub icon: Option<AssetRef>,
    /// The trait's status again.
    #[prost(message, optional, tag = "11")]
    pub status: Option<Status>,
    /// The trait's time of creation again.
    #[prost(message, optional, tag = "12")]
    pub created_at: Option<Timestamp>,
}

/// A resource with nothing but what other messages need to name it.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceReference {
    /// Its identity.
    #[prost(message, required, tag = "1")]
    pub id: ResourceId,
    /// Its name for people.
    #[prost(string, tag = "3")]
    pub display_name: String,
}

/// What having an entitlement means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Purpose {
    Unspecified = 0,
    Assignment = 1,
    Permission = 2,
}

/// Something that can be had from a resource.
#[derive(Clone, PartialEq, Message)]
pub struct Entitlement {
    /// The resource it is had from.
    #[prost(message, optional, tag = "1")]
    pub resource: Option<ResourceReference>,
    /// Its id.
    #[prost(string, tag = "2")]
    pub id: String,
    /// Its name for people.
    #[prost(string, tag = "3")]
    pub display_name: String,
    /// One sentence.
    #[prost(string, tag = "4")]
    pub description: String,
    /// Who can have it.
    #[prost(message, repeated, tag = "5")]
    pub grantable_to: Vec<ResourceType>,
    /// Annotations.
    #[prost(message, repeated, tag = "6")]
    pub annotations: Vec<Any>,
    /// What having it means.
    #[prost(enumeration = "Purpose", tag = "7")]
    pub purpose: i32,
    /// A short name.
    #[prost(string, tag = "8")]
    pub slug: String,
}
