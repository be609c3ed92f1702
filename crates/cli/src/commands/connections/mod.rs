//! `fairlead connections`: add, edit, switch on and off, list, show, rotate, remove.

mod add;
pub(crate) mod arguments;
mod edit;
mod list;
mod remove;
mod rotate;
mod show;

use clap::Subcommand;
use fairlead_engine::Remark;

use crate::{context::Context, failure::Failed, output::Output};

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

pub(crate) async fn run(command: Command, context: &Context, output: &Output) -> Result<(), Failed> {
    match command {
        Command::Add(args) => add::run(*args, context, output).await,
        Command::Edit(args) => edit::run(*args, context, output).await,
        Command::Enable(args) => edit::switch(args, true, context, output).await,
        Command::Disable(args) => edit::switch(args, false, context, output).await,
        Command::List(args) => list::run(args, context, output).await,
        Command::Show(args) => show::run(args, context, output).await,
        Command::Rotate(args) => rotate::run(args, context, output).await,
        Command::Remove(args) => remove::run(args, context, output).await,
    }
}

fn tell(remarks: &[Remark], output: &Output) {
    for remark in remarks {
        output.warning(&remark.0);
    }
}
