//! Assertions of somebody the application trusts: a file that is kept fresh, or a command that prints one.
//!
//! Both are read anew for each sign-in, since such assertions live for minutes.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::Command,
};
use zeroize::Zeroizing;

/// The longest assertion that is read, in bytes. Real ones have one to four thousand.
const LONGEST: u64 = 64 * 1024;
/// How much of what a failing command complains of is kept, in bytes, from its end.
const LONGEST_COMPLAINT: usize = 16 * 1024;
/// How much of it is shown, in characters, from its end.
const SHOWN: usize = 300;
/// How long a command may take, or the reading of a file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where assertions come from.
#[async_trait]
pub trait AssertionProvider: fmt::Debug + Send + Sync {
    /// An assertion that holds now.
    ///
    /// # Errors
    /// Why there is none; the message is a sentence and says what to do.
    async fn assertion(&self) -> Result<SecretString, AssertionError>;
}

/// There is no assertion. None of the messages holds one, nor a command's arguments, which may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AssertionError {
    /// The file cannot be read.
    #[error(
        "the assertion file {} cannot be read: {problem}; check that whatever writes it runs, and that this user may \
         read it", path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// No command is named.
    #[error("no command that prints an assertion is named: give the program and its arguments")]
    NoCommand,
    /// The command could not be started.
    #[error(
        "the command {program} for the assertion cannot be started: {problem}; give a program's name or full path"
    )]
    NotStarted {
        /// The program.
        program: String,
        /// Why not.
        problem: String,
    },
    /// The command failed.
    #[error(
        "the command {program} for the assertion failed with {status}{complaint}; run it by hand to see why"
    )]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
        /// The end of what it wrote to stderr, with anything that looks like a token taken out, behind ": ".
        complaint: String,
    },
    /// The command did not end.
    #[error(
        "the command {program} for the assertion did not end within {} s and was stopped: run it by hand, and see \
         whether it waits for somebody", after.as_secs()
    )]
    TooSlow {
        /// The program.
        program: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// There is too much to be an assertion.
    #[error(
        "{from} gives more than {LONGEST} bytes, which is no assertion: give what holds the bare token (JWT)"
    )]
    TooLong {
        /// The file or command.
        from: String,
    },
    /// There is nothing.
    #[error("{from} gives nothing: check that whatever makes the assertion works")]
    Empty {
        /// The file or command.
        from: String,
    },
    /// It is no JWT.
    #[error(
        "{from} does not give a token (JWT) and nothing else: an assertion is three parts with dots between"
    )]
    NotAToken {
        /// The file or command.
        from: String,
    },
    /// It has expired.
    #[error("the assertion that {from} gives expired at {at}: check that whatever renews it still runs")]
    Expired {
        /// The file or command.
        from: String,
        /// When.
        at: Timestamp,
    },
    /// Whoever else was to give one did not, as a sentence.
    #[error("{problem}")]
    Elsewhere {
        /// Why not.
        problem: String,
        /// Whether the same might work later without anybody changing anything.
        transient: bool,
    },
    /// The certificate's key did not sign.
    #[error("the key of certificate {thumbprint} cannot sign: give the connection the certificate again")]
    NotSigned {
        /// The certificate's SHA-1 thumbprint.
        thumbprint: String,
    },
}

/// A file that somebody else keeps fresh, such as a Kubernetes service-account token.
#[derive(Debug, Clone)]
pub struct AssertionFile {
    path: PathBuf,
}

impl AssertionFile {
    /// The file at this path; it is read at each sign-in.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    async fn read(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
        // Opening a pipe waits for whoever writes into it, for ever and beyond Ctrl-C.
        if !tokio::fs::metadata(path).await?.is_file() {
            return Err(std::io::Error::other("it is a folder, a pipe or a device, and no file"));
        }
        up_to(tokio::fs::File::open(path).await?, LONGEST).await
    }
}

#[async_trait]
impl AssertionProvider for AssertionFile {
    async fn assertion(&self) -> Result<SecretString, AssertionError> {
        let path = &self.path;
        let read = tokio::time::timeout(PATIENCE, Self::read(path)).await;
        let read = read.unwrap_or_else(|_| {
            Err(std::io::Error::other(format!(
                "its file system did not answer within {} s",
                PATIENCE.as_secs()
            )))
        });
        let bytes = read
            .map_err(|problem| AssertionError::File { path: path.clone(), problem: problem.to_string() })?;
        checked(&bytes, format!("the file {}", path.display()))
    }
}

/// A program that prints an assertion. No shell is involved.
#[derive(Clone)]
pub struct AssertionCommand {
    words: Vec<String>,
    patience: Duration,
}

impl AssertionCommand {
    /// A program and its arguments; it is run at each sign-in, for 30 seconds at most.
    pub fn new(words: Vec<String>) -> Self {
        Self { words, patience: PATIENCE }
    }

    async fn run(
        &self,
        program: &str,
    ) -> Result<(ExitStatus, Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>), AssertionError> {
        let not_started = |problem: std::io::Error| AssertionError::NotStarted {
            program: program.to_owned(),
            problem: problem.to_string(),
        };
        let mut command = Command::new(program);
        command.args(&self.words[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Our own settings, secrets among them, are none of its business.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("FAIRLEAD_"))
        {
            command.env_remove(name);
        }
        let mut child = command.kill_on_drop(true).spawn().map_err(not_started)?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        // A command that prints too much finds the pipe closed, and ends by that. One that chatters beside it does
        // not: nothing may be wrong with it.
        let all = async {
            let (out, err) = tokio::try_join!(piped(out, LONGEST), last_of(err, LONGEST_COMPLAINT))?;
            Ok((child.wait().await?, out, err))
        };
        match tokio::time::timeout(self.patience, all).await {
            Ok(ended) => ended.map_err(not_started),
            Err(_) => Err(AssertionError::TooSlow { program: program.to_owned(), after: self.patience }),
        }
    }
}

// Its arguments may hold secrets.
impl fmt::Debug for AssertionCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionCommand").field("program", &self.words.first()).finish_non_exhaustive()
    }
}

#[async_trait]
impl AssertionProvider for AssertionCommand {
    async fn assertion(&self) -> Result<SecretString, AssertionError> {
        let program = self.words.first().ok_or(AssertionError::NoCommand)?;
        let (status, out, err) = self.run(program).await?;
        let from = format!("the command {program}");
        if out.len() as u64 > LONGEST {
            return Err(AssertionError::TooLong { from });
        }
        if !status.success() {
            let (program, status) = (program.clone(), status.to_string());
            return Err(AssertionError::Failed { program, status, complaint: complaint(&err, &out) });
        }
        checked(&out, from)
    }
}

async fn piped(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> std::io::Result<Zeroizing<Vec<u8>>> {
    match pipe {
        Some(pipe) => up_to(pipe, most).await,
        None => Ok(Zeroizing::default()),
    }
}

/// Reads at most one byte more than `most`.
async fn up_to(from: impl AsyncRead + Unpin, most: u64) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    from.take(most + 1).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// The last bytes of everything that comes, which is read to its end.
async fn last_of(pipe: Option<impl AsyncRead + Unpin>, most: usize) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut piece = Zeroizing::new([0_u8; 4096]);
    // Roomy enough not to grow: what a vector leaves behind when it grows is not wiped.
    let mut kept = Zeroizing::new(Vec::with_capacity(2 * most + piece.len()));
    let Some(mut pipe) = pipe else { return Ok(kept) };
    loop {
        let read = pipe.read(&mut *piece).await?;
        kept.extend_from_slice(&piece[..read]);
        if read == 0 || kept.len() > 2 * most {
            let beyond = kept.len().saturating_sub(most);
            kept.drain(..beyond);
        }
        if read == 0 {
            return Ok(kept);
        }
    }
}

/// The end of what a command complained of, on one line, without what it printed or anything like a token.
fn complaint(err: &[u8], out: &[u8]) -> String {
    let err = String::from_utf8_lossy(err);
    let out = String::from_utf8_lossy(out);
    let told: Vec<&str> = err
        .split_whitespace()
        .map(|word| if word.contains("eyJ") || (word.len() > 3 && out.contains(word)) { "…" } else { word })
        .collect();
    let told: String = told.join(" ").chars().filter(|c| !c.is_control()).collect();
    let skipped = told.chars().count().saturating_sub(SHOWN);
    let shown: String = told.chars().skip(skipped).collect();
    if shown.is_empty() { shown } else { format!(": {shown}") }
}

/// What an assertion says of itself, as far as federated credentials are matched by it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AssertionTold {
    /// Who issued it (`iss`).
    #[serde(rename = "iss")]
    pub issuer: String,
    /// For whom (`sub`).
    #[serde(rename = "sub")]
    pub subject: String,
    /// To whom it is addressed (`aud`).
    #[serde(rename = "aud")]
    pub audience: Audience,
    #[serde(rename = "exp")]
    expires: Option<i64>,
}

impl AssertionTold {
    /// Reads it; of a token whose claims cannot be read, nothing is told.
    pub fn of(assertion: &SecretString) -> Self {
        Self::read(assertion.expose_secret()).unwrap_or_default()
    }

    fn read(assertion: &str) -> Option<Self> {
        let [_, claims, _] = parts(assertion)?;
        serde_json::from_slice(&Zeroizing::new(URL_SAFE_NO_PAD.decode(claims).ok()?)).ok()
    }
}

/// Whom an assertion is for: one, or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Self::One(String::new())
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(audience) => f.write_str(audience),
            Self::Several(audiences) => f.write_str(&audiences.join(", ")),
        }
    }
}

fn parts(assertion: &str) -> Option<[&str; 3]> {
    let parts: Vec<&str> = assertion.split('.').collect();
    let fits = |part: &&str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    <[&str; 3]>::try_from(parts).ok().filter(|parts| parts.iter().all(fits))
}

fn checked(bytes: &[u8], from: String) -> Result<SecretString, AssertionError> {
    if bytes.len() as u64 > LONGEST {
        return Err(AssertionError::TooLong { from });
    }
    let Ok(text) = str::from_utf8(bytes) else { return Err(AssertionError::NotAToken { from }) };
    let text = text.trim();
    if text.is_empty() {
        return Err(AssertionError::Empty { from });
    }
    let Some(told) = AssertionTold::read(text) else { return Err(AssertionError::NotAToken { from }) };
    match told.expires.and_then(|at| Timestamp::from_second(at).ok()) {
        // Entra ID tolerates a clock that is five minutes off, so this does too.
        Some(at) if Timestamp::now().duration_since(at) > SignedDuration::from_mins(5) => {
            Err(AssertionError::Expired { from, at })
        }
        _ => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests;
