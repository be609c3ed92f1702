//! Secrets that were read a short while ago.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use fairlead_model::ConnectionId;

use crate::Secret;

/// No more are kept than this; beyond, the oldest goes.
const MOST: usize = 1024;

/// Current secrets, each for a while.
pub(super) struct Cache {
    longest: Duration,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    secrets: HashMap<ConnectionId, (SystemTime, Secret)>,
    /// Counts what was forgotten, so that an answer under way at that time is not kept.
    forgotten: u64,
}

/// When a secret was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking(u64);

impl Cache {
    pub(super) fn new(longest: Duration) -> Self {
        Self { longest, kept: Mutex::default() }
    }

    /// The secret, if it was read recently. The wall clock counts: a process may be frozen for hours between two
    /// calls, in which the monotonic one stands still. One that was set back makes a secret old.
    pub(super) fn get(&self, of: &ConnectionId) -> Option<Secret> {
        self.get_at(of, SystemTime::now())
    }

    fn get_at(&self, of: &ConnectionId, now: SystemTime) -> Option<Secret> {
        let mut kept = self.kept();
        let (at, secret) = kept.secrets.get(of)?;
        if now.duration_since(*at).is_ok_and(|age| age < self.longest) {
            return Some(secret.clone());
        }
        kept.secrets.remove(of);
        None
    }

    /// Call this before asking for a secret that is to be kept.
    pub(super) fn asking(&self) -> Asking {
        Asking(self.kept().forgotten)
    }

    /// Keeps a secret, unless anything was forgotten since it was asked for.
    pub(super) fn keep(&self, asking: Asking, of: &ConnectionId, secret: &Secret) {
        let mut kept = self.kept();
        if self.longest.is_zero() || kept.forgotten != asking.0 {
            return;
        }
        if kept.secrets.len() >= MOST && !kept.secrets.contains_key(of) {
            let oldest = kept.secrets.iter().min_by_key(|(_, (at, _))| *at).map(|(id, _)| id.clone());
            oldest.and_then(|oldest| kept.secrets.remove(&oldest));
        }
        kept.secrets.insert(of.clone(), (SystemTime::now(), secret.clone()));
    }

    pub(super) fn forget(&self, of: &ConnectionId) {
        let mut kept = self.kept();
        kept.forgotten += 1;
        kept.secrets.remove(of);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("longest", &self.longest).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::ClientSecret("hush".into())
    }

    #[test]
    fn a_secret_is_kept_for_a_while_and_not_when_it_was_forgotten_meanwhile() {
        let (cache, of) = (Cache::new(Duration::from_mins(5)), "contoso".parse().unwrap());
        let asking = cache.asking();
        cache.keep(asking, &of, &secret());
        assert!(cache.get(&of).is_some());
        cache.forget(&of);
        cache.keep(asking, &of, &secret());
        assert!(cache.get(&of).is_none());
    }

    #[test]
    fn a_secret_is_old_by_the_wall_clock_alone_so_that_a_process_that_was_frozen_reads_it_again() {
        let of: ConnectionId = "contoso".parse().unwrap();
        for (later, there) in [(Duration::from_mins(4), true), (Duration::from_hours(3), false)] {
            let cache = Cache::new(Duration::from_mins(5));
            cache.keep(cache.asking(), &of, &secret());
            assert_eq!(cache.get_at(&of, SystemTime::now() + later).is_some(), there, "{later:?}");
        }
        let cache = Cache::new(Duration::from_mins(5));
        cache.keep(cache.asking(), &of, &secret());
        let set_back = SystemTime::now() - Duration::from_hours(1);
        assert!(cache.get_at(&of, set_back).is_none());
    }

    #[test]
    fn nothing_is_kept_for_no_time_and_never_too_much() {
        let of: ConnectionId = "contoso".parse().unwrap();
        let none = Cache::new(Duration::ZERO);
        none.keep(none.asking(), &of, &secret());
        assert!(none.get(&of).is_none());
        let cache = Cache::new(Duration::from_mins(5));
        for number in 0..=MOST {
            cache.keep(cache.asking(), &format!("c{number}").parse().unwrap(), &secret());
        }
        assert_eq!(cache.kept().secrets.len(), MOST);
    }
}
