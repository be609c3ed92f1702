//! Columns of strings and bytes as they cross between host and connector: one buffer and its ends.
//!
//! Laid out as Arrow lays variable-width columns, so a page of a thousand ids is one copy across the
//! sandbox's border instead of a thousand.

use std::fmt;

/// A column of strings: all bytes end to end, and where each string stops.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Texts {
    values: String,
    ends: Vec<u32>,
}

impl Texts {
    /// An empty column.
    pub fn new() -> Self {
        Self::default()
    }

    /// A column from its two parts.
    ///
    /// # Errors
    /// A sentence, when the ends do not rise, do not fall on characters or do not cover the values.
    pub fn from_parts(values: String, ends: Vec<u32>) -> Result<Self, String> {
        check_ends(values.len(), &ends)?;
        if let Some(end) = ends.iter().find(|end| !values.is_char_boundary(**end as usize)) {
            return Err(format!("a text column has an end inside a character, at byte {end}"));
        }
        Ok(Self { values, ends })
    }

    /// The buffer and the ends.
    pub fn into_parts(self) -> (String, Vec<u32>) {
        (self.values, self.ends)
    }

    /// Appends one string.
    ///
    /// # Panics
    /// When the column would pass 4 GiB; the host's limits are far below.
    pub fn push(&mut self, value: &str) {
        self.values.push_str(value);
        self.ends.push(end_of(self.values.len()));
    }

    /// How many strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The last string, if there is one.
    pub fn last(&self) -> Option<&str> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The string at `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        Some(&self.values[start_of(&self.ends, index)..end])
    }

    /// The strings in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        (0..self.len()).map(|index| &self.values[start_of(&self.ends, index)..self.ends[index] as usize])
    }

    /// Bytes of all strings together.
    pub fn bytes(&self) -> usize {
        self.values.len()
    }
}

impl<S: AsRef<str>> FromIterator<S> for Texts {
    fn from_iter<I: IntoIterator<Item = S>>(strings: I) -> Self {
        let mut column = Self::new();
        for string in strings {
            column.push(string.as_ref());
        }
        column
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A column of byte strings: all bytes end to end, and where each one stops.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Blobs {
    values: Vec<u8>,
    ends: Vec<u32>,
}

impl Blobs {
    /// A column from its two parts.
    ///
    /// # Errors
    /// A sentence, when the ends do not rise or do not cover the values.
    pub fn from_parts(values: Vec<u8>, ends: Vec<u32>) -> Result<Self, String> {
        check_ends(values.len(), &ends)?;
        Ok(Self { values, ends })
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes at `index`, if there are any.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)? as usize;
        Some(&self.values[start_of(&self.ends, index)..end])
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} blobs, {} bytes", self.len(), self.values.len())
    }
}

fn start_of(ends: &[u32], index: usize) -> usize {
    index.checked_sub(1).map_or(0, |before| ends[before] as usize)
}

fn end_of(length: usize) -> u32 {
    u32::try_from(length).expect("a column stays below 4 GiB")
}

fn check_ends(length: usize, ends: &[u32]) -> Result<(), String> {
    if !ends.is_sorted() {
        return Err("a column's ends go backwards".to_owned());
    }
    let covered = ends.last().copied().unwrap_or(0) as usize;
    if covered != length {
        return Err(format!("a column of {length} bytes has its last end at {covered}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_gives_back_what_was_pushed() {
        let column: Texts = ["a", "", "grüße"].into_iter().collect();
        assert_eq!(column.len(), 3);
        assert_eq!(column.iter().collect::<Vec<_>>(), ["a", "", "grüße"]);
        assert_eq!(column.get(2), Some("grüße"));
        assert_eq!(column.get(3), None);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused_with_a_sentence() {
        assert!(Texts::from_parts("ab".into(), vec![2, 1]).unwrap_err().contains("backwards"));
        assert!(Texts::from_parts("ab".into(), vec![1]).unwrap_err().contains("last end"));
        assert!(Texts::from_parts("ü".into(), vec![1, 2]).unwrap_err().contains("character"));
        assert!(Blobs::from_parts(vec![1], vec![]).is_err());
        assert!(Blobs::from_parts(vec![1, 2], vec![1, 2]).is_ok());
    }
}
