//! Grants on groups, and how any grant becomes a row.

use fairlead_directory::{GROUP, MEMBER, OWNER, SERVICE_PRINCIPAL};
use prost::Message;

use super::{
    expand::{Depth, Effective, Expander, Memberships},
    file::{File, GrantRow},
    host::{Ends, Failure, Snapshot},
    principals::{Number, Principals},
    read,
};
use crate::{proto::GrantExpandable, resources::Kind};

/// An entitlement whose holders are to be written.
#[derive(Clone, Copy)]
pub(crate) struct Destination<'a> {
    /// The resource it is had from.
    pub(crate) resource: (Kind, &'a str),
    /// Its id.
    pub(crate) entitlement: &'a str,
    /// The group, if this is a group's membership.
    pub(crate) group: Option<Number>,
    /// Who passes from a group that holds it.
    pub(crate) depth: Depth,
}

impl Destination<'_> {
    /// Writes a grant for everybody who holds it: those in the rising list `direct`, and those who are in its
    /// groups.
    pub(crate) fn write(
        &self,
        file: &mut File<'_>,
        principals: &Principals,
        expander: &mut Expander<'_>,
        direct: &[Number],
    ) -> Result<(), Failure> {
        let mut expansion = Vec::new();
        expander.expand(direct, self.group, self.depth, &mut |effective: Effective<'_>| {
            let principal = principals.get(effective.principal);
            for way in effective.ways {
                file.source(&["group:", principals.groups.get(way.group), ":members"], way.is_direct);
            }
            if effective.holds_directly && !effective.ways.is_empty() {
                file.source(&[self.entitlement], true);
            }
            let passes_on = effective.holds_directly
                && principals.is_group(effective.principal)
                && self.group != Some(effective.principal);
            if passes_on {
                self.encode_expansion(principal.1, &mut expansion);
            }
            let (kind, id) = (principal.0.id(), principal.1);
            let plain = [self.entitlement, ":", kind, ":", id];
            let of_group =
                ["group-grant:", self.resource.1, ":", kind, ":", id, ":", self.resource.1, ":members"];
            // Memberships have had ids of their own form from the beginning; those that follow have not.
            let own_form = effective.holds_directly && self.group.is_some();
            file.grant(&GrantRow {
                id: if own_form { &of_group } else { &plain },
                resource: self.resource,
                entitlement: self.entitlement,
                principal,
                expansion: passes_on.then_some(expansion.as_slice()),
                follows: !effective.holds_directly,
            })
        })
    }

    /// Says which entitlement's holders have this one too.
    fn encode_expansion(&self, group: &str, into: &mut Vec<u8>) {
        let shallow = self.depth != Depth::Deep;
        let expandable = GrantExpandable {
            entitlement_ids: vec![["group:", group, ":members"].concat()],
            shallow,
            resource_type_ids: shallow.then(|| Kind::User.id().to_owned()).into_iter().collect(),
        };
        into.clear();
        // A vector grows as needed, so the only error there is cannot happen.
        let _ = expandable.encode(into);
    }
}

/// Writes the owners of groups and enterprise applications. Returns a note on owners the file lacks.
pub(crate) fn owners(
    snapshot: &dyn Snapshot,
    file: &mut File<'_>,
    principals: &Principals,
) -> Result<Option<String>, Failure> {
    let (mut read, mut entitlement) = (0, String::new());
    read::links(snapshot, OWNER, |link| {
        read += 1;
        let kind = match link.origin_kind {
            GROUP => Kind::Group,
            SERVICE_PRINCIPAL => match principals.find(SERVICE_PRINCIPAL, link.origin, 0) {
                Some(number) => principals.get(number).0,
                None => return Ok(()),
            },
            // App registrations have owners too; C1's model has no such resource.
            _ => return Ok(()),
        };
        let Some(owner) = principals.find(link.target_kind, link.target, 0) else { return Ok(()) };
        if kind.is_leaf() {
            return Ok(());
        }
        entitlement.clear();
        entitlement.extend([kind.id(), ":", link.origin, ":owners"]);
        let principal = principals.get(owner);
        let (owner_kind, owner_id) = (principal.0.id(), principal.1);
        let plain = [entitlement.as_str(), ":", owner_kind, ":", owner_id];
        let of_group =
            ["group-grant:", link.origin, ":", owner_kind, ":", owner_id, ":", link.origin, ":owners"];
        file.grant(&GrantRow {
            id: if kind == Kind::Group { &of_group } else { &plain },
            resource: (kind, link.origin),
            entitlement: &entitlement,
            principal,
            expansion: None,
            follows: false,
        })
    })?;
    Ok(missing(snapshot, OWNER, read))
}

/// Reads who is directly in which group. Also returns a note on members the file lacks.
pub(crate) fn memberships(
    snapshot: &dyn Snapshot,
    principals: &Principals,
) -> Result<(Memberships, Option<String>), Failure> {
    let count = snapshot.count_links(MEMBER, Ends::All);
    let mut memberships = Memberships::new(principals.groups.len(), count);
    let (mut read, mut group_hint, mut member_hint) = (0, 0, 0);
    read::links(snapshot, MEMBER, |link| {
        read += 1;
        if link.origin_kind != GROUP {
            return Ok(());
        }
        let group = principals.find(GROUP, link.origin, group_hint);
        let member = principals.find(link.target_kind, link.target, member_hint);
        let (Some(group), Some(member)) = (group, member) else { return Ok(()) };
        (group_hint, member_hint) = (group, member);
        memberships.add(group, member)
    })?;
    memberships.finish()?;
    Ok((memberships, missing(snapshot, MEMBER, read)))
}

/// Writes everybody who is in a group, directly or through others.
pub(crate) fn members(
    file: &mut File<'_>,
    principals: &Principals,
    memberships: &Memberships,
    expander: &mut Expander<'_>,
) -> Result<(), Failure> {
    for group in 0..principals.groups.len() {
        let id = principals.groups.get(group);
        let destination = Destination {
            resource: (Kind::Group, id),
            entitlement: &["group:", id, ":members"].concat(),
            group: Some(group),
            depth: Depth::Deep,
        };
        destination.write(file, principals, expander, memberships.direct(group))?;
    }
    Ok(())
}

/// A note on links of which an end was not collected: devices and contacts can be in groups, and things are
/// deleted while a sync runs.
pub(crate) fn missing(snapshot: &dyn Snapshot, kind: &str, read: u64) -> Option<String> {
    let missing = snapshot.count_links(kind, Ends::All).saturating_sub(read);
    (missing > 0).then(|| {
        format!(
            "{missing} {kind} relations are not in the file, because one of their ends is a device, a contact, or was not seen"
        )
    })
}
