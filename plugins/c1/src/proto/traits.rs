//! Traits: what a resource is, carried as annotations.

use prost::Message;

use super::{Packed, ResourceId};

/// A moment, as `google.protobuf.Timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds within the second.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// Whether a resource is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
#[allow(missing_docs, reason = "the names say it")]
pub enum State {
    Unspecified = 0,
    Enabled = 1,
    Disabled = 2,
    Deleted = 3,
}

/// A state with words.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Status {
    /// The state.
    #[prost(enumeration = "State", tag = "1")]
    pub status: i32,
    /// Why.
    #[prost(string, tag = "2")]
    pub details: String,
}

impl Status {
    /// Enabled or disabled.
    pub fn of(enabled: bool) -> Self {
        let state = if enabled { State::Enabled } else { State::Disabled };
        Self { status: state.into(), details: String::new() }
    }
}

/// An address of mail.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Email {
    /// The address.
    #[prost(string, tag = "1")]
    pub address: String,
    /// Whether it is the user's first one.
    #[prost(bool, tag = "2")]
    pub is_primary: bool,
}

/// A picture by its address.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct AssetRef {
    /// Where it is.
    #[prost(string, tag = "1")]
    pub id: String,
}

/// What kind of account a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AccountType {
    Unspecified = 0,
    Human = 1,
    Service = 2,
    System = 3,
}

/// A person's name in its parts.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct StructuredName {
    /// First name.
    #[prost(string, tag = "1")]
    pub given_name: String,
    /// Last name.
    #[prost(string, tag = "2")]
    pub family_name: String,
}

/// The resource is a user.
#[derive(Clone, PartialEq, Message)]
pub struct UserTrait {
    /// Addresses of mail.
    #[prost(message, repeated, tag = "1")]
    pub emails: Vec<Email>,
    /// Whether the user can sign in.
    #[prost(message, optional, tag = "2")]
    pub status: Option<Status>,
    /// An encoded `google.protobuf.Struct`.
    #[prost(bytes = "vec", tag = "3")]
    pub profile: Vec<u8>,
    /// A picture.
    #[prost(message, optional, tag = "4")]
    pub icon: Option<AssetRef>,
    /// Kind of account.
    #[prost(enumeration = "AccountType", tag = "5")]
    pub account_type: i32,
    /// What the user types to sign in.
    #[prost(string, tag = "6")]
    pub login: String,
    /// When the account was made.
    #[prost(message, optional, tag = "8")]
    pub created_at: Option<Timestamp>,
    /// The name in its parts.
    #[prost(message, optional, tag = "12")]
    pub structured_name: Option<StructuredName>,
    /// Numbers the employer gave.
    #[prost(string, repeated, tag = "13")]
    pub employee_ids: Vec<String>,
}

impl Packed for UserTrait {
    const NAME: &'static str = "UserTrait";
}

/// The resource is a group.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct GroupTrait {
    /// An encoded `google.protobuf.Struct`.
    #[prost(bytes = "vec", tag = "2")]
    pub profile: Vec<u8>,
}

impl Packed for GroupTrait {
    const NAME: &'static str = "GroupTrait";
}

/// The resource is a role.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct RoleTrait {
    /// An encoded `google.protobuf.Struct`.
    #[prost(bytes = "vec", tag = "1")]
    pub profile: Vec<u8>,
}

impl Packed for RoleTrait {
    const NAME: &'static str = "RoleTrait";
}

/// The resource binds a role to a scope.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ScopeBindingTrait {
    /// The role.
    #[prost(message, optional, tag = "1")]
    pub role_id: Option<ResourceId>,
    /// Where it holds.
    #[prost(message, optional, tag = "2")]
    pub scope_resource_id: Option<ResourceId>,
}

impl Packed for ScopeBindingTrait {
    const NAME: &'static str = "ScopeBindingTrait";
}

/// What is worth knowing of an application at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AppFlag {
    Unspecified = 0,
    Hidden = 1,
    Inactive = 2,
    Saml = 3,
    Oidc = 4,
}

/// The resource is an application.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct AppTrait {
    /// Its own page.
    #[prost(string, tag = "1")]
    pub help_url: String,
    /// A picture.
    #[prost(message, optional, tag = "3")]
    pub logo: Option<AssetRef>,
    /// An encoded `google.protobuf.Struct`.
    #[prost(bytes = "vec", tag = "4")]
    pub profile: Vec<u8>,
    /// What is worth knowing at a glance.
    #[prost(enumeration = "AppFlag", repeated, tag = "5")]
    pub flags: Vec<i32>,
}

impl Packed for AppTrait {
    const NAME: &'static str = "AppTrait";
}
