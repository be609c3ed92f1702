//! Collections of things that are no directory objects: grants, roles, schedules, domains.

use super::ask::Ask;
use super::error::Answer;
use super::page::{self, Window, fill};
use crate::odata::entity::{bind, property};
use crate::odata::{Entity, JsonWriter, QueryError, Selection, order};

/// How a collection pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paging {
    /// Pages of at most so many rows.
    UpTo(usize),
    /// All in one answer; `$top` is of no effect.
    None,
}

/// Answers the rows that `source` gives, each time anew, in an order that stays the same.
pub(super) fn list<'w, T: Entity, I: Iterator<Item = T::Item<'w>>>(
    ask: &Ask<'_>,
    fragment: &str,
    paging: Paging,
    source: impl Fn() -> I,
    extra: impl Fn(&mut JsonWriter, &T::Item<'w>),
) -> Answer {
    let selection = Selection::<T>::new(ask.options.select.as_deref(), ask.path.beta)?;
    let filter = ask.options.filter.clone().map(bind::<T>).transpose()?;
    let keep = |row: &T::Item<'w>| {
        filter.as_ref().is_none_or(|filter| filter.matches(&|property| (property.read)(row), &|_, _| false))
    };
    let count = || source().filter(|row| keep(row)).count();
    if ask.path.count {
        return page::raw_count(ask, count);
    }
    let window = match paging {
        Paging::UpTo(maximum) => Window::of(ask, maximum)?,
        Paging::None => Window::ALL,
    };
    let fragment = format!("{fragment}{}", selection.context_suffix());
    let ordered = sorted::<T, I>(ask, &source)?;
    Ok(page::collection(ask, &fragment, window, count, |json, window| {
        let rows: Box<dyn Iterator<Item = T::Item<'w>>> = match ordered {
            Some(rows) => Box::new(rows.into_iter()),
            None => Box::new(source()),
        };
        let rows = (0_u32..).zip(rows).skip(window.start as usize);
        fill(json, window.size, rows, keep, |json, row| {
            json.object(|json| {
                selection.write(json, row);
                extra(json, row);
            });
        })
    }))
}

/// Answers one thing.
pub(super) fn get<T: Entity>(
    ask: &Ask<'_>,
    fragment: &str,
    row: &T::Item<'_>,
    extra: impl Fn(&mut JsonWriter),
) -> Answer {
    let selection = Selection::<T>::new(ask.options.select.as_deref(), ask.path.beta)?;
    let fragment = format!("{fragment}{}/$entity", selection.context_suffix());
    Ok(ask.entity(&fragment, |json| {
        selection.write(json, row);
        extra(json);
    }))
}

/// The rows by `$orderby`, if there is one.
fn sorted<'w, T: Entity, I: Iterator<Item = T::Item<'w>>>(
    ask: &Ask<'_>,
    source: impl Fn() -> I,
) -> Answer<Option<Vec<T::Item<'w>>>> {
    let Some(order) = ask.options.order_by.first() else { return Ok(None) };
    let by = property::<T>(&order.property)
        .ok_or_else(|| QueryError::filter_property(&order.property, T::TYPE))?;
    let mut rows: Vec<_> = source().collect();
    rows.sort_by_cached_key(|row| order::key(&(by.read)(row)));
    if order.descending {
        rows.reverse();
    }
    Ok(Some(rows))
}
