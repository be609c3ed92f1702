//! Reads a collection page by page, so that memory grows with the page and not with the tenant.

use super::host::{Ends, Failure, LinkKey, Snapshot, Texts};

/// Items a page. A body is about a kilobyte, so a page is a few megabytes at most.
const ITEMS: u32 = 2_000;

/// Links a page; each is about 150 bytes.
const LINKS: u32 = 10_000;

/// One item, borrowed from its page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'a> {
    pub(crate) id: &'a str,
    /// Kind and id.
    pub(crate) parent: Option<(&'a str, &'a str)>,
    /// The object as Azure returned it.
    pub(crate) body: &'a str,
}

impl<'a> Item<'a> {
    /// The body as a type that borrows from it.
    pub(crate) fn parse<T: serde::Deserialize<'a>>(&self, kind: &str) -> Result<T, Failure> {
        serde_json::from_str(self.body).map_err(|error| {
            Failure::Fatal(format!(
                "what Azure said of {kind} {} is not what this connector understands: {error}",
                self.id
            ))
        })
    }
}

/// One link, borrowed from its page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) origin_kind: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) target_kind: &'a str,
    pub(crate) target: &'a str,
    pub(crate) label: &'a str,
}

/// Calls `each` for every item of a kind, in the order of their ids.
pub(crate) fn items(
    snapshot: &dyn Snapshot,
    kind: &str,
    mut each: impl FnMut(Item<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let page = snapshot.items(kind, after.as_deref(), ITEMS);
        let rows = page.ids.len();
        if rows == 0 {
            return Ok(());
        }
        let columns = [&page.ids, &page.parent_kinds, &page.parent_ids, &page.bodies];
        let [mut ids, mut parent_kinds, mut parents, mut bodies] = columns.map(Texts::iter);
        for _ in 0..rows {
            let item = (|| {
                let id = ids.next()?;
                let parent = (parent_kinds.next()?, parents.next()?);
                let parent = (!parent.0.is_empty()).then_some(parent);
                Some(Item { id, parent, body: bodies.next()? })
            })();
            each(item.ok_or_else(uneven)?)?;
        }
        after = page.ids.iter().last().map(str::to_owned);
    }
}

/// Calls `each` for every link of a kind whose both ends were collected, in the order of their keys.
pub(crate) fn links(
    snapshot: &dyn Snapshot,
    kind: &str,
    mut each: impl FnMut(Link<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after: Option<LinkKey> = None;
    loop {
        let page = snapshot.links(kind, Ends::Collected, after.as_ref(), LINKS);
        let rows = page.origin_ids.len();
        if rows == 0 {
            return Ok(());
        }
        let columns =
            [&page.origin_kinds, &page.origin_ids, &page.target_kinds, &page.target_ids, &page.labels];
        let [mut origin_kinds, mut origins, mut target_kinds, mut targets, mut labels] =
            columns.map(Texts::iter);
        let mut last = None;
        for _ in 0..rows {
            let link = (|| {
                Some(Link {
                    origin_kind: origin_kinds.next()?,
                    origin: origins.next()?,
                    target_kind: target_kinds.next()?,
                    target: targets.next()?,
                    label: labels.next()?,
                })
            })()
            .ok_or_else(uneven)?;
            each(link)?;
            last = Some(link);
        }
        after = last.map(|link| LinkKey {
            origin_kind: link.origin_kind.to_owned(),
            origin_id: link.origin.to_owned(),
            target_kind: link.target_kind.to_owned(),
            target_id: link.target.to_owned(),
            label: link.label.to_owned(),
        });
    }
}

fn uneven() -> Failure {
    Failure::Fatal("the host handed over a page whose columns are of unequal length".to_owned())
}
