//! `fairlead connections remove`.

use std::io::{self, BufRead as _, IsTerminal as _};

use fairlead_engine::{Collected, Installation};
use fairlead_model::{Connection, ConnectionId};
use fairlead_store::StoreError;
use serde::Serialize;

use crate::{failure::Failed, output::Output};

/// Remove a connection and its secret; its runs and files stay
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
    /// Remove its runs, snapshots and files too, also those of a connection that was removed before
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
    let id = &args.connection;
    let Some(state) = installation.existing_state()? else {
        return Err(StoreError::UnknownConnection(id.clone()).into());
    };
    // Of one that was removed before, what it left can still be.
    let connection = state.connection(id).await?.map(|found| found.value);
    if args.dry_run {
        let connection = connection.ok_or_else(|| StoreError::UnknownConnection(id.clone()))?;
        let done = Done { connection: &connection.id, removed: false, purged: false };
        return output
            .value(&done, |_| format!("{id} would be removed with its secret; {}.", rest(&args, "would")));
    }
    confirm(&args, connection.as_ref())?;
    let folders = installation.folders();
    let collected = if args.purge { Collected::Goes { folders: &folders } } else { Collected::Stays };
    let gone = installation.registry().await?.remove(id, collected).await?;
    let done = Done { connection: id, removed: gone.connection, purged: args.purge };
    output.value(&done, |_| {
        if gone.connection {
            format!("{id} is removed with its secret; {}.", rest(&args, "are"))
        } else {
            format!("{id} was removed before; what it had left is gone now.")
        }
    })
}

fn rest(args: &Args, verb: &str) -> String {
    if args.purge {
        format!("and so {verb} its runs and files")
    } else {
        "its runs and files stay".to_owned()
    }
}

fn confirm(args: &Args, connection: Option<&Connection>) -> Result<(), Failed> {
    if args.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failed::usage("removing a connection asks first: say --yes when nobody can answer"));
    }
    let id = &args.connection;
    match connection {
        Some(connection) if args.purge => {
            eprint!(
                "Remove {id} (tenant {}), its secret and everything it collected? [y/N] ",
                connection.tenant
            );
        }
        Some(connection) => eprint!("Remove {id} (tenant {}) and its secret? [y/N] ", connection.tenant),
        None => eprint!("Remove what {id}, which was removed before, has left? [y/N] "),
    }
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failed::usage("nothing was removed"))
    }
}
