//! Users: a function of (seed, index) under an overlay of explicit users and later changes.

mod user;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::world::ids::{IdKind, Ids};
use crate::world::text::{self, ascii_part, draw, has_share, pick};

pub use user::{MailboxPurpose, OnPremises, SignInActivity, Text, User, UserType};

/// The shares by which generated users differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UserShares {
    /// Guests.
    pub guests: f64,
    /// `accountEnabled` false.
    pub disabled: f64,
    /// Synchronised from an on-premises directory.
    pub on_premises: f64,
    /// Without `mail` (and without a mailbox).
    pub without_mail: f64,
    /// With a display name that careless code breaks on.
    pub hostile_names: f64,
    /// Without a manager.
    pub without_manager: f64,
    /// Never signed in.
    pub never_signed_in: f64,
}

impl Default for UserShares {
    fn default() -> Self {
        Self {
            guests: 0.06,
            disabled: 0.05,
            on_premises: 0.40,
            without_mail: 0.08,
            hostile_names: 0.01,
            without_manager: 0.10,
            never_signed_in: 0.07,
        }
    }
}

/// The users of a tenant.
#[derive(Clone, Debug)]
pub struct Users {
    ids: Ids,
    seed: u64,
    generated: u32,
    shares: UserShares,
    domain: String,
    epoch: Timestamp,
    license: Uuid,
    replaced: HashMap<u32, User>,
    added: Vec<User>,
    removed: HashSet<u32>,
    deleted_items: Vec<(Timestamp, User, u32)>,
    position_by_id: HashMap<Uuid, u32>,
    position_by_upn: HashMap<String, u32>,
}

mod question {
    //! Distinct questions to the generator, so that answers are independent of each other.
    pub(super) const GIVEN: u64 = 1;
    pub(super) const FAMILY: u64 = 2;
    pub(super) const HOSTILE: u64 = 3;
    pub(super) const HOSTILE_NAME: u64 = 4;
    pub(super) const GUEST: u64 = 5;
    pub(super) const DISABLED: u64 = 6;
    pub(super) const ON_PREMISES: u64 = 7;
    pub(super) const MAIL: u64 = 8;
    pub(super) const MANAGER: u64 = 9;
    pub(super) const MANAGER_CHOICE: u64 = 10;
    pub(super) const SIGN_IN: u64 = 11;
    pub(super) const TITLE: u64 = 12;
    pub(super) const DEPARTMENT: u64 = 13;
    pub(super) const OFFICE: u64 = 14;
    pub(super) const LANGUAGE: u64 = 15;
    pub(super) const COUNTRY: u64 = 16;
    pub(super) const PHONE: u64 = 17;
    pub(super) const CREATED: u64 = 18;
    pub(super) const MAILBOX: u64 = 19;
    pub(super) const MFA: u64 = 20;
    pub(super) const EMPLOYEE: u64 = 21;
    pub(super) const REQUEST: u64 = 22;
    pub(super) const STATE: u64 = 23;
}

impl Users {
    /// `generated` users under this domain; `epoch` is the moment all their dates lie before.
    pub fn new(seed: u64, generated: u32, shares: UserShares, domain: &str, epoch: Timestamp) -> Self {
        let ids = Ids::new(seed);
        Self {
            ids,
            seed,
            generated,
            shares,
            domain: domain.to_owned(),
            epoch,
            license: ids.encode(IdKind::Other, 1),
            replaced: HashMap::new(),
            added: Vec::new(),
            removed: HashSet::new(),
            deleted_items: Vec::new(),
            position_by_id: HashMap::new(),
            position_by_upn: HashMap::new(),
        }
    }

    /// How many live users there are.
    pub fn len(&self) -> usize {
        self.slots() as usize - self.removed.len()
    }

    /// Whether there is no live user.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One past the highest position ever used; iterate `0..slots()` for paging.
    pub fn slots(&self) -> u32 {
        self.generated + u32::try_from(self.added.len()).unwrap_or(0)
    }

    /// How many of the positions are generated ones.
    pub fn generated(&self) -> u32 {
        self.generated
    }

    /// Whether the user at this position exists.
    pub fn exists(&self, position: u32) -> bool {
        position < self.slots() && !self.removed.contains(&position)
    }

    /// The id at a position, unless the user was removed. Costs no allocation.
    pub fn id_at(&self, position: u32) -> Option<Uuid> {
        if !self.exists(position) {
            return None;
        }
        match self.explicit(position) {
            Some(user) => Some(user.id),
            None => Some(self.ids.encode(IdKind::User, position)),
        }
    }

    /// The user at a position, unless removed.
    pub fn at(&self, position: u32) -> Option<Cow<'_, User>> {
        if !self.exists(position) {
            return None;
        }
        Some(match self.explicit(position) {
            Some(user) => Cow::Borrowed(user),
            None => Cow::Owned(self.generate(position)),
        })
    }

    /// The position of a live user's id.
    pub fn position(&self, id: Uuid) -> Option<u32> {
        let position = match self.position_by_id.get(&id) {
            Some(position) => *position,
            None => match self.ids.decode(id)? {
                (IdKind::User, index) if index < self.generated => index,
                _ => return None,
            },
        };
        // A replaced user may have been given another id.
        (self.id_at(position) == Some(id)).then_some(position)
    }

    /// The live user with this id.
    pub fn get(&self, id: Uuid) -> Option<Cow<'_, User>> {
        self.at(self.position(id)?)
    }

    /// The position of a live user's userPrincipalName, in any letter case.
    pub fn position_by_upn(&self, upn: &str) -> Option<u32> {
        let lower = upn.to_lowercase();
        if let Some(position) = self.position_by_upn.get(&lower) {
            return self.exists(*position).then_some(*position);
        }
        // Generated names end in their index: …name.123@domain, or …name.123#ext#@domain.
        let local = lower.split(['#', '@']).next()?;
        let index: u32 = local.split('_').next()?.rsplit('.').next()?.parse().ok()?;
        let user = self.at(index)?;
        user.user_principal_name.eq_ignore_ascii_case(&lower).then_some(index)
    }

    /// The position of the manager of the user at a position. Costs no allocation.
    pub fn manager(&self, position: u32) -> Option<u32> {
        let manager = match self.explicit(position) {
            Some(user) => user.manager,
            None => self.generated_manager(position),
        };
        manager.filter(|manager| self.exists(*manager))
    }

    /// Adds a user and says where it is. A user with the same id is replaced.
    pub fn insert(&mut self, user: User) -> u32 {
        if let Some(position) = self.position(user.id) {
            self.replace(position, user);
            return position;
        }
        let position = self.slots();
        self.position_by_id.insert(user.id, position);
        self.position_by_upn.insert(user.user_principal_name.to_lowercase(), position);
        self.added.push(user);
        position
    }

    /// Changes the user at a position; false when there is none.
    pub fn update(&mut self, position: u32, change: impl FnOnce(&mut User)) -> bool {
        let Some(user) = self.at(position) else { return false };
        let mut user = user.into_owned();
        change(&mut user);
        self.replace(position, user);
        true
    }

    /// Moves a user to the recycle bin; false when there is none.
    pub fn remove(&mut self, position: u32, at: Timestamp) -> bool {
        let Some(user) = self.at(position) else { return false };
        let user = user.into_owned();
        self.deleted_items.push((at, user, position));
        self.removed.insert(position)
    }

    /// Deleted users with the moment of deletion.
    pub fn deleted_items(&self) -> impl Iterator<Item = (Timestamp, &User)> {
        self.deleted_items.iter().map(|(at, user, _)| (*at, user))
    }

    /// The id a removed user had.
    pub fn removed_id(&self, position: u32) -> Option<Uuid> {
        self.deleted_items.iter().find(|(_, _, removed)| *removed == position).map(|(_, user, _)| user.id)
    }

    fn replace(&mut self, position: u32, user: User) {
        self.position_by_id.insert(user.id, position);
        self.position_by_upn.insert(user.user_principal_name.to_lowercase(), position);
        match position.checked_sub(self.generated) {
            Some(added) => self.added[added as usize] = user,
            None => drop(self.replaced.insert(position, user)),
        }
    }

    fn explicit(&self, position: u32) -> Option<&User> {
        match position.checked_sub(self.generated) {
            Some(added) => self.added.get(added as usize),
            None if self.replaced.is_empty() => None,
            None => self.replaced.get(&position),
        }
    }

    fn is(&self, question: u64, position: u32, share: f64) -> bool {
        has_share(self.seed, question, u64::from(position), share)
    }

    fn word(&self, words: &'static [&'static str], question: u64, position: u32) -> &'static str {
        pick(words, self.seed, question, u64::from(position))
    }

    fn number(&self, question: u64, position: u32) -> u64 {
        draw(self.seed, question, u64::from(position))
    }

    fn days_before_epoch(&self, days: u64, question: u64, position: u32) -> Timestamp {
        let seconds = i64::try_from(self.number(question, position) % (days * 86_400)).unwrap_or(0);
        self.epoch - SignedDuration::from_secs(seconds)
    }

    fn generated_manager(&self, position: u32) -> Option<u32> {
        if position == 0 || self.is(question::MANAGER, position, self.shares.without_manager) {
            return None;
        }
        // Somebody with a smaller index: a tree, eight wide on average.
        let ceiling = u64::from(position / 8 + 1).min(u64::from(position));
        u32::try_from(self.number(question::MANAGER_CHOICE, position) % ceiling).ok()
    }

    fn generate(&self, position: u32) -> User {
        let given = self.word(text::GIVEN, question::GIVEN, position);
        let family = self.word(text::FAMILY, question::FAMILY, position);
        let guest = self.is(question::GUEST, position, self.shares.guests);
        let hostile = self.is(question::HOSTILE, position, self.shares.hostile_names);
        let without_mail = self.is(question::MAIL, position, self.shares.without_mail);
        let local = format!("{}.{}.{position}", ascii_part(given), ascii_part(family));
        let address =
            if guest { format!("{local}@partner.example") } else { format!("{local}@{}", self.domain) };
        let created = self.days_before_epoch(3_000, question::CREATED, position);
        let purpose = match self.number(question::MAILBOX, position) % 100 {
            0..=1 => MailboxPurpose::Shared,
            2 => MailboxPurpose::Room,
            3 => MailboxPurpose::Equipment,
            4 => MailboxPurpose::Linked,
            _ => MailboxPurpose::User,
        };
        User {
            id: self.ids.encode(IdKind::User, position),
            display_name: if hostile {
                self.word(text::HOSTILE, question::HOSTILE_NAME, position).to_owned()
            } else {
                format!("{given} {family}")
            },
            given_name: Some(Cow::Borrowed(given)),
            surname: Some(Cow::Borrowed(family)),
            user_principal_name: if guest {
                format!("{local}_partner.example#EXT#@{}", self.domain)
            } else {
                address.clone()
            },
            mail_nickname: local,
            other_mails: if guest { vec![address.clone()] } else { Vec::new() },
            mail: (!without_mail).then_some(address),
            job_title: (!guest).then(|| Cow::Borrowed(self.word(text::TITLES, question::TITLE, position))),
            department: (!guest)
                .then(|| Cow::Borrowed(self.word(text::DEPARTMENTS, question::DEPARTMENT, position))),
            company_name: Some(Cow::Borrowed(if guest { "Partner GmbH & Co. KG" } else { "Contoso" })),
            office_location: (!guest)
                .then(|| Cow::Borrowed(self.word(text::OFFICES, question::OFFICE, position))),
            mobile_phone: self
                .is(question::PHONE, position, 0.3)
                .then(|| format!("+41 79 {:07}", self.number(question::PHONE, position) % 10_000_000)),
            business_phones: if self.is(question::OFFICE, position, 0.2) {
                vec![format!("+1 425 {:07}", self.number(question::OFFICE, position) % 10_000_000)]
            } else {
                Vec::new()
            },
            preferred_language: self
                .is(question::LANGUAGE, position, 0.7)
                .then(|| Cow::Borrowed(self.word(text::LANGUAGES, question::LANGUAGE, position))),
            usage_location: Some(Cow::Borrowed(self.word(text::COUNTRIES, question::COUNTRY, position))),
            employee_id: self.is(question::EMPLOYEE, position, 0.6).then(|| format!("E{position:07}")),
            account_enabled: !self.is(question::DISABLED, position, self.shares.disabled),
            user_type: if guest { UserType::Guest } else { UserType::Member },
            created,
            last_password_change: self.days_before_epoch(400, question::EMPLOYEE, position).max(created),
            external_user_state: guest.then(|| {
                Cow::Borrowed(if self.is(question::STATE, position, 0.2) {
                    "PendingAcceptance"
                } else {
                    "Accepted"
                })
            }),
            on_premises: (!guest && self.is(question::ON_PREMISES, position, self.shares.on_premises))
                .then(|| self.on_premises(position)),
            assigned_licenses: if guest { Vec::new() } else { vec![self.license] },
            sign_in_activity: (!self.is(question::SIGN_IN, position, self.shares.never_signed_in))
                .then(|| self.sign_in(position)),
            mailbox: (!guest && !without_mail).then_some(purpose),
            mfa_registered: self.is(question::MFA, position, 0.8),
            manager: self.generated_manager(position),
        }
    }

    fn on_premises(&self, position: u32) -> OnPremises {
        OnPremises {
            security_identifier: format!(
                "S-1-5-21-{}-1004336348-1177238915-{position}",
                self.seed % 4_000_000_000
            ),
            sam_account_name: format!("u{position}"),
            domain_name: Cow::Borrowed("corp.contoso.example"),
            last_sync: self.epoch - SignedDuration::from_mins(30),
        }
    }

    fn sign_in(&self, position: u32) -> SignInActivity {
        let last = self.days_before_epoch(200, question::SIGN_IN, position);
        SignInActivity {
            last,
            last_request: Uuid::from_u64_pair(self.number(question::REQUEST, position), u64::from(position)),
            last_non_interactive: self.days_before_epoch(30, question::REQUEST, position),
            last_successful: last,
        }
    }
}
