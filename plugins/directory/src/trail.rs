//! Notices that the links from page to page lead in a circle, without remembering them all.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::{Deserialize, Serialize};

/// The way through a list so far: a mark of one link, as Brent's algorithm chooses it. The mark moves on at the
/// pages 1, 2, 4, 8 and so on; once it is on the circle, and that is no longer than the way to the next move, the
/// links come back to it. At most three times as many pages are read as there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Trail {
    mark: Option<u64>,
}

impl Trail {
    /// The way with page `page` (counted from 0, which no link leads to) added; none if its link was marked
    /// before.
    pub(crate) fn with(self, page: u32, link: &str) -> Option<Self> {
        let mut hasher = DefaultHasher::new();
        link.hash(&mut hasher);
        let found = hasher.finish();
        if self.mark == Some(found) {
            return None;
        }
        Some(if page.is_power_of_two() { Self { mark: Some(found) } } else { self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages that are read of a list whose page after the last leads back to another.
    fn pages_read(last: u32, back_to: u32) -> Option<u32> {
        let (mut trail, mut at) = (Trail::default(), 0);
        for page in 1..10_000 {
            at = if at == last { back_to } else { at + 1 };
            match trail.with(page, &format!("https://graph.example/users?$skiptoken={at}")) {
                Some(next) => trail = next,
                None => return Some(page),
            }
        }
        None
    }

    #[test]
    fn a_circle_of_any_length_that_begins_anywhere_is_found_soon() {
        for last in 1..60 {
            for back_to in 1..=last {
                let read = pages_read(last, back_to).expect("it is found");
                assert!(read <= 3 * last.max(1), "{last} {back_to}: {read}");
            }
        }
    }

    #[test]
    fn a_list_that_ends_is_read_to_its_end() {
        assert_eq!(pages_read(u32::MAX, 0), None);
    }
}
