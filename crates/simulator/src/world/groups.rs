//! Groups and their memberships: the users in a group are a keyed permutation, the rest is explicit.

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::Timestamp;
use uuid::Uuid;

use super::objects::{Entity, Objects};
use super::users::OnPremises;
use super::{ObjectKind, ObjectRef};

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are Graph's own property names in snake case")]
pub struct Group {
    pub id: Uuid,
    pub display_name: String,
    pub description: Option<String>,
    pub mail: Option<String>,
    pub mail_nickname: String,
    /// `groupTypes` contains `Unified` (a Microsoft 365 group).
    pub unified: bool,
    /// The rule of a dynamic group; `groupTypes` then contains `DynamicMembership`.
    pub membership_rule: Option<String>,
    pub security_enabled: bool,
    pub mail_enabled: bool,
    pub is_assignable_to_role: bool,
    /// `Public`, `Private`, `HiddenMembership` or none.
    pub visibility: Option<&'static str>,
    pub on_premises: Option<OnPremises>,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    /// Owners: users and service principals.
    pub owners: Vec<ObjectRef>,
}

impl Entity for Group {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// The generated users of one group: positions `(a * i + b) mod n` for `i < size`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Draw {
    population: u32,
    size: u32,
    factor: u32,
    inverse: u32,
    offset: u32,
}

impl Draw {
    fn new(population: u32, size: u32, lot: u64) -> Self {
        if population == 0 {
            return Self::default();
        }
        let mut factor = u32::try_from(lot % u64::from(population)).unwrap_or(0).max(1);
        let inverse = loop {
            match inverse_modulo(factor, population) {
                Some(inverse) => break inverse,
                None => factor = factor % population + 1,
            }
        };
        let offset = u32::try_from((lot >> 32) % u64::from(population)).unwrap_or(0);
        Self { population, size: size.min(population), factor, inverse, offset }
    }

    fn at(self, slot: u32) -> u32 {
        let n = u64::from(self.population);
        u32::try_from((u64::from(self.factor) * u64::from(slot) + u64::from(self.offset)) % n).unwrap_or(0)
    }

    fn slot_of(self, position: u32) -> Option<u32> {
        if position >= self.population {
            return None;
        }
        let n = u64::from(self.population);
        let shifted = (u64::from(position) + n - u64::from(self.offset)) % n;
        let slot = u32::try_from(shifted * u64::from(self.inverse) % n).ok()?;
        (slot < self.size).then_some(slot)
    }
}

/// The number that undoes a multiplication modulo `n`, if the two share no factor.
fn inverse_modulo(value: u32, n: u32) -> Option<u32> {
    let (mut r0, mut r1) = (i64::from(n), i64::from(value));
    let (mut t0, mut t1) = (0_i64, 1_i64);
    while r1 != 0 {
        let quotient = r0 / r1;
        (r0, r1) = (r1, r0 - quotient * r1);
        (t0, t1) = (t1, t0 - quotient * t1);
    }
    if r0 != 1 {
        return None;
    }
    u32::try_from(t0.rem_euclid(i64::from(n))).ok()
}

#[derive(Clone, Debug, Default)]
struct Membership {
    users: Draw,
    explicit: Vec<ObjectRef>,
    explicit_slots: HashMap<ObjectRef, u32>,
    removed: HashSet<u32>,
}

/// The groups of a tenant and who is in them.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// The groups themselves, by position and id.
    pub objects: Objects<Group>,
    memberships: Vec<Membership>,
}

impl Groups {
    /// Adds a group whose generated users are `size` of the first `population` users, chosen by `lot`.
    pub fn insert_drawn(&mut self, group: Group, population: u32, size: u32, lot: u64) -> u32 {
        let position = self.insert(group);
        self.memberships[position as usize].users = Draw::new(population, size, lot);
        position
    }

    /// Adds a group without members, or replaces the properties of the one with the same id.
    pub fn insert(&mut self, group: Group) -> u32 {
        let position = self.objects.insert(group);
        if self.memberships.len() <= position as usize {
            self.memberships.resize(position as usize + 1, Membership::default());
        }
        position
    }

    /// One past the last member slot of a group; slots are page cursors: `0..member_slots(g)`.
    pub fn member_slots(&self, group: u32) -> u32 {
        self.memberships.get(group as usize).map_or(0, |membership| {
            membership.users.size + u32::try_from(membership.explicit.len()).unwrap_or(0)
        })
    }

    /// The member in a slot. It may have been deleted from the directory since: ask [`super::Tenant::object_id`].
    pub fn member_at(&self, group: u32, slot: u32) -> Option<ObjectRef> {
        let membership = self.memberships.get(group as usize)?;
        if membership.removed.contains(&slot) {
            return None;
        }
        match slot.checked_sub(membership.users.size) {
            None => Some(ObjectRef::new(ObjectKind::User, membership.users.at(slot))),
            Some(explicit) => membership.explicit.get(explicit as usize).copied(),
        }
    }

    /// All members of a group, directly.
    pub fn members(&self, group: u32) -> impl Iterator<Item = ObjectRef> + '_ {
        (0..self.member_slots(group)).filter_map(move |slot| self.member_at(group, slot))
    }

    /// How many direct members a group has.
    pub fn member_count(&self, group: u32) -> usize {
        self.memberships
            .get(group as usize)
            .map_or(0, |membership| self.member_slots(group) as usize - membership.removed.len())
    }

    /// Whether `member` is directly in the group.
    pub fn contains(&self, group: u32, member: ObjectRef) -> bool {
        self.slot_of(group, member).is_some()
    }

    /// Makes `member` a member; false when it was one already.
    pub fn add_member(&mut self, group: u32, member: ObjectRef) -> bool {
        if self.contains(group, member) {
            return false;
        }
        let Some(membership) = self.memberships.get_mut(group as usize) else { return false };
        let slot = membership.users.size + u32::try_from(membership.explicit.len()).unwrap_or(0);
        membership.explicit.push(member);
        membership.explicit_slots.insert(member, slot);
        true
    }

    /// Takes `member` out; false when it was none.
    pub fn remove_member(&mut self, group: u32, member: ObjectRef) -> bool {
        let Some(slot) = self.slot_of(group, member) else { return false };
        let membership = &mut self.memberships[group as usize];
        membership.explicit_slots.remove(&member);
        membership.removed.insert(slot)
    }

    /// The live groups that directly contain `member`.
    pub fn member_of(&self, member: ObjectRef) -> impl Iterator<Item = u32> + '_ {
        self.objects
            .iter()
            .map(|(position, _)| position)
            .filter(move |position| self.contains(*position, member))
    }

    /// The live groups that contain `member` directly or through other groups, each once.
    pub fn transitive_member_of(&self, member: ObjectRef) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        let mut seen: HashSet<u32> = HashSet::new();
        let mut queue = VecDeque::from([member]);
        while let Some(next) = queue.pop_front() {
            for group in self.member_of(next) {
                if seen.insert(group) {
                    found.push(group);
                    queue.push_back(ObjectRef::new(ObjectKind::Group, group));
                }
            }
        }
        // A cycle leads back to the group itself, which is not its own transitive parent in Graph.
        found.retain(|group| ObjectRef::new(ObjectKind::Group, *group) != member);
        found
    }

    /// Everything in the group directly or through other groups, each once, nested groups included.
    pub fn transitive_members(&self, group: u32) -> Vec<ObjectRef> {
        let root = ObjectRef::new(ObjectKind::Group, group);
        let mut found = Vec::new();
        let mut seen = HashSet::from([root]);
        let mut queue = VecDeque::from([group]);
        while let Some(next) = queue.pop_front() {
            for member in self.members(next) {
                if seen.insert(member) {
                    found.push(member);
                    if member.kind == ObjectKind::Group && self.objects.at(member.position).is_some() {
                        queue.push_back(member.position);
                    }
                }
            }
        }
        found
    }

    fn slot_of(&self, group: u32, member: ObjectRef) -> Option<u32> {
        let membership = self.memberships.get(group as usize)?;
        if let Some(slot) = membership.explicit_slots.get(&member) {
            return Some(*slot);
        }
        if member.kind != ObjectKind::User {
            return None;
        }
        let slot = membership.users.slot_of(member.position)?;
        (!membership.removed.contains(&slot)).then_some(slot)
    }
}
