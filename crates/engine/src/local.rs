//! A queue within one process, and those who work on it.
//!
//! Syncs are not kept: the state says what is due, so the planner asks for them again. Everything else is asked
//! for once, and kept in a folder until it is done.

use std::{
    collections::{BTreeMap, VecDeque},
    fs, io,
    num::NonZeroUsize,
    panic::AssertUnwindSafe,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use fairlead_model::Message;
use fairlead_store::StoreError;
use futures::FutureExt as _;
use tokio::{sync::Notify, task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{EngineError, Handled, Queue};

/// Messages other than syncs handled at a time. They are short, and must not wait behind long syncs.
const OTHERS: usize = 8;

/// A queue within one process.
#[derive(Debug, Default)]
pub struct LocalQueue {
    waiting: Mutex<Waiting>,
    news: Notify,
    /// Where messages that nobody would ask for again are kept.
    folder: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Waiting {
    syncs: VecDeque<Message>,
    others: VecDeque<Message>,
    /// By when they are to be tried again; the number tells those of one moment apart.
    later: BTreeMap<(Instant, u64), Message>,
    numbers: u64,
}

/// How long a queue is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until it is told to stop.
    Stopped,
    /// Until nothing is to be done at once any more.
    Empty,
}

/// What came of working on a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worked {
    /// Messages that were done.
    pub done: usize,
    /// Messages that are to be tried again, each time counted.
    pub later: usize,
    /// Messages nobody will try again.
    pub refused: usize,
}

impl LocalQueue {
    /// A queue whose messages are gone with the process.
    pub fn new() -> Self {
        Self::default()
    }

    /// A queue that keeps in `folder` what nobody would ask for again, and begins with what is there.
    ///
    /// # Errors
    /// When the folder cannot be read or made.
    pub fn kept_in(folder: PathBuf) -> Result<Self, EngineError> {
        let failed = |error: io::Error| StoreError::io(&folder, &error);
        fs::create_dir_all(&folder).map_err(failed)?;
        let mut waiting = Waiting::default();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let text = fs::read(&path).map_err(|error| StoreError::io(&path, &error))?;
            match serde_json::from_slice(&text) {
                Ok(message) => waiting.add(message),
                Err(error) => tracing::warn!(path = %path.display(), %error, "a kept message is damaged"),
            }
        }
        Ok(Self { waiting: Mutex::new(waiting), news: Notify::new(), folder: Some(folder) })
    }

    /// How many messages wait.
    pub fn waiting(&self) -> usize {
        let waiting = self.lock();
        waiting.syncs.len() + waiting.others.len() + waiting.later.len()
    }

    /// Has messages handled, as many syncs at a time as `connections` says. Told to stop, it takes no more, and
    /// waits for those under way: the handler must know of `stop` too.
    pub async fn work<H, F>(
        &self,
        connections: NonZeroUsize,
        until: Until,
        stop: &CancellationToken,
        handler: H,
    ) -> Worked
    where
        H: Fn(Message) -> F + Clone + Send + 'static,
        F: Future<Output = Handled> + Send + 'static,
    {
        let mut worked = Worked::default();
        let mut under_way: JoinSet<(Message, Handled)> = JoinSet::new();
        let (mut syncs, mut others) = (0, 0);
        while !stop.is_cancelled() {
            let next_later = {
                let mut waiting = self.lock();
                waiting.ripen(Instant::now());
                while syncs < connections.get()
                    && let Some(message) = waiting.syncs.pop_front()
                {
                    syncs += 1;
                    under_way.spawn(handled(handler.clone(), message));
                }
                while others < OTHERS
                    && let Some(message) = waiting.others.pop_front()
                {
                    others += 1;
                    under_way.spawn(handled(handler.clone(), message));
                }
                waiting.later.keys().next().map(|(at, _)| *at)
            };
            if until == Until::Empty && under_way.is_empty() {
                break;
            }
            let done = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(done) = under_way.join_next() => done,
                () = self.news.notified() => continue,
                () = at(next_later) => continue,
            };
            match &done {
                Ok((Message::Sync { .. }, _)) => syncs -= 1,
                Ok(_) => others -= 1,
                Err(_) => {}
            }
            self.settle(done, &mut worked);
        }
        while let Some(done) = under_way.join_next().await {
            self.settle(done, &mut worked);
        }
        worked
    }

    fn settle(&self, done: Result<(Message, Handled), tokio::task::JoinError>, worked: &mut Worked) {
        let (message, handled) = match done {
            Ok(done) => done,
            // A handler's panic is caught where its message is known.
            Err(error) => return tracing::error!(%error, "a message was lost; the next start finds it again"),
        };
        match handled {
            Handled::Done => worked.done += 1,
            Handled::Later(pause) => {
                worked.later += 1;
                let mut waiting = self.lock();
                waiting.numbers += 1;
                let number = waiting.numbers;
                waiting.later.insert((Instant::now() + pause, number), message);
                return;
            }
            Handled::Refused(reason) => {
                worked.refused += 1;
                tracing::error!(%reason, "a message is given up");
            }
        }
        self.forget(&message);
    }

    fn keep(&self, message: &Message) -> Result<(), EngineError> {
        let (Some(folder), Some(name)) = (&self.folder, name(message)) else { return Ok(()) };
        let text = serde_json::to_vec(message)
            .map_err(|error| EngineError::Defect(format!("a message cannot be written ({error})")))?;
        let (path, draft) = (folder.join(&name), folder.join(format!("{name}.draft")));
        let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path));
        Ok(written.map_err(|error| StoreError::io(&path, &error))?)
    }

    fn forget(&self, message: &Message) {
        let (Some(folder), Some(name)) = (&self.folder, name(message)) else { return };
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "a message that is done stays kept, and is done again at the next start");
            }
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Queue for LocalQueue {
    async fn send(&self, messages: &[Message]) -> Result<(), EngineError> {
        for message in messages {
            self.keep(message)?;
            self.lock().add(message.clone());
        }
        self.news.notify_one();
        Ok(())
    }
}

impl Waiting {
    /// One sync of a connection that waits is enough, whoever asks for another.
    fn add(&mut self, message: Message) {
        match &message {
            Message::Sync { connection: id, .. } => {
                let same = |waiting: &Message| matches!(waiting, Message::Sync { connection, .. } if connection == id);
                if !self.syncs.iter().any(same) {
                    self.syncs.push_back(message);
                }
            }
            Message::Validate { .. } | Message::Announce { .. } => {
                if !self.others.contains(&message) {
                    self.others.push_back(message);
                }
            }
        }
    }

    /// Takes back those whose time has come.
    fn ripen(&mut self, now: Instant) {
        while let Some(first) = self.later.first_entry()
            && first.key().0 <= now
        {
            let message = first.remove();
            self.add(message);
        }
    }
}

/// Under which name a message is kept, if it is.
fn name(message: &Message) -> Option<String> {
    match message {
        Message::Sync { .. } => None,
        Message::Validate { id, .. } => Some(format!("validate-{id}.json")),
        Message::Announce { id } => Some(format!("announce-{id}.json")),
    }
}

async fn handled<H, F>(handler: H, message: Message) -> (Message, Handled)
where
    H: Fn(Message) -> F,
    F: Future<Output = Handled>,
{
    let done = AssertUnwindSafe(handler(message.clone())).catch_unwind().await;
    let done = done.unwrap_or_else(|_| {
        Handled::Refused("it made Fairlead panic, which is a defect: please report it".to_owned())
    });
    (message, done)
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    const FOUR: NonZeroUsize = NonZeroUsize::new(4).unwrap();

    fn sync(connection: &str) -> Message {
        let asked_at = Timestamp::UNIX_EPOCH;
        Message::Sync { connection: connection.parse().unwrap(), scheduled_for: None, asked_at }
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_syncs_than_allowed_run_at_a_time_and_others_do_not_wait_for_them() {
        let queue = LocalQueue::new();
        let syncs: Vec<Message> = (0..20).map(|number| sync(&format!("c-{number}"))).collect();
        queue.send(&syncs).await.unwrap();
        queue.send(&[Message::Announce { id: Uuid::nil() }]).await.unwrap();
        let (running, most, before) = <(Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let (running, highest, announced_after) = (running, most.clone(), before.clone());
        let finished = Arc::new(AtomicUsize::new(0));
        let handler = move |message: Message| {
            let (running, most, finished) = (running.clone(), most.clone(), finished.clone());
            let before = before.clone();
            async move {
                if matches!(message, Message::Announce { .. }) {
                    before.store(finished.load(Ordering::Relaxed), Ordering::Relaxed);
                    return Handled::Done;
                }
                let now = running.fetch_add(1, Ordering::Relaxed) + 1;
                most.fetch_max(now, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_mins(10)).await;
                running.fetch_sub(1, Ordering::Relaxed);
                finished.fetch_add(1, Ordering::Relaxed);
                Handled::Done
            }
        };
        let worked = queue.work(FOUR, Until::Empty, &CancellationToken::new(), handler).await;
        assert_eq!(worked, Worked { done: 21, ..Worked::default() });
        assert_eq!(highest.load(Ordering::Relaxed), 4);
        assert_eq!(announced_after.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_to_be_done_later_is_done_later() {
        let queue = LocalQueue::new();
        queue.send(&[sync("one"), sync("one")]).await.unwrap();
        assert_eq!(queue.waiting(), 1, "one sync of a connection waits, not two");
        let (tries, stop) = (Arc::new(AtomicUsize::new(0)), CancellationToken::new());
        let (counted, stopping, started) = (tries.clone(), stop.clone(), Instant::now());
        let handler = move |_| {
            let tries = counted.fetch_add(1, Ordering::Relaxed) + 1;
            if tries == 3 {
                stopping.cancel();
            }
            async move { if tries == 3 { Handled::Done } else { Handled::Later(Duration::from_mins(1)) } }
        };
        let worked = queue.work(FOUR, Until::Stopped, &stop, handler).await;
        assert_eq!((worked.done, worked.later, tries.load(Ordering::Relaxed)), (1, 2, 3));
        assert!(started.elapsed() >= Duration::from_mins(2));
    }

    #[tokio::test]
    async fn what_nobody_would_ask_for_again_survives_the_process_until_it_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let announce = Message::Announce { id: Uuid::nil() };
        let queue = LocalQueue::kept_in(folder.path().to_owned()).unwrap();
        queue.send(&[announce.clone(), sync("one")]).await.unwrap();
        drop(queue);
        let queue = LocalQueue::kept_in(folder.path().to_owned()).unwrap();
        assert_eq!(queue.waiting(), 1, "the sync is found by the planner");
        let worked = queue.work(FOUR, Until::Empty, &CancellationToken::new(), async |_| Handled::Done).await;
        assert_eq!(worked.done, 1);
        assert_eq!(LocalQueue::kept_in(folder.path().to_owned()).unwrap().waiting(), 0);
    }

    #[tokio::test]
    async fn a_handler_that_panics_costs_its_message_and_nothing_else() {
        let queue = LocalQueue::new();
        queue.send(&[sync("bad"), sync("good")]).await.unwrap();
        let handler = async |message| {
            assert!(message != sync("bad"), "what a test looks like when it works");
            Handled::Done
        };
        let worked = queue.work(FOUR, Until::Empty, &CancellationToken::new(), handler).await;
        assert_eq!((worked.done, worked.refused), (1, 1));
    }
}
