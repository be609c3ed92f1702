//! The part of a tenant that a connection is about, where it is not all of it.

use std::collections::BTreeSet;

use fairlead_connector::{Connection, Coverage, Step};

use crate::{kind, tree::Tree};

/// What a connection is narrowed to. Directory and management groups are collected whole all the same: access to
/// the subscriptions comes from there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// GUIDs; empty: every subscription that can be seen.
    subscriptions: BTreeSet<String>,
    /// Name of the management group they lie below.
    management_group: Option<String>,
}

impl Scope {
    pub(crate) fn of(connection: &Connection) -> Self {
        Self {
            subscriptions: connection.subscriptions.iter().map(|id| id.to_ascii_lowercase()).collect(),
            management_group: connection.management_group.clone(),
        }
    }

    pub(crate) fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a subscription belongs to it.
    pub(crate) fn has(&self, subscription: &str, tree: &Tree) -> bool {
        let is_named = self.subscriptions.is_empty() || self.subscriptions.contains(subscription);
        is_named && self.management_group.as_deref().is_none_or(|group| tree.is_below(subscription, group))
    }

    /// Says what of it cannot be seen.
    pub(crate) fn note_missing(&self, visible: &BTreeSet<String>, step: &mut Step) {
        let missing: Vec<&str> = self.subscriptions.difference(visible).map(String::as_str).collect();
        let reason = match (&self.management_group, missing.as_slice()) {
            (_, [_, ..]) => format!(
                "the connection is about {}, which this application cannot see where the connection has it: assign it \
                 the role Reader there, or correct the connection",
                missing.join(", ")
            ),
            (Some(group), []) if visible.is_empty() => format!(
                "the connection is about management group {group}, and no subscription can be seen to lie in it: assign \
                 the application the role Reader there, or correct the connection"
            ),
            _ => return,
        };
        step.note(kind::SUBSCRIPTION, "", Coverage::Partial, reason);
    }
}
