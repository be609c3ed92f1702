//! Management groups and subscriptions, and which lies in which.
//!
//! The list of subscriptions does not say where they lie, and the list of entities does: both are read in one
//! task, side by side, and everything below a subscription follows from it.

use std::collections::BTreeSet;

use fairlead_connector::{
    Answer, Api, Azure, Coverage, Element, Failure, Page, Request, Step, Task, Text, elements, judge, parse,
};
use serde::Deserialize;

use crate::{
    Collector, Selection, arm,
    batches::Batches,
    kind,
    list::Place,
    scope::Scope,
    tree::{self, Tree},
};

/// Kind of the task.
pub(crate) const TASK: &str = "hierarchy";

const WHAT: &str = "the list of subscriptions";
pub(crate) const SUBSCRIPTIONS: &str = "/subscriptions?api-version=2022-12-01";
const ENTITIES: &str = "/providers/Microsoft.Management/getEntities?api-version=2023-04-01";

/// What is read of a subscription.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subscription<'a> {
    #[serde(borrow)]
    pub(crate) subscription_id: Text<'a>,
    display_name: Option<Text<'a>>,
}

/// Reads both lists and begins what is below.
pub(crate) fn run(selection: &Selection, azure: &impl Azure) -> Result<Step, Failure> {
    let mut step = Step::new();
    let subscriptions = Listing { what: WHAT, kind: kind::SUBSCRIPTION, call: Request::get };
    let entities = Listing { what: tree::WHAT, kind: kind::MANAGEMENT_GROUP, call: Request::post };
    let requests = vec![subscriptions.request(SUBSCRIPTIONS), entities.request(ENTITIES)];
    let mut sent = azure.send_all(requests).into_iter();
    let mut next = |listing: &Listing, step: &mut Step| match sent.next() {
        Some(sent) => listing.pages(selection, azure, judge(listing.what, sent)?, step),
        None => Err(Failure::Fatal("the host answered fewer calls than were made".to_owned())),
    };
    let subscriptions = next(&subscriptions, &mut step)?;
    let tree = match next(&entities, &mut step)? {
        Some(pages) => Tree::read(&pages, &mut step)?,
        None => Tree::default(),
    };
    let visible = match subscriptions {
        Some(pages) => take(&pages, &tree, &selection.scope, &mut step)?,
        None => BTreeSet::new(),
    };
    begin(selection, &visible, &tree, &mut step)?;
    Ok(step)
}

/// One of the two lists.
struct Listing {
    what: &'static str,
    kind: &'static str,
    call: fn(Api, String) -> Request,
}

impl Listing {
    fn request(&self, path: &str) -> Request {
        (self.call)(Api::ResourceManager, path.to_owned())
    }

    /// All its pages; absent, with a note, when none may be read.
    fn pages(
        &self,
        selection: &Selection,
        azure: &impl Azure,
        mut answer: Answer,
        step: &mut Step,
    ) -> Result<Option<Vec<Vec<u8>>>, Failure> {
        let mut pages = Vec::new();
        let (coverage, reason) = loop {
            match answer {
                Answer::Found(body) => {
                    let next = parse::<Page<'_>>(self.what, &body)?.next().map(str::to_owned);
                    pages.push(body);
                    let Some(next) = next else { return Ok(Some(pages)) };
                    answer = judge(self.what, azure.send(self.request(&next)))?;
                }
                Answer::Denied(reason) if selection.required.contains(self.kind) => {
                    return Err(Failure::Denied(reason));
                }
                Answer::Denied(reason) => break (Coverage::Denied, reason),
                Answer::Unlicensed(reason) => break (Coverage::Unlicensed, reason),
                Answer::Gone => break (Coverage::Partial, format!("{} is not there", self.what)),
                Answer::Rejected(error) => break (Coverage::Partial, error.sentence(self.what)),
            }
        };
        step.note(self.kind, "", coverage, reason);
        Ok((!pages.is_empty()).then_some(pages))
    }
}

/// Makes items of the subscriptions within a scope. Returns their GUIDs.
fn take(pages: &[Vec<u8>], tree: &Tree, scope: &Scope, step: &mut Step) -> Result<BTreeSet<String>, Failure> {
    let mut items = Batches::new(kind::SUBSCRIPTION, kind::MANAGEMENT_GROUP, 0);
    let mut visible = BTreeSet::new();
    let mut odd = 0;
    for body in pages {
        elements(WHAT, body, |Element { raw, read }: Element<'_, Subscription<'_>>| {
            let Ok(read) = read else {
                odd += 1;
                return;
            };
            let guid = read.subscription_id.to_ascii_lowercase();
            if scope.has(&guid, tree) && visible.insert(guid.clone()) {
                let name = read.display_name.as_deref().unwrap_or_default();
                items.push(tree.parent_of(&guid), &guid, name, raw);
            }
        })?;
    }
    if odd > 0 {
        let reason = format!("{WHAT}: {odd} entries without an id were left out");
        step.note(kind::SUBSCRIPTION, "", Coverage::Partial, reason);
    }
    items.finish(step);
    scope.note_missing(&visible, step);
    Ok(visible)
}

/// Begins what is below the subscriptions, and the role assignments that none of them shows.
fn begin(
    selection: &Selection,
    visible: &BTreeSet<String>,
    tree: &Tree,
    step: &mut Step,
) -> Result<(), Failure> {
    let below = below(selection);
    if visible.is_empty() {
        nothing_below(&below, step);
    } else {
        step.complete(kind::SUBSCRIPTION, "");
    }
    if !below.is_empty() {
        for subscription in visible {
            let place = Place::start(subscription.as_str());
            step.then(Task::new(arm::SUBSCRIPTION_TASK, subscription.as_str(), &place)?);
        }
    }
    // Of a part of the tenant, those that its subscriptions inherit are all that matter.
    if selection.has(Collector::RoleAssignments) && selection.scope.is_everything() {
        let beside = tree.beside(visible);
        // Assignments at the root are inherited: it is asked itself only where there is nothing to inherit them.
        let root = visible.is_empty() && beside.is_empty();
        for scope in beside.into_iter().chain(root.then_some("")) {
            step.then(arm::ROLE_ASSIGNMENTS.task(&Place::start(scope))?);
        }
    }
    Ok(())
}

/// Kinds that are read subscription by subscription.
fn below(selection: &Selection) -> Vec<&'static str> {
    [
        (Collector::ResourceGroups, kind::RESOURCE_GROUP),
        (Collector::RoleDefinitions, kind::ROLE_DEFINITION),
        (Collector::RoleAssignments, kind::ROLE_ASSIGNMENT),
        (Collector::StorageAccounts, kind::STORAGE_ACCOUNT),
        (Collector::Containers, kind::CONTAINER),
    ]
    .into_iter()
    .filter(|(collector, _)| selection.has(*collector))
    .map(|(_, kind)| kind)
    .collect()
}

/// No subscription can be seen. That there is none, and that none may be seen, look the same: Resource Manager
/// lists those where the application has a role.
fn nothing_below(below: &[&str], step: &mut Step) {
    let denied = step.coverage.iter().find(|note| note.kind == kind::SUBSCRIPTION).cloned();
    let (coverage, reason) = denied.map_or_else(
        || {
            let reason = "Azure shows this application no subscription: there is none, or the application has no \
                          role in any; assign it the role Reader where it should look";
            (Coverage::Partial, reason.to_owned())
        },
        |note| (note.coverage, note.reason),
    );
    for kind in below.iter().chain(&[kind::SUBSCRIPTION]) {
        step.note(kind, "", coverage, reason.clone());
    }
}
