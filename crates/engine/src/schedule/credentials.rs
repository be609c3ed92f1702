//! Credentials that end soon: told 30, 14, 7 and 1 days before, and once when they have ended.

use fairlead_model::{Announcement, Connection, Happening};
use jiff::{SignedDuration, Timestamp};

use crate::announce;

/// Days before the end at which it is told.
const STEPS: [u32; 4] = [1, 7, 14, 30];

/// What is to be told of a connection's credential now. The same step of the same credential is always the same
/// announcement.
pub(super) fn expiring(connection: &Connection, now: Timestamp) -> Option<Announcement> {
    let expires_at = connection.credential.as_ref()?.expires_at.filter(|_| connection.enabled)?;
    let days = whole_days(expires_at.duration_since(now));
    let step = if expires_at <= now { 0 } else { STEPS.into_iter().find(|step| days <= *step)? };
    let id = announce::id(&format!("credential.expiring/{}/{expires_at}/{step}", connection.id));
    let what = Happening::CredentialExpiring { connection: connection.id.clone(), expires_at, days };
    Some(Announcement { id, timestamp: now, what })
}

fn whole_days(left: SignedDuration) -> u32 {
    u32::try_from(left.as_hours().max(0) / 24).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_step_is_one_announcement_however_often_it_is_looked_at() {
        let end: Timestamp = "2027-05-01T00:00:00Z".parse().unwrap();
        let connection: Connection = serde_json::from_value(serde_json::json!({
            "id": "one", "connector": "example", "tenant": "contoso.example",
            "client-id": uuid::Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
            "credential": {"kind": "client-secret", "set-at": Timestamp::UNIX_EPOCH, "expires-at": end},
        }))
        .unwrap();
        let day = SignedDuration::from_hours(24);
        assert_eq!(expiring(&connection, end - day * 31), None);
        let (mut ids, mut days) = (Vec::new(), Vec::new());
        for minute in 0..32 * 24 * 60 {
            let now = end - day * 31 + SignedDuration::from_mins(minute);
            let Some(told) = expiring(&connection, now) else { continue };
            if ids.last() != Some(&told.id) {
                let Happening::CredentialExpiring { days: left, .. } = told.what else { panic!("{told:?}") };
                ids.push(told.id);
                days.push(left);
            }
        }
        assert_eq!(days, [30, 14, 7, 1, 0]);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 5);
        let disabled = Connection { enabled: false, ..connection };
        assert_eq!(expiring(&disabled, end), None);
    }
}
