//! Tenants from a seed and sizes: the same two give the same tenant, to the last id.

mod azure;
mod directory_roles;
mod grants;
mod groups;
mod principals;
mod role_assignments;
mod sizes;

use jiff::Timestamp;
use uuid::Uuid;

use super::ids::{IdKind, Ids};
use super::text;
use super::users::{UserShares, Users};
use super::{Cloud, Domain, Licences, Tenant};

pub use principals::service_principal;
pub use sizes::Sizes;

/// The moment that all generated dates lie before: 2026-11-01. Fixed, so that a seed always gives the same tenant.
pub const EPOCH_SECONDS: i64 = 1_793_491_200;

/// What a tenant is beside what is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Basics {
    /// `id`; absent: from the seed.
    pub id: Option<Uuid>,
    /// `displayName`
    pub display_name: String,
    /// The default domain; the initial one is derived from it.
    pub domain: String,
    /// Licences.
    pub licences: Licences,
    /// The cloud.
    pub cloud: Cloud,
    /// `countryLetterCode`
    pub country: String,
    /// How generated users differ.
    pub shares: UserShares,
}

/// Lots of a seed: independent of each other by question and index.
#[derive(Clone, Copy, Debug)]
struct Lots {
    seed: u64,
}

impl Lots {
    fn draw(self, question: u64, index: u64) -> u64 {
        text::draw(self.seed, question, index)
    }

    /// A number below `n`; 0 when `n` is 0.
    fn below(self, question: u64, index: u64, n: u32) -> u32 {
        u32::try_from(self.draw(question, index) % u64::from(n.max(1))).unwrap_or(0)
    }

    fn share(self, question: u64, index: u64, share: f64) -> bool {
        text::has_share(self.seed, question, index, share)
    }

    fn word(self, words: &'static [&'static str], question: u64, index: u64) -> &'static str {
        text::pick(words, self.seed, question, index)
    }

    /// A moment within so many days before the epoch.
    fn moment(self, question: u64, index: u64, days: u32) -> Timestamp {
        let back = i64::from(self.below(question, index, days.saturating_mul(86_400)));
        at(EPOCH_SECONDS - 86_400 - back)
    }
}

/// The moment that all generated dates lie before.
pub fn epoch() -> Timestamp {
    at(EPOCH_SECONDS)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A tenant of these sizes.
pub fn tenant(seed: u64, basics: &Basics, sizes: &Sizes) -> Tenant {
    let lots = Lots { seed };
    let ids = Ids::new(seed);
    let users = Users::new(seed, sizes.users, basics.shares.clone(), &basics.domain, epoch());
    let id = basics.id.unwrap_or_else(|| ids.encode(IdKind::Tenant, 0));
    let created = lots.moment(100, 0, 4_000);
    let mut tenant = Tenant::new(id, &basics.display_name, domains(&basics.domain), users, ids, created);
    tenant.licences = basics.licences;
    tenant.cloud = basics.cloud;
    tenant.country.clone_from(&basics.country);
    azure::generate(&mut tenant, lots, sizes);
    principals::generate(&mut tenant, lots, sizes);
    groups::generate(&mut tenant, lots, sizes);
    grants::generate(&mut tenant, lots, sizes);
    directory_roles::generate(&mut tenant, lots, sizes);
    role_assignments::generate(&mut tenant, lots, sizes);
    tenant
}

fn domains(default: &str) -> Vec<Domain> {
    let label: String =
        default.split('.').next().unwrap_or("tenant").chars().filter(char::is_ascii_alphanumeric).collect();
    let initial = format!("{label}.onmicrosoft.com");
    if default.eq_ignore_ascii_case(&initial) {
        return vec![Domain { name: initial, default: true, initial: true }];
    }
    vec![
        Domain { name: default.to_owned(), default: true, initial: false },
        Domain { name: initial, default: false, initial: true },
    ]
}

#[cfg(test)]
mod tests;
