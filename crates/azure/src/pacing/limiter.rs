//! How many requests to one service may be in flight, and when: grows by one a round, halves when told off.
//!
//! One limiter serves every call to a service of a tenant. When the service asks for a pause, all of
//! them pause: each trying on its own would keep the service's bucket empty.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::Instant};

use super::{Pace, Pressure};

/// The right to have one request in flight. Given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    limiter: Arc<Limiter>,
    since: Instant,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        // A permit that was withdrawn while it was out is not given back.
        if state.withdrawn > 0 {
            state.withdrawn -= 1;
        } else {
            self.limiter.free.add_permits(1);
        }
    }
}

#[derive(Debug)]
pub(crate) struct Limiter {
    free: Semaphore,
    state: Mutex<State>,
    most: f64,
}

#[derive(Debug)]
struct State {
    /// How many requests may be in flight; the fraction is progress towards one more.
    limit: f64,
    /// Permits that exist: free ones and those in flight, without the withdrawn ones.
    permits: usize,
    /// Permits to be destroyed when they come back.
    withdrawn: usize,
    /// When requests go on.
    resume_at: Option<Instant>,
    /// When the limit was last lowered. Requests sent before that do not lower it again.
    lowered_at: Option<Instant>,
    /// How often in a row the service asked to slow down.
    strikes: u32,
}

impl Limiter {
    pub(crate) fn new(pace: &Pace) -> Self {
        let most = usize::from(pace.max_concurrency.max(1));
        let start = usize::from(pace.start_concurrency).clamp(1, most);
        Self {
            free: Semaphore::new(start),
            state: Mutex::new(State {
                limit: as_limit(start),
                permits: start,
                withdrawn: 0,
                resume_at: None,
                lowered_at: None,
                strikes: 0,
            }),
            most: as_limit(most),
        }
    }

    /// Waits for its turn and for the end of any pause.
    pub(crate) async fn acquire(self: &Arc<Self>) -> Permit {
        match self.free.acquire().await {
            Ok(free) => free.forget(),
            // The semaphore is never closed; if it were, not limiting would be the lesser evil.
            Err(_closed) => self.state().withdrawn += 1,
        }
        let mut permit = Permit { limiter: self.clone(), since: Instant::now() };
        while let Some(resume_at) = self.resume_at() {
            tokio::time::sleep_until(resume_at).await;
            permit.since = Instant::now();
        }
        permit
    }

    /// When requests go on, while there is a pause.
    pub(crate) fn resume_at(&self) -> Option<Instant> {
        let now = Instant::now();
        self.state().resume_at.filter(|resume_at| *resume_at > now)
    }

    /// How many requests may be in flight.
    pub(crate) fn concurrency(&self) -> usize {
        self.state().permits
    }

    /// The service answered, and this is how near it is to its limit.
    pub(crate) fn answered(&self, permit: &Permit, pressure: Pressure) {
        let mut state = self.state();
        state.strikes = 0;
        match pressure {
            Pressure::Low => state.limit = (state.limit + 1.0 / state.limit.floor()).min(self.most),
            Pressure::High => return,
            Pressure::TooHigh => state.lower(permit, |limit| limit - 1.0),
        }
        self.settle(&mut state);
    }

    /// The service asked to slow down. Returns when requests go on, and by how much that is later than
    /// what was known before.
    pub(crate) fn throttled(
        &self,
        permit: &Permit,
        retry_after: Option<Duration>,
        pace: &Pace,
    ) -> (Instant, Duration) {
        let now = Instant::now();
        let mut state = self.state();
        state.strikes = state.strikes.saturating_add(1);
        state.lower(permit, |limit| limit / 2.0);
        let wait = retry_after.unwrap_or_else(|| pace.back_off(state.strikes));
        let known = state.resume_at.map_or(now, |known| known.max(now));
        let resume_at = known.max(now + wait);
        state.resume_at = Some(resume_at);
        self.settle(&mut state);
        (resume_at, resume_at - known)
    }

    /// Nothing is to be sent for a while, though nothing went wrong.
    pub(crate) fn pause(&self, wait: Duration) {
        let resume_at = Instant::now() + wait;
        let mut state = self.state();
        state.resume_at = state.resume_at.max(Some(resume_at));
    }

    /// Brings the permits in line with the limit.
    fn settle(&self, state: &mut State) {
        let wanted = whole(state.limit);
        while state.permits < wanted {
            state.permits += 1;
            if state.withdrawn > 0 {
                state.withdrawn -= 1;
            } else {
                self.free.add_permits(1);
            }
        }
        while state.permits > wanted {
            state.permits -= 1;
            if self.free.forget_permits(1) == 0 {
                state.withdrawn += 1;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Numbers only: what a panicking thread left is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Lowers the limit, once for all requests that were in flight together.
    fn lower(&mut self, permit: &Permit, lowered: impl FnOnce(f64) -> f64) {
        if self.lowered_at.is_some_and(|lowered_at| permit.since <= lowered_at) {
            return;
        }
        self.lowered_at = Some(Instant::now());
        self.limit = lowered(self.limit).max(1.0);
    }
}

fn as_limit(permits: usize) -> f64 {
    u16::try_from(permits).map_or(f64::from(u16::MAX), f64::from)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a limit is at least 1 and at most 65,535"
)]
fn whole(limit: f64) -> usize {
    // Adding 1/n n times may fall short of the next whole number by a rounding error.
    (limit + 1e-6) as usize
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn limiter(start: u16, most: u16) -> Arc<Limiter> {
        let pace = Pace { start_concurrency: start, max_concurrency: most, ..Pace::default() };
        Arc::new(Limiter::new(&pace))
    }

    fn free(limiter: &Arc<Limiter>) -> Vec<Permit> {
        std::iter::from_fn(|| limiter.acquire().now_or_never()).collect()
    }

    fn answer_all(limiter: &Limiter, permits: &[Permit], pressure: Pressure) {
        for permit in permits {
            limiter.answered(permit, pressure);
        }
    }

    const TEN_SECONDS: Option<Duration> = Some(Duration::from_secs(10));

    #[tokio::test(start_paused = true)]
    async fn it_grows_by_about_one_a_round_up_to_the_most() {
        let limiter = limiter(4, 8);
        for (round, expected) in [(1, 4), (2, 5), (3, 6)] {
            let permits = free(&limiter);
            assert_eq!(permits.len(), expected, "round {round}");
            answer_all(&limiter, &permits, Pressure::Low);
        }
        for _ in 0..5 {
            answer_all(&limiter, &free(&limiter), Pressure::Low);
        }
        assert_eq!(free(&limiter).len(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn it_halves_once_for_all_that_were_in_flight_together() {
        let limiter = limiter(8, 8);
        let permits = free(&limiter);
        for permit in &permits {
            limiter.throttled(permit, TEN_SECONDS, &Pace::default());
        }
        drop(permits);
        assert_eq!(limiter.concurrency(), 4);
        tokio::time::advance(Duration::from_secs(11)).await;
        let permits = free(&limiter);
        assert_eq!(permits.len(), 4);
        limiter.throttled(&permits[0], TEN_SECONDS, &Pace::default());
        assert_eq!(limiter.concurrency(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn while_one_is_told_to_wait_all_wait() {
        let limiter = limiter(2, 2);
        let permit = limiter.acquire().await;
        let (_, longer) = limiter.throttled(&permit, TEN_SECONDS, &Pace::default());
        assert_eq!(longer, Duration::from_secs(10));
        let (_, longer) = limiter.throttled(&permit, Some(Duration::from_secs(4)), &Pace::default());
        assert_eq!(longer, Duration::ZERO, "a shorter wait does not end a longer one");
        drop(permit);
        let start = Instant::now();
        let _permit = limiter.acquire().await;
        assert_eq!(start.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_calls_that_are_dropped_do_not_cost_permits() {
        let limiter = limiter(2, 2);
        let permit = limiter.acquire().await;
        limiter.throttled(&permit, TEN_SECONDS, &Pace::default());
        drop(permit);
        for _ in 0..10 {
            assert!(limiter.acquire().now_or_never().is_none());
        }
        tokio::time::advance(Duration::from_secs(11)).await;
        assert_eq!(free(&limiter).len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn pressure_stops_growth_and_then_lowers() {
        let limiter = limiter(4, 8);
        for _ in 0..8 {
            answer_all(&limiter, &free(&limiter), Pressure::High);
        }
        assert_eq!(limiter.concurrency(), 4);
        for expected in [3, 2, 1, 1] {
            tokio::time::advance(Duration::from_millis(1)).await;
            let permits = free(&limiter);
            limiter.answered(&permits[0], Pressure::TooHigh);
            assert_eq!(limiter.concurrency(), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_told_wait_it_backs_off_by_itself() {
        let limiter = limiter(1, 1);
        let pace = Pace { first_wait_ms: 1000, longest_wait_ms: 1000, ..Pace::default() };
        let permit = limiter.acquire().await;
        let waits: Duration = (0..20).map(|_| limiter.throttled(&permit, None, &pace).1).sum();
        assert!(waits > Duration::ZERO && waits <= Duration::from_secs(1), "{waits:?}");
    }
}
