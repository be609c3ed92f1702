//! The key of the secret file: an age identity in a file of its own, which a passphrase may protect.
//!
//! The passphrase protects the key, not the secret file, so its second of work is done once a process and not at each
//! reading.

use std::{
    io::Read as _,
    iter,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use age::{DecryptError, Decryptor, scrypt, x25519::Identity};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{FileError, disk};

/// Work to try one passphrase: 2^18 rounds and 256 MiB, about a second, as age's own tools choose.
const WORK: u8 = 18;
/// The most work that is done for a key file; somebody else's tool may have chosen more than ours.
const MOST_WORK: u8 = 22;
/// How an encrypted file begins.
const ENCRYPTED: &[u8] = b"age-encryption.org/";

/// Opens and closes the secret file.
pub(super) struct Keeper {
    path: PathBuf,
    passphrase: Option<SecretString>,
    /// The key that was had with the passphrase, and the file it was had from.
    opened: Mutex<Option<(Zeroizing<Vec<u8>>, Identity)>>,
}

impl Keeper {
    pub(super) fn new(path: PathBuf, passphrase: Option<SecretString>) -> Self {
        Self { path, passphrase, opened: Mutex::default() }
    }

    /// Decrypts the secret file's bytes.
    pub(super) fn open(&self, encrypted: &[u8], file: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
        let missing = || FileError::KeyMissing { key: self.path.clone(), path: file.to_owned() };
        let identity = self.identity()?.ok_or_else(missing)?;
        match decrypt(&identity, encrypted) {
            Ok(plain) => Ok(plain),
            Err(DecryptError::NoMatchingKeys) => {
                Err(FileError::OtherKey { key: self.path.clone(), path: file.to_owned() })
            }
            Err(_) => Err(FileError::Damaged { path: file.to_owned() }),
        }
    }

    /// Encrypts what goes into the secret file, with a new key where there is none. Call it with the lock held, and
    /// never when there is a secret file that an absent key is missed for.
    pub(super) fn seal(&self, plain: &[u8], file: &Path) -> Result<Vec<u8>, FileError> {
        let identity = match self.identity()? {
            Some(identity) => identity,
            None => self.make()?,
        };
        age::encrypt(&identity.to_public(), plain).map_err(|problem| FileError::Disk {
            doing: "encrypted",
            path: file.to_owned(),
            problem: problem.to_string(),
        })
    }

    /// The key; none where there is no key file.
    fn identity(&self) -> Result<Option<Identity>, FileError> {
        let Some(bytes) = disk::read(&self.path)? else { return Ok(None) };
        check_mode(&self.path)?;
        disk::only_ours(&self.path)?;
        let key = || self.path.clone();
        match (&self.passphrase, bytes.starts_with(ENCRYPTED)) {
            (None, false) => parse(&bytes).map(Some).ok_or_else(|| FileError::KeyDamaged { key: key() }),
            (None, true) => Err(FileError::PassphraseNeeded { key: key() }),
            (Some(_), false) if parse(&bytes).is_some() => Err(FileError::NotProtected { key: key() }),
            (Some(_), false) => Err(FileError::KeyDamaged { key: key() }),
            (Some(passphrase), true) => self.with_passphrase(bytes, passphrase).map(Some),
        }
    }

    fn with_passphrase(
        &self,
        bytes: Zeroizing<Vec<u8>>,
        passphrase: &SecretString,
    ) -> Result<Identity, FileError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((from, identity)) = &*opened
            && *from == bytes
        {
            return Ok(identity.clone());
        }
        let mut unlock = scrypt::Identity::new(passphrase.clone());
        unlock.set_max_work_factor(MOST_WORK);
        let plain = decrypt(&unlock, &bytes).map_err(|problem| match problem {
            DecryptError::DecryptionFailed
            | DecryptError::NoMatchingKeys
            | DecryptError::KeyDecryptionFailed => FileError::WrongPassphrase { key: self.path.clone() },
            _ => FileError::KeyDamaged { key: self.path.clone() },
        })?;
        let identity = parse(&plain).ok_or_else(|| FileError::KeyDamaged { key: self.path.clone() })?;
        *opened = Some((bytes, identity.clone()));
        Ok(identity)
    }

    fn make(&self) -> Result<Identity, FileError> {
        disk::make_folder_of(&self.path)?;
        let identity = Identity::generate();
        let text = Zeroizing::new(format!(
            "# The key to Fairlead's secret file. Without it the file cannot be opened: keep a copy apart from it.\n{}\n",
            identity.to_string().expose_secret()
        ));
        let bytes = match &self.passphrase {
            None => Zeroizing::new(text.as_bytes().to_vec()),
            Some(passphrase) => self.protect(text.as_bytes(), passphrase)?,
        };
        if disk::create(&self.path, &bytes)? {
            return Ok(identity);
        }
        // Another secret file has the same key file, and was first.
        self.identity()?.ok_or_else(|| FileError::KeyDamaged { key: self.path.clone() })
    }

    fn protect(&self, text: &[u8], passphrase: &SecretString) -> Result<Zeroizing<Vec<u8>>, FileError> {
        let mut recipient = scrypt::Recipient::new(passphrase.clone());
        recipient.set_work_factor(WORK);
        age::encrypt(&recipient, text).map(Zeroizing::new).map_err(|problem| FileError::Disk {
            doing: "encrypted",
            path: self.path.clone(),
            problem: problem.to_string(),
        })
    }
}

/// Whether there is a key file that a passphrase protects.
pub(super) fn is_protected(path: &Path) -> Result<bool, FileError> {
    Ok(disk::read(path)?.is_some_and(|bytes| bytes.starts_with(ENCRYPTED)))
}

/// Into memory that is wiped: what is decrypted is shorter than what is encrypted, so the buffer never moves.
fn decrypt(identity: &dyn age::Identity, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let mut plain = Zeroizing::new(Vec::with_capacity(encrypted.len()));
    Decryptor::new_buffered(encrypted)?.decrypt(iter::once(identity))?.read_to_end(&mut plain)?;
    Ok(plain)
}

/// The first key in a file of age's form: a key a line, with comments between.
fn parse(bytes: &[u8]) -> Option<Identity> {
    let text = str::from_utf8(bytes).ok()?;
    text.lines().map(str::trim).filter(|line| !line.starts_with('#')).find_map(|line| line.parse().ok())
}

#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), FileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).map_err(FileError::disk("read", path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(FileError::KeyTooOpen { key: path.to_owned(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), FileError> {
    Ok(())
}
