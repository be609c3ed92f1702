//! `/users`, `/groups` and their like: the whole collection, its `$count`, and one member.

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::mailbox::{self, Settings};
use super::page::{self, MAXIMUM, Window};
use super::permission;
use super::query::Query;
use super::resource::Resource;
use crate::world::ObjectKind;

/// The largest page of users with `signInActivity` (azure.md 2.2).
const WITH_ACTIVITY: usize = 500;

const ACTIVITY: &str = "signInActivity";
const MAILBOX: &str = "mailboxSettings";

/// `GET /<set>` and `GET /<set>/$count`
pub(super) fn list<T: Resource>(ask: &Ask<'_>) -> Answer {
    ask.need(T::NEED)?;
    ask.check_options()?;
    let mut maximum = MAXIMUM;
    if T::KIND == ObjectKind::User {
        if ask.options.selects(MAILBOX) {
            return Err(GraphError::not_implemented(
                "The property mailboxSettings can be read of a single user only.",
            ));
        }
        if wants_activity(ask) {
            check_activity(ask)?;
            maximum = WITH_ACTIVITY;
        }
    }
    let query = Query::<T>::new(ask, ask.options.select.as_deref())?;
    if ask.path.count {
        return page::raw_count(ask, || query.count());
    }
    let window = Window::of(ask, maximum).map_err(|error| too_many_with_activity(error, maximum))?;
    let fragment = format!("{}{}", T::SET, query.suffix());
    Ok(page::collection(ask, &fragment, window, || query.count(), |json, window| query.fill(json, window)))
}

/// `GET /<set>/{id}`
pub(super) fn get<T: Resource>(ask: &Ask<'_>) -> Answer {
    ask.need(T::NEED)?;
    let key = ask.key(0);
    let object = ask.object(T::KIND, key)?;
    let mut select = ask.options.select.clone();
    let with_mailbox = T::KIND == ObjectKind::User && ask.options.selects(MAILBOX);
    if with_mailbox {
        mailbox::authorize(ask)?;
        if let Some(names) = &mut select {
            names.retain(|name| !name.eq_ignore_ascii_case(MAILBOX));
        }
    }
    if T::KIND == ObjectKind::User && wants_activity(ask) {
        check_activity(ask)?;
        if key.parse::<uuid::Uuid>().is_err() {
            return Err(GraphError::request(
                "Get By Key only supports UserId and the key has to be a valid Guid",
            ));
        }
    }
    let query = Query::<T>::new(ask, select.as_deref())?;
    let item = T::at(ask.tenant, object.position)
        .map(|item| (object.position, item))
        .ok_or_else(|| GraphError::not_found(key))?;
    let settings = if with_mailbox { Some(Settings::of(ask, object.position)?) } else { None };
    Ok(ask.entity(&format!("{}{}/$entity", T::SET, query.suffix()), |json| {
        query.write(json, &item);
        if let Some(settings) = settings {
            json.object_member(MAILBOX, |json| settings.write(json));
        }
    }))
}

fn wants_activity(ask: &Ask<'_>) -> bool {
    let filters = ask.options.filter.iter().flat_map(|filter| filter.properties());
    ask.options.selects(ACTIVITY) || filters.into_iter().any(|name| name.eq_ignore_ascii_case(ACTIVITY))
}

/// Sign-in activity needs the audit permission, then the licence.
fn check_activity(ask: &Ask<'_>) -> Answer<()> {
    ask.need(permission::AUDIT)?;
    if ask.tenant.licences.reports() { Ok(()) } else { Err(GraphError::needs_p1()) }
}

fn too_many_with_activity(error: GraphError, maximum: usize) -> GraphError {
    if maximum == MAXIMUM || error.code != "Request_UnsupportedQuery" {
        return error;
    }
    GraphError::request(format!("Cannot query data for more than {maximum} users at a time."))
}
