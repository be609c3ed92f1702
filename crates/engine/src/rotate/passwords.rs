//! Which of an application's secrets are ours, and which of those may go. Pure rules.
//!
//! A secret is named `rot-TOKEN MARK`: the rotation that made it, and what it was made to replace. The mark follows
//! from the connection's name and the replaced secret's fingerprint, a keyed hash: nobody learns anything from it, and
//! no other installation and no other connection makes the same. So whatever carries the mark of the secret that is
//! current *now*, and is not kept anywhere, is of a rotation that was broken off or given up, whichever its token.

use std::collections::BTreeSet;

use fairlead_model::ConnectionId;
use fairlead_secrets::{Kept, Origin, RotationToken};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::registration::Password;

/// Bytes of a mark.
const MARK: usize = 8;

/// What a secret that is to replace another one is called.
pub(super) struct Name<'a> {
    token: &'a RotationToken,
    mark: String,
}

impl<'a> Name<'a> {
    /// The name of what a rotation makes to replace the connection's secret of this fingerprint.
    pub(super) fn new(token: &'a RotationToken, connection: &ConnectionId, fingerprint: &str) -> Self {
        let hash = Sha256::new_with_prefix(fingerprint).chain_update("\0").chain_update(connection.as_str());
        Self { token, mark: hex::encode(&hash.finalize()[..MARK]) }
    }

    /// As the directory shows it (`displayName`).
    pub(super) fn text(&self) -> String {
        format!("rot-{} {}", self.token, self.mark)
    }

    /// Whether a secret was made to replace the same one.
    fn is_like(&self, password: &Password) -> bool {
        let name = password.display_name.as_deref().and_then(|name| name.strip_prefix("rot-"));
        name.and_then(|rest| rest.split_once(' ')).is_some_and(|(_, mark)| mark == self.mark)
    }
}

/// The secrets of an application that are in use, or known to have been.
pub(super) struct Ours {
    in_use: BTreeSet<Uuid>,
    retired: BTreeSet<Uuid>,
    /// Whether the id of every secret that is kept is known. One that somebody set, or went back to, may be any.
    is_known: bool,
}

impl Ours {
    /// By what is kept: those of the current and the previous secret are in use, since somebody may have read the
    /// previous one a moment ago. What was kept for another application counts for nothing.
    pub(super) fn of(client_id: Uuid, current: &Kept, previous: Option<&Kept>) -> Self {
        let kept = || [Some(current), previous].into_iter().flatten();
        let origins =
            || kept().filter_map(|kept| kept.origin.as_ref()).filter(move |it| it.client_id == client_id);
        let in_use: BTreeSet<Uuid> = origins().map(|origin: &Origin| origin.key_id).collect();
        let retired = origins().flat_map(|origin| origin.retired.iter().copied());
        let retired = retired.filter(|id| !in_use.contains(id)).collect();
        Self { retired, in_use, is_known: kept().all(|kept| kept.origin.is_some()) }
    }

    /// Which of the application's secrets are to be removed before the next one is made: the retired ones, and what
    /// others that were to replace the same secret left behind. As long as one is in use whose id is not known, no
    /// retired one goes: it may be that.
    pub(super) fn superfluous(&self, found: &[Password], name: &Name<'_>) -> Vec<Uuid> {
        let goes = |one: &&Password| {
            let is_retired = self.is_known && self.retired.contains(&one.key_id);
            !self.in_use.contains(&one.key_id) && (is_retired || name.is_like(one))
        };
        found.iter().filter(goes).map(|one| one.key_id).collect()
    }

    /// What the next secret remembers of its predecessors.
    pub(super) fn to_retire(&self) -> Vec<Uuid> {
        let left = self.retired.iter().filter(|_| !self.is_known);
        self.in_use.iter().chain(left).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use fairlead_secrets::Secret;
    use jiff::Timestamp;

    use super::*;

    const CLIENT: Uuid = Uuid::from_u128(0xc1);
    const FINGERPRINT: &str = "0123456789abcdef0123456789abcdef";

    fn key(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn kept(origin: Option<(u128, &[u128])>) -> Kept {
        let origin = origin.map(|(key_id, retired)| Origin {
            token: RotationToken::random(),
            key_id: key(key_id),
            client_id: CLIENT,
            tenant: "contoso.example".into(),
            created_at: Timestamp::UNIX_EPOCH,
            not_after: Timestamp::MAX,
            retired: retired.iter().copied().map(key).collect(),
        });
        Kept { secret: Secret::ClientSecret("hush".into()), origin }
    }

    fn password(number: u128, name: &str) -> Password {
        Password { key_id: key(number), display_name: Some(name.to_owned()) }
    }

    fn name<'a>(token: &'a RotationToken, connection: &str, fingerprint: &str) -> Name<'a> {
        Name::new(token, &connection.parse().unwrap(), fingerprint)
    }

    fn gone(current: &Kept, previous: Option<&Kept>, found: &[Password]) -> Vec<u128> {
        let token = RotationToken::random();
        let ours = Ours::of(CLIENT, current, previous);
        let gone = ours.superfluous(found, &name(&token, "contoso", FINGERPRINT));
        gone.into_iter().map(|id| id.as_u128()).collect()
    }

    #[test]
    fn what_a_person_made_and_what_is_in_use_stays() {
        let found = [password(1, "rot-by hand"), password(2, "Fairlead"), password(3, "x"), password(4, "y")];
        assert_eq!(gone(&kept(None), None, &found), []);
        assert_eq!(gone(&kept(Some((3, &[]))), Some(&kept(Some((4, &[])))), &found), []);
    }

    #[test]
    fn what_is_older_than_the_previous_one_goes_and_nothing_else_of_the_same_kind() {
        let found: Vec<_> = (1..=5).map(|number| password(number, "rot-a b")).collect();
        // 3 is current, 2 the previous one; 1 was retired when 3 was made.
        let (current, previous) = (kept(Some((3, &[2, 1]))), kept(Some((2, &[1]))));
        assert_eq!(gone(&current, Some(&previous), &found), [1]);
        assert_eq!(Ours::of(CLIENT, &current, Some(&previous)).to_retire(), [key(2), key(3)]);
    }

    #[test]
    fn while_one_is_in_use_whose_id_is_not_known_no_retired_one_goes() {
        let found: Vec<_> = (1..=5).map(|number| password(number, "rot-a b")).collect();
        // 2 had replaced 1 when somebody went back to 1.
        let (back, before) = (kept(None), kept(Some((2, &[1]))));
        assert_eq!(gone(&back, Some(&before), &found), []);
        assert_eq!(Ours::of(CLIENT, &back, Some(&before)).to_retire(), [key(2), key(1)], "to go later");
        // 3 replaced it, and then 4 that.
        let (third, fourth) = (kept(Some((3, &[2, 1]))), kept(Some((4, &[3, 2, 1]))));
        assert_eq!(gone(&third, Some(&back), &found), []);
        assert_eq!(gone(&fourth, Some(&third), &found), [1, 2]);
    }

    #[test]
    fn what_was_to_replace_the_current_one_and_is_kept_nowhere_goes_whatever_its_token() {
        let token = RotationToken::random();
        let orphan = name(&token, "contoso", FINGERPRINT).text();
        let other = name(&token, "contoso", "fedcba9876543210").text();
        let siblings = name(&token, "contoso-2", FINGERPRINT).text();
        let found = [password(1, &orphan), password(2, &other), password(3, &orphan), password(4, &siblings)];
        assert_eq!(gone(&kept(None), None, &found), [1, 3]);
        assert_eq!(gone(&kept(None), Some(&kept(Some((3, &[])))), &found), [1], "one that is kept stays");
    }

    #[test]
    fn what_was_kept_for_another_application_is_not_looked_for_here() {
        let mut current = kept(Some((1, &[2])));
        current.origin.as_mut().unwrap().client_id = key(0xdead);
        assert_eq!(gone(&current, None, &[password(1, "x"), password(2, "y")]), []);
        assert!(Ours::of(CLIENT, &current, None).to_retire().is_empty());
    }
}
