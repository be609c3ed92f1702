//! Is a permission of Microsoft Graph there, and where not, which of the ways to get it wrong was taken?

use std::collections::BTreeSet;

use fairlead_azure::{
    known,
    permissions::{self, satisfied_by},
};
use fairlead_model::{Api, Evidence, Finding, FindingOutcome, Grant, Requirement, Smaller, Weight};
use uuid::Uuid;

use super::{Case, Told as _, absent, finding, instead, pass, required_permissions, unknown};
use crate::validate::{
    facts::{DelegatedGrant, Facts, Look},
    report::Judged,
};

/// As Graph's directory names the kinds of permissions an app registration asks for.
const ROLE: &str = "Role";
const SCOPE: &str = "Scope";

/// A permission as it is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) weight: Weight,
    pub(super) smaller: Option<&'a Smaller>,
}

impl Asked<'_> {
    /// What it means that it is not there.
    fn absent(&self, case: &Case<'_>) -> FindingOutcome {
        // What does instead keeps the connector working; a mistake is told all the same.
        if case.has_smaller(self.smaller) { FindingOutcome::Warn } else { absent(self.weight) }
    }

    /// Nobody asked for it in any way, and what would do instead is there.
    fn replaced(&self, case: &Case<'_>) -> Option<Finding> {
        let smaller = self.smaller.filter(|_| case.has_smaller(self.smaller))?;
        let sentence = format!("{} is not granted: {}", self.name, instead(smaller));
        Some(pass("permission.smaller", sentence))
    }
}

pub(super) fn judge(case: &Case<'_>, asked: &Asked<'_>, grant: Grant) -> Option<Judged> {
    let granted = case.facts.granted()?;
    let mut judged = match grant {
        Grant::Application => application(case, asked, &granted).into(),
        Grant::Delegated => delegated(case, asked),
    };
    asked.name.clone_into(&mut judged.finding.subject);
    Some(judged)
}

/// Whether the token lacks a permission that is required of the application itself.
pub(in crate::validate) fn is_lacking(requirements: &[Requirement], facts: &Facts) -> bool {
    let Some(granted) = facts.granted() else { return false };
    required_permissions(requirements).iter().any(|name| satisfied_by(name, &granted).is_none())
}

fn application(case: &Case<'_>, asked: &Asked<'_>, granted: &BTreeSet<String>) -> Finding {
    let name = asked.name;
    let token = case.facts.tokens.get(&Api::Graph).map(|signed_in| signed_in.evidence.clone());
    match satisfied_by(name, granted) {
        Some(by) if by == name => pass("permission.granted", format!("{name} is granted")).resting_on(token),
        Some(by) => pass("permission.implied", format!("{name} is satisfied by {by}, which allows more"))
            .resting_on(token),
        None => missing(case, asked).resting_on(token),
    }
}

fn missing(case: &Case<'_>, asked: &Asked<'_>) -> Finding {
    let name = asked.name;
    let remedies = &case.remedies;
    let directory = &case.facts.directory;
    if is_consented(case, name) {
        let sentence = format!(
            "{name} is granted, but Entra ID's tokens do not carry it yet: that takes up to some minutes"
        );
        let told = finding("permission.missing", FindingOutcome::Waiting, sentence);
        return told.resting_on(directory.app_roles.evidence()).mended_by(remedies.later());
    }
    let readable = directory.application.seen().is_some();
    if readable && asks_for(case, known::GRAPH, ROLE, |id| is(name, Grant::Application, id)) {
        let sentence = format!("{name} is on the app registration, but no administrator has consented to it");
        let told = finding("permission.not-consented", asked.absent(case), sentence);
        return told.resting_on(directory.application.evidence()).mended_by(remedies.consent());
    }
    if let Some(evidence) = as_delegated(case, name) {
        let sentence = format!(
            "{name} was added as a delegated permission, which has no effect here: the application permission of \
             the same name is needed"
        );
        let told = finding("permission.delegated", asked.absent(case), sentence);
        return told.resting_on(evidence).mended_by(remedies.permission(name, Grant::Application));
    }
    if let Some(evidence) = of_other_api(case, name) {
        let sentence = format!(
            "{name} was added from the retired Azure AD Graph, which has no effect here: the permission of the same \
             name of Microsoft Graph is needed"
        );
        let told = finding("permission.other-api", asked.absent(case), sentence);
        return told.resting_on(evidence).mended_by(remedies.permission(name, Grant::Application));
    }
    if let Some(replaced) = asked.replaced(case) {
        return replaced;
    }
    // What the directory itself says is certain; where only the token speaks, a consent may still be on its way.
    let certain = readable || directory.app_roles.seen().is_some();
    let told = if certain {
        finding("permission.missing", asked.absent(case), format!("{name} is not on the app registration"))
    } else {
        let sentence = format!(
            "{name} is missing: it is not on the app registration, or no administrator has consented to it"
        );
        case.missing("permission.missing", asked.weight, sentence)
    };
    told.resting_on(directory.application.evidence()).mended_by(remedies.permission(name, Grant::Application))
}

/// Whether the directory says that the permission is granted.
fn is_consented(case: &Case<'_>, name: &str) -> bool {
    let roles = case.facts.directory.app_roles.seen();
    roles.is_some_and(|all| all.iter().any(|one| is(name, Grant::Application, one.app_role_id)))
}

fn asks_for(case: &Case<'_>, service: Uuid, kind: &str, is_it: impl Fn(Uuid) -> bool) -> bool {
    let Some(application) = case.facts.directory.application.seen() else { return false };
    application
        .required_resource_access
        .iter()
        .filter(|resource| resource.resource_app_id == service)
        .flat_map(|resource| &resource.resource_access)
        .any(|access| access.kind == kind && is_it(access.id))
}

fn is(name: &str, grant: Grant, id: Uuid) -> bool {
    let found = match grant {
        Grant::Application => permissions::by_application_id(id),
        Grant::Delegated => permissions::by_delegated_id(id),
    };
    found.is_some_and(|permission| permission.name == name)
}

fn as_delegated(case: &Case<'_>, name: &str) -> Option<Vec<Evidence>> {
    let directory = &case.facts.directory;
    if consent(&directory.delegated, name).is_some() {
        return Some(directory.delegated.evidence());
    }
    let asked = asks_for(case, known::GRAPH, SCOPE, |id| is(name, Grant::Delegated, id));
    asked.then(|| directory.application.evidence())
}

/// The widest consent to a delegated permission.
fn consent<'a>(look: &'a Look<Vec<DelegatedGrant>>, name: &str) -> Option<&'a DelegatedGrant> {
    let mut consents =
        look.seen()?.iter().filter(|grant| grant.scope.split_whitespace().any(|one| one == name));
    let first = consents.next()?;
    Some(consents.find(|grant| grant.consent_type == "AllPrincipals").unwrap_or(first))
}

fn of_other_api(case: &Case<'_>, name: &str) -> Option<Vec<Evidence>> {
    let directory = &case.facts.directory;
    let names = directory.azure_ad_graph.seen()?;
    let is_it = |id: Uuid| names.get(&id).is_some_and(|one| one == name);
    let granted = directory.app_roles.seen().is_some_and(|all| all.iter().any(|one| is_it(one.app_role_id)));
    (granted || asks_for(case, known::AZURE_AD_GRAPH, ROLE, is_it)).then(|| {
        let looked = [directory.application.evidence(), directory.app_roles.evidence()];
        looked.into_iter().flatten().collect()
    })
}

/// A delegated permission never shows in the token of an application that signs in by itself, nor has it any
/// effect there. That it is there is all there is to say.
fn delegated(case: &Case<'_>, asked: &Asked<'_>) -> Judged {
    let name = asked.name;
    let directory = &case.facts.directory;
    let remedies = &case.remedies;
    let look = &directory.delegated;
    if let Some(consent) = consent(look, name) {
        let told = if consent.consent_type == "AllPrincipals" {
            let sentence = format!(
                "the delegated permission {name} is granted, as the vendor asks; it has no effect where an \
                 application signs in by itself"
            );
            pass("permission.inert", sentence)
        } else {
            let sentence = format!(
                "the delegated permission {name} is granted to one person only, not by an administrator"
            );
            finding("permission.not-consented", asked.absent(case), sentence).mended_by(remedies.consent())
        };
        return told.resting_on(look.evidence()).into();
    }
    if asks_for(case, known::GRAPH, SCOPE, |id| is(name, Grant::Delegated, id)) && look.seen().is_some() {
        let sentence = format!(
            "the delegated permission {name} is on the app registration, but no administrator has consented to it"
        );
        let told = finding("permission.not-consented", asked.absent(case), sentence);
        return told.resting_on(look.evidence()).mended_by(remedies.consent()).into();
    }
    if let Some(replaced) = asked.replaced(case) {
        return replaced.resting_on(look.evidence()).into();
    }
    let lacks = match look {
        Look::Seen(..) => {
            let sentence =
                format!("the delegated permission {name}, which the vendor asks for, is not granted");
            let told = finding("permission.missing", asked.absent(case), sentence);
            return told
                .resting_on(look.evidence())
                .mended_by(remedies.permission(name, Grant::Delegated))
                .into();
        }
        Look::Lacks(permission) => Some(*permission),
        _ => None,
    };
    let why = match look {
        Look::Unanswered { why, .. } | Look::Refused { message: why, .. } => why.clone(),
        _ => "a token does not show it, and the application lacks Directory.Read.All to look".to_owned(),
    };
    let told =
        unknown("permission.unknown", format!("the delegated permission {name} could not be seen: {why}"));
    let told = told.resting_on(look.evidence());
    Judged { finding: told.mended_by(remedies.permission("Directory.Read.All", Grant::Application)), lacks }
}
