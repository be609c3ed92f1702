//! What was changed since the start, in order: the source of delta answers.

use jiff::Timestamp;

use super::ObjectRef;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was created.
    Created,
    /// Properties changed.
    Updated,
    /// It went to the recycle bin (`@removed.reason` = `changed`).
    SoftDeleted,
    /// It is gone (`@removed.reason` = `deleted`).
    Deleted,
    /// The object is a group and this became a member.
    MemberAdded(ObjectRef),
    /// The object is a group and this is no longer a member.
    MemberRemoved(ObjectRef),
}

/// One change of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When, by the simulator's clock.
    pub at: Timestamp,
    /// Which object.
    pub object: ObjectRef,
    /// What happened.
    pub kind: ChangeKind,
}

/// All changes of a tenant; a sequence number is a position in it.
#[derive(Clone, Debug, Default)]
pub struct ChangeLog {
    entries: Vec<Change>,
}

impl ChangeLog {
    /// The sequence number that the next change will get: a delta token "from now".
    pub fn head(&self) -> usize {
        self.entries.len()
    }

    /// Changes from a sequence number on.
    pub fn since(&self, sequence: usize) -> &[Change] {
        self.entries.get(sequence..).unwrap_or_default()
    }

    /// Appends a change.
    pub fn record(&mut self, at: Timestamp, object: ObjectRef, kind: ChangeKind) {
        self.entries.push(Change { at, object, kind });
    }
}
