//! Who can hold a grant: every user, group and service principal, by number.
//!
//! Grants are worked out on numbers of four bytes; a name is looked up only when a row is written. Groups come
//! first, then service principals, then users: the order of their kinds' names, which is the order in which
//! the collection lists the members of a group, so those lists need no sorting.

use fairlead_directory::{GROUP, SERVICE_PRINCIPAL, USER};

use super::host::Failure;
use crate::resources::Kind;

/// Ids in rising order, end to end in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    values: String,
    ends: Vec<u32>,
}

impl Ids {
    /// Room for that many GUIDs, so that a million of them are not copied while they grow.
    pub(crate) fn with_capacity(count: u64) -> Self {
        let count = usize::try_from(count).unwrap_or(0);
        Self { values: String::with_capacity(count * 36), ends: Vec::with_capacity(count) }
    }

    /// Adds the next one.
    pub(crate) fn push(&mut self, id: &str) -> Result<(), Failure> {
        if self.last().is_some_and(|last| last >= id) {
            return Err(Failure::Fatal(format!("the collection lists {id} out of order")));
        }
        self.values.push_str(id);
        let end = u32::try_from(self.values.len());
        self.ends.push(end.map_err(|_| Failure::Fatal("the tenant has too many principals".to_owned()))?);
        Ok(())
    }

    /// The id at a position.
    pub(crate) fn get(&self, index: u32) -> &str {
        let index = index as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.values[start..self.ends[index] as usize]
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    fn last(&self) -> Option<&str> {
        self.len().checked_sub(1).map(|last| self.get(last))
    }

    /// Where an id stands. Looks first at and just after `hint`: lists to be looked up are in order too.
    fn find(&self, id: &str, hint: u32) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        if hint < high && self.get(hint) <= id {
            low = hint;
            let mut step = 1;
            while let Some(next) = low.checked_add(step).filter(|next| *next < high) {
                if self.get(next) > id {
                    high = next;
                    break;
                }
                low = next;
                step *= 2;
            }
        }
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).cmp(id) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// Everybody who can hold a grant.
#[derive(Debug, Default)]
pub(crate) struct Principals {
    pub(crate) groups: Ids,
    pub(crate) services: Ids,
    pub(crate) users: Ids,
    /// For each service principal, whether it is a managed identity.
    pub(crate) managed: Vec<bool>,
}

/// A principal's number.
pub(crate) type Number = u32;

impl Principals {
    /// The number of the first user; groups and service principals are below.
    pub(crate) fn first_user(&self) -> Number {
        self.groups.len() + self.services.len()
    }

    /// One past the last number.
    pub(crate) fn end(&self) -> Number {
        self.first_user() + self.users.len()
    }

    /// Whether this is a group's number.
    pub(crate) fn is_group(&self, number: Number) -> bool {
        number < self.groups.len()
    }

    /// Resource type and id.
    pub(crate) fn get(&self, number: Number) -> (Kind, &str) {
        if self.is_group(number) {
            return (Kind::Group, self.groups.get(number));
        }
        if let Some(user) = number.checked_sub(self.first_user()) {
            return (Kind::User, self.users.get(user));
        }
        let position = number - self.groups.len();
        (self.service_principal_kind(position), self.services.get(position))
    }

    /// Resource type of the service principal at a position among its like.
    pub(crate) fn service_principal_kind(&self, position: u32) -> Kind {
        if self.managed.get(position as usize).copied().unwrap_or(false) {
            Kind::ManagedIdentity
        } else {
            Kind::EnterpriseApplication
        }
    }

    /// The number of a thing by its kind in the collection; none for kinds that hold no grants. `hint` is the
    /// number found last.
    pub(crate) fn find(&self, kind: &str, id: &str, hint: Number) -> Option<Number> {
        let (ids, first) = match kind {
            GROUP => (&self.groups, 0),
            SERVICE_PRINCIPAL => (&self.services, self.groups.len()),
            USER => (&self.users, self.first_user()),
            _ => return None,
        };
        Some(first + ids.find(id, hint.saturating_sub(first))?)
    }

    /// The number of a thing whose kind is not known.
    pub(crate) fn find_any(&self, id: &str) -> Option<Number> {
        [USER, GROUP, SERVICE_PRINCIPAL].into_iter().find_map(|kind| self.find(kind, id, 0))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn ids(list: &[&str]) -> Ids {
        let mut ids = Ids::default();
        for id in list {
            ids.push(id).unwrap();
        }
        ids
    }

    #[test]
    fn an_id_is_found_whatever_the_hint() {
        let names: Vec<String> = (0..200).map(|n| format!("{n:03}")).collect();
        let ids = ids(&names.iter().map(String::as_str).collect::<Vec<_>>());
        for (position, name) in names.iter().enumerate() {
            for hint in [0, 1, 50, 199, 200, u32::MAX] {
                assert_eq!(ids.find(name, hint), u32::try_from(position).ok(), "{name} from {hint}");
            }
        }
        for absent in ["", "0005", "zzz"] {
            assert_eq!(ids.find(absent, 7), None);
        }
        assert_eq!(Ids::default().find("a", 0), None);
    }

    #[test]
    fn numbers_run_through_groups_service_principals_and_users() {
        let principals = Principals {
            groups: ids(&["g1", "g2"]),
            services: ids(&["s1", "s2"]),
            users: ids(&["u1"]),
            managed: vec![false, true],
        };
        let everybody: Vec<_> = (0..principals.end()).map(|number| principals.get(number)).collect();
        let expected = [
            (Kind::Group, "g1"),
            (Kind::Group, "g2"),
            (Kind::EnterpriseApplication, "s1"),
            (Kind::ManagedIdentity, "s2"),
            (Kind::User, "u1"),
        ];
        assert_eq!(everybody, expected);
        assert_eq!(principals.find("user", "u1", 0), Some(4));
        assert_eq!(principals.find("service-principal", "s2", 4), Some(3));
        assert_eq!(principals.find("device", "u1", 0), None);
        assert_eq!(principals.find_any("g2"), Some(1));
    }

    #[test]
    fn a_collection_out_of_order_is_refused() {
        let mut ids = ids(&["b"]);
        assert!(ids.push("a").is_err());
        assert!(ids.push("b").is_err());
    }
}
