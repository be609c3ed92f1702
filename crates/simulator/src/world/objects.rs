//! A collection whose members keep their position for ever, so that positions can be page cursors.

use std::collections::HashMap;

use uuid::Uuid;

/// Something with an id of its own.
pub trait Entity {
    /// The id, unique within its collection.
    fn id(&self) -> Uuid;
}

/// Values by position and by id; removal leaves a gap.
#[derive(Clone, Debug)]
pub struct Objects<T> {
    slots: Vec<Option<T>>,
    by_id: HashMap<Uuid, u32>,
}

impl<T> Default for Objects<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), by_id: HashMap::new() }
    }
}

impl<T: Entity> Objects<T> {
    /// How many live objects there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is no live object.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// One past the highest position ever used; iterate `0..slots()` for paging.
    pub fn slots(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// The object at a position, unless it was removed.
    pub fn at(&self, position: u32) -> Option<&T> {
        self.slots.get(position as usize)?.as_ref()
    }

    /// The object at a position, to change it. Its id must stay the same.
    pub fn at_mut(&mut self, position: u32) -> Option<&mut T> {
        self.slots.get_mut(position as usize)?.as_mut()
    }

    /// The position of an id.
    pub fn position(&self, id: Uuid) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// The object with this id.
    pub fn get(&self, id: Uuid) -> Option<&T> {
        self.at(self.position(id)?)
    }

    /// The object with this id, to change it. Its id must stay the same.
    pub fn get_mut(&mut self, id: Uuid) -> Option<&mut T> {
        let position = self.position(id)?;
        self.at_mut(position)
    }

    /// The live objects with their positions, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.slots).filter_map(|(position, slot)| Some((position, slot.as_ref()?)))
    }

    /// The live objects, in order.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }

    /// The live objects from a position on: one page's worth is `page_from(p).take(size)`.
    pub fn page_from(&self, position: u32) -> impl Iterator<Item = (u32, &T)> {
        (position..)
            .zip(self.slots.get(position as usize..).unwrap_or_default())
            .filter_map(|(position, slot)| Some((position, slot.as_ref()?)))
    }

    /// Adds an object, or replaces the one with the same id, and says where it is.
    pub fn insert(&mut self, value: T) -> u32 {
        let id = value.id();
        if let Some(position) = self.position(id) {
            self.slots[position as usize] = Some(value);
            return position;
        }
        let position = self.slots();
        self.slots.push(Some(value));
        self.by_id.insert(id, position);
        position
    }

    /// Takes an object out.
    pub fn remove(&mut self, id: Uuid) -> Option<T> {
        let position = self.by_id.remove(&id)?;
        self.slots[position as usize].take()
    }
}

impl<T: Entity> FromIterator<T> for Objects<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut objects = Self::default();
        for value in values {
            objects.insert(value);
        }
        objects
    }
}
