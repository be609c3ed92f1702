//! Delta: everything once, then what changed since (azure.md 2.6).

mod state;
mod write;

use std::collections::HashMap;

use http::StatusCode;

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::permission;
use super::query::candidates;
use super::resource::Resource;
use super::shape;
use crate::odata::entity::bind;
use crate::odata::{JsonWriter, QueryOptions, Selection};
use crate::server::call::Response;
use crate::world::{Change, ChangeKind, ObjectKind, ObjectRef};
use state::{Round, State};
use write::{ChangedObject, write_change, write_members, write_object};

/// Objects on a page; `$top` has no effect on delta.
const OBJECTS: usize = 200;
/// Members on a page, of all its groups together: a group may span pages.
pub(super) const MEMBERS: u32 = 1_000;
/// The most objects that a delta can be narrowed to.
const MOST_IDS: usize = 50;

/// A delta request, its options thawed from the token.
struct Delta<'a, T: Resource> {
    ask: &'a Ask<'a>,
    options: String,
    selection: Selection<T>,
    members: bool,
    only: Option<Vec<u32>>,
}

/// `GET /<set>/delta`
pub(super) fn get<T: Resource>(ask: &Ask<'_>) -> Answer {
    let need = if T::KIND == ObjectKind::User { permission::USERS_IN_FULL } else { T::NEED };
    ask.need(need)?;
    let state = State::of(ask, T::SET)?;
    let delta = Delta::<T>::new(ask, state.options)?;
    if delta.members {
        ask.need(permission::GROUP_RELATIONS)?;
    }
    Ok(match state.round {
        Round::Now => delta.answer(|_| None, state.head),
        Round::All { position, slot } => {
            delta.answer(|json| delta.write_all(json, position, slot), state.head)
        }
        Round::Since { sequence, index } => {
            delta.answer(|json| delta.write_changes(json, sequence, index, state.head), state.head)
        }
    })
}

impl<'a, T: Resource> Delta<'a, T> {
    fn new(ask: &'a Ask<'a>, options: String) -> Answer<Self> {
        let pairs: Vec<_> = url::form_urlencoded::parse(options.as_bytes()).into_owned().collect();
        let read = QueryOptions::read(&pairs)?;
        if !read.expand.is_empty() || !read.order_by.is_empty() || read.search.is_some() {
            return Err(GraphError::request("The query is not supported by the delta function."));
        }
        let members = T::KIND == ObjectKind::Group && read.selects("members");
        let select = read.select.map(|names| -> Vec<String> {
            names.into_iter().filter(|name| !(members && name.eq_ignore_ascii_case("members"))).collect()
        });
        let only = match read.filter.map(bind::<T>).transpose()? {
            None => None,
            Some(filter) => {
                let ids = filter.properties().iter().all(|property| property.name == "id");
                let found = candidates::<T>(ask, &filter.root).filter(|_| ids);
                Some(found.ok_or_else(|| {
                    GraphError::request("The delta function supports filters on the property 'id' only.")
                })?)
            }
        };
        if only.as_ref().is_some_and(|only| only.len() > MOST_IDS) {
            return Err(GraphError::request(format!(
                "The delta function can be filtered by at most {MOST_IDS} identifiers."
            )));
        }
        let selection = shape::selection::<T>(ask, select.as_deref())?;
        Ok(Self { ask, options, selection, members, only: only.map(Vec::from_iter) })
    }

    fn answer(&self, fill: impl FnOnce(&mut JsonWriter) -> Option<Round>, head: u64) -> Response {
        let mut json = JsonWriter::with_capacity(OBJECTS * 300);
        json.begin_object();
        let fragment = format!("{}{}", T::SET, self.selection.context_suffix());
        json.string_member("@odata.context", &self.ask.context(&fragment));
        json.key("value");
        json.begin_array();
        let next = fill(&mut json);
        json.end_array();
        let state = |round| State { round, head, options: self.options.clone() };
        match next {
            Some(round) => json.string_member("@odata.nextLink", &state(round).link(self.ask, T::SET)),
            None => json.string_member("@odata.deltaLink", &state(Round::Now).link(self.ask, T::SET)),
        }
        json.end_object();
        Response::json(StatusCode::OK, json.into_bytes())
    }

    fn wants(&self, position: u32) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&position))
    }

    /// The first round: every object, page by page.
    fn write_all(&self, json: &mut JsonWriter, position: u32, slot: u32) -> Option<Round> {
        let tenant = self.ask.tenant;
        let mut room = MEMBERS;
        let mut first_slot = slot;
        let mut written = 0;
        for position in position..T::slots(tenant) {
            if written == OBJECTS || room == 0 {
                return Some(Round::All { position, slot: 0 });
            }
            let slot = std::mem::take(&mut first_slot);
            let Some(item) = T::at(tenant, position).filter(|_| self.wants(position)) else { continue };
            written += 1;
            let mut rest = None;
            json.object(|json| {
                write_object(json, &self.selection, &item);
                if self.members {
                    rest = write_members(json, tenant, position, slot, &mut room);
                }
            });
            if let Some(slot) = rest {
                return Some(Round::All { position, slot });
            }
        }
        None
    }

    /// A later round: what changed from a sequence number up to the head that the round began with.
    fn write_changes(&self, json: &mut JsonWriter, sequence: u64, index: u64, head: u64) -> Option<Round> {
        let changed = self.changed(sequence, head);
        let start = usize::try_from(index).unwrap_or(usize::MAX);
        for object in changed.iter().skip(start).take(OBJECTS) {
            let item = T::at(self.ask.tenant, object.object.position);
            write_change::<T>(json, self.ask.tenant, &self.selection, item.as_ref(), object);
        }
        let next = start.saturating_add(OBJECTS);
        (next < changed.len()).then_some(Round::Since { sequence, index: next as u64 })
    }

    /// The objects that changed, each once, in the order of their first change.
    fn changed(&self, sequence: u64, head: u64) -> Vec<ChangedObject> {
        let since = usize::try_from(sequence).unwrap_or(usize::MAX);
        let length = usize::try_from(head.saturating_sub(sequence)).unwrap_or(usize::MAX);
        let mut changed: Vec<ChangedObject> = Vec::new();
        let mut index_of: HashMap<ObjectRef, usize> = HashMap::new();
        for Change { object, kind, .. } in self.ask.tenant.changes.since(since).iter().take(length) {
            let of_members = matches!(kind, ChangeKind::MemberAdded(_) | ChangeKind::MemberRemoved(_));
            let tracked = object.kind == T::KIND && (self.members || !of_members);
            if !tracked
                || !(self.wants(object.position) || T::id_at(self.ask.tenant, object.position).is_none())
            {
                continue;
            }
            let at = *index_of.entry(*object).or_insert_with(|| {
                changed.push(ChangedObject::new(*object));
                changed.len() - 1
            });
            changed[at].record(*kind);
        }
        changed
    }
}
