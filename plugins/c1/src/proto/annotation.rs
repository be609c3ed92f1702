//! `google.protobuf.Any` and the annotations carried in it.

use prost::Message;

/// A message with its type's address.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Any {
    /// `type.googleapis.com/` and the message's full name.
    #[prost(string, tag = "1")]
    pub type_url: String,
    /// The message, encoded.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// A message that travels inside an [`Any`].
pub trait Packed: Message + Sized {
    /// The message's name within `c1.connector.v2`.
    const NAME: &'static str;

    /// The message as an annotation.
    fn pack(&self) -> Any {
        let type_url = ["type.googleapis.com/c1.connector.v2.", Self::NAME].concat();
        Any { type_url, value: self.encode_to_vec() }
    }
}

/// Declares annotations that are either empty or hold one string.
macro_rules! annotations {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $tag:literal)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Message)]
        pub struct $name {
            $($(#[$field_doc])* #[prost(string, tag = $tag)] pub $field: String,)?
        }

        impl Packed for $name {
            const NAME: &'static str = stringify!($name);
        }
    )*};
}

annotations! {
    /// Where a person sees the resource in the vendor's own pages.
    ExternalLink {
        /// The page's address.
        url = "1"
    }
    /// The id a resource had in the first generation of connectors.
    V1Identifier {
        /// The id.
        id = "1"
    }
    /// On a resource type: nothing can be had from, or granted on, its resources.
    SkipEntitlementsAndGrants {}
    /// On a resource type: C1 syncs it only once a person has switched it on.
    OptInRequired {}
    /// On a grant: it follows from others and cannot be taken away by itself.
    GrantImmutable {
        /// The grant it follows from; empty when it follows from an entitlement.
        source_id = "1"
    }
}
