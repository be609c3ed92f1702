//! Pages: from a position on, as many as fit, with a link to the rest.

use http::StatusCode;

use super::error::ArmError;
use crate::odata::{JsonWriter, token};
use crate::server::call::{Request, Response};

/// What distinguishes one collection's pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Collection {
    /// Keeps its skip tokens out of other collections.
    pub(super) kind: &'static str,
    /// Items in a page when nothing is asked.
    pub(super) size: usize,
    /// The query option that asks for smaller pages; none when pages have one size only.
    pub(super) size_option: Option<&'static str>,
    /// The member that carries the link to the next page.
    pub(super) link: &'static str,
}

impl Collection {
    /// A collection with the usual link name and `$top`.
    pub(super) const fn new(kind: &'static str, size: usize) -> Self {
        Self { kind, size, size_option: Some("$top"), link: "nextLink" }
    }

    /// With another option for the page size.
    pub(super) const fn sized_by(self, option: &'static str) -> Self {
        Self { size_option: Some(option), ..self }
    }

    /// With pages of one size only.
    pub(super) const fn fixed(self) -> Self {
        Self { size_option: None, ..self }
    }

    /// With another name for the link.
    pub(super) const fn linked_as(self, link: &'static str) -> Self {
        Self { link, ..self }
    }
}

/// One page that was asked for.
#[derive(Debug)]
pub(super) struct Page<'a> {
    request: &'a Request,
    collection: Collection,
    /// The position that the page begins at.
    pub(super) start: usize,
    size: usize,
}

impl<'a> Page<'a> {
    /// The page of a collection that a request asks for.
    pub(super) fn of(request: &'a Request, collection: Collection) -> Result<Self, ArmError> {
        let start = match request.option("$skipToken") {
            None | Some("") => 0,
            Some(text) => token::decode::<1>(collection.kind, text)
                .and_then(|[start]| usize::try_from(start).ok())
                .ok_or_else(|| ArmError::InvalidSkipToken(text.to_owned()))?,
        };
        let size = match collection.size_option.and_then(|option| Some((option, request.option(option)?))) {
            None => collection.size,
            Some((option, text)) => text
                .parse::<usize>()
                .ok()
                .filter(|size| *size > 0)
                .ok_or_else(|| ArmError::InvalidOption { option, value: text.to_owned() })?
                .min(collection.size),
        };
        Ok(Self { request, collection, start, size })
    }

    /// Answers with the items, each with its position, none before the start of the page.
    pub(super) fn answer<T>(
        self,
        items: impl Iterator<Item = (usize, T)>,
        write: impl FnMut(&mut JsonWriter, T),
    ) -> Response {
        self.answer_with(items, write, |_| {})
    }

    /// The same, with more members beside `value`.
    pub(super) fn answer_with<T>(
        self,
        mut items: impl Iterator<Item = (usize, T)>,
        mut write: impl FnMut(&mut JsonWriter, T),
        beside: impl FnOnce(&mut JsonWriter),
    ) -> Response {
        let mut json = JsonWriter::with_capacity(4 * 1024);
        let mut next = None;
        json.object(|json| {
            json.array_member("value", |json| {
                for _ in 0..self.size {
                    let Some((_, item)) = items.next() else { return };
                    write(json, item);
                }
                next = items.next().map(|(position, _)| position);
            });
            beside(json);
            if let Some(position) = next {
                let token = token::encode(self.collection.kind, &[position as u64]);
                json.string_member(self.collection.link, &self.request.link(&[("$skipToken", Some(&token))]));
            }
        });
        Response::json(StatusCode::OK, json.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};
    use uuid::Uuid;

    use super::*;

    const NUMBERS: Collection = Collection::new("numbers", 4);

    fn request(target: &str) -> Request {
        Request::new(Method::GET, target, HeaderMap::new(), Bytes::new(), "https://arm:1", Uuid::nil())
    }

    fn read(target: &str) -> (Vec<i64>, Option<String>) {
        let request = request(target);
        let page = Page::of(&request, NUMBERS).expect("a page");
        let start = page.start;
        let response = page.answer((start..10).map(|n| (n, n)), |json, n| {
            json.integer(i64::try_from(n).expect("small"));
        });
        let body: serde_json::Value = serde_json::from_slice(&response.body).expect("JSON");
        let numbers =
            body["value"].as_array().expect("an array").iter().filter_map(serde_json::Value::as_i64);
        let link = body.get("nextLink").and_then(|link| link.as_str());
        (numbers.collect(), link.map(|link| link.trim_start_matches("https://arm:1").to_owned()))
    }

    #[test]
    fn following_the_links_gives_everything_once() {
        let mut seen = Vec::new();
        let mut next = Some("/numbers?api-version=2020-01-01&$top=3".to_owned());
        while let Some(target) = next {
            let (numbers, link) = read(&target);
            assert!(numbers.len() <= 3);
            seen.extend(numbers);
            next = link;
        }
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn a_full_last_page_has_no_link() {
        let token = token::encode("numbers", &[6]);
        assert_eq!(read(&format!("/numbers?$skiptoken={token}")), (vec![6, 7, 8, 9], None));
    }

    #[test]
    fn foreign_tokens_and_sizes_of_nothing_are_refused() {
        let foreign = token::encode("letters", &[1]);
        for (target, code) in [
            (format!("/numbers?$skipToken={foreign}"), "InvalidSkipToken"),
            ("/numbers?$top=0".to_owned(), "InvalidParameter"),
            ("/numbers?$top=many".to_owned(), "InvalidParameter"),
        ] {
            let error = Page::of(&request(&target), NUMBERS).expect_err("refused");
            assert_eq!(error.code(), code, "{target}");
        }
    }
}
