//! Grants as bytes, the same that [`crate::proto::Grant`] encodes to, put together from their pieces.
//!
//! A tenant has more grants than anything else, and most of what one says it shares with those before it: the
//! entitlement is encoded once for everybody who has it.

use prost::encoding::{encode_varint, encoded_len_varint};

use crate::proto::{GrantImmutable, Packed};

/// How a field of bytes begins, by its number: the number, and that a length follows.
const fn tag(field: u8) -> u8 {
    field << 3 | 2
}

/// `GrantSource` with its field's number in an entry: held directly, and not.
const DIRECT: &[u8] = &[tag(2), 2, 1 << 3, 1];
const INDIRECT: &[u8] = &[tag(2), 0];

/// A resource type and an id within it.
pub(crate) type Reference<'a> = (&'a str, &'a str);

/// Encodes one grant after the other with the same buffers.
#[derive(Debug)]
pub(crate) struct GrantEncoder {
    /// The entitlement encoded last, by its resource and its id.
    known: (String, String, String),
    /// The field that names it.
    entitlement: Vec<u8>,
    /// The field that says a grant follows from others.
    follows: Vec<u8>,
    sources: Sources,
    bytes: Vec<u8>,
}

/// What the next grant comes from.
#[derive(Debug, Default)]
struct Sources {
    /// The entitlements' ids, end to end.
    ids: String,
    /// Where each begins and ends, and whether it is held directly.
    entries: Vec<(usize, usize, bool)>,
}

impl GrantEncoder {
    pub(crate) fn new() -> Self {
        let annotation = GrantImmutable::default().pack();
        let mut follows = Vec::new();
        prost::encoding::message::encode(4, &annotation, &mut follows);
        Self {
            known: Default::default(),
            entitlement: Vec::new(),
            follows,
            sources: Sources::default(),
            bytes: Vec::new(),
        }
    }

    /// Adds a source to the next grant: an entitlement's id, in parts, and whether the principal holds it itself.
    pub(crate) fn source(&mut self, entitlement: &[&str], is_direct: bool) {
        let start = self.sources.ids.len();
        self.sources.ids.extend(entitlement.iter().copied());
        self.sources.entries.push((start, self.sources.ids.len(), is_direct));
    }

    /// A grant with the sources added since the last one. Its id comes in parts.
    pub(crate) fn encode(
        &mut self,
        resource: Reference<'_>,
        entitlement: &str,
        principal: Reference<'_>,
        id: &[&str],
        follows: bool,
    ) -> &[u8] {
        self.remember(resource, entitlement);
        let bytes = &mut self.bytes;
        bytes.clear();
        bytes.extend_from_slice(&self.entitlement);
        reference(bytes, 2, principal);
        head(bytes, 3, id.iter().map(|part| part.len()).sum());
        for part in id {
            bytes.extend_from_slice(part.as_bytes());
        }
        if follows {
            bytes.extend_from_slice(&self.follows);
        }
        self.sources.take(bytes);
        bytes
    }

    /// Encodes the entitlement, unless it is that of the last grant.
    fn remember(&mut self, resource: Reference<'_>, entitlement: &str) {
        let (kind, of, id) = &mut self.known;
        if id == entitlement && (kind.as_str(), of.as_str()) == resource {
            return;
        }
        for (known, new) in [(kind, resource.0), (of, resource.1), (id, entitlement)] {
            new.clone_into(known);
        }
        self.entitlement.clear();
        head(&mut self.entitlement, 1, reference_size(resource) + text_size(entitlement));
        reference(&mut self.entitlement, 1, resource);
        text(&mut self.entitlement, 2, entitlement);
    }
}

impl Sources {
    /// Writes the sources in the order of their ids, if there are any; then there are none.
    fn take(&mut self, bytes: &mut Vec<u8>) {
        if self.entries.is_empty() {
            return;
        }
        let Self { ids, entries } = self;
        entries.sort_unstable_by(|one, other| ids[one.0..one.1].cmp(&ids[other.0..other.1]));
        let entry_size = |(start, end, is_direct): &(usize, usize, bool)| {
            text_size(&ids[*start..*end]) + if *is_direct { DIRECT } else { INDIRECT }.len()
        };
        head(bytes, 5, entries.iter().map(|entry| field_size(entry_size(entry))).sum());
        for entry in &*entries {
            head(bytes, 1, entry_size(entry));
            text(bytes, 1, &ids[entry.0..entry.1]);
            bytes.extend_from_slice(if entry.2 { DIRECT } else { INDIRECT });
        }
        ids.clear();
        entries.clear();
    }
}

/// Begins a field of `length` bytes.
fn head(bytes: &mut Vec<u8>, field: u8, length: usize) {
    bytes.push(tag(field));
    encode_varint(length as u64, bytes);
}

/// A field of that many bytes, with its beginning.
fn field_size(length: usize) -> usize {
    1 + encoded_len_varint(length as u64) + length
}

/// A string's field; an empty one is left out.
fn text(bytes: &mut Vec<u8>, field: u8, text: &str) {
    if !text.is_empty() {
        head(bytes, field, text.len());
        bytes.extend_from_slice(text.as_bytes());
    }
}

fn text_size(text: &str) -> usize {
    if text.is_empty() { 0 } else { field_size(text.len()) }
}

/// A field that refers to a resource: a message with its identity, which is one too.
fn reference(bytes: &mut Vec<u8>, field: u8, (kind, id): Reference<'_>) {
    let identity = text_size(kind) + text_size(id);
    head(bytes, field, field_size(identity));
    head(bytes, 1, identity);
    text(bytes, 1, kind);
    text(bytes, 2, id);
}

fn reference_size((kind, id): Reference<'_>) -> usize {
    field_size(field_size(text_size(kind) + text_size(id)))
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::proto::{
        EntitlementReference, Grant, GrantSource, GrantSources, ResourceId, ResourceReference, SourceEntry,
    };

    fn refer((kind, id): Reference<'_>) -> ResourceReference {
        let id = ResourceId { resource_type: kind.to_owned(), resource: id.to_owned() };
        ResourceReference { id, display_name: String::new() }
    }

    #[test]
    fn a_grant_is_what_its_message_encodes_to() {
        let long = "x".repeat(200);
        let groups = [("group", "g1"), ("group", long.as_str()), ("group", "")];
        let mut encoder = GrantEncoder::new();
        for resource in groups {
            for principal in [("user", "u1"), ("user", long.as_str())] {
                for sources in [&[][..], &[("b", true), ("a", false)], &[(long.as_str(), true)]] {
                    for follows in [false, true] {
                        let entitlement = ["group:", resource.1, ":members"].concat();
                        let id = [&entitlement, ":user:", principal.1];
                        for (source, is_direct) in sources {
                            encoder.source(&["group:", source], *is_direct);
                        }
                        let bytes = encoder.encode(resource, &entitlement, principal, &id, follows);
                        let mut sources: Vec<_> = sources.to_vec();
                        sources.sort_unstable();
                        let entries = sources.iter().map(|(source, is_direct)| SourceEntry {
                            key: ["group:", source].concat(),
                            value: GrantSource { is_direct: *is_direct },
                        });
                        let grant = Grant {
                            entitlement: EntitlementReference {
                                resource: refer(resource),
                                id: entitlement.clone(),
                            },
                            principal: refer(principal),
                            id: id.concat(),
                            annotations: follows
                                .then(|| GrantImmutable::default().pack())
                                .into_iter()
                                .collect(),
                            sources: (!sources.is_empty())
                                .then(|| GrantSources { sources: entries.collect() }),
                        };
                        assert_eq!(bytes, grant.encode_to_vec());
                    }
                }
            }
        }
    }
}
