//! Where the client secret comes from: standard input, the environment, or a prompt. Never an argument.

use std::io::{self, BufRead as _, IsTerminal as _};

use fairlead_model::ConnectionId;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::failure::Failed;

/// The variable a client secret may be given in.
const VARIABLE: &str = "FAIRLEAD_CLIENT_SECRET";

#[derive(clap::Args)]
pub(crate) struct CredentialArgs {
    /// Read the client secret from the first line of standard input. Without this it is taken from
    /// FAIRLEAD_CLIENT_SECRET, else asked for
    #[arg(long)]
    client_secret_stdin: bool,
}

impl CredentialArgs {
    /// The client secret. Blanks around it are dropped: they are never part of one.
    pub(crate) fn client_secret(&self, connection: &ConnectionId) -> Result<SecretString, Failed> {
        let given = if self.client_secret_stdin {
            let mut line = Zeroizing::new(String::new());
            io::stdin().lock().read_line(&mut line).map_err(|error| {
                Failed::usage(format!("cannot read the client secret from standard input: {error}"))
            })?;
            line
        } else if let Ok(value) = std::env::var(VARIABLE) {
            Zeroizing::new(value)
        } else if io::stdin().is_terminal() {
            Zeroizing::new(
                rpassword::prompt_password(format!("Client secret for {connection}: "))
                    .map_err(|error| Failed::usage(format!("cannot ask for the client secret: {error}")))?,
            )
        } else {
            return Err(Failed::usage(format!(
                "there is no client secret: set {VARIABLE}, or pipe it in with --client-secret-stdin"
            )));
        };
        let secret = given.trim();
        if secret.is_empty() {
            return Err(Failed::usage("the client secret is empty: copy the secret's value from the portal"));
        }
        Ok(SecretString::from(secret.to_owned()))
    }
}
