//! `fairlead completions`: what a shell needs to complete our arguments.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::Failed;

/// Print completions for a shell
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the completions of the command `C`.
pub(crate) fn run<C: CommandFactory>(args: &Args) -> Result<(), Failed> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut C::command(), "fairlead", &mut script);
    Ok(io::Write::write_all(&mut io::stdout().lock(), &script)?)
}
