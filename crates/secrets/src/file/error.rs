//! What can be wrong with the secret file and its key.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;

/// The secret file cannot be used. Each message is a sentence and says what to do; none holds a secret. Whatever went
/// wrong, the file is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileError {
    /// Another process is changing the file.
    #[error(
        "{} has been locked by {} for more than {} s: wait until it is done, or see what it waits for",
        path.display(),
        holder.map_or_else(|| "another process".to_owned(), |id| format!("process {id}")),
        waited.as_secs()
    )]
    Locked {
        /// The secret file.
        path: PathBuf,
        /// The process, where it said so.
        holder: Option<u32>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The file does not hold what was written.
    #[error(
        "the secret file {} is damaged: put its backup in its place, or move it away and set every connection's \
         secret again", path.display()
    )]
    Damaged {
        /// The secret file.
        path: PathBuf,
    },
    /// A newer version wrote the file.
    #[error("the secret file {} was written by a newer Fairlead (form {schema}): use that one", path.display())]
    Newer {
        /// The secret file.
        path: PathBuf,
        /// Its form.
        schema: u32,
    },
    /// The key opens another file.
    #[error(
        "the key {} is not the one {} was encrypted with: put the right key file in its place",
        key.display(), path.display()
    )]
    OtherKey {
        /// The key file.
        key: PathBuf,
        /// The secret file.
        path: PathBuf,
    },
    /// There is no key.
    #[error(
        "the key file {} is missing, and without it {} stays closed: put it back from its backup, or move the secret \
         file away and set every connection's secret again", key.display(), path.display()
    )]
    KeyMissing {
        /// The key file.
        key: PathBuf,
        /// The secret file.
        path: PathBuf,
    },
    /// Others may read the key.
    #[error("the key file {0} is open to others (mode {mode:03o}): chmod 600 {0}", key.display())]
    KeyTooOpen {
        /// The key file.
        key: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file holds no key.
    #[error("the key file {} holds no key (AGE-SECRET-KEY-…): put it back from its backup", key.display())]
    KeyDamaged {
        /// The key file.
        key: PathBuf,
    },
    /// The passphrase is wrong.
    #[error(
        "the passphrase is not the one of the key file {}: give the one it was made with, in \
         FAIRLEAD_SECRETS_PASSPHRASE", key.display()
    )]
    WrongPassphrase {
        /// The key file.
        key: PathBuf,
    },
    /// A passphrase is needed.
    #[error(
        "the key file {} is protected by a passphrase: give it in FAIRLEAD_SECRETS_PASSPHRASE", key.display()
    )]
    PassphraseNeeded {
        /// The key file.
        key: PathBuf,
    },
    /// A passphrase was given that protects nothing.
    #[error(
        "the key file {0} is not protected by a passphrase, though one is given: leave it away, or protect the key \
         (age -p -o new.key {0}, then put new.key in its place)", key.display()
    )]
    NotProtected {
        /// The key file.
        key: PathBuf,
    },
    /// Others may put files where the secret file is.
    #[error(
        "others can write into {}, where the secret file is: make it this user's alone (chmod 700), or name another \
         place for the file", folder.display()
    )]
    FolderTooOpen {
        /// The folder.
        folder: PathBuf,
    },
    /// The lock is not a file of ours.
    #[error("{} is a link or no file at all, where a lock was to be: remove it", path.display())]
    LockForeign {
        /// The lock.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("the disk of {} is full, nothing was changed: free some space and try again", path.display())]
    Full {
        /// The file that was to be written.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be {doing}: {problem}; check that this user owns the file and its folder", path.display())]
    Disk {
        /// "read", "written", …
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers to make a key from: try again once it does")]
    NoRandomness,
    /// The program is ending; nothing is wrong.
    #[error("Fairlead is being stopped")]
    Stopping,
}

impl FileError {
    pub(super) fn disk(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        move |problem| match problem.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path: path.to_owned() },
            _ => Self::Disk { doing, path: path.to_owned(), problem: problem.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_such() {
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            let error = FileError::disk("written", Path::new("/state/secrets.age"))(kind.into());
            assert_eq!(
                error.to_string(),
                "the disk of /state/secrets.age is full, nothing was changed: free some space and try again"
            );
        }
    }
}
