//! One page of a list: its objects become items, and the next page a task.

use fairlead_connector::{
    Answer, Api, Azure, Coverage, Element, Failure, Request, Step, Task, Text, elements, judge,
};
use serde::{Deserialize, Serialize};

use crate::{Selection, batches::Batches, kind, trail::Trail};

/// A kind of list. The functions are the same for all of them; this is what differs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    /// Kind of the tasks that read it.
    pub(crate) task: &'static str,
    /// Kind of the items in it.
    pub(crate) item: &'static str,
    /// Kinds of items and links that follow from these items: what is denied here is not seen there.
    pub(crate) followers: &'static [&'static str],
    /// What it is called in sentences, such as "the list of users".
    pub(crate) what: &'static str,
    pub(crate) api: Api,
    /// What an item is known by.
    pub(crate) id: Id,
    /// What an item lies in.
    pub(crate) parent: Parent,
    /// Codes of errors that mean there is nothing here.
    pub(crate) nothing: &'static [&'static str],
}

/// What an item is known by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Id {
    /// `id`, in lower case: an object id, or a path of Resource Manager.
    Own,
    /// `tenantId`.
    Tenant,
    /// `name`: the GUID of a role.
    Name,
}

/// What an item lies in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parent {
    /// Nothing that is collected.
    Nothing,
    /// The scope that the list is of, which is an item of this kind.
    Scope(&'static str),
    /// The resource group in its path.
    ResourceGroup,
}

impl Parent {
    fn kind(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Scope(kind) => kind,
            Self::ResourceGroup => kind::RESOURCE_GROUP,
        }
    }

    fn of(self, place: &Place, id: &str) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Scope(_) => Some(place.scope.clone()),
            Self::ResourceGroup => {
                let path = id.to_ascii_lowercase();
                path.split_once("/providers/").map(|(group, _)| group.to_owned())
            }
        }
    }
}

/// Where in a list a task is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Subscription, management group or account; empty: the tenant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
    /// Number of the page, from 0.
    #[serde(default)]
    pub(crate) page: u32,
    /// Link to it, exactly as Azure returned it; absent on the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<String>,
    /// How the list came here.
    #[serde(default)]
    trail: Trail,
}

impl Place {
    /// The start of a list within a scope.
    pub(crate) fn start(scope: impl Into<String>) -> Self {
        Self { scope: scope.into(), ..Self::default() }
    }

    /// The next page; none if its link leads back to one that was read before.
    fn next(&self, link: &str) -> Option<Self> {
        let page = self.page + 1;
        let trail = self.trail.with(page, link)?;
        Some(Self { scope: self.scope.clone(), page, link: Some(link.to_owned()), trail })
    }

    /// Unique among the tasks of a list, and the same in every try: links are neither.
    fn key(&self) -> String {
        match self.scope.as_str() {
            "" => (self.page + 1).to_string(),
            scope => format!("{scope} {}", self.page + 1),
        }
    }
}

impl List {
    /// The task that reads a page.
    pub(crate) fn task(&self, place: &Place) -> Result<Task, Failure> {
        Task::new(self.task, place.key(), place)
    }

    /// Name of the list at a place, for sentences.
    fn named(&self, place: &Place) -> String {
        match place.scope.as_str() {
            "" => self.what.to_owned(),
            scope => format!("{} of {scope}", self.what),
        }
    }
}

/// What is read of an object in passing. Whatever of it a kind does not have is absent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Head<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    display_name: Option<Text<'a>>,
    tenant_id: Option<Text<'a>>,
    /// Of a storage account.
    pub(crate) kind: Option<Text<'a>>,
    /// Of a group.
    pub(crate) visibility: Option<Text<'a>>,
    /// Of a user, if it was asked for.
    pub(crate) manager: Option<Target<'a>>,
    properties: Properties<'a>,
}

/// An object that a link leads to.
#[derive(Debug, Deserialize)]
pub(crate) struct Target<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<Text<'a>>,
    #[serde(rename = "@odata.type", default)]
    pub(crate) odata_type: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties<'a> {
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    role_name: Option<Text<'a>>,
}

impl Head<'_> {
    fn item_id(&self, id: Id) -> Option<&str> {
        let text = match id {
            Id::Own => &self.id,
            Id::Tenant => &self.tenant_id,
            Id::Name => &self.name,
        };
        text.as_deref().filter(|text| !text.is_empty())
    }

    fn item_name(&self) -> &str {
        let Properties { display_name, role_name } = &self.properties;
        let names = [&self.display_name, role_name, display_name, &self.name];
        names.into_iter().flatten().find(|name| !name.is_empty()).map_or("", |name| name)
    }
}

/// Reads the page at a place. `each` sees every object with an id, as it comes.
pub(crate) fn read(
    list: &List,
    place: &Place,
    first: impl FnOnce() -> Request,
    (selection, azure): (&Selection, &impl Azure),
    each: impl FnMut(&Head<'_>, &mut Step),
) -> Result<Step, Failure> {
    let request = match &place.link {
        Some(link) => Request::get(list.api, link.clone()),
        None => first(),
    };
    let mut step = Step::new();
    let answer = judge(&list.named(place), azure.send(request))?;
    take(list, place, answer, selection, &mut step, each)?;
    Ok(step)
}

/// Takes the answer for a page into a step.
pub(crate) fn take(
    list: &List,
    place: &Place,
    answer: Answer,
    selection: &Selection,
    step: &mut Step,
    mut each: impl FnMut(&Head<'_>, &mut Step),
) -> Result<(), Failure> {
    let what = list.named(place);
    let Some(body) = found(list, place, answer, selection, step)? else { return Ok(()) };
    let mut items = Batches::new(list.item, list.parent.kind(), body.len());
    let mut odd = Odd::default();
    let next = elements(&what, &body, |Element { raw, read }: Element<'_, Head<'_>>| match read {
        Ok(head) => match head.item_id(list.id) {
            Some(id) => {
                items.push(list.parent.of(place, id), id, head.item_name(), raw);
                each(&head, step);
            }
            None => odd.add(format!("{what}: an object has no id")),
        },
        Err(problem) => odd.add(problem),
    })?;
    items.finish(step);
    odd.note(list, place, step);
    match next.as_deref() {
        Some(link) => {
            let next = place.next(link).ok_or_else(|| Failure::Fatal(circle(&what)))?;
            step.then(list.task(&next)?);
        }
        None => seen(list, place, step),
    }
    Ok(())
}

/// What there is to say of a list that never ends.
pub(crate) fn circle(what: &str) -> String {
    format!("{what}: the links to the next page lead in a circle, so nobody can say where it ends")
}

/// The list was read to its end: nothing follows from its items that will not be looked at too. Who finds that
/// something was not to be seen says so with a note of its own, and the worst one holds.
fn seen(list: &List, place: &Place, step: &mut Step) {
    step.complete(list.item, &place.scope);
    for follower in list.followers {
        step.complete(follower, &place.scope);
    }
}

/// The body of a page, or a note on why there is none.
fn found(
    list: &List,
    place: &Place,
    answer: Answer,
    selection: &Selection,
    step: &mut Step,
) -> Result<Option<Vec<u8>>, Failure> {
    let (coverage, reason) = match answer {
        Answer::Found(body) => return Ok(Some(body)),
        Answer::Denied(reason) if selection.required.contains(list.item) => {
            return Err(Failure::Denied(reason));
        }
        Answer::Denied(reason) => (Coverage::Denied, reason),
        Answer::Unlicensed(reason) => (Coverage::Unlicensed, reason),
        Answer::Gone => (Coverage::Partial, format!("{} is not there any more", list.named(place))),
        Answer::Rejected(error) if error.is(list.nothing) => {
            seen(list, place, step);
            return Ok(None);
        }
        // One subscription that answers oddly is no reason to give up on the tenant.
        Answer::Rejected(error) if !place.scope.is_empty() => {
            (Coverage::Partial, error.sentence(&list.named(place)))
        }
        Answer::Rejected(error) => return Err(error.into_failure(&list.named(place))),
    };
    step.note(list.item, &place.scope, coverage, reason.clone());
    for follower in list.followers {
        step.note(follower, &place.scope, coverage, reason.clone());
    }
    Ok(None)
}

/// Objects that could not be taken.
#[derive(Debug, Default)]
struct Odd {
    count: u32,
    first: Option<String>,
}

impl Odd {
    fn add(&mut self, problem: String) {
        self.count += 1;
        self.first.get_or_insert(problem);
    }

    fn note(self, list: &List, place: &Place, step: &mut Step) {
        let Some(first) = self.first else { return };
        let reason = match self.count {
            1 => format!("{first}; it was left out"),
            count => format!("{first}; {count} such objects were left out"),
        };
        fairlead_connector::log::warn!("{reason}");
        step.note(list.item, &place.scope, Coverage::Partial, reason);
    }
}
