//! Mailbox settings: Exchange may deny them although Graph's permission is there.

use fairlead_azure::permissions::satisfied_by;
use fairlead_model::Api;
use futures::future::join_all;
use serde::Deserialize;
use serde_json::Value;

use super::Asker;
use crate::validate::facts::{Facts, Look};

/// How many users with an address are tried, side by side: some have their mailbox elsewhere.
const TRIED: usize = 3;

/// Tries to read the settings of a few users.
pub(in crate::validate) async fn look(asker: &Asker, facts: &Facts) -> Look<Option<bool>> {
    let Some(granted) = facts.granted() else { return Look::NotAsked };
    for needed in ["MailboxSettings.Read", "User.ReadBasic.All"] {
        if satisfied_by(needed, &granted).is_none() {
            return Look::Lacks(needed);
        }
    }
    let users = asker.first_page::<User>(Api::Graph, "/v1.0/users?$top=50&$select=id,mail").await;
    let (users, evidence) = match users {
        Look::Seen(users, evidence) => (users, evidence),
        other => return other.map(|_| None),
    };
    let tried = users.into_iter().filter(|user| user.mail.is_some()).take(TRIED).map(async |user| {
        let path = format!("/v1.0/users/{}/mailboxSettings?$select=timeZone", user.id);
        asker.get::<Value>(Api::Graph, &path).await
    });
    let answers = join_all(tried).await;
    verdict(answers).unwrap_or(Look::Seen(None, evidence))
}

/// One mailbox that can be read proves it; one that is denied is told; one that is elsewhere says nothing.
fn verdict(answers: Vec<Look<Value>>) -> Option<Look<Option<bool>>> {
    let telling = answers.into_iter().filter(|answer| answer.status() != Some(404));
    telling.map(|answer| answer.map(|_| Some(true))).min_by_key(|answer| match answer {
        Look::Seen(..) => 0,
        Look::Refused { .. } => 1,
        _ => 2,
    })
}

#[derive(Deserialize)]
struct User {
    id: String,
    mail: Option<String>,
}

#[cfg(test)]
mod tests {
    use fairlead_model::Evidence;
    use jiff::Timestamp;

    use super::*;

    fn refused(status: u16) -> Look<Value> {
        let evidence = Evidence {
            request: String::new(),
            api: Some(Api::Graph),
            status: Some(status),
            code: None,
            request_id: None,
            at: Timestamp::UNIX_EPOCH,
        };
        Look::Refused { message: String::new(), evidence }
    }

    #[test]
    fn one_readable_mailbox_is_proof_and_a_missing_one_says_nothing() {
        let seen = || Look::Seen(Value::Null, vec![]);
        assert_eq!(verdict(vec![refused(403), seen()]).unwrap().seen(), Some(&Some(true)));
        assert_eq!(verdict(vec![refused(404), refused(403)]).unwrap().status(), Some(403));
        assert!(verdict(vec![refused(404)]).is_none());
        assert!(verdict(vec![]).is_none());
    }
}
