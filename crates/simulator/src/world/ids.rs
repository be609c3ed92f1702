//! GUIDs that are a keyed permutation of (kind, index): looking one up needs no table.

use uuid::Uuid;

/// What an id was made for. The numbers are part of the id, so they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum IdKind {
    /// A tenant.
    Tenant = 1,
    /// A user.
    User = 2,
    /// A group.
    Group = 3,
    /// A service principal.
    ServicePrincipal = 4,
    /// An application object.
    Application = 5,
    /// A client id.
    AppId = 6,
    /// A device.
    Device = 7,
    /// An app role or a delegated scope that an application defines.
    AppRole = 8,
    /// An app-role assignment.
    AppRoleAssignment = 9,
    /// A secret or certificate of an application.
    Credential = 10,
    /// A directory role assignment or schedule.
    DirectoryRoleAssignment = 11,
    /// A subscription.
    Subscription = 12,
    /// A custom role definition.
    RoleDefinition = 13,
    /// A role assignment of Azure Resource Manager.
    RoleAssignment = 14,
    /// A PIM schedule or its instance.
    Schedule = 15,
    /// A deny assignment.
    DenyAssignment = 16,
    /// A principal that was deleted: assignments still name it.
    DeletedPrincipal = 17,
    /// Any other thing with a GUID (licences, request ids, device ids).
    Other = 18,
}

impl IdKind {
    fn from_code(code: u8) -> Option<Self> {
        use IdKind::{
            AppId, AppRole, AppRoleAssignment, Application, Credential, DeletedPrincipal, DenyAssignment,
            Device, DirectoryRoleAssignment, Group, Other, RoleAssignment, RoleDefinition, Schedule,
            ServicePrincipal, Subscription, Tenant, User,
        };
        [
            Tenant,
            User,
            Group,
            ServicePrincipal,
            Application,
            AppId,
            Device,
            AppRole,
            AppRoleAssignment,
            Credential,
            DirectoryRoleAssignment,
            Subscription,
            RoleDefinition,
            RoleAssignment,
            Schedule,
            DenyAssignment,
            DeletedPrincipal,
            Other,
        ]
        .into_iter()
        .find(|kind| *kind as u8 == code)
    }
}

const HALF: u32 = 61;
const HALF_MASK: u64 = (1 << HALF) - 1;
const ROUNDS: u64 = 4;

/// Makes and reads the ids of one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    key: u64,
}

impl Ids {
    /// The ids of this seed.
    pub const fn new(seed: u64) -> Self {
        Self { key: mix(seed ^ 0x0001_D50F_FA17_1EAD) }
    }

    /// The id of the `index`-th thing of a kind: a version 4 GUID by its looks.
    pub fn encode(self, kind: IdKind, index: u32) -> Uuid {
        let (mut left, mut right) = (u64::from(kind as u8), u64::from(index));
        for round in 0..ROUNDS {
            (left, right) = (right, (left ^ self.round(round, right)) & HALF_MASK);
        }
        let free = (u128::from(left) << HALF) | u128::from(right);
        Uuid::from_u128(spread(free))
    }

    /// What an id was made for, if it is one of this seed's.
    pub fn decode(self, id: Uuid) -> Option<(IdKind, u32)> {
        let free = gather(id.as_u128())?;
        let mut left = u64::try_from(free >> HALF).ok()?;
        let mut right = u64::try_from(free & u128::from(HALF_MASK)).ok()?;
        for round in (0..ROUNDS).rev() {
            (left, right) = ((right ^ self.round(round, left)) & HALF_MASK, left);
        }
        Some((IdKind::from_code(u8::try_from(left).ok()?)?, u32::try_from(right).ok()?))
    }

    fn round(self, round: u64, half: u64) -> u64 {
        mix(half ^ self.key.rotate_left(u32::try_from(round * 13).unwrap_or(0)) ^ round)
    }
}

/// A 64-bit finaliser (splitmix64): every input bit reaches every output bit.
pub const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Puts 122 free bits around the fixed version and variant bits of a version 4 GUID.
fn spread(free: u128) -> u128 {
    let low = free & ((1 << 62) - 1);
    let middle = (free >> 62) & 0xFFF;
    let high = free >> 74;
    (high << 80) | (0x4 << 76) | (middle << 64) | (0b10 << 62) | low
}

fn gather(id: u128) -> Option<u128> {
    if (id >> 76) & 0xF != 0x4 || (id >> 62) & 0b11 != 0b10 {
        return None;
    }
    let low = id & ((1 << 62) - 1);
    Some(((id >> 80) << 74) | (((id >> 64) & 0xFFF) << 62) | low)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_id_leads_back_to_its_kind_and_index() {
        let ids = Ids::new(7);
        for kind in [IdKind::Tenant, IdKind::User, IdKind::RoleAssignment, IdKind::Other] {
            for index in [0, 1, 2, 999_999, u32::MAX] {
                let id = ids.encode(kind, index);
                assert_eq!(id.get_version_num(), 4);
                assert_eq!(ids.decode(id), Some((kind, index)));
            }
        }
    }

    #[test]
    fn ids_do_not_repeat() {
        let ids = Ids::new(1);
        let seen: HashSet<Uuid> = (0..100_000).map(|index| ids.encode(IdKind::User, index)).collect();
        assert_eq!(seen.len(), 100_000);
    }

    #[test]
    fn foreign_ids_are_not_ours() {
        let ids = Ids::new(1);
        assert_eq!(ids.decode(Ids::new(2).encode(IdKind::User, 5)), None);
        assert_eq!(ids.decode(Uuid::nil()), None);
        assert_eq!(ids.decode(Uuid::from_u128(0x0000_0003_0000_0000_c000_0000_0000_0000)), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(Ids::new(42).encode(IdKind::Group, 3), Ids::new(42).encode(IdKind::Group, 3));
        assert_ne!(Ids::new(42).encode(IdKind::Group, 3), Ids::new(43).encode(IdKind::Group, 3));
    }
}
