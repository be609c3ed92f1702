//! `fairlead serve`: syncs what is due, on one machine, until it is told to stop.

mod upkeep;
mod web;

use std::{net::SocketAddr, num::NonZeroUsize, str::FromStr, sync::Arc, time::Duration};

use fairlead_engine::{
    Installation, LocalQueue, Until, Worked,
    schedule::{Due, Outlook, Planner, Ticked},
};
use fairlead_web::Service;
use jiff::Timestamp;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use self::web::Health;
use crate::{
    commands::schedule,
    failure::{Failed, Kind},
    output::Output,
    signals::interrupted,
};

/// Requests that wait for a report at one time.
const MOST_WAITING: usize = 64;
/// Scheduled connections that are told one by one when it starts.
const TOLD: usize = 20;

/// Sync connections when they are due, until told to stop
///
/// `fairlead connections edit NAME --every 6h` says how often; `fairlead schedule` shows what is due when. Told to
/// stop (Ctrl-C or SIGTERM), it stops the runs and keeps what they have: the next start continues them. Webhooks are
/// answered at the address given by --listen. Once a day it replaces client secrets that are due, where that is switched
/// on.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sync what is due and end, for a scheduler of the system's
    #[arg(long)]
    once: bool,
    /// Connections synced at a time [default: parallel-connections of the configuration, else 4]
    #[arg(long, value_name = "NUMBER")]
    parallel_connections: Option<NonZeroUsize>,
    /// Address and port to answer HTTP at, or none; --once answers nothing
    #[arg(long, env = "FAIRLEAD_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: Listen,
    /// Seconds between two looks at what is due
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    tick: u64,
}

/// Where to answer HTTP, if anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Listen(Option<SocketAddr>);

impl FromStr for Listen {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        if given == "none" {
            return Ok(Self(None));
        }
        let wrong = || format!("\"{given}\" is not an address and a port, such as 127.0.0.1:8080, nor none");
        given.parse().map(|address| Self(Some(address))).map_err(|_| wrong())
    }
}

pub(crate) async fn run(args: Args, installation: Installation, output: &Output) -> Result<(), Failed> {
    // What keeps it from working at all is told at once, not at the first sync.
    let (state, secrets) = (installation.state()?.clone(), installation.secrets().await?.clone());
    installation.host()?;
    let teller = fairlead_web::teller(state, secrets).map_err(|error| Failed::ours(error.to_string()))?;
    let installation = installation.with_listeners(Arc::new(teller));
    let queue = LocalQueue::kept_in(installation.settings().home.join("queue"))?;
    let server = Server {
        parallel: args.parallel_connections.unwrap_or(installation.settings().parallel_connections),
        tick: Duration::from_secs(args.tick),
        health: Health::new(Duration::from_secs(args.tick)),
        installation: Arc::new(installation),
        queue: Arc::new(queue),
        stop: CancellationToken::new(),
    };
    stop_when_told(server.stop.clone());
    if args.once { server.once(output).await } else { server.serve(args.listen).await }
}

struct Server {
    installation: Arc<Installation>,
    queue: Arc<LocalQueue>,
    parallel: NonZeroUsize,
    tick: Duration,
    health: Health,
    stop: CancellationToken,
}

impl Server {
    async fn serve(self, listen: Listen) -> Result<(), Failed> {
        let listener = match listen.0 {
            Some(address) => Some(web::bind(address).await?),
            None => None,
        };
        let mut planner = Planner::new();
        let outlook = planner.outlook(self.installation.state()?, Timestamp::now()).await?;
        tell_start(&self, &outlook);
        let webhooks = Service {
            state: self.installation.state()?.clone(),
            secrets: self.installation.secrets().await?.clone(),
            queue: self.queue.clone(),
            clock: Arc::new(Timestamp::now),
            waiters: MOST_WAITING,
        };
        let answering = async {
            match listener {
                Some(listener) => {
                    web::serve(listener, self.health.clone(), webhooks, self.stop.clone()).await
                }
                None => Ok(()),
            }
        };
        let upkeep = upkeep::every_day(&self.installation, &self.stop);
        let (answered, (), (), worked) =
            tokio::join!(answering, self.plan(planner), upkeep, self.work(Until::Stopped));
        tracing::info!(done = worked.done, refused = worked.refused, "stopped; what was collected is kept");
        answered
    }

    async fn once(self, output: &Output) -> Result<(), Failed> {
        let ticked = Planner::new().tick(self.installation.state()?, &*self.queue, Timestamp::now()).await?;
        tell_tick(&ticked);
        let worked = self.work(Until::Empty).await;
        output.note(&format!("{} of {} connections were due.", ticked.asked.len(), ticked.scheduled));
        if self.stop.is_cancelled() {
            return Err(Failed::silent(Kind::Interrupted));
        }
        if worked.refused > 0 {
            return Err(Failed::ours(format!("{} messages were given up; the log says why", worked.refused)));
        }
        Ok(())
    }

    /// Looks at what is due, again and again.
    async fn plan(&self, mut planner: Planner) {
        let mut ticks = tokio::time::interval(self.tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let Ok(state) = self.installation.state() else { continue };
            match planner.tick(state, &*self.queue, Timestamp::now()).await {
                Ok(ticked) => {
                    self.health.planned(Instant::now());
                    tell_tick(&ticked);
                }
                Err(error) => {
                    tracing::error!(%error, "what is due could not be found; the next look makes up for it");
                }
            }
        }
    }

    async fn work(&self, until: Until) -> Worked {
        let (installation, queue, stop) = (self.installation.clone(), self.queue.clone(), self.stop.clone());
        let handler = move |message| {
            let (installation, queue, stop) = (installation.clone(), queue.clone(), stop.clone());
            async move { installation.handle(&message, &*queue, None, &stop).await }
        };
        self.queue.work(self.parallel, until, &self.stop, handler).await
    }
}

fn tell_start(server: &Server, outlook: &[Outlook]) {
    let scheduled: Vec<&Outlook> = outlook.iter().filter(|one| one.due != Due::Never).collect();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        home = %server.installation.settings().home.display(),
        connections = outlook.len(),
        scheduled = scheduled.len(),
        at_a_time = server.parallel,
        "fairlead serves"
    );
    for one in scheduled.iter().take(TOLD) {
        let next = schedule::words(one.due, Timestamp::now());
        tracing::info!(connection = %one.connection, every = %schedule::every(one.schedule), next, "scheduled");
    }
    if scheduled.len() > TOLD {
        tracing::info!(more = scheduled.len() - TOLD, "`fairlead schedule` shows the others");
    }
    if scheduled.is_empty() {
        tracing::warn!("nothing is scheduled: `fairlead connections edit NAME --every 6h` does that");
    }
}

fn tell_tick(ticked: &Ticked) {
    let Ticked { connections, asked, waiting, listed, fetched, .. } = ticked;
    tracing::debug!(connections, due = asked.len(), waiting, listed, fetched, "looked at what is due");
    for connection in asked {
        tracing::info!(%connection, "due");
    }
}

/// The first Ctrl-C or termination stops the runs and keeps what they have; the second ends the process.
fn stop_when_told(stop: CancellationToken) {
    tokio::spawn(async move {
        interrupted().await;
        tracing::info!("stopping; what was collected is kept (once more to stop at once)");
        stop.cancel();
        interrupted().await;
        std::process::exit(130);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_listens_at_an_address_or_not_at_all() {
        assert_eq!("none".parse(), Ok(Listen(None)));
        assert_eq!("[::1]:80".parse(), Ok(Listen(Some(([0, 0, 0, 0, 0, 0, 0, 1], 80).into()))));
        assert!("localhost".parse::<Listen>().unwrap_err().contains("127.0.0.1:8080"));
    }
}
