//! Reading, locking and replacing files so that nobody ever sees half of one.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::{FileError, beside};

/// How often a lock that is held is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(20);
/// No secret file comes near this, in bytes; a path that leads elsewhere may.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What is in a file; none where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    let trouble = FileError::disk("read", path);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(problem) => return Err(trouble(problem)),
    };
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(LONGEST).read_to_end(&mut bytes).map_err(trouble)?;
    Ok(Some(bytes))
}

/// Makes the folder a file is to be in, for its owner only.
pub(super) fn make_folder_of(path: &Path) -> Result<(), FileError> {
    let folder = folder_of(path);
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).map_err(FileError::disk("made", &folder))
}

/// The right to change the file, among processes and among threads. It ends when it is dropped, and with the process.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "closing the file is what unlocks")] File);

/// Waits for the right to change a file.
pub(super) fn lock(path: &Path, patience: Duration) -> Result<Lock, FileError> {
    let beside = beside(path, ".lock");
    let trouble = FileError::disk("locked", &beside);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside).map_err(&trouble)?;
    if !is_at(&file, &beside).map_err(&trouble)? {
        return Err(FileError::LockForeign { path: beside.clone() });
    }
    let since = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(problem)) => return Err(trouble(problem)),
            Err(TryLockError::WouldBlock) if since.elapsed() >= patience => {
                return Err(FileError::Locked {
                    path: path.to_owned(),
                    holder: holder(&mut file),
                    waited: patience,
                });
            }
            Err(TryLockError::WouldBlock) => thread::sleep(TRY_AGAIN),
        }
    }
    // Only to name it to whoever waits: nothing depends on it.
    let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    Ok(Lock(file))
}

/// Whether an open file is what has this name, and not something its name leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (open, named) = (file.metadata()?, fs::symlink_metadata(path)?);
    Ok(named.is_file() && (open.dev(), open.ino()) == (named.dev(), named.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(path)?.is_file())
}

/// Whoever can write into the folder decides what is locked and what is encrypted for whom: it must be ours, or
/// the administrator's, and nobody else may write.
#[cfg(unix)]
pub(super) fn only_ours(path: &Path) -> Result<(), FileError> {
    use std::os::unix::fs::MetadataExt as _;
    // Where the path is a link, the lock is beside the link, and the file where it leads.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    for folder in [folder_of(path), folder_of(&target)] {
        let trouble = FileError::disk("written", &folder);
        let found = fs::metadata(&folder).map_err(&trouble)?;
        let ours = NamedTempFile::with_prefix_in(".secrets-", &folder);
        let us = ours.and_then(|file| file.as_file().metadata()).map_err(trouble)?.uid();
        let is_trusted = found.uid() == us || found.uid() == 0;
        if !is_trusted || found.mode() & 0o022 != 0 {
            return Err(FileError::FolderTooOpen { folder });
        }
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn only_ours(_: &Path) -> Result<(), FileError> {
    Ok(())
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.parse().ok()
}

/// Puts new bytes in a file's place, at once and for good: they are on the disk when this returns.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let trouble = FileError::disk("written", path);
    // Where the path is a link, what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let whole = written_beside(&path, bytes).map_err(&trouble)?;
    whole.persist(&path).map_err(|problem| trouble(problem.error))?;
    keep_entry(&path).map_err(trouble)
}

/// Makes a file that is not there yet, for its owner only. Tells whether it was not.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<bool, FileError> {
    let trouble = FileError::disk("written", path);
    let whole = written_beside(path, bytes).map_err(&trouble)?;
    match whole.persist_noclobber(path) {
        Ok(_) => keep_entry(path).map_err(trouble).map(|()| true),
        Err(problem) if problem.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(problem) => Err(trouble(problem.error)),
    }
}

/// A file of no name yet in the same folder, readable by its owner only.
fn written_beside(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::with_prefix_in(".secrets-", folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A new name is on the disk only once its folder is.
fn keep_entry(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder_of(path))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
