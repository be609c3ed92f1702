//! Where credentials come from: files, commands, standard input, the environment, or a prompt. A secret is
//! never an argument.

use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, IsTerminal as _},
    path::PathBuf,
};

use fairlead_azure::Credential;
use fairlead_engine::{Installation, NewCredential};
use fairlead_model::{AssertionSource, Connection, ConnectionId};
use fairlead_secrets::{CertificateError, CertificatePem, Secret};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::{failure::Failed, prompt};

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

/// Secrets that were given for this command, each for one connection. They are had before anything begins: standard
/// input is read once, and of several connections none gets another one's.
#[derive(Default)]
pub(crate) struct Given(BTreeMap<ConnectionId, SecretString>);

impl CredentialArgs {
    /// Gets what the connections do not keep themselves.
    pub(crate) async fn given(&self, connections: &[Connection]) -> Result<Given, Failed> {
        if self.client_secret_stdin {
            let [connection] = connections else {
                return Err(Failed::usage(
                    "--client-secret-stdin gives one secret, and it would go to every connection: name one",
                ));
            };
            return Ok(Given::one(connection, from_stdin()?));
        }
        let needy: Vec<&Connection> = connections.iter().filter(|it| it.credential.is_none()).collect();
        if needy.is_empty() {
            return Ok(Given::default());
        }
        match (needy.as_slice(), from_variable()?) {
            ([one], Some(secret)) => Ok(Given::one(one, secret)),
            (several, Some(_)) => {
                let names = several.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().join(", ");
                Err(Failed::usage(format!(
                    "{SECRET} is one secret, and it would go to {names}: name one of them, or have each keep its own \
                     with `fairlead connections rotate`"
                )))
            }
            (several, None) if io::stdin().is_terminal() => {
                let mut given = Given::default();
                for connection in several {
                    given.0.insert(connection.id.clone(), from_prompt(&connection.id).await?);
                }
                Ok(given)
            }
            // Each tells for itself what it lacks.
            (_, None) => Ok(Given::default()),
        }
    }
}

impl Given {
    fn one(connection: &Connection, secret: SecretString) -> Self {
        Self(BTreeMap::from([(connection.id.clone(), secret)]))
    }

    /// What was given for a connection, in place of what it keeps.
    pub(crate) fn secret(&self, of: &ConnectionId) -> Option<Secret> {
        self.0.get(of).cloned().map(Secret::ClientSecret)
    }

    /// What a connection signs in with.
    pub(crate) async fn credential(
        &self,
        connection: &Connection,
        installation: &Installation,
    ) -> Result<Credential, Failed> {
        if let Some(secret) = self.0.get(&connection.id) {
            return Ok(Credential::ClientSecret(secret.clone()));
        }
        if connection.credential.is_none() {
            return Err(none_given());
        }
        let kept = installation.registry().await?.credential(connection).await?;
        kept.ok_or_else(none_given)
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
    /// A program that prints such an assertion; its arguments are separated by blanks, and no shell is involved.
    /// They are kept in clear: no secret may be among them
    #[arg(long, value_name = "COMMAND", group = "credential", conflicts_with = "client_secret_expires")]
    federated_token_command: Option<String>,
    /// Have AWS vouch for the role this runs as, by a token of AWS STS in this region [default: the one AWS's own
    /// tools use]: no secret is kept. The account must allow it once: aws iam enable-outbound-web-identity-federation
    #[arg(
        long,
        value_name = "REGION",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        group = "credential",
        conflicts_with = "client_secret_expires"
    )]
    federated_aws: Option<String>,
}

impl NewCredentialArgs {
    /// Whether any of them is given, so that nobody has to be asked.
    pub(crate) fn is_given(&self) -> bool {
        self.client_secret_stdin
            || self.certificate.is_some()
            || self.federated_token_file.is_some()
            || self.federated_token_command.is_some()
            || std::env::var_os(SECRET).is_some()
            || self.federated_aws.is_some()
    }

    pub(crate) async fn read(&self, connection: &ConnectionId) -> Result<NewCredential, Failed> {
        if let Some(file) = &self.certificate {
            return certificate(file).await;
        }
        if let Some(file) = &self.federated_token_file {
            return Ok(NewCredential::Federated(AssertionSource::File(absolute(file)?)));
        }
        if let Some(command) = &self.federated_token_command {
            return Ok(NewCredential::Federated(AssertionSource::Command(words(command)?)));
        }
        if let Some(region) = &self.federated_aws {
            let region = Some(region.clone()).filter(|region| !region.is_empty());
            return Ok(NewCredential::Federated(AssertionSource::AwsSts { region }));
        }
        let secret = if self.client_secret_stdin {
            from_stdin()?
        } else if let Some(secret) = from_variable()? {
            secret
        } else if io::stdin().is_terminal() {
            from_prompt(connection).await?
        } else {
            return Err(none_given());
        };
        Ok(NewCredential::Kept {
            secret: Secret::ClientSecret(secret),
            expires_at: self.client_secret_expires,
        })
    }
}

/// A day, or a moment, that is to come. A day ends the secret at its beginning: better warned early.
pub(crate) fn end(given: &str) -> Result<Timestamp, String> {
    let at = given.parse::<Timestamp>().or_else(|_| {
        let day = given.parse::<Date>().map_err(|_| "say a date such as 2027-05-01".to_owned())?;
        day.to_zoned(TimeZone::UTC).map(|at| at.timestamp()).map_err(|error| error.to_string())
    })?;
    if at <= Timestamp::now() {
        return Err("that is past: a secret that has ended is of no use; make a new one".to_owned());
    }
    Ok(at)
}

/// A program and its arguments. One that is named by a path is found from everywhere: the connection outlives the
/// folder the command was typed in, and another folder may be anybody's.
fn words(command: &str) -> Result<Vec<String>, Failed> {
    let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    let Some(program) = words.first_mut() else {
        return Err(Failed::usage("--federated-token-command names no program"));
    };
    if program.contains(std::path::is_separator) {
        let path = absolute(std::path::Path::new(program))?;
        *program = path.into_os_string().into_string().map_err(|path| {
            Failed::usage(format!("the path {} is not Unicode: put the program elsewhere", path.display()))
        })?;
    }
    Ok(words)
}

fn absolute(path: &std::path::Path) -> Result<PathBuf, Failed> {
    std::path::absolute(path)
        .map_err(|error| Failed::usage(format!("cannot tell where {} is: {error}", path.display())))
}

/// A variable with a secret in it; none where it is not set. One that cannot be read is not taken for none.
pub(crate) fn variable(name: &str) -> Result<Option<SecretString>, Failed> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(SecretString::from(value))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failed::usage(format!("{name} is set, and not in UTF-8: set it in that, or unset it")))
        }
    }
}

async fn certificate(file: &std::path::Path) -> Result<NewCredential, Failed> {
    let bytes = Zeroizing::new(std::fs::read(file).map_err(|error| {
        Failed::usage(format!("cannot read the certificate {}: {error}", file.display()))
    })?);
    let wrong =
        |error: CertificateError| Failed::usage(format!("the certificate {}: {error}", file.display()));
    let given = variable(PASSWORD)?;
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

fn from_variable() -> Result<Option<SecretString>, Failed> {
    variable(SECRET)?.map(|value| trimmed(value.expose_secret())).transpose()
}

fn none_given() -> Failed {
    Failed::usage(format!(
        "there is no client secret: set {SECRET}, or pipe it in with --client-secret-stdin"
    ))
}

async fn from_prompt(connection: &ConnectionId) -> Result<SecretString, Failed> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_by_its_path_is_the_same_from_every_folder() {
        let here = std::env::current_dir().unwrap();
        let by_path = words("./get-token --audience x").unwrap();
        assert_eq!(by_path, [here.join("get-token").to_str().unwrap(), "--audience", "x"]);
        assert_eq!(words(" get-token ").unwrap(), ["get-token"], "one of the search path stays one");
        assert!(words("  ").is_err());
    }

    #[test]
    fn a_secret_s_end_is_to_come() {
        assert!(end("2020-01-01").unwrap_err().contains("past"));
        assert!(end("2020-01-01T00:00:00Z").is_err());
        assert_eq!(end("2999-01-31").unwrap().to_string(), "2999-01-31T00:00:00Z");
        assert!(end("tomorrow").unwrap_err().contains("2027-05-01"));
    }

    #[tokio::test]
    async fn one_secret_is_given_to_one_connection() {
        let connection = |id: &str| -> Connection {
            serde_json::from_value(serde_json::json!({
                "id": id, "connector": "example", "tenant": "contoso.example",
                "client-id": uuid::Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
            }))
            .unwrap()
        };
        let args = CredentialArgs { client_secret_stdin: true };
        let refused = args.given(&[connection("one"), connection("two")]).await.err().unwrap();
        assert!(refused.message.contains("name one"), "{}", refused.message);
    }
}
