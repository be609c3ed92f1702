//! Groups and memberships: nested, in rings, of many sizes, in a total that is exact.

use std::collections::HashSet;

use super::{Lots, Sizes};
use crate::world::groups::Group;
use crate::world::ids::IdKind;
use crate::world::text::{DEPARTMENTS, HOSTILE, TITLES, ascii_part};
use crate::world::{ObjectKind, ObjectRef, Tenant};

mod question {
    pub(super) const KIND: u64 = 200;
    pub(super) const DEPARTMENT: u64 = 201;
    pub(super) const TITLE: u64 = 202;
    pub(super) const OWNERS: u64 = 203;
    pub(super) const OWNER: u64 = 204;
    pub(super) const NESTED: u64 = 205;
    pub(super) const WEIGHT: u64 = 206;
    pub(super) const MEMBERS: u64 = 207;
    pub(super) const CREATED: u64 = 208;
    pub(super) const OTHER: u64 = 209;
}

/// Adds the groups and who is in them.
pub(super) fn generate(tenant: &mut Tenant, lots: Lots, sizes: &Sizes) {
    let edges = edges(tenant, lots, sizes);
    let users = sizes.memberships.saturating_sub(u32::try_from(edges.len()).unwrap_or(u32::MAX));
    let members = spread(lots, users, sizes.groups, sizes.users);
    for (index, size) in (0..sizes.groups).zip(members) {
        let group = group(tenant, lots, index, sizes);
        tenant.groups.insert_drawn(group, sizes.users, size, lots.draw(question::MEMBERS, u64::from(index)));
    }
    for (parent, member) in edges {
        tenant.groups.add_member(parent, member);
    }
}

/// The members that are not users: nested groups, rings of groups, and a few devices and service principals.
fn edges(tenant: &Tenant, lots: Lots, sizes: &Sizes) -> Vec<(u32, ObjectRef)> {
    let groups = sizes.groups;
    let mut edges = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |parent: u32, member: ObjectRef| {
        let room = edges.len() < sizes.memberships as usize;
        if room && seen.insert((parent, member)) {
            edges.push((parent, member));
        }
    };
    let group = |index| ObjectRef::new(ObjectKind::Group, index);
    if groups >= 3 {
        for ring in 0..sizes.cycles.min(groups / 3) {
            let first = ring * 3;
            for (parent, child) in [(0, 1), (1, 2), (2, 0)] {
                add(first + parent, group(first + child));
            }
        }
    }
    if groups >= 2 {
        for index in 0..sizes.nested {
            // Only a later group goes into an earlier one, so that no further ring comes about.
            let parent = lots.below(question::NESTED, u64::from(index) * 2, groups - 1);
            let later = groups - parent - 1;
            let child = parent + 1 + lots.below(question::NESTED, u64::from(index) * 2 + 1, later);
            add(parent, group(child));
        }
    }
    let principals = tenant.service_principals.slots();
    for index in 0..groups / 10 {
        let parent = lots.below(question::OTHER, u64::from(index) * 2, groups);
        let lot = u64::from(index) * 2 + 1;
        if index.is_multiple_of(2) && sizes.devices > 0 {
            let device = lots.below(question::OTHER, lot, sizes.devices);
            add(parent, ObjectRef::new(ObjectKind::Device, device));
        } else if sizes.service_principals > 0 {
            let last = lots.below(question::OTHER, lot, sizes.service_principals);
            add(parent, ObjectRef::new(ObjectKind::ServicePrincipal, principals - 1 - last));
        }
    }
    edges
}

/// Parts of `total` for `slots` groups, none above `most`: many small, few large, some empty.
fn spread(lots: Lots, total: u32, slots: u32, most: u32) -> Vec<u32> {
    let weights: Vec<u64> = (0..u64::from(slots))
        .map(|index| match lots.draw(question::WEIGHT, index) % 1_000 {
            0..50 => 0,
            lot => 1 + lot * lot / 400,
        })
        .collect();
    let sum = weights.iter().sum::<u64>().max(1);
    let mut parts: Vec<u32> = weights
        .iter()
        .map(|weight| u32::try_from(u64::from(total) * weight / sum).unwrap_or(most).min(most))
        .collect();
    let mut left = total.saturating_sub(parts.iter().sum());
    while left > 0 {
        let before = left;
        for (part, weight) in parts.iter_mut().zip(&weights) {
            if left > 0 && *part < most && *weight > 0 {
                *part += 1;
                left -= 1;
            }
        }
        if left == before {
            fill(&mut parts, &mut left, most);
            break;
        }
    }
    parts
}

/// Puts what is left wherever there is room, empty groups included.
fn fill(parts: &mut [u32], left: &mut u32, most: u32) {
    for part in parts {
        let more = (*left).min(most - *part);
        *part += more;
        *left -= more;
    }
}

fn group(tenant: &Tenant, lots: Lots, index: u32, sizes: &Sizes) -> Group {
    let lot = u64::from(index);
    let kind = lots.draw(question::KIND, lot) % 20;
    let department = lots.word(DEPARTMENTS, question::DEPARTMENT, lot);
    let title = lots.word(TITLES, question::TITLE, lot);
    let nickname = format!("{}-{}-{index}", ascii_part(department), ascii_part(title));
    // 0-10 security, 11-14 Microsoft 365, 15-16 dynamic, 17-18 mail-enabled security, 19 distribution list.
    let unified = (11..=14).contains(&kind);
    let mail_enabled = unified || kind >= 17;
    let hostile = lots.share(question::TITLE, lot + 1_000_000, 0.02);
    Group {
        id: tenant.ids.encode(IdKind::Group, index),
        display_name: if hostile {
            lots.word(HOSTILE, question::TITLE, lot).to_owned()
        } else {
            format!("{department} {title} {index}")
        },
        description: (!kind.is_multiple_of(3)).then(|| format!("{title} of {department}")),
        mail: mail_enabled.then(|| format!("{nickname}@{}", tenant.default_domain())),
        mail_nickname: nickname,
        unified,
        membership_rule: (15..=16).contains(&kind).then(|| format!("(user.department -eq \"{department}\")")),
        security_enabled: !unified && kind != 19,
        mail_enabled,
        is_assignable_to_role: kind == 0,
        visibility: if unified { Some(if kind == 11 { "Private" } else { "Public" }) } else { None },
        on_premises: None,
        created: lots.moment(question::CREATED, lot, 2_500),
        expires: None,
        owners: owners(tenant, lots, index, sizes),
    }
}

/// None to three owners, mostly users.
fn owners(tenant: &Tenant, lots: Lots, index: u32, sizes: &Sizes) -> Vec<ObjectRef> {
    let mut owners = Vec::new();
    for number in 0..lots.below(question::OWNERS, u64::from(index), 4) {
        let lot = u64::from(index) * 4 + u64::from(number);
        let principal = sizes.service_principals > 0 && lots.share(question::OWNERS, lot + (1 << 40), 0.05);
        let owner = if principal {
            let back = lots.below(question::OWNER, lot, sizes.service_principals);
            ObjectRef::new(ObjectKind::ServicePrincipal, tenant.service_principals.slots() - 1 - back)
        } else if sizes.users > 0 {
            ObjectRef::new(ObjectKind::User, lots.below(question::OWNER, lot, sizes.users))
        } else {
            continue;
        };
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_keep_below_the_most() {
        for (total, slots, most) in [(100_000, 1_000, 10_000), (50, 5, 10), (49, 5, 10), (0, 3, 5), (7, 1, 7)]
        {
            let parts = spread(Lots { seed: 3 }, total, slots, most);
            assert_eq!(parts.iter().sum::<u32>(), total, "{total} {slots} {most}");
            assert!(parts.iter().all(|part| *part <= most));
        }
    }
}
