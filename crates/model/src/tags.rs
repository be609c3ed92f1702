//! Words a connection is found by.

use serde::{Deserialize, Serialize};

use crate::InvalidName;

/// The most tags a connection has.
pub const MOST_TAGS: usize = 10;
/// The longest tag, in characters.
pub const LONGEST_TAG: usize = 64;

/// A connection's tags: lower case, trimmed, inner blanks as single hyphens, each once, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Tags(Vec<String>);

impl Tags {
    /// Normalises tags as people give them.
    ///
    /// # Errors
    /// A sentence: too many, one too long, or one with characters that are not letters, digits or `-_.:=`.
    pub fn new<T: AsRef<str>>(given: impl IntoIterator<Item = T>) -> Result<Self, InvalidName> {
        let mut tags = given.into_iter().map(|tag| normalise(tag.as_ref())).collect::<Result<Vec<_>, _>>()?;
        tags.retain(|tag| !tag.is_empty());
        tags.sort();
        tags.dedup();
        if tags.len() > MOST_TAGS {
            return Err(InvalidName::from_text(format!(
                "{} tags are too many: a connection has at most {MOST_TAGS}",
                tags.len()
            )));
        }
        Ok(Self(tags))
    }

    /// The tags.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn normalise(given: &str) -> Result<String, InvalidName> {
    let tag = given.split_whitespace().collect::<Vec<_>>().join("-").to_lowercase();
    if tag.chars().count() > LONGEST_TAG {
        return Err(InvalidName::from_text(format!(
            "the tag \"{tag}\" is longer than {LONGEST_TAG} characters"
        )));
    }
    match tag.chars().find(|c| !c.is_alphanumeric() && !"-_.:=".contains(*c)) {
        None => Ok(tag),
        Some(odd) => Err(InvalidName::from_text(format!(
            "the tag {tag:?} has the character {odd:?}: use letters, digits and any of -_.:="
        ))),
    }
}

impl TryFrom<Vec<String>> for Tags {
    type Error = InvalidName;

    fn try_from(given: Vec<String>) -> Result<Self, InvalidName> {
        Self::new(given)
    }
}

impl From<Tags> for Vec<String> {
    fn from(tags: Tags) -> Self {
        tags.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_normalised_and_each_is_kept_once() {
        let tags = Tags::new([" Production ", "production", "Team  Blue", "", "env=prod"]).unwrap();
        assert_eq!(tags.as_slice(), ["env=prod", "production", "team-blue"]);
    }

    #[test]
    fn more_than_ten_tags_or_odd_characters_are_refused() {
        assert!(Tags::new((0..10).map(|n| n.to_string())).is_ok());
        assert!(Tags::new((0..11).map(|n| n.to_string())).is_err());
        assert!(Tags::new(["a\u{1b}[31m"]).is_err());
        assert!(Tags::new(["x".repeat(65)]).is_err());
    }
}
