//! What a sync collects: items, links between them, and the step that carries them.

use serde::{Deserialize, Serialize};

use crate::{Bookmark, CoverageNote, Task, Texts};

/// Names one item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// The item's kind.
    pub kind: String,
    /// Its id, unique within the kind.
    pub id: String,
}

/// Items of one kind under one parent; columns of equal length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemBatch {
    /// Kind of every item.
    pub kind: String,
    /// Parent of every item.
    pub parent: Option<Reference>,
    /// Ids.
    pub ids: Texts,
    /// Display names.
    pub names: Texts,
    /// JSON objects: the item as Azure returned it.
    pub bodies: Texts,
}

/// Links of one kind from one item to many; columns of equal length where present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkBatch {
    /// Kind of every link.
    pub kind: String,
    /// Where every link starts.
    pub origin: Reference,
    /// Kind of every target.
    pub target_kind: String,
    /// Ids of the targets.
    pub targets: Texts,
    /// What tells apart links of one kind between the same two items; absent: all empty.
    pub labels: Option<Texts>,
    /// JSON objects; absent: all empty objects.
    pub bodies: Option<Texts>,
}

/// What one task yields. It is committed as one transaction, or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// Items found.
    pub items: Vec<ItemBatch>,
    /// Links found.
    pub links: Vec<LinkBatch>,
    /// Items found to be gone (incremental runs).
    pub removed: Vec<Reference>,
    /// Further work.
    pub tasks: Vec<Task>,
    /// Where an incremental run goes on.
    pub bookmarks: Vec<Bookmark>,
    /// What was seen.
    pub coverage: Vec<CoverageNote>,
}

impl Step {
    /// Items and links in this step.
    pub fn records(&self) -> usize {
        self.items.iter().map(|batch| batch.ids.len()).sum::<usize>()
            + self.links.iter().map(|batch| batch.targets.len()).sum::<usize>()
    }

    /// Checks what a connector handed over: columns of a batch are of equal length.
    ///
    /// # Errors
    /// A sentence naming the batch.
    pub fn check(&self) -> Result<(), String> {
        for batch in &self.items {
            let ids = batch.ids.len();
            if batch.names.len() != ids || batch.bodies.len() != ids {
                return Err(format!(
                    "a batch of items of kind \"{}\" has {ids} ids, {} names and {} bodies",
                    batch.kind,
                    batch.names.len(),
                    batch.bodies.len()
                ));
            }
        }
        for batch in &self.links {
            let targets = batch.targets.len();
            for column in [&batch.labels, &batch.bodies].into_iter().flatten() {
                if column.len() != targets {
                    return Err(format!(
                        "a batch of links of kind \"{}\" has {targets} targets and a column of {}",
                        batch.kind,
                        column.len()
                    ));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_unequal_length_are_named() {
        let step = Step {
            items: vec![ItemBatch {
                kind: "user".into(),
                ids: ["1", "2"].into_iter().collect(),
                names: ["one"].into_iter().collect(),
                ..ItemBatch::default()
            }],
            ..Step::default()
        };
        assert_eq!(
            step.check().unwrap_err(),
            "a batch of items of kind \"user\" has 2 ids, 1 names and 0 bodies"
        );
    }
}
