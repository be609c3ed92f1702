//! Links that are asked for object by object: members, owners, app-role assignments.
//!
//! A task asks for those of twenty objects at once, so that the host can batch the calls. A list that goes on is
//! continued by a task of its own.

use std::collections::BTreeMap;

use fairlead_connector::{
    Answer, Api, Azure, Coverage, Element, Failure, LinkBatch, Reference, Request, Step, Task, Text,
    elements, judge,
};
use serde::{Deserialize, Serialize};

use crate::{
    Collector, Selection, kind,
    list::{Target, circle},
    trail::Trail,
};

/// Objects a task asks about: Graph takes twenty calls in a batch, and an object has two lists.
const OBJECTS: usize = 20;

/// Members and owners are read from beta: v1.0 has left service principals out of these lists.
const MEMBERS_VERSION: &str = "beta";

/// An object whose links are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) id: String,
    /// A group that shows its members to its members only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) hidden: bool,
}

/// Which objects a task is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fan {
    Groups,
    ServicePrincipals,
}

impl Fan {
    /// Kind of the tasks.
    pub(crate) fn task(self) -> &'static str {
        match self {
            Self::Groups => "group-links",
            Self::ServicePrincipals => "service-principal-links",
        }
    }

    fn relations(self, selection: &Selection) -> Vec<Relation> {
        let all = match self {
            Self::Groups => [(Relation::Members, true), (Relation::GroupOwners, true)],
            Self::ServicePrincipals => [
                (Relation::Assigned, selection.has(Collector::AppRoleAssignments)),
                (Relation::PrincipalOwners, selection.has(Collector::ServicePrincipalOwners)),
            ],
        };
        all.into_iter().filter(|(_, wanted)| *wanted).map(|(relation, _)| relation).collect()
    }

    /// The tasks that ask for the links of these objects.
    pub(crate) fn tasks(self, origins: &[Origin]) -> impl Iterator<Item = Result<Task, Failure>> + '_ {
        origins
            .chunks(OBJECTS)
            .map(move |some| Task::new(self.task(), some[0].id.clone(), &Work::First { of: some.to_vec() }))
    }
}

/// A list that an object has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Relation {
    Members,
    GroupOwners,
    Assigned,
    PrincipalOwners,
}

impl Relation {
    fn link(self) -> &'static str {
        match self {
            Self::Members => kind::MEMBER,
            Self::GroupOwners | Self::PrincipalOwners => kind::OWNER,
            Self::Assigned => kind::APP_ROLE_ASSIGNMENT,
        }
    }

    fn origin(self) -> &'static str {
        match self {
            Self::Members | Self::GroupOwners => kind::GROUP,
            Self::Assigned | Self::PrincipalOwners => kind::SERVICE_PRINCIPAL,
        }
    }

    fn first(self, id: &str) -> Request {
        let path = match self {
            Self::Members => format!("/{MEMBERS_VERSION}/groups/{id}/members?$select=id&$top=999"),
            Self::GroupOwners => format!("/{MEMBERS_VERSION}/groups/{id}/owners?$select=id&$top=999"),
            Self::Assigned => format!("/v1.0/servicePrincipals/{id}/appRoleAssignedTo?$top=999"),
            Self::PrincipalOwners => format!("/v1.0/servicePrincipals/{id}/owners?$select=id&$top=999"),
        };
        Request::get(Api::Graph, path)
    }

    fn what(self, id: &str) -> String {
        match self {
            Self::Members => format!("the members of group {id}"),
            Self::GroupOwners => format!("the owners of group {id}"),
            Self::Assigned => format!("the assignments to service principal {id}"),
            Self::PrincipalOwners => format!("the owners of service principal {id}"),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Work {
    /// The first pages of these objects.
    First { of: Vec<Origin> },
    /// Another page of one list.
    More {
        of: Origin,
        relation: Relation,
        page: u32,
        link: String,
        #[serde(default)]
        trail: Trail,
    },
}

/// Does a task.
pub(crate) fn run(fan: Fan, selection: &Selection, azure: &impl Azure, task: &Task) -> Result<Step, Failure> {
    let mut step = Step::new();
    match task.read()? {
        Work::First { of } => {
            let relations = fan.relations(selection);
            let asked: Vec<_> = of
                .iter()
                .flat_map(|origin| relations.iter().map(move |relation| (origin, *relation)))
                .collect();
            let requests = asked.iter().map(|(origin, relation)| relation.first(&origin.id)).collect();
            let mut refused = BTreeMap::new();
            for ((origin, relation), sent) in asked.into_iter().zip(azure.send_all(requests)) {
                let answer = judge(&relation.what(&origin.id), sent)?;
                let list = Listed { fan, relation, origin, page: 0, trail: Trail::default() };
                if let Some(why) = list.take(answer, &mut step)? {
                    refused.entry(relation).or_insert_with(Vec::new).push((origin, why));
                }
            }
            for (relation, refused) in refused {
                note(relation, of.len(), &refused, &mut step);
            }
        }
        Work::More { of, relation, page, link, trail } => {
            let answer = judge(&relation.what(&of.id), azure.send(Request::get(Api::Graph, link)))?;
            let list = Listed { fan, relation, origin: &of, page, trail };
            if let Some((coverage, reason)) = list.take(answer, &mut step)? {
                step.note(relation.link(), &of.id, coverage, reason);
            }
        }
    }
    Ok(step)
}

/// How much was seen, and why not more.
type Why = (Coverage, String);

/// Notes what was refused. What all objects are refused alike is a matter of the permission, and one note for the
/// tenant; else each object has its own.
fn note(relation: Relation, asked: usize, refused: &[(&Origin, Why)], step: &mut Step) {
    let alike = refused.iter().all(|(origin, why)| !origin.hidden && why.0 == refused[0].1.0);
    if refused.len() == asked && alike && refused[0].1.0 != Coverage::Partial {
        let (coverage, reason) = refused[0].1.clone();
        step.note(relation.link(), "", coverage, reason);
        return;
    }
    for (origin, (coverage, reason)) in refused {
        step.note(relation.link(), &origin.id, *coverage, reason.clone());
    }
}

/// What a page had.
#[derive(Default)]
struct Found {
    links: usize,
    /// Entries that could not be taken.
    odd: usize,
    /// The link to the next page.
    next: Option<String>,
}

/// A page of one list of one object.
struct Listed<'o> {
    fan: Fan,
    relation: Relation,
    origin: &'o Origin,
    page: u32,
    trail: Trail,
}

impl Listed<'_> {
    fn take(&self, answer: Answer, step: &mut Step) -> Result<Option<Why>, Failure> {
        let what = self.relation.what(&self.origin.id);
        let body = match answer {
            Answer::Found(body) => body,
            Answer::Denied(reason) => return Ok(Some((Coverage::Denied, reason))),
            Answer::Unlicensed(reason) => return Ok(Some((Coverage::Unlicensed, reason))),
            // Deleted while the sync runs: what is not there has no links.
            Answer::Gone => return Ok(None),
            Answer::Rejected(error) => return Ok(Some((Coverage::Partial, error.sentence(&what)))),
        };
        let Found { links, odd, next } = match self.relation {
            Relation::Assigned => self.assignments(&what, &body, step)?,
            _ => self.objects(&what, &body, step)?,
        };
        if let Some(link) = next {
            self.follow(link, step)?;
        }
        if odd > 0 {
            return Ok(Some((
                Coverage::Partial,
                format!("{what}: {odd} entries without an id were left out"),
            )));
        }
        let hides =
            self.relation == Relation::Members && self.origin.hidden && self.page == 0 && links + odd == 0;
        Ok(hides.then(|| {
            let reason = format!(
                "{what} are hidden: without the permission Member.Read.Hidden nobody can tell whether there are any"
            );
            (Coverage::Partial, reason)
        }))
    }

    /// A page of directory objects of any type: a batch of links for each type.
    fn objects(&self, what: &str, body: &[u8], step: &mut Step) -> Result<Found, Failure> {
        let mut batches: Vec<(Text<'_>, LinkBatch)> = Vec::new();
        let mut found = Found::default();
        let next = elements(what, body, |Element { read, .. }: Element<'_, Target<'_>>| {
            let target = read.ok().and_then(|Target { id, odata_type }| Some((id?, odata_type)));
            let Some((id, odata_type)) = target.filter(|(id, _)| !id.is_empty()) else {
                found.odd += 1;
                return;
            };
            found.links += 1;
            let odata_type = odata_type.unwrap_or_default();
            let at = batches.iter().position(|(known, _)| *known == odata_type).unwrap_or_else(|| {
                let kind = kind::of_type(&odata_type);
                batches.push((odata_type, LinkBatch::new(self.relation.link(), self.reference(), kind)));
                batches.len() - 1
            });
            batches[at].1.push(&id);
        })?;
        for (_, batch) in batches {
            step.add_links(batch);
        }
        Ok(Found { next: next.map(Text::into_string), ..found })
    }

    /// A page of app-role assignments: who has which role, with the assignment itself.
    fn assignments(&self, what: &str, body: &[u8], step: &mut Step) -> Result<Found, Failure> {
        let mut batches: BTreeMap<String, LinkBatch> = BTreeMap::new();
        let mut found = Found::default();
        let next = elements(what, body, |Element { raw, read }: Element<'_, Assignment<'_>>| {
            let Some((kind, id, role)) = read.ok().and_then(Assignment::parts) else {
                found.odd += 1;
                return;
            };
            found.links += 1;
            let batch = batches.entry(kind.to_string());
            let link = self.relation.link();
            let batch =
                batch.or_insert_with_key(|kind| LinkBatch::new(link, self.reference(), kind.as_str()));
            batch.push_labelled(&id, &role, raw);
        })?;
        for batch in batches.into_values() {
            step.add_links(batch);
        }
        Ok(Found { next: next.map(Text::into_string), ..found })
    }

    fn reference(&self) -> Reference {
        Reference::new(self.relation.origin(), self.origin.id.as_str())
    }

    fn follow(&self, link: String, step: &mut Step) -> Result<(), Failure> {
        let page = self.page + 1;
        let what = || self.relation.what(&self.origin.id);
        let trail = self.trail.with(page, &link).ok_or_else(|| Failure::Fatal(circle(&what())))?;
        let key = format!("{} {} {}", self.origin.id, self.relation.link(), page + 1);
        let work = Work::More { of: self.origin.clone(), relation: self.relation, page, link, trail };
        step.then(Task::new(self.fan.task(), key, &work)?);
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment<'a> {
    #[serde(borrow)]
    principal_id: Text<'a>,
    principal_type: Option<Text<'a>>,
    app_role_id: Option<Text<'a>>,
}

impl<'a> Assignment<'a> {
    /// The kind and the id of who has the role, and the role; absent where it is nobody.
    fn parts(self) -> Option<(std::borrow::Cow<'static, str>, Text<'a>, Text<'a>)> {
        // Types are spelled "User", "Group", "ServicePrincipal" here: the first letter differs from the others.
        let mut name = self.principal_type.unwrap_or_default().into_string();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        (!self.principal_id.is_empty())
            .then(|| (kind::of_type(&name), self.principal_id, self.app_role_id.unwrap_or_default()))
    }
}
