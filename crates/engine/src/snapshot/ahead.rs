//! Reads the next page while the last one is worked on.

use std::{
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

/// One page ahead of whoever reads a listing from its beginning to its end. Anybody who reads in another order
/// is served too, only no quicker.
#[derive(Debug)]
pub(super) struct Ahead<K, P> {
    next: Mutex<Option<(K, mpsc::Receiver<P>)>>,
}

impl<K, P> Default for Ahead<K, P> {
    fn default() -> Self {
        Self { next: Mutex::new(None) }
    }
}

impl<K: PartialEq, P: Send + 'static> Ahead<K, P> {
    /// The page that was read ahead, if it is the one wanted. Any other is forgotten.
    pub(super) fn take(&self, wanted: &K) -> Option<P> {
        let (key, page) = self.next.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        if key == *wanted { page.recv().ok() } else { None }
    }

    /// Begins to read the page that will be wanted next. Where the system gives no thread, it is read when it is
    /// asked for.
    pub(super) fn begin(&self, key: K, read: impl FnOnce() -> P + Send + 'static) {
        let (sender, receiver) = mpsc::sync_channel(1);
        let reading = move || drop(sender.send(read()));
        if thread::Builder::new().name("snapshot-ahead".to_owned()).spawn(reading).is_ok() {
            *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, receiver));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_that_is_wanted_is_handed_over_and_only_once() {
        let ahead = Ahead::default();
        assert_eq!(ahead.take(&"b"), None);
        ahead.begin("b", || 2);
        assert_eq!(ahead.take(&"b"), Some(2));
        assert_eq!(ahead.take(&"b"), None);
        ahead.begin("c", || 3);
        assert_eq!(ahead.take(&"a"), None, "somebody began anew");
        assert_eq!(ahead.take(&"c"), None);
    }

    #[test]
    fn a_page_that_could_not_be_read_ahead_is_read_when_it_is_asked_for() {
        let ahead: Ahead<&str, u32> = Ahead::default();
        ahead.begin("b", || panic!("the disk is gone"));
        assert_eq!(ahead.take(&"b"), None);
    }
}
