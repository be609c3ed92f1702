//! Management groups and subscriptions, and which lies in which.
//!
//! The list of subscriptions does not say where they lie, and the list of entities does: both are read in one
//! task, side by side, and everything below a subscription follows from it.

use std::collections::{BTreeMap, BTreeSet};

use fairlead_connector::{
    Answer, Api, Azure, Coverage, Failure, ItemBatch, Page, Raw, Reference, Request, Step, Task, Text,
    element, judge, parse,
};
use serde::Deserialize;

use crate::{Collector, Selection, arm, kind, list::Place};

/// Kind of the task.
pub(crate) const TASK: &str = "hierarchy";

const SUBSCRIPTIONS: &str = "/subscriptions?api-version=2022-12-01";
const ENTITIES: &str = "/providers/Microsoft.Management/getEntities?api-version=2023-04-01";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Option<Text<'a>>,
    #[serde(rename = "type")]
    resource_type: Option<Text<'a>>,
    #[serde(default)]
    properties: Properties<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties<'a> {
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    parent: Option<Parent<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parent<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscription<'a> {
    #[serde(borrow)]
    subscription_id: Text<'a>,
    display_name: Option<Text<'a>>,
}

/// Reads both lists and begins what is below.
pub(crate) fn run(selection: &Selection, azure: &impl Azure) -> Result<Step, Failure> {
    let mut step = Step::new();
    let listings = [
        Listing {
            what: "the list of subscriptions",
            kind: kind::SUBSCRIPTION,
            path: SUBSCRIPTIONS,
            post: false,
        },
        Listing {
            what: "the tree of management groups",
            kind: kind::MANAGEMENT_GROUP,
            path: ENTITIES,
            post: true,
        },
    ];
    let sent = azure.send_all(listings.iter().map(|listing| listing.request(listing.path)).collect());
    let mut read = Vec::with_capacity(listings.len());
    for (listing, sent) in listings.iter().zip(sent) {
        read.push(listing.pages(selection, azure, judge(listing.what, sent)?, &mut step)?);
    }
    let entities = read.pop().flatten();
    let tree = Tree::read(entities.as_deref(), &mut step)?;
    let subscriptions =
        read.pop().flatten().map(|pages| take_subscriptions(&pages, &tree, &mut step)).transpose()?;
    begin(selection, subscriptions, &tree, &mut step)?;
    Ok(step)
}

/// One of the two lists.
struct Listing {
    what: &'static str,
    kind: &'static str,
    path: &'static str,
    post: bool,
}

impl Listing {
    fn request(&self, path: &str) -> Request {
        if self.post {
            Request::post(Api::ResourceManager, path)
        } else {
            Request::get(Api::ResourceManager, path)
        }
    }

    /// All its pages; absent, with a note, when it may not be read.
    fn pages(
        &self,
        selection: &Selection,
        azure: &impl Azure,
        first: Answer,
        step: &mut Step,
    ) -> Result<Option<Vec<Vec<u8>>>, Failure> {
        let mut pages = Vec::new();
        let mut answer = first;
        loop {
            let (coverage, reason) = match answer {
                Answer::Found(body) => {
                    let next = parse::<Page<'_>>(self.what, &body)?.next().map(str::to_owned);
                    pages.push(body);
                    let Some(next) = next else { return Ok(Some(pages)) };
                    answer = judge(self.what, azure.send(self.request(&next)))?;
                    continue;
                }
                Answer::Denied(reason) if selection.required.contains(self.kind) => {
                    return Err(Failure::Denied(reason));
                }
                Answer::Denied(reason) => (Coverage::Denied, reason),
                Answer::Unlicensed(reason) => (Coverage::Unlicensed, reason),
                Answer::Gone => (Coverage::Partial, format!("{} is not there", self.what)),
                Answer::Rejected(error) => (Coverage::Partial, error.sentence(self.what)),
            };
            step.note(self.kind, "", coverage, reason);
            return Ok((!pages.is_empty()).then_some(pages));
        }
    }
}

/// Where things lie.
#[derive(Debug, Default)]
struct Tree {
    /// Paths of the management groups that can be seen.
    groups: BTreeSet<String>,
    /// Paths of the management groups that subscriptions lie in, by the subscription's GUID.
    subscriptions: BTreeMap<String, String>,
}

impl Tree {
    /// Takes the entities: groups become items, and subscriptions are remembered.
    fn read(pages: Option<&[Vec<u8>]>, step: &mut Step) -> Result<Self, Failure> {
        let mut tree = Self::default();
        let Some(pages) = pages else { return Ok(tree) };
        let what = "the tree of management groups";
        let mut batches: BTreeMap<Option<String>, ItemBatch> = BTreeMap::new();
        let mut odd = 0;
        for body in pages {
            for raw in parse::<Page<'_>>(what, body)?.value {
                match element::<Entity<'_>>(what, raw) {
                    Ok(entity) => tree.take(&entity, raw, &mut batches),
                    Err(_) => odd += 1,
                }
            }
        }
        let unseen: BTreeSet<&str> = batches
            .keys()
            .flatten()
            .chain(tree.subscriptions.values())
            .map(String::as_str)
            .filter(|parent| !tree.groups.contains(*parent))
            .collect();
        match (unseen.first(), odd) {
            (None, 0) => step.complete(kind::MANAGEMENT_GROUP, ""),
            (None, odd) => left_out(kind::MANAGEMENT_GROUP, what, odd, step),
            (Some(first), _) => step.note(
                kind::MANAGEMENT_GROUP,
                "",
                Coverage::Partial,
                format!(
                    "{what}: {} cannot be seen: assign the role Management Group Reader at the tenant root group",
                    if unseen.len() == 1 { (*first).to_owned() } else { format!("{first} and others") },
                ),
            ),
        }
        batches.into_values().for_each(|batch| step.add_items(batch));
        Ok(tree)
    }

    fn take(&mut self, entity: &Entity<'_>, raw: Raw<'_>, batches: &mut BTreeMap<Option<String>, ItemBatch>) {
        let parent = entity.properties.parent.as_ref().and_then(|parent| parent.id.as_deref());
        let parent = parent.filter(|id| !id.is_empty()).map(str::to_ascii_lowercase);
        let resource_type = entity.resource_type.as_deref().unwrap_or_default();
        if resource_type.to_ascii_lowercase().ends_with("/subscriptions") {
            let guid = entity.name.as_deref().or_else(|| entity.id.rsplit('/').next()).unwrap_or_default();
            if let Some(parent) = parent {
                self.subscriptions.insert(guid.to_ascii_lowercase(), parent);
            }
            return;
        }
        let id = entity.id.to_ascii_lowercase();
        let name = entity.properties.display_name.as_deref().or(entity.name.as_deref()).unwrap_or_default();
        if self.groups.insert(id.clone()) {
            batch(batches, kind::MANAGEMENT_GROUP, parent).push(&id, name, raw.get());
        }
    }
}

/// Makes items of the subscriptions. Returns their GUIDs.
fn take_subscriptions(pages: &[Vec<u8>], tree: &Tree, step: &mut Step) -> Result<BTreeSet<String>, Failure> {
    let what = "the list of subscriptions";
    let mut batches = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut odd = 0;
    for body in pages {
        for raw in parse::<Page<'_>>(what, body)?.value {
            let Ok(read) = element::<Subscription<'_>>(what, raw) else {
                odd += 1;
                continue;
            };
            let guid = read.subscription_id.to_ascii_lowercase();
            let parent = tree.subscriptions.get(&guid).cloned();
            let name = read.display_name.as_deref().unwrap_or_default();
            if seen.insert(guid.clone()) {
                batch(&mut batches, kind::SUBSCRIPTION, parent).push(&guid, name, raw.get());
            }
        }
    }
    if odd > 0 {
        left_out(kind::SUBSCRIPTION, what, odd, step);
    }
    batches.into_values().for_each(|batch| step.add_items(batch));
    Ok(seen)
}

fn batch<'b>(
    batches: &'b mut BTreeMap<Option<String>, ItemBatch>,
    kind: &str,
    parent: Option<String>,
) -> &'b mut ItemBatch {
    batches.entry(parent).or_insert_with_key(|parent| match parent {
        Some(parent) => ItemBatch::new(kind).under(Reference::new(kind::MANAGEMENT_GROUP, parent.as_str())),
        None => ItemBatch::new(kind),
    })
}

fn left_out(kind: &str, what: &str, odd: u32, step: &mut Step) {
    step.note(kind, "", Coverage::Partial, format!("{what}: {odd} entries without an id were left out"));
}

/// Begins what is below the subscriptions, and the role assignments above them.
fn begin(
    selection: &Selection,
    subscriptions: Option<BTreeSet<String>>,
    tree: &Tree,
    step: &mut Step,
) -> Result<(), Failure> {
    let seen = subscriptions.unwrap_or_default();
    let below = below(selection);
    if seen.is_empty() {
        nothing_below(&below, step);
    } else {
        step.complete(kind::SUBSCRIPTION, "");
    }
    if !below.is_empty() {
        for subscription in &seen {
            step.then(Task::new(
                arm::SUBSCRIPTION_TASK,
                subscription.as_str(),
                &Place::start(subscription.as_str()),
            )?);
        }
    }
    if selection.has(Collector::RoleAssignments) {
        for group in &tree.groups {
            step.then(arm::ROLE_ASSIGNMENTS.task(&Place::start(group.as_str()))?);
        }
        // Assignments at the root are inherited, so every list below shows them: it is asked itself only where
        // there is none.
        if seen.is_empty() && tree.groups.is_empty() {
            step.then(arm::ROLE_ASSIGNMENTS.task(&Place::default())?);
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
