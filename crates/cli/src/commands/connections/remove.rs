//! `fairlead connections remove`.

use fairlead_engine::Installation;
use std::io::{self, BufRead as _, IsTerminal as _};

use fairlead_model::{Connection, ConnectionId};
use serde::Serialize;

use crate::{failure::Failed, output::Output};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
    /// Remove its runs, snapshots and files too
    #[arg(long)]
    purge: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Say what would be removed, change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Done<'a> {
    connection: &'a ConnectionId,
    removed: bool,
    purged: bool,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let connection = installation.connection(&args.connection).await?;
    let removed = !args.dry_run;
    if removed {
        confirm(&args, &connection)?;
        installation.registry().await?.remove(&connection.id, args.purge).await?;
    }
    let done = Done { connection: &connection.id, removed, purged: removed && args.purge };
    output.value(&done, |_| {
        let is = if removed { "is" } else { "would be" };
        let rest = if args.purge { "and so are its runs and files" } else { "its runs and files stay" };
        format!("{} {is} removed with its secret; {rest}.", connection.id)
    })
}

fn confirm(args: &Args, connection: &Connection) -> Result<(), Failed> {
    if args.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failed::usage("removing a connection asks first: say --yes when nobody can answer"));
    }
    let what = if args.purge { ", its secret and everything it collected" } else { " and its secret" };
    eprint!("Remove {} (tenant {}){what}? [y/N] ", connection.id, connection.tenant);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failed::usage("nothing was removed"))
    }
}
