//! Asking for a secret at a terminal, without showing it and without leaving the terminal mute.

use secrecy::SecretString;

use crate::failure::Failed;

/// Asks; Ctrl-C ends the command and leaves the terminal as it was.
pub(crate) async fn secret(question: &str) -> Result<SecretString, Failed> {
    let question = question.to_owned();
    let terminal = Terminal::remember();
    let asked = tokio::task::spawn_blocking(move || rpassword::prompt_password(question));
    tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => {
            terminal.restore();
            eprintln!();
            // The thread that reads cannot be stopped otherwise.
            std::process::exit(130);
        }
        answered = asked => match answered {
            Ok(Ok(secret)) => Ok(SecretString::from(secret)),
            Ok(Err(error)) => Err(Failed::usage(format!("cannot ask for it: {error}"))),
            Err(error) => Err(Failed::ours(format!("cannot ask for it: {error}"))),
        }
    }
}

/// How the terminal was before.
struct Terminal {
    #[cfg(unix)]
    modes: Option<rustix::termios::Termios>,
}

impl Terminal {
    fn remember() -> Self {
        Self {
            #[cfg(unix)]
            modes: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    fn restore(&self) {
        #[cfg(unix)]
        if let Some(modes) = &self.modes {
            let _ =
                rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, modes);
        }
    }
}
