//! Looking at each subscription of a connection, side by side and not at too many.

use fairlead_connector::{
    Api, Azure, Connection, Context, Finding, Page, Request, Text, element,
    finding::{Look, Seen, Unseen, look, look_all},
    parse,
};
use serde::Deserialize;

/// The most subscriptions one check looks at: a validation is to be quick, and the host bounds its requests.
pub const MOST: usize = 10;

/// Path pattern of the list of subscriptions, for a description.
pub const PATH: &str = "/subscriptions";

/// One look at a subscription, and what follows from what is seen.
#[derive(Debug)]
pub struct Probe<S> {
    /// What is looked at, such as "the storage accounts".
    pub what: &'static str,
    /// Path and query after the subscription's own path; none where the settings do without this look.
    pub path: fn(settings: &S) -> Option<String>,
    /// What follows.
    pub judge: fn(settings: &S, subscription: &str, Look) -> Vec<Finding>,
}

/// Makes all looks at each subscription of the connection, side by side.
pub fn check_each<S>(context: &Context<S>, probes: &[Probe<S>], azure: &impl Azure) -> Vec<Finding> {
    let settings = &context.settings;
    let wanted: Vec<_> = probes.iter().filter_map(|probe| Some((probe, (probe.path)(settings)?))).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let (subscriptions, mut findings) = of(&context.connection, azure);
    let looks = subscriptions.iter().flat_map(|id| wanted.iter().map(move |(probe, path)| (id, probe, path)));
    let asked = looks.clone().map(|(id, probe, path)| {
        let request = Request::get(Api::ResourceManager, format!("/subscriptions/{id}{path}"));
        (format!("{} of subscription {id}", probe.what), request)
    });
    let seen = look_all(asked.collect(), azure);
    for ((id, probe, _), seen) in looks.zip(seen) {
        findings.extend((probe.judge)(settings, id, seen));
    }
    findings
}

const WHAT: &str = "the list of subscriptions";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    #[serde(borrow)]
    subscription_id: Text<'a>,
}

/// The subscriptions a check looks at, and what there is to say of those it does not: those of the connection,
/// or the ones the application can see.
fn of(connection: &Connection, azure: &impl Azure) -> (Vec<String>, Vec<Finding>) {
    let mut all = match connection.subscriptions.as_slice() {
        [] => match visible(azure) {
            Ok(visible) => visible,
            Err(unseen) => {
                return (Vec::new(), unseen.finding("subscription.not-looked-at").into_iter().collect());
            }
        },
        given => given.to_vec(),
    };
    if all.len() <= MOST {
        return (all, Vec::new());
    }
    let sentence = format!(
        "Of {} subscriptions the first {MOST} were looked at more closely; name fewer in the connection to have \
         others looked at.",
        all.len()
    );
    all.truncate(MOST);
    (all, vec![Finding::unknown("subscription.not-looked-at", sentence)])
}

fn visible(azure: &impl Azure) -> Result<Vec<String>, Box<Unseen>> {
    let request = Request::get(Api::ResourceManager, format!("{PATH}?api-version=2022-12-01"));
    let seen = look(WHAT, request, azure)?;
    let page: Page<'_> = page(WHAT, &seen)?;
    let ids = page.value.into_iter().filter_map(|raw| element::<Listed<'_>>(WHAT, raw).ok());
    Ok(ids.map(|listed| listed.subscription_id.to_ascii_lowercase()).collect())
}

/// Reads what was seen as a page; an answer that is none is as good as none.
///
/// # Errors
/// What was not seen, and why.
pub fn page<'a, T: Deserialize<'a>>(what: &str, seen: &'a Seen) -> Result<Page<'a, T>, Box<Unseen>> {
    parse(what, &seen.body).map_err(|failure| {
        Box::new(Unseen { why: failure.reason().to_owned(), error: None, evidence: seen.evidence.clone() })
    })
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{FindingOutcome, testing::Canned};

    use super::*;

    const LIST: &str = "/subscriptions?api-version=2022-12-01";

    fn connection(subscriptions: &[&str]) -> Connection {
        Connection {
            name: "contoso".into(),
            tenant_id: "t".into(),
            mode: "read".into(),
            settings: "{}".into(),
            subscriptions: subscriptions.iter().map(|id| (*id).to_owned()).collect(),
            management_group: None,
            entra_portal: String::new(),
        }
    }

    #[test]
    fn those_of_the_connection_are_looked_at_without_asking_for_a_list() {
        let azure = Canned::new();
        assert_eq!(of(&connection(&["a", "b"]), &azure), (vec!["a".into(), "b".into()], vec![]));
        assert!(azure.asked().is_empty());
    }

    #[test]
    fn where_none_is_named_the_visible_ones_are() {
        let azure = Canned::new().ok(LIST, r#"{"value":[{"subscriptionId":"A"},{"odd":1}]}"#);
        assert_eq!(of(&connection(&[]), &azure).0, ["a"]);
    }

    #[test]
    fn a_list_that_cannot_be_had_is_unknown() {
        for azure in [Canned::new().error(LIST, 400, "BadRequest", "No."), Canned::new().ok(LIST, "<html>")] {
            let (looked_at, findings) = of(&connection(&[]), &azure);
            assert!(looked_at.is_empty());
            assert_eq!(findings[0].outcome, FindingOutcome::Unknown);
            assert_eq!(findings[0].evidence.len(), 1);
        }
    }

    #[test]
    fn many_are_not_all_looked_at_and_that_is_said() {
        let ids: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        let given: Vec<&str> = ids.iter().map(String::as_str).collect();
        let (looked_at, findings) = of(&connection(&given), &Canned::new());
        assert_eq!(looked_at.len(), MOST);
        assert!(findings[0].sentence.starts_with("Of 12 subscriptions the first 10"), "{findings:?}");
    }
}
