//! Calls that wait for a permit and may share a batch when one is free.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
};

use tokio::sync::oneshot;

use super::{
    Call, Outcome,
    batch::{FEWEST, MOST},
};

/// Batches the service refused before none is tried any more.
const REFUSALS: u32 = 3;

/// A call in the queue.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) call: Arc<Call>,
    pub(super) answer: oneshot::Sender<Outcome>,
    taken: Arc<AtomicBool>,
}

/// The caller's side of a call in the queue.
pub(super) struct Place {
    pub(super) answer: oneshot::Receiver<Outcome>,
    taken: Arc<AtomicBool>,
}

impl Place {
    /// Whether somebody is sending the call.
    pub(super) fn is_taken(&self) -> bool {
        self.taken.load(Relaxed)
    }
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<VecDeque<Waiting>>,
    refusals: AtomicU32,
}

impl Queue {
    /// Whether calls may share batches here.
    pub(super) fn is_open(&self) -> bool {
        self.refusals.load(Relaxed) < REFUSALS
    }

    /// The service does not take batches, or did not take this one.
    pub(super) fn refused(&self) {
        self.refusals.fetch_add(1, Relaxed);
    }

    pub(super) fn push(&self, call: Arc<Call>) -> Place {
        let (sender, answer) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        let waiting = Waiting { call, answer: sender, taken: taken.clone() };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(waiting);
        Place { answer, taken }
    }

    /// Takes what goes next: a batch when enough calls of one version wait, else the first call.
    /// Calls nobody waits for any more are dropped.
    pub(super) fn take(&self) -> Vec<Waiting> {
        let mut queue = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        queue.retain(|waiting| !waiting.answer.is_closed());
        let Some(first) = queue.front() else { return Vec::new() };
        let version = first.call.batch.clone();
        let fit = queue.iter().filter(|waiting| waiting.call.batch == version).take(MOST).count();
        let count = if fit >= FEWEST && self.is_open() { fit } else { 1 };
        let mut taken = Vec::with_capacity(count);
        let mut place = 0;
        while taken.len() < count && place < queue.len() {
            if queue[place].call.batch == version {
                taken.extend(queue.remove(place));
            } else {
                place += 1;
            }
        }
        for waiting in &taken {
            waiting.taken.store(true, Relaxed);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use fairlead_model::{Api, Request};

    use super::*;
    use crate::{pacing::Service, policy::Target};

    fn call(path: &str) -> Arc<Call> {
        let base = "https://graph.example".parse().unwrap();
        let target = Target::resolve(Api::Graph, &base, path).unwrap();
        Arc::new(Call::new(Request::get(Api::Graph, path), Service::Graph, target).unwrap())
    }

    fn push(queue: &Queue, version: &str, calls: usize) -> Vec<Place> {
        (0..calls).map(|n| queue.push(call(&format!("/{version}/users/{n}")))).collect()
    }

    fn taken(queue: &Queue) -> Vec<String> {
        queue.take().iter().map(|waiting| waiting.call.target.path().to_owned()).collect()
    }

    #[test]
    fn few_calls_go_one_by_one() {
        let queue = Queue::default();
        let places = push(&queue, "v1.0", 2);
        assert_eq!(taken(&queue), ["/v1.0/users/0"]);
        assert!(places[0].is_taken() && !places[1].is_taken());
        assert_eq!(taken(&queue), ["/v1.0/users/1"]);
        assert!(taken(&queue).is_empty());
    }

    #[test]
    fn many_go_together_up_to_twenty_and_of_one_version() {
        let queue = Queue::default();
        let _first = push(&queue, "v1.0", 1);
        let _beta = push(&queue, "beta", 3);
        let _rest = push(&queue, "v1.0", 24);
        assert_eq!(queue.take().len(), 20);
        assert_eq!(taken(&queue), ["/beta/users/0", "/beta/users/1", "/beta/users/2"]);
        assert_eq!(queue.take().len(), 5);
        assert!(queue.take().is_empty());
    }

    #[test]
    fn a_call_nobody_waits_for_is_not_sent() {
        let queue = Queue::default();
        drop(push(&queue, "v1.0", 5));
        let _kept = push(&queue, "v1.0", 1);
        assert_eq!(queue.take().len(), 1);
    }

    #[test]
    fn where_batches_are_refused_calls_go_one_by_one() {
        let queue = Queue::default();
        let _places = push(&queue, "v1.0", 5);
        (0..REFUSALS).for_each(|_| queue.refused());
        assert!(!queue.is_open());
        assert_eq!(queue.take().len(), 1);
    }
}
