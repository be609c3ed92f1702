//! Files that are either there completely or not at all, also after a power cut.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use sha2::{Digest as _, Sha256};

use crate::StoreError;

/// Bytes read at a time: large enough for the disk, small beside everything else.
pub(crate) const CHUNK: usize = 1 << 20;

/// Creates a folder and those above it, for this user only: what lies in them is a tenant's directory. They
/// survive a power cut.
pub(crate) fn create_folder(folder: &Path) -> Result<(), StoreError> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| match error.kind() {
        // Not a file that was there once: a place where there can be none.
        io::ErrorKind::NotFound => {
            StoreError::Access { place: folder.display().to_string(), reason: error.to_string() }
        }
        _ => StoreError::io(folder, &error),
    })?;
    missing.into_iter().filter(|folder| !folder.as_os_str().is_empty()).try_for_each(sync_folder_of)
}

/// Makes what was renamed or linked into `path`'s folder survive a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    // Only Unix lets a folder be opened and flushed; elsewhere the rename itself is all there is.
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        // A name alone lies in the current folder.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| StoreError::io(folder, &error))?;
    }
    Ok(())
}

/// Flushes `from` and renames it to `to`, replacing what was there.
pub(crate) fn publish(from: &Path, to: &Path) -> Result<(), StoreError> {
    File::open(from)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(from, to))
        .map_err(|error| StoreError::io(to, &error))?;
    sync_folder_of(to)
}

/// Size in bytes and SHA-256 in hex of everything `reader` yields, handing each piece to `each`.
pub(crate) fn digest(
    mut reader: impl Read,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok((bytes, hex::encode(hash.finalize()))),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&buffer[..read]);
        each(&buffer[..read])?;
        bytes += read as u64;
    }
}
