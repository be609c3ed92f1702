//! `fairlead connections`: add, edit, switch on and off, list, show, rotate, remove.

mod add;
pub(crate) mod arguments;
mod edit;
mod list;
mod remove;
mod rotate;
mod show;

use clap::Subcommand;
use fairlead_engine::{Installation, Remark};
use fairlead_model::Connection;
use fairlead_store::Listed;

use crate::{failure::Failed, output::Output};

#[derive(Subcommand)]
pub(crate) enum Command {
    Add(Box<add::Args>),
    Edit(Box<edit::Args>),
    /// Take a connection into the schedule again
    Enable(edit::Switch),
    /// Leave a connection out of the schedule; what it collected stays
    Disable(edit::Switch),
    List(list::Args),
    Show(show::Args),
    Rotate(rotate::Args),
    Remove(remove::Args),
}

pub(crate) async fn run(
    command: Command,
    installation: &Installation,
    output: &Output,
) -> Result<(), Failed> {
    match command {
        Command::Add(args) => add::run(*args, installation, output).await,
        Command::Edit(args) => edit::run(*args, installation, output).await,
        Command::Enable(args) => edit::switch(args, true, installation, output).await,
        Command::Disable(args) => edit::switch(args, false, installation, output).await,
        Command::List(args) => list::run(args, installation, output).await,
        Command::Show(args) => show::run(args, installation, output).await,
        Command::Rotate(args) => rotate::run(args, installation, output).await,
        Command::Remove(args) => remove::run(args, installation, output).await,
    }
}

/// Every connection that can be read; the others are told of.
pub(crate) async fn all(installation: &Installation, output: &Output) -> Result<Vec<Connection>, Failed> {
    let Listed { found, unreadable } = installation.connections().await?;
    output.unreadable(&unreadable);
    Ok(found)
}

fn tell(remarks: &[Remark], output: &Output) {
    for remark in remarks {
        output.warning(&remark.0);
    }
}
