//! Pages: the envelope of a collection, written while it is read; a page costs what is on it.

use http::StatusCode;

use super::ask::Ask;
use super::error::{Answer, GraphError};
use crate::odata::{JsonWriter, token};
use crate::server::call::Response;

/// The default page size of directory collections.
const DEFAULT: usize = 100;
/// The largest page of directory collections.
pub(super) const MAXIMUM: usize = 999;
/// How many objects a page looks at before it ends short: a rare filter must not make one request read a
/// million users. Clients have to follow the link of a short page anyway.
const LOOKS: usize = 100_000;

/// Which part of a collection is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// The cursor of the first row.
    pub(super) start: u32,
    /// How many rows at most.
    pub(super) size: usize,
}

impl Window {
    /// Everything, for collections without paging.
    pub(super) const ALL: Self = Self { start: 0, size: usize::MAX };

    /// What `$top` and `$skiptoken` ask for; the default page when they are absent.
    pub(super) fn of(ask: &Ask<'_>, maximum: usize) -> Answer<Self> {
        let size = ask.options.page_size(DEFAULT.min(maximum), maximum)?;
        let start = match &ask.options.skip_token {
            None => 0,
            Some(text) => token::decode::<1>(ask.template, text)
                .and_then(|[start]| u32::try_from(start).ok())
                .ok_or_else(|| GraphError::request("The specified page token is badly formed."))?,
        };
        Ok(Self { start, size })
    }
}

/// Answers a collection: `count` is asked only when the client asked and may have it.
pub(super) fn collection(
    ask: &Ask<'_>,
    fragment: &str,
    window: Window,
    count: impl FnOnce() -> usize,
    fill: impl FnOnce(&mut JsonWriter, Window) -> Option<u32>,
) -> Response {
    let mut json = JsonWriter::with_capacity(window.size.min(MAXIMUM) * 300 + 256);
    json.begin_object();
    json.string_member("@odata.context", &ask.context(fragment));
    let first = ask.options.skip_token.is_none();
    if ask.options.count && ask.eventual() && first {
        json.integer_member("@odata.count", i64::try_from(count()).unwrap_or(i64::MAX));
    }
    json.key("value");
    json.begin_array();
    let paged = window != Window::ALL;
    let next =
        if paged && ask.call.physics.empty_page() { Some(window.start) } else { fill(&mut json, window) };
    json.end_array();
    if let Some(next) = next {
        let token = token::encode(ask.template, &[u64::from(next)]);
        let link = ask.call.request.link(&[("$skiptoken", Some(&token))]);
        json.string_member("@odata.nextLink", &link);
    }
    json.end_object();
    Response::json(StatusCode::OK, json.into_bytes())
}

/// Writes the rows that are kept until the page is full; returns the cursor of the next one.
pub(super) fn fill<R>(
    json: &mut JsonWriter,
    size: usize,
    rows: impl Iterator<Item = (u32, R)>,
    keep: impl Fn(&R) -> bool,
    mut write: impl FnMut(&mut JsonWriter, &R),
) -> Option<u32> {
    let mut written = 0;
    for (looked, (cursor, row)) in rows.enumerate() {
        if looked >= LOOKS && size != usize::MAX {
            return Some(cursor);
        }
        if !keep(&row) {
            continue;
        }
        if written == size {
            return Some(cursor);
        }
        write(json, &row);
        written += 1;
    }
    None
}

/// `/$count`: a bare number.
pub(super) fn raw_count(ask: &Ask<'_>, count: impl FnOnce() -> usize) -> Answer {
    if !ask.eventual() {
        return Err(GraphError::unsupported(
            "Raw count (/$count) is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to \
             https://aka.ms/graph-docs/advanced-queries for more information",
        ));
    }
    Ok(Response::text(StatusCode::OK, count().to_string()))
}
