//! Where credentials come from: files, commands, standard input, the environment, or a prompt. A secret is
//! never an argument.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    path::PathBuf,
};

use fairlead_azure::Credential;
use fairlead_engine::NewCredential;
use fairlead_model::{AssertionSource, Connection, ConnectionId};
use fairlead_secrets::{CertificateError, CertificatePem, Secret};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::{context::Context, failure::Failed, prompt};

/// The variable a client secret may be given in.
const SECRET: &str = "FAIRLEAD_CLIENT_SECRET";
/// The variable the password of a certificate file may be given in.
const PASSWORD: &str = "FAIRLEAD_CERTIFICATE_PASSWORD";

/// For commands that sign in.
#[derive(clap::Args, Default)]
pub(crate) struct CredentialArgs {
    /// Sign in with the client secret in the first line of standard input. Without this it is the connection's
    /// own; where none is kept, it is taken from FAIRLEAD_CLIENT_SECRET, else asked for
    #[arg(long)]
    client_secret_stdin: bool,
}

impl CredentialArgs {
    pub(crate) async fn read(
        &self,
        connection: &Connection,
        context: &Context,
    ) -> Result<Credential, Failed> {
        if self.client_secret_stdin {
            return Ok(Credential::ClientSecret(from_stdin()?));
        }
        if let Some(kept) = context.stores().await?.registry().credential(connection).await? {
            return Ok(kept);
        }
        Ok(Credential::ClientSecret(from_variable_or_prompt(&connection.id).await?))
    }
}

/// For commands that keep a credential.
#[derive(clap::Args)]
#[group(id = "NewCredentialArgs", multiple = true)]
pub(crate) struct NewCredentialArgs {
    /// Read the client secret from the first line of standard input. Without this and the next ones it is taken
    /// from FAIRLEAD_CLIENT_SECRET, else asked for
    #[arg(long, group = "credential")]
    client_secret_stdin: bool,
    /// When the client secret ends, such as 2027-05-01, if it is known: so that its end is told in time
    #[arg(long, value_name = "DATE", value_parser = end)]
    client_secret_expires: Option<Timestamp>,
    /// A certificate with its private key, PEM or PKCS#12; its password is taken from
    /// FAIRLEAD_CERTIFICATE_PASSWORD, else asked for
    #[arg(long, value_name = "FILE", group = "credential", conflicts_with = "client_secret_expires")]
    certificate: Option<PathBuf>,
    /// A file with an assertion of another identity provider, kept fresh by somebody else: no secret is kept
    #[arg(long, value_name = "FILE", group = "credential", conflicts_with = "client_secret_expires")]
    federated_token_file: Option<PathBuf>,
    /// A program that prints such an assertion; its arguments are separated by blanks, and no shell is involved
    #[arg(long, value_name = "COMMAND", group = "credential", conflicts_with = "client_secret_expires")]
    federated_token_command: Option<String>,
}

impl NewCredentialArgs {
    /// Whether any of them is given.
    pub(crate) fn is_given(&self) -> bool {
        self.client_secret_stdin
            || self.certificate.is_some()
            || self.federated_token_file.is_some()
            || self.federated_token_command.is_some()
    }

    pub(crate) async fn read(&self, connection: &ConnectionId) -> Result<NewCredential, Failed> {
        if let Some(file) = &self.certificate {
            return certificate(file).await;
        }
        if let Some(file) = &self.federated_token_file {
            let file = std::path::absolute(file).map_err(|error| {
                Failed::usage(format!("cannot tell where {} is: {error}", file.display()))
            })?;
            return Ok(NewCredential::Federated(AssertionSource::File(file)));
        }
        if let Some(command) = &self.federated_token_command {
            let words = command.split_whitespace().map(str::to_owned).collect();
            return Ok(NewCredential::Federated(AssertionSource::Command(words)));
        }
        let secret = if self.client_secret_stdin {
            from_stdin()?
        } else {
            from_variable_or_prompt(connection).await?
        };
        Ok(NewCredential::Kept {
            secret: Secret::ClientSecret(secret),
            expires_at: self.client_secret_expires,
        })
    }
}

/// A day, or a moment. A day ends the secret at its beginning: better warned early.
fn end(given: &str) -> Result<Timestamp, String> {
    if let Ok(at) = given.parse::<Timestamp>() {
        return Ok(at);
    }
    let day = given.parse::<Date>().map_err(|_| "say a date such as 2027-05-01".to_owned())?;
    day.to_zoned(TimeZone::UTC).map(|at| at.timestamp()).map_err(|error| error.to_string())
}

async fn certificate(file: &std::path::Path) -> Result<NewCredential, Failed> {
    let bytes = Zeroizing::new(std::fs::read(file).map_err(|error| {
        Failed::usage(format!("cannot read the certificate {}: {error}", file.display()))
    })?);
    let wrong =
        |error: CertificateError| Failed::usage(format!("the certificate {}: {error}", file.display()));
    let given = std::env::var(PASSWORD).ok().map(SecretString::from);
    let (certificate, facts) = match CertificatePem::read(&bytes, given.as_ref()) {
        Err(CertificateError::PasswordNeeded) if given.is_none() && io::stdin().is_terminal() => {
            let asked = prompt::secret(&format!("Password of {}: ", file.display())).await?;
            CertificatePem::read(&bytes, Some(&asked))
        }
        read => read,
    }
    .map_err(wrong)?;
    facts.check(Timestamp::now()).map_err(wrong)?;
    Ok(NewCredential::Kept { secret: Secret::Certificate(certificate), expires_at: None })
}

fn from_stdin() -> Result<SecretString, Failed> {
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line).map_err(|error| {
        Failed::usage(format!("cannot read the client secret from standard input: {error}"))
    })?;
    trimmed(&line)
}

async fn from_variable_or_prompt(connection: &ConnectionId) -> Result<SecretString, Failed> {
    if let Ok(value) = std::env::var(SECRET) {
        return trimmed(&Zeroizing::new(value));
    }
    if !io::stdin().is_terminal() {
        return Err(Failed::usage(format!(
            "there is no client secret: set {SECRET}, or pipe it in with --client-secret-stdin"
        )));
    }
    trimmed(prompt::secret(&format!("Client secret for {connection}: ")).await?.expose_secret())
}

/// Blanks around a secret are dropped: they are never part of one.
fn trimmed(given: &str) -> Result<SecretString, Failed> {
    let secret = given.trim();
    if secret.is_empty() {
        return Err(Failed::usage("the client secret is empty: copy the secret's value from the portal"));
    }
    Ok(SecretString::from(secret.to_owned()))
}
