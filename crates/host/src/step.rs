//! What a connector returned, checked: nothing that was not declared, nothing that does not fit together.
//!
//! Bodies are checked to be braces around something, not parsed: a connector passes them on as Azure sent them,
//! and parsing every record twice would cost more than everything else the host does.

use fairlead_model::{Description, ItemBatch, Kind, LinkBatch, Reference, Step, Task, Texts};

use crate::{
    bindings::fairlead::connector::types as wit,
    error::Cause,
    limits::{Limit, Limits},
    work::plain,
};

/// Takes over a step.
pub(crate) fn step(step: wit::Step, description: &Description, limits: &Limits) -> Result<Step, Cause> {
    let records = step.items.iter().map(|batch| batch.ids.ends.len()).sum::<usize>()
        + step.links.iter().map(|batch| batch.targets.ends.len()).sum::<usize>()
        + step.removed.len();
    if records > limits.count(Limit::Records) {
        return Err(Cause::exceeded(Limit::Records, limits));
    }
    let tasks = tasks(step.tasks, limits)?;
    let taken = Step {
        items: all(step.items, |batch| items(batch, &description.items))?,
        links: all(step.links, |batch| links(batch, &description.links))?,
        removed: all(step.removed, |reference| removed(reference, &description.items))?,
        tasks,
        bookmarks: step.bookmarks.into_iter().map(Into::into).collect(),
        coverage: all(step.coverage, |note| {
            let known =
                is_declared(&description.items, &note.kind) || is_declared(&description.links, &note.kind);
            if known { Ok(note.into()) } else { Err(undeclared("coverage", &note.kind)) }
        })?,
    };
    taken.check().map_err(Cause::InvalidOutput)?;
    Ok(taken)
}

/// Takes over the tasks of a plan or a step.
pub(crate) fn tasks(tasks: Vec<wit::Task>, limits: &Limits) -> Result<Vec<Task>, Cause> {
    if tasks.len() > limits.count(Limit::Tasks) {
        return Err(Cause::exceeded(Limit::Tasks, limits));
    }
    all(
        tasks,
        |task| {
            if task.kind.is_empty() { Err("a task without a kind".to_owned()) } else { Ok(task.into()) }
        },
    )
}

fn all<A, B>(given: Vec<A>, take: impl FnMut(A) -> Result<B, String>) -> Result<Vec<B>, Cause> {
    given.into_iter().map(take).collect::<Result<_, _>>().map_err(Cause::InvalidOutput)
}

fn items(batch: wit::ItemBatch, declared: &[Kind]) -> Result<ItemBatch, String> {
    if !is_declared(declared, &batch.kind) {
        return Err(undeclared("items", &batch.kind));
    }
    let wrong = |problem| format!("items of kind \"{}\": {problem}", plain(&batch.kind));
    Ok(ItemBatch {
        ids: ids(batch.ids).map_err(wrong)?,
        names: batch.names.try_into().map_err(wrong)?,
        bodies: bodies(batch.bodies).map_err(wrong)?,
        parent: batch.parent.map(reference),
        kind: batch.kind,
    })
}

fn links(batch: wit::LinkBatch, declared: &[Kind]) -> Result<LinkBatch, String> {
    if !is_declared(declared, &batch.kind) {
        return Err(undeclared("links", &batch.kind));
    }
    let wrong = |problem| format!("links of kind \"{}\": {problem}", plain(&batch.kind));
    Ok(LinkBatch {
        targets: ids(batch.targets).map_err(wrong)?,
        labels: batch.labels.map(Texts::try_from).transpose().map_err(wrong)?,
        bodies: batch.bodies.map(bodies).transpose().map_err(wrong)?,
        origin: reference(batch.origin),
        target_kind: batch.target_kind,
        kind: batch.kind,
    })
}

fn removed(removed: wit::Reference, declared: &[Kind]) -> Result<Reference, String> {
    if is_declared(declared, &removed.kind) {
        Ok(reference(removed))
    } else {
        Err(undeclared("removed items", &removed.kind))
    }
}

fn reference(reference: wit::Reference) -> Reference {
    Reference { kind: reference.kind, id: reference.id }
}

fn ids(texts: wit::Texts) -> Result<Texts, String> {
    let ids = Texts::try_from(texts)?;
    if ids.iter().any(str::is_empty) { Err("an id is empty".to_owned()) } else { Ok(ids) }
}

fn bodies(texts: wit::Texts) -> Result<Texts, String> {
    let bodies = Texts::try_from(texts)?;
    if let Some(body) = bodies.iter().find(|body| !(body.starts_with('{') && body.ends_with('}'))) {
        let start: String = body.chars().take(40).collect();
        return Err(format!("a body is not a JSON object: {}", plain(&start)));
    }
    Ok(bodies)
}

fn is_declared(kinds: &[Kind], name: &str) -> bool {
    kinds.iter().any(|kind| kind.name == name)
}

fn undeclared(what: &str, kind: &str) -> String {
    format!("{what} of kind \"{}\", which its description does not declare", plain(kind))
}
