//! A query on one collection of directory objects: which members, in which order, and what of each.

use std::collections::BTreeSet;

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::expand::Expansion;
use super::page::{Window, fill};
use super::resource::Resource;
use super::shape;
use crate::odata::entity::{bind, property};
use crate::odata::filter::{Comparison, Expression, Literal};
use crate::odata::search::Search;
use crate::odata::{Filter, JsonWriter, Property, QueryError, Selection, Value, order};
use crate::world::ObjectRef;

/// Refuses an advanced query without its header and `$count=true` (azure.md 2.3).
pub(super) fn need_advanced(ask: &Ask<'_>, what: &str) -> Answer<()> {
    const MORE: &str = "Refer to https://aka.ms/graph-docs/advanced-queries for more information";
    if !ask.eventual() {
        return Err(GraphError::unsupported(format!(
            "{what} is not supported because the 'ConsistencyLevel:eventual' header is missing. {MORE}"
        )));
    }
    if !ask.options.count && !ask.path.count {
        return Err(GraphError::unsupported(format!(
            "{what} is not supported because the required parameters might be missing. Try adding $count=true query \
             parameter and ConsistencyLevel:eventual header. {MORE}"
        )));
    }
    Ok(())
}

/// A query on the collection of `T`.
pub(super) struct Query<'a, T: Resource> {
    ask: &'a Ask<'a>,
    selection: Selection<T>,
    filter: Option<Filter<&'static Property<T>>>,
    expansion: Option<Expansion>,
    /// The only members that can match, or all members in the order asked for.
    listed: Option<Vec<u32>>,
}

impl<'a, T: Resource> Query<'a, T> {
    /// Reads the options of a request; `select` may leave out what the collection handles apart.
    pub(super) fn new(ask: &'a Ask<'a>, select: Option<&[String]>) -> Answer<Self> {
        check_advanced(ask)?;
        let filter = ask.options.filter.clone().map(bind::<T>).transpose()?;
        let mut query = Self {
            ask,
            selection: shape::selection::<T>(ask, select)?,
            expansion: Expansion::of::<T>(ask)?,
            listed: filter.as_ref().and_then(|filter| candidates::<T>(ask, &filter.root)).map(Vec::from_iter),
            filter,
        };
        for name in ask.options.search.iter().flat_map(Search::properties) {
            property::<T>(name).ok_or_else(|| QueryError::filter_property(name, T::TYPE))?;
        }
        query.sort()?;
        Ok(query)
    }

    /// The part of the context in parentheses.
    pub(super) fn suffix(&self) -> String {
        let mut names: Vec<String> = self.ask.options.select.clone().unwrap_or_default();
        names.extend(self.expansion.as_ref().map(|expansion| format!("{}()", expansion.name())));
        if names.is_empty() { String::new() } else { format!("({})", names.join(",")) }
    }

    /// How many members match.
    pub(super) fn count(&self) -> usize {
        if self.filter.is_none() && self.ask.options.search.is_none() {
            return T::len(self.ask.tenant);
        }
        self.rows(0).filter(|(_, row)| self.keeps(row)).count()
    }

    /// Writes a page.
    pub(super) fn fill(&self, json: &mut JsonWriter, window: Window) -> Option<u32> {
        fill(
            json,
            window.size,
            self.rows(window.start),
            |row| self.keeps(row),
            |json, row| {
                json.object(|json| self.write(json, row));
            },
        )
    }

    /// The members of one object: its properties and what is expanded.
    pub(super) fn write(&self, json: &mut JsonWriter, (position, item): &(u32, T::Item<'a>)) {
        self.selection.write(json, item);
        if let Some(expansion) = &self.expansion {
            expansion.write(json, self.ask, ObjectRef::new(T::KIND, *position));
        }
    }

    /// The members from a cursor on, each with its cursor.
    fn rows(&self, start: u32) -> impl Iterator<Item = (u32, (u32, T::Item<'a>))> {
        let tenant = self.ask.tenant;
        let end = match &self.listed {
            Some(listed) => u32::try_from(listed.len()).unwrap_or(u32::MAX),
            None => T::slots(tenant),
        };
        (start..end).filter_map(move |cursor| {
            let position = match &self.listed {
                Some(listed) => *listed.get(cursor as usize)?,
                None => cursor,
            };
            Some((cursor, (position, T::at(tenant, position)?)))
        })
    }

    fn keeps(&self, (_, item): &(u32, T::Item<'a>)) -> bool {
        let call = |function: &str, arguments: &[Literal]| {
            function.eq_ignore_ascii_case("isof")
                && arguments.first().and_then(Literal::text).is_some_and(shape::is_type::<T>)
        };
        let found = |name: &str| property::<T>(name).map_or(Value::Null, |property| (property.read)(item));
        self.filter.as_ref().is_none_or(|filter| filter.matches(&|property| (property.read)(item), &call))
            && self.ask.options.search.as_ref().is_none_or(|search| search.matches(&found))
    }

    /// Puts the members in order. The directory has an index for this; here it takes a look at all of them.
    fn sort(&mut self) -> Answer<()> {
        let Some(order) = self.ask.options.order_by.first() else { return Ok(()) };
        let by = property::<T>(&order.property)
            .ok_or_else(|| QueryError::filter_property(&order.property, T::TYPE))?;
        let mut keyed: Vec<(String, u32)> =
            self.rows(0).map(|(_, (position, item))| (order::key(&(by.read)(&item)), position)).collect();
        keyed.sort();
        if order.descending {
            keyed.reverse();
        }
        self.listed = Some(keyed.into_iter().map(|(_, position)| position).collect());
        Ok(())
    }
}

fn check_advanced(ask: &Ask<'_>) -> Answer<()> {
    let options = &ask.options;
    if options.search.is_some() && !ask.eventual() {
        return Err(GraphError::unsupported(
            "Request with $search query parameter only works through MSGraph with a special request header: \
             'ConsistencyLevel: eventual'",
        ));
    }
    let Some(filter) = &options.filter else { return Ok(()) };
    let what = match filter.advanced_operator() {
        Some(operator) => format!("Operator '{operator}'"),
        None if !options.order_by.is_empty() => "Sorting with a filter".to_owned(),
        None => return Ok(()),
    };
    need_advanced(ask, &what)?;
    if options.expand.is_empty() {
        Ok(())
    } else {
        Err(GraphError::unsupported("$expand is not supported with advanced query parameters."))
    }
}

/// The positions that an expression on unique properties leaves over; none when it is no such expression.
pub(super) fn candidates<T: Resource>(
    ask: &Ask<'_>,
    part: &Expression<&'static Property<T>>,
) -> Option<BTreeSet<u32>> {
    let found = |name: &str, values: &[Literal]| {
        let values = values.iter().filter_map(Literal::text);
        T::UNIQUE
            .contains(&name)
            .then(|| values.filter_map(|value| T::find(ask.tenant, name, value)).collect())
    };
    match part {
        Expression::Compare(path, Comparison::Equal, value) => {
            found(path.property.name, std::slice::from_ref(value))
        }
        Expression::In(path, values) => found(path.property.name, values),
        Expression::And(left, right) => candidates(ask, left).or_else(|| candidates(ask, right)),
        Expression::Or(left, right) => {
            let mut both = candidates(ask, left)?;
            both.extend(candidates(ask, right)?);
            Some(both)
        }
        _ => None,
    }
}
