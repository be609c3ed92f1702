//! What a task yields, put together.

use crate::{Coverage, CoverageNote, Failure, ItemBatch, LinkBatch, Step, Task};

#[allow(clippy::derivable_impls, reason = "the type is generated")]
impl Default for Step {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            links: Vec::new(),
            removed: Vec::new(),
            tasks: Vec::new(),
            bookmarks: Vec::new(),
            coverage: Vec::new(),
        }
    }
}

impl Step {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds items, unless there are none.
    pub fn add_items(&mut self, batch: ItemBatch) {
        if !batch.is_empty() {
            self.items.push(batch);
        }
    }

    /// Adds links, unless there are none.
    pub fn add_links(&mut self, batch: LinkBatch) {
        if !batch.is_empty() {
            self.links.push(batch);
        }
    }

    /// Adds a follow-up task. One of this task's own kind continues it and runs first.
    pub fn then(&mut self, task: Task) {
        self.tasks.push(task);
    }

    /// Everything of a kind was seen within a scope (empty: the tenant).
    pub fn complete(&mut self, kind: &str, scope: &str) {
        self.note(kind, scope, Coverage::Complete, "");
    }

    /// Says how much of a kind was seen within a scope, and why not more. The worst note of a scope holds.
    pub fn note(&mut self, kind: &str, scope: &str, coverage: Coverage, reason: impl Into<String>) {
        self.coverage.push(CoverageNote {
            kind: kind.to_owned(),
            scope: scope.to_owned(),
            coverage,
            reason: reason.into(),
        });
    }
}

impl Failure {
    /// The sentence.
    pub fn reason(&self) -> &str {
        match self {
            Self::Settings(why) | Self::Denied(why) | Self::RetryLater(why) | Self::Fatal(why) => why,
        }
    }
}
