//! Columns of strings: one buffer and where each string ends.

use crate::Texts;

#[allow(clippy::derivable_impls, reason = "the type is generated")]
impl Default for Texts {
    fn default() -> Self {
        Self { values: String::new(), ends: Vec::new() }
    }
}

impl Texts {
    /// Room for `count` strings of `bytes` bytes together.
    pub fn with_capacity(count: usize, bytes: usize) -> Self {
        Self { values: String::with_capacity(bytes), ends: Vec::with_capacity(count) }
    }

    /// Appends a string.
    ///
    /// # Panics
    /// When the column would pass 4 GiB, which a guest's memory cannot hold.
    pub fn push(&mut self, text: &str) {
        self.values.push_str(text);
        self.close();
    }

    /// Appends a string in ASCII lower case.
    ///
    /// # Panics
    /// As [`Texts::push`].
    pub fn push_lower(&mut self, text: &str) {
        let start = self.values.len();
        self.values.push_str(text);
        self.values[start..].make_ascii_lowercase();
        self.close();
    }

    /// How many strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The strings in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> + '_ {
        let mut start = 0;
        self.ends.iter().map_while(move |end| {
            let text = self.values.get(start..*end as usize);
            start = *end as usize;
            text
        })
    }

    fn close(&mut self) {
        let end = u32::try_from(self.values.len()).expect("a guest's memory is 4 GiB at most");
        self.ends.push(end);
    }
}

impl<S: AsRef<str>> FromIterator<S> for Texts {
    fn from_iter<I: IntoIterator<Item = S>>(strings: I) -> Self {
        let mut column = Self::default();
        strings.into_iter().for_each(|string| column.push(string.as_ref()));
        column
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_gives_back_what_was_pushed() {
        let mut column: Texts = ["a", "", "Grüße"].into_iter().collect();
        column.push_lower("ABC-É");
        assert_eq!(column.iter().collect::<Vec<_>>(), ["a", "", "Grüße", "abc-É"]);
        assert_eq!((column.len(), column.is_empty()), (4, false));
        assert!(Texts::default().is_empty());
    }
}
