//! Batches of items and links, filled row by row.

use crate::{ItemBatch, LinkBatch, Reference, Texts};

impl Reference {
    /// Names an item.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into() }
    }
}

impl ItemBatch {
    /// No items yet, and no parent.
    pub fn new(kind: impl Into<String>) -> Self {
        let [ids, names, bodies] = [Texts::default(), Texts::default(), Texts::default()];
        Self { kind: kind.into(), parent: None, ids, names, bodies }
    }

    /// Room for `count` items with bodies of `bytes` bytes together.
    pub fn with_capacity(kind: impl Into<String>, count: usize, bytes: usize) -> Self {
        Self {
            ids: Texts::with_capacity(count, count * 40),
            names: Texts::with_capacity(count, count * 24),
            bodies: Texts::with_capacity(count, bytes),
            ..Self::new(kind)
        }
    }

    /// With a parent for all its items.
    #[must_use]
    pub fn under(mut self, parent: Reference) -> Self {
        self.parent = Some(parent);
        self
    }

    /// Adds an item. The body is a JSON object; the id is taken as it is.
    pub fn push(&mut self, id: &str, name: &str, body: &str) {
        self.ids.push(id);
        self.names.push(name);
        self.bodies.push(body);
    }

    /// Adds an item whose id is made lower case.
    pub fn push_lower(&mut self, id: &str, name: &str, body: &str) {
        self.ids.push_lower(id);
        self.names.push(name);
        self.bodies.push(body);
    }

    /// How many items.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

impl LinkBatch {
    /// No links yet.
    pub fn new(kind: impl Into<String>, origin: Reference, target_kind: impl Into<String>) -> Self {
        let target_kind = target_kind.into();
        Self { kind: kind.into(), origin, target_kind, targets: Texts::default(), labels: None, bodies: None }
    }

    /// Adds a link without label and body. A batch has either these or labelled ones.
    pub fn push(&mut self, target: &str) {
        self.targets.push_lower(target);
        debug_assert!(self.labels.is_none() && self.bodies.is_none(), "a batch is of one sort of link");
    }

    /// Adds a link with a label and a body, which is a JSON object.
    pub fn push_labelled(&mut self, target: &str, label: &str, body: &str) {
        self.targets.push_lower(target);
        self.labels.get_or_insert_default().push_lower(label);
        self.bodies.get_or_insert_default().push(body);
    }

    /// How many links.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}
