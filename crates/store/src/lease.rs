//! Leases: at most one process works on a connection at a time, and at most one changes what connections there
//! are.
//!
//! A claim is the next object of the connection's chain; its number is the fencing number, which only
//! ever rises. A claim ends when it is released, when it expires, or, on the same machine, when its
//! process has ended.
//!
//! Whether a claim has expired is judged by the clock of whoever looks. S3 would tell its own time, but only to
//! somebody who writes something, and then it is written; and the clocks of machines that talk to S3 hardly differ,
//! since S3 refuses those that do. So a claim of another machine is given [`SKEW`] on top, and where that is not
//! enough, two work on one connection for a while and the fencing number lets one of them write.
//!
//! A holder may be suspended for any time and not know that it has lost the lease. So what only the holder
//! may write is written through the [`Lease`], under its fencing number, and of two numbers readers ignore
//! the lower one.

use std::time::{Duration, Instant};

use fairlead_model::ConnectionId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    State, StoreError,
    chain::{Chain, Versioned},
    process::Process,
};

/// How often a claim is tried while others claim and release.
const TRIES: usize = 16;
/// Before the registry is claimed for the second time; the wait doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(20);
/// Between two claims of the registry at most.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// How far the clocks of two machines may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Claim {
    /// For people.
    holder: String,
    /// Tells claims of one holder apart.
    token: Uuid,
    /// Only of a machine that others can be told from. Copies of one started machine, as functions run in, may
    /// have one boot, one namespace and one process number, and be alive all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    process: Option<Process>,
    expires_at: Timestamp,
    released: bool,
}

impl Claim {
    fn holds(&self, now: Timestamp) -> bool {
        let ends = match &self.process {
            Some(process) if process.has_ended() => return false,
            Some(process) if process.is_of_this_machine() => self.expires_at,
            _ => self.expires_at.saturating_add(SKEW).unwrap_or(Timestamp::MAX),
        };
        !self.released && now < ends
    }
}

/// The right to work on a connection: to write down its runs, and to remove files. Release it when done; a
/// dropped one lasts until it expires or the process ends.
#[derive(Debug)]
pub struct Lease {
    pub(crate) state: State,
    connection: ConnectionId,
    hold: Hold,
}

/// The right to judge connections beside each other and to write one of them. It is held for the moment that
/// takes, so that of two who each see no rule broken one does not break it for the other.
#[derive(Debug)]
pub struct RegistryLease(Hold);

/// A claim that was granted.
#[derive(Debug)]
struct Hold {
    chain: ChainOf,
    claim: Claim,
    fence: u64,
    term: Term,
}

/// How long a claim lasts.
#[derive(Debug, Clone, Copy)]
struct Term {
    ttl: SignedDuration,
    /// Nothing is claimed beyond it.
    ends_at: Option<Timestamp>,
}

impl Term {
    fn expiry(self, now: Timestamp) -> Timestamp {
        let expiry = now.saturating_add(self.ttl).unwrap_or(Timestamp::MAX);
        self.ends_at.map_or(expiry, |ends_at| ends_at.min(expiry))
    }
}

/// What is claimed.
#[derive(Debug, Clone)]
enum Of {
    Connection(ConnectionId),
    Registry,
}

/// A chain of claims.
#[derive(Clone)]
struct ChainOf {
    of: Of,
    state: State,
    chain: Chain,
}

impl std::fmt::Debug for ChainOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "claims of {:?}", self.of)
    }
}

impl State {
    /// Claims a connection for `holder` (a name for people), for `ttl` from now.
    ///
    /// # Errors
    /// `Busy` while somebody else holds it.
    pub async fn lease(
        &self,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
    ) -> Result<Lease, StoreError> {
        self.lease_until(connection, holder, ttl, None).await
    }

    /// The same, by somebody who will have ended at `ends_at` in any case, done or not: however often it is
    /// renewed, the lease does not outlive that moment.
    ///
    /// # Errors
    /// `Busy` while somebody else holds it.
    pub async fn lease_until(
        &self,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
        ends_at: Option<Timestamp>,
    ) -> Result<Lease, StoreError> {
        let of = Of::Connection(connection.clone());
        let chain = ChainOf { of, state: self.clone(), chain: self.chain("leases", connection) };
        let hold = chain.claim(holder, ttl, ends_at).await?;
        Ok(Lease { state: self.clone(), connection: connection.clone(), hold })
    }

    /// Whether somebody works on a connection at the moment.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn is_leased(&self, connection: &ConnectionId) -> Result<bool, StoreError> {
        let newest = self.chain("leases", connection).newest::<Claim>().await?;
        Ok(newest.is_some_and(|newest| newest.value.holds(self.now())))
    }

    /// Claims the registry of connections for `holder` (a name for people), for `ttl` from now; whoever has it is
    /// waited for.
    ///
    /// # Errors
    /// `RegistryBusy` when somebody else holds it for longer than `patience`.
    pub async fn registry_lease(
        &self,
        holder: &str,
        ttl: Duration,
        patience: Duration,
    ) -> Result<RegistryLease, StoreError> {
        let chain =
            ChainOf { of: Of::Registry, state: self.clone(), chain: self.chain("registry", &"lease") };
        let (since, mut wait) = (Instant::now(), FIRST_WAIT);
        loop {
            match chain.clone().claim(holder, ttl, None).await {
                Err(StoreError::RegistryBusy { .. }) if since.elapsed() < patience => {}
                claimed => return Ok(RegistryLease(claimed?)),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

impl ChainOf {
    async fn claim(
        self,
        holder: &str,
        ttl: Duration,
        ends_at: Option<Timestamp>,
    ) -> Result<Hold, StoreError> {
        let ttl = SignedDuration::try_from(ttl)
            .map_err(|error| StoreError::Defect(format!("a lease of {ttl:?} is too long ({error})")))?;
        let claim = Claim {
            holder: holder.to_owned(),
            token: Uuid::new_v4(),
            process: if self.state.is_local() { Process::current() } else { None },
            expires_at: self.state.now(),
            released: false,
        };
        self.make(claim, Term { ttl, ends_at }).await
    }

    async fn make(self, mut claim: Claim, term: Term) -> Result<Hold, StoreError> {
        for _ in 0..TRIES {
            let before = self.chain.newest::<Claim>().await?;
            if let Some(before) = &before
                && before.value.holds(self.state.now())
            {
                return Err(self.busy(&before.value.holder));
            }
            let fence = before.map_or(0, |before| before.generation) + 1;
            claim.expires_at = term.expiry(self.state.now());
            if self.chain.create(fence, &claim).await? {
                return Ok(Hold { chain: self, claim, fence, term });
            }
        }
        Err(self.busy("several other processes"))
    }

    fn busy(&self, holder: &str) -> StoreError {
        let holder = holder.to_owned();
        match &self.of {
            Of::Connection(connection) => StoreError::Busy { connection: connection.clone(), holder },
            Of::Registry => StoreError::RegistryBusy { holder },
        }
    }

    fn lost(&self, to: Option<Claim>) -> StoreError {
        let holder = to.map_or_else(|| "another process".to_owned(), |claim| claim.holder);
        match &self.of {
            Of::Connection(connection) => StoreError::LeaseLost { connection: connection.clone(), holder },
            Of::Registry => StoreError::RegistryLost { holder },
        }
    }
}

impl Lease {
    /// The connection it is of.
    pub fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// Its fencing number: higher than that of every earlier lease of the connection.
    pub fn fence(&self) -> u64 {
        self.hold.fence
    }

    /// Makes sure that it is still held, before something is done that takes long.
    ///
    /// # Errors
    /// `LeaseLost` when it was taken over.
    pub async fn confirm(&self) -> Result<(), StoreError> {
        self.hold.held().await.map(|_| ())
    }

    /// Holds it for the same time again, from now.
    ///
    /// # Errors
    /// `LeaseLost` when it had expired and was taken over.
    pub async fn renew(&self) -> Result<(), StoreError> {
        self.hold.renew().await
    }

    /// Gives it back; it writes nothing any more. One that was taken over meanwhile has nothing to give back.
    ///
    /// # Errors
    /// When the state cannot be written; the lease then lasts until it expires.
    pub async fn release(&self) -> Result<(), StoreError> {
        self.hold.release().await
    }

    /// Writes what only the holder may write, under the fencing number.
    ///
    /// That the lease is still held is looked at before, so that a holder who has lost it stops at the first
    /// write; the number is for those who lose it between looking and writing.
    pub(crate) async fn write<T: Serialize>(&self, chain: &Chain, value: &T) -> Result<(), StoreError> {
        self.hold.held().await?;
        if chain.append(self.hold.fence, value).await? {
            return Ok(());
        }
        Err(self.hold.lost().await?)
    }
}

impl RegistryLease {
    /// Holds it for the same time again, from now: to be done between judging and writing.
    ///
    /// # Errors
    /// `RegistryLost` when it had expired and was taken over: what was judged may be different by now.
    pub async fn renew(&self) -> Result<(), StoreError> {
        self.0.renew().await
    }

    /// Gives it back. One that was taken over meanwhile has nothing to give back.
    ///
    /// # Errors
    /// When the state cannot be written; the lease then lasts until it expires.
    pub async fn release(&self) -> Result<(), StoreError> {
        self.0.release().await
    }
}

impl Hold {
    async fn renew(&self) -> Result<(), StoreError> {
        let expires_at = self.term.expiry(self.chain.state.now());
        self.follow_with(&Claim { expires_at, ..self.claim.clone() }).await
    }

    async fn release(&self) -> Result<(), StoreError> {
        match self.follow_with(&Claim { released: true, ..self.claim.clone() }).await {
            Err(lost @ (StoreError::LeaseLost { .. } | StoreError::RegistryLost { .. })) => {
                tracing::warn!(%lost, "a lease had been taken over before it was released");
                Ok(())
            }
            done => done,
        }
    }

    /// Writes the next claim of the chain, if the last one is ours.
    async fn follow_with(&self, claim: &Claim) -> Result<(), StoreError> {
        let last = self.held().await?;
        if self.chain.chain.create(last + 1, claim).await? {
            return Ok(());
        }
        Err(self.lost().await?)
    }

    /// The generation of the last claim, if that is ours. One that expired and that nobody took is still ours.
    async fn held(&self) -> Result<u64, StoreError> {
        match self.chain.chain.newest::<Claim>().await? {
            Some(Versioned { value, generation }) if value.token == self.claim.token => {
                if value.released {
                    return Err(StoreError::Defect(
                        "a lease was used after it had been given back".to_owned(),
                    ));
                }
                Ok(generation)
            }
            newest => Err(self.chain.lost(newest.map(|newest| newest.value))),
        }
    }

    /// That it was lost, and to whom.
    async fn lost(&self) -> Result<StoreError, StoreError> {
        let newest = self.chain.chain.newest::<Claim>().await?;
        Ok(self.chain.lost(newest.map(|newest| newest.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };

    const HOUR: Duration = Duration::from_hours(1);

    /// A state of many machines, and its clock, in seconds.
    fn state() -> (State, Arc<AtomicI64>) {
        let seconds = Arc::new(AtomicI64::new(1_000_000_000));
        let clock = seconds.clone();
        let now = move || Timestamp::from_second(clock.load(Ordering::Relaxed)).unwrap();
        (State::objects(Arc::new(InMemory::new())).with_clock(now), seconds)
    }

    fn contoso() -> ConnectionId {
        "contoso".parse().unwrap()
    }

    /// Leaves a claim as another process of this machine would have.
    async fn leave(state: &State, process: Option<Process>) {
        let of = Of::Connection(contoso());
        let chain = ChainOf { of, state: state.clone(), chain: state.chain("leases", &contoso()) };
        let claim = Claim {
            holder: "the other one".to_owned(),
            token: Uuid::new_v4(),
            process,
            expires_at: Timestamp::now(),
            released: false,
        };
        let term = Term { ttl: SignedDuration::from_hours(1), ends_at: None };
        chain.make(claim, term).await.unwrap();
    }

    #[tokio::test]
    async fn a_held_connection_is_busy_and_says_by_whom() {
        let (state, _) = state();
        let lease = state.lease(&contoso(), "the first", HOUR).await.unwrap();
        let error = state.lease(&contoso(), "the second", HOUR).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"contoso\" is being worked on by the first: wait for it to end, or stop it"
        );
        let fence = lease.fence();
        assert!(state.is_leased(&contoso()).await.unwrap());
        lease.release().await.unwrap();
        assert!(!state.is_leased(&contoso()).await.unwrap());
        let again = state.lease(&contoso(), "the second", HOUR).await.unwrap();
        assert!(again.fence() > fence);
    }

    #[tokio::test]
    async fn an_expired_lease_is_taken_over_once_no_clock_can_take_it_for_a_live_one() {
        let (state, seconds) = state();
        let slow = state.lease(&contoso(), "slow", HOUR).await.unwrap();
        seconds.fetch_add(3600 + 29, Ordering::Relaxed);
        assert!(matches!(state.lease(&contoso(), "quick", HOUR).await, Err(StoreError::Busy { .. })));
        seconds.fetch_add(1, Ordering::Relaxed);
        let quick = state.lease(&contoso(), "quick", HOUR).await.unwrap();
        assert!(quick.fence() > slow.fence());
        let error = slow.renew().await.unwrap_err();
        assert!(matches!(&error, StoreError::LeaseLost { holder, .. } if holder == "quick"), "{error}");
        assert!(slow.confirm().await.is_err());
        slow.release().await.unwrap();
        assert!(state.lease(&contoso(), "third", HOUR).await.is_err(), "the quick one still holds it");
    }

    #[tokio::test]
    async fn an_expired_lease_that_nobody_took_can_be_renewed() {
        let (state, seconds) = state();
        let lease = state.lease(&contoso(), "only", HOUR).await.unwrap();
        seconds.fetch_add(7200, Ordering::Relaxed);
        lease.renew().await.unwrap();
        assert!(state.lease(&contoso(), "next", HOUR).await.is_err());
    }

    #[tokio::test]
    async fn whoever_ends_at_a_moment_holds_nothing_beyond_it_however_often_it_is_renewed() {
        let (state, seconds) = state();
        let ends_at = state.now() + SignedDuration::from_mins(15);
        let lease = state.lease_until(&contoso(), "the killed one", HOUR, Some(ends_at)).await.unwrap();
        seconds.fetch_add(14 * 60, Ordering::Relaxed);
        lease.renew().await.unwrap();
        assert!(state.lease(&contoso(), "next", HOUR).await.is_err());
        seconds.fetch_add(60 + 30, Ordering::Relaxed);
        state.lease(&contoso(), "next", HOUR).await.unwrap();
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_lease_of_a_dead_process_of_this_machine_is_taken_over_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::folder(folder.path()).unwrap();
        leave(&state, Some(Process::current().unwrap().with_pid(u32::MAX))).await;
        state.lease(&contoso(), "next", HOUR).await.unwrap();
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn where_machines_cannot_be_told_apart_no_process_is_named() {
        let (state, _) = state();
        let lease = state.lease(&contoso(), "one of many copies", HOUR).await.unwrap();
        assert_eq!(lease.hold.claim.process, None);
    }

    #[tokio::test]
    async fn the_registry_is_one_writers_at_a_time_and_the_next_waits() {
        let (state, _) = state();
        let first = state.registry_lease("the first", HOUR, Duration::ZERO).await.unwrap();
        let busy = state.registry_lease("the second", HOUR, Duration::ZERO).await.unwrap_err();
        assert!(busy.to_string().contains("the first"), "{busy}");
        state.lease(&contoso(), "a sync", HOUR).await.unwrap();
        let waiting = {
            let state = state.clone();
            tokio::spawn(async move { state.registry_lease("the third", HOUR, HOUR).await })
        };
        first.renew().await.unwrap();
        first.release().await.unwrap();
        waiting.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_process_elsewhere_is_waited_for() {
        let (state, _) = state();
        leave(&state, None).await;
        assert!(matches!(state.lease(&contoso(), "next", HOUR).await, Err(StoreError::Busy { .. })));
    }
}
