//! Takes over what a connector asks of a tenant and what it found there, and checks that people can rely on it.
//!
//! Both are shown to people, and requirements are turned into commands that people run: whatever is a name has
//! the shape of one, and no text steers a terminal.

use std::collections::HashSet;

use fairlead_model::{
    Audience, CredentialKind, Evidence, Finding, FindingOutcome, Grant, Need, Plan, PortalPlace, Remedy,
    Requirement, RoleScope, Smaller, UniqueBy, Weight,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    bindings::exports::fairlead::connector::onboarding as wit,
    description::{LONGEST_NAME, MOST_ENTRIES, is_slug, text},
    work::plain,
};

/// The longest request or address, in characters: next links of Azure are long.
const LONGEST_ADDRESS: usize = 4_000;

/// Takes over requirements.
///
/// # Errors
/// A sentence saying what is wrong and where.
pub(crate) fn requirements(given: Vec<wit::Requirement>) -> Result<Vec<Requirement>, String> {
    bounded("requirements", &given)?;
    let mut taken: Vec<Requirement> = Vec::with_capacity(given.len());
    for given in given {
        let requirement = requirement(given)?;
        if taken.iter().any(|other| other.need == requirement.need) {
            return Err(format!("a requirement is there twice: {:?}", requirement.need));
        }
        taken.push(requirement);
    }
    Ok(taken)
}

fn requirement(given: wit::Requirement) -> Result<Requirement, String> {
    sentence("requirement's reason", &given.why)?;
    Ok(Requirement {
        need: need(given.need)?,
        why: given.why,
        weight: match given.weight {
            wit::Weight::Required => Weight::Required,
            wit::Weight::Recommended => Weight::Recommended,
        },
        smaller: given.smaller.map(smaller).transpose()?,
    })
}

fn need(given: wit::Need) -> Result<Need, String> {
    Ok(match given {
        wit::Need::GraphPermission(wit::GraphPermission { name, grant }) => {
            Need::GraphPermission { name: permission(name)?, grant: grant.into() }
        }
        wit::Need::AzureRole(role) => azure_role(role)?,
        wit::Need::PrincipalEnabled => Need::PrincipalEnabled,
        wit::Need::Audience(audience) => Need::Audience { audience: audience.into() },
        wit::Need::Credential(given) => credential(&given)?,
        wit::Need::ActiveSubscription => Need::ActiveSubscription,
        wit::Need::Unique(by) => Need::Unique { by: by.into() },
        wit::Need::NoExcess(tolerated) => Need::NoExcess { tolerated: names("tolerated names", tolerated)? },
        wit::Need::Licence(wit::Licence { plan, skipped_by }) => {
            Need::Licence { plan: plan.into(), skipped_by: setting(skipped_by)? }
        }
        wit::Need::MailboxSettings(skipped_by) => Need::MailboxSettings { skipped_by: setting(skipped_by)? },
    })
}

fn azure_role(given: wit::AzureRole) -> Result<Need, String> {
    bounded("actions of a role", &given.actions)?;
    let name = name("role", given.name)?;
    if let Some(odd) = given.actions.iter().find(|action| !is_action(action)) {
        return Err(format!("\"{}\" is not an action that the role {name} could allow", plain(odd)));
    }
    let is_hyphenated = given.role.len() == 36;
    let role = Uuid::try_parse(&given.role).ok().filter(|_| is_hyphenated).ok_or_else(|| {
        format!("the role {name} has the definition id \"{}\", which is not a GUID", plain(&given.role))
    })?;
    Ok(Need::AzureRole { role, name, scope: given.scope.into(), actions: given.actions })
}

fn credential(given: &wit::CredentialNeed) -> Result<Need, String> {
    if given.kinds.is_empty() || given.lifetime_days == Some(0) {
        return Err("a credential is asked for that cannot be: without a kind, or of no days".to_owned());
    }
    let kinds: Vec<CredentialKind> = given.kinds.iter().map(|kind| (*kind).into()).collect();
    if kinds.iter().collect::<HashSet<_>>().len() < kinds.len() {
        return Err("a kind of credential is there twice".to_owned());
    }
    Ok(Need::Credential { kinds, lifetime_days: given.lifetime_days })
}

fn smaller(given: wit::Smaller) -> Result<Smaller, String> {
    sentence("reason for asking less", &given.why)?;
    Ok(Smaller { instead: names("names that would do instead", given.instead)?, why: given.why })
}

/// Takes over findings.
///
/// # Errors
/// A sentence saying what is wrong and where.
pub(crate) fn findings(given: Vec<wit::Finding>) -> Result<Vec<Finding>, String> {
    bounded("findings", &given)?;
    let taken = given.into_iter().map(finding).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    match taken.iter().find(|finding| !seen.insert((&finding.id, &finding.subject))) {
        Some(twice) => Err(format!("the finding {} \"{}\" is there twice", twice.id, twice.subject)),
        None => Ok(taken),
    }
}

fn finding(given: wit::Finding) -> Result<Finding, String> {
    let is_id = given.id.split_once('.').is_some_and(|(area, word)| is_slug(area) && is_slug(word));
    if !is_id {
        return Err(format!("\"{}\" cannot be a finding's id: it is AREA.WORD", plain(&given.id)));
    }
    text("finding's subject", &given.subject)?;
    sentence("finding's sentence", &given.sentence)?;
    bounded("requests of a finding", &given.evidence)?;
    Ok(Finding {
        id: given.id,
        subject: given.subject,
        outcome: given.outcome.into(),
        sentence: given.sentence,
        waits_until: None,
        // Whose words they are, whoever called the connector knows.
        told_by: None,
        evidence: given.evidence.into_iter().map(evidence).collect::<Result<_, _>>()?,
        remedy: given.remedy.map(remedy).transpose()?,
    })
}

/// When it was answered is not the connector's to say: it was during this call.
fn evidence(given: wit::Evidence) -> Result<Evidence, String> {
    address("finding's request", &given.request)?;
    for text in [&given.code, &given.request_id].into_iter().flatten() {
        address("finding's evidence", text)?;
    }
    if let Some(odd) = given.status.filter(|status| !(100..600).contains(status)) {
        return Err(format!("a finding's request has the status {odd}, which is none of HTTP"));
    }
    Ok(Evidence {
        request: given.request,
        api: Some(given.api.into()),
        status: given.status,
        code: given.code,
        request_id: given.request_id,
        at: Timestamp::now(),
    })
}

fn remedy(given: wit::Remedy) -> Result<Remedy, String> {
    sentence("remedy", &given.action)?;
    for (what, given) in [("remedy's command", &given.command), ("remedy's role", &given.needs_role)] {
        given.as_deref().map_or(Ok(()), |given| sentence(what, given))?;
    }
    let portal = given.portal.map(|place| {
        sentence("place in the portal", &place.path)?;
        address("link into the portal", &place.url)?;
        if !place.url.starts_with("https://") {
            return Err(format!("\"{}\" is not a link into a portal", plain(&place.url)));
        }
        Ok(PortalPlace { path: place.path, url: place.url })
    });
    Ok(Remedy {
        action: given.action,
        portal: portal.transpose()?,
        command: given.command,
        needs_role: given.needs_role,
    })
}

fn bounded<T>(what: &str, given: &[T]) -> Result<(), String> {
    if given.len() > MOST_ENTRIES {
        Err(format!("there are more than {MOST_ENTRIES} {what}"))
    } else {
        Ok(())
    }
}

fn sentence(what: &str, given: &str) -> Result<(), String> {
    if given.trim().is_empty() { Err(format!("a {what} is empty")) } else { text(what, given) }
}

/// A request or a link: longer than a sentence may be.
fn address(what: &str, given: &str) -> Result<(), String> {
    if given.is_empty() || given.len() > LONGEST_ADDRESS || given.chars().any(char::is_control) {
        return Err(format!("a {what} is empty, too long or has control characters: {}", plain(given)));
    }
    Ok(())
}

fn names(what: &str, given: Vec<String>) -> Result<Vec<String>, String> {
    bounded(what, &given)?;
    given.into_iter().map(|given| name("permission or role", given)).collect()
}

/// A name of a permission or role: built-in roles have blanks and brackets in theirs, and none has a quote or
/// anything else that a shell would make something of.
fn name(what: &str, given: String) -> Result<String, String> {
    let fits = |c: char| c.is_alphanumeric() || " .-_()/,&".contains(c);
    let is_name = !given.trim().is_empty() && given.len() <= LONGEST_NAME && given.chars().all(fits);
    if is_name { Ok(given) } else { Err(format!("\"{}\" cannot be the name of a {what}", plain(&given))) }
}

/// The value of a Graph permission, such as `User.Read.All`.
fn permission(given: String) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if !given.is_empty() && given.len() <= LONGEST_NAME && given.bytes().all(fits) {
        Ok(given)
    } else {
        Err(format!("\"{}\" cannot be the name of a permission", plain(&given)))
    }
}

/// An action, or a pattern of them, such as `Microsoft.Compute/disks/read` or `*/read`.
fn is_action(given: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/*".contains(&byte);
    !given.is_empty() && given.len() <= 2 * LONGEST_NAME && given.bytes().all(fits)
}

/// A setting as "name=value".
fn setting(given: Option<String>) -> Result<Option<String>, String> {
    let Some(given) = given else { return Ok(None) };
    text("setting that does without", &given)?;
    match given.split_once('=') {
        Some((name, _)) if permission(name.to_owned()).is_ok() => Ok(Some(given)),
        _ => Err(format!("\"{}\" is not a setting as name=value", plain(&given))),
    }
}

macro_rules! same_words {
    ($($theirs:ident => $ours:ident { $($word:ident),* })*) => {
        $(impl From<wit::$theirs> for $ours {
            fn from(given: wit::$theirs) -> Self {
                match given { $(wit::$theirs::$word => Self::$word,)* }
            }
        })*
    };
}

same_words! {
    Grant => Grant { Application, Delegated }
    RoleScope => RoleScope { EachSubscription, ManagementGroup, TenantRoot }
    Audience => Audience { Single, Multiple, Either }
    CredentialKind => CredentialKind { ClientSecret, Certificate, Federated }
    UniqueBy => UniqueBy { Tenant, TenantAndApplication, Credential }
    Plan => Plan { P1, P2 }
    Outcome => FindingOutcome { Pass, Warn, Unknown, Waiting, Fail }
}
