//! Which connections may stand beside each other. Most connectors only warn of a duplicate; some refuse it,
//! and say so in their requirements.

use fairlead_model::{Connection, ConnectionId, CredentialKind, Description, Need, Requirement, UniqueBy};

use super::Remark;
use crate::{EngineError, likeness::Likeness};

/// What a schedule is good for while the connector collects nothing.
pub(super) fn idle_schedule(connector: &Description, connection: &Connection) -> Option<Remark> {
    let collects = !connector.items.is_empty() || !connector.links.is_empty();
    let schedule = connection.schedule.filter(|_| !collects)?;
    Some(Remark(format!(
        "the connector {} collects nothing in this version: every {schedule} a failed run will say so",
        connector.id
    )))
}

/// Refuses what the connector's requirements refuse, and warns of what is merely odd.
///
/// # Errors
/// `Duplicate` or `CredentialKind`.
pub(super) fn judge(
    requirements: &[Requirement],
    connection: &Connection,
    others: &[Connection],
) -> Result<Vec<Remark>, EngineError> {
    check_kind(requirements, connection)?;
    let like = Likeness::of(connection);
    let shared = |by| others.iter().find(|other| like.is_shared(by, other)).map(|other| &other.id);
    for requirement in requirements {
        let Need::Unique { by } = requirement.need else { continue };
        let refused = shared(by).and_then(|other| refusal(by, other, connection));
        if let Some(problem) = refused {
            return Err(EngineError::Duplicate { problem });
        }
    }
    let twice = shared(UniqueBy::TenantAndApplication).map(|other| {
        Remark(format!(
            "\"{other}\" already connects the same application to {}: what both cover is collected twice",
            connection.connector
        ))
    });
    Ok(twice.into_iter().chain(strange_secret(connection, others)).collect())
}

fn check_kind(requirements: &[Requirement], connection: &Connection) -> Result<(), EngineError> {
    let Some(credential) = &connection.credential else { return Ok(()) };
    let given = credential.source.kind();
    let allowed = requirements.iter().find_map(|requirement| match &requirement.need {
        Need::Credential { kinds, .. } => Some(kinds),
        _ => None,
    });
    match allowed {
        Some(kinds) if !kinds.contains(&given) => Err(EngineError::CredentialKind {
            connector: connection.connector.clone(),
            given,
            allowed: kinds.iter().map(CredentialKind::to_string).collect::<Vec<_>>().join(" or a "),
        }),
        _ => Ok(()),
    }
}

/// Why a connector may refuse the connection; the same application twice it never may: each may be about other
/// subscriptions.
fn refusal(by: UniqueBy, other: &ConnectionId, connection: &Connection) -> Option<String> {
    let Connection { connector, tenant, .. } = connection;
    match by {
        UniqueBy::Tenant => Some(format!(
            "\"{other}\" already connects tenant {tenant} to {connector}, which takes one application a tenant: edit \
             that connection, or remove it first"
        )),
        UniqueBy::Credential => Some(format!(
            "this credential already serves \"{other}\", and {connector} takes each only once: make a new client \
             secret on the application of this connection"
        )),
        UniqueBy::TenantAndApplication => None,
    }
}

/// A secret belongs to one application: under two, one of them has the other's.
fn strange_secret(connection: &Connection, others: &[Connection]) -> Option<Remark> {
    let like = Likeness::of(connection);
    let other =
        others.iter().find(|other| like.has_secret_of(other) && other.client_id != connection.client_id)?;
    Some(Remark(format!(
        "the same secret is kept for \"{}\", which is another application ({}): one of the two is wrong",
        other.id, other.client_id
    )))
}

#[cfg(test)]
mod tests {
    use fairlead_model::{CredentialRecord, CredentialSource, Weight};
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    fn connection(id: &str, tenant: &str, application: u128, fingerprint: &str) -> Connection {
        let mut made: Connection = serde_json::from_value(json!({
            "id": id, "connector": "example", "tenant": tenant,
            "client-id": uuid::Uuid::from_u128(application), "created-at": Timestamp::UNIX_EPOCH,
        }))
        .unwrap();
        made.credential = Some(CredentialRecord {
            source: CredentialSource::ClientSecret { rotates: false },
            fingerprint: Some(fingerprint.to_owned()),
            expires_at: None,
            set_at: Timestamp::UNIX_EPOCH,
            rotated_at: None,
        });
        made
    }

    fn requirement(need: Need) -> Requirement {
        Requirement { need, why: String::new(), weight: Weight::Required, smaller: None }
    }

    #[test]
    fn a_second_application_of_a_tenant_is_refused_where_the_connector_takes_one_only() {
        let (first, second) =
            (connection("one", "contoso.example", 1, "a"), connection("two", "contoso.example", 2, "b"));
        assert_eq!(judge(&[], &second, std::slice::from_ref(&first)).unwrap(), []);
        let strict = [requirement(Need::Unique { by: UniqueBy::Tenant })];
        let refused = judge(&strict, &second, &[first]).unwrap_err().to_string();
        assert!(refused.contains("\"one\"") && refused.contains("contoso.example"), "{refused}");
    }

    #[test]
    fn a_connection_is_no_duplicate_of_itself_nor_of_another_connectors() {
        let one = connection("one", "contoso.example", 1, "a");
        let mut elsewhere = connection("two", "contoso.example", 1, "a");
        elsewhere.connector = "other".to_owned();
        let strict = [requirement(Need::Unique { by: UniqueBy::Tenant })];
        assert_eq!(judge(&strict, &one, &[one.clone(), elsewhere]).unwrap(), []);
    }

    #[test]
    fn the_same_application_twice_is_told_and_the_same_secret_under_two_applications_too() {
        let first = connection("one", "contoso.example", 1, "a");
        let same = judge(&[], &connection("two", "contoso.example", 1, "b"), std::slice::from_ref(&first));
        assert!(same.unwrap()[0].0.contains("already connects"), "the duplicate is told");
        let secret = judge(&[], &connection("two", "fabrikam.example", 2, "a"), &[first]).unwrap();
        assert!(secret[0].0.contains("another application"), "{secret:?}");
    }

    #[test]
    fn a_kind_of_credential_the_vendor_does_not_take_is_refused_with_those_it_takes() {
        let kinds = vec![CredentialKind::Certificate, CredentialKind::Federated];
        let strict = [requirement(Need::Credential { kinds, lifetime_days: None })];
        let refused = judge(&strict, &connection("one", "contoso.example", 1, "a"), &[]).unwrap_err();
        assert!(refused.to_string().contains("certificate or a federated credential"), "{refused}");
    }
}
