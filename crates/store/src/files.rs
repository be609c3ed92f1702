//! Files kept beside the records: snapshots and artifacts.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use fairlead_model::ArtifactRecord;
use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, WriteMultipart, path::Path as Key};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    State, StoreError,
    durable::{self, CHUNK},
    names,
};

/// Names of files that are not stored completely begin so.
pub(crate) const DRAFT: &str = ".keep-";
/// Parts on their way at a time while a file is uploaded.
const PARTS: usize = 4;

impl State {
    /// Stores a file under `key`, replacing what was there, and says what was stored.
    ///
    /// In a folder of the same file system the file is linked instead of copied and made read-only, so
    /// `file` must not be changed afterwards (removing it is fine).
    ///
    /// # Errors
    /// `Name` for a key that is not plain names joined by slashes; what reading and writing may say.
    pub async fn put_file(
        &self,
        key: &str,
        file: &Path,
        media_type: &str,
    ) -> Result<ArtifactRecord, StoreError> {
        names::check_key(key)?;
        let (bytes, sha256) = match &self.folder {
            Some(folder) => {
                let (file, stored) = (file.to_owned(), folder.join(key));
                blocking(move || keep(&file, &stored)).await?
            }
            None => self.upload(key, file).await?,
        };
        let name = key.rsplit('/').next().unwrap_or(key).to_owned();
        Ok(ArtifactRecord { name, media_type: media_type.to_owned(), key: key.to_owned(), bytes, sha256 })
    }

    /// Copies a stored file to `to`, checking that it is what was stored.
    ///
    /// # Errors
    /// `Missing`, `Damaged`, or what reading and writing may say.
    pub async fn fetch(&self, record: &ArtifactRecord, to: &Path) -> Result<(), StoreError> {
        let folder = to.parent().unwrap_or(Path::new("."));
        durable::create_folder(folder)?;
        let draft = tempfile::Builder::new()
            .prefix(".fetch-")
            .tempfile_in(folder)
            .map_err(|error| StoreError::io(folder, &error))?
            .into_temp_path();
        let (bytes, sha256) = self.download(&record.key, &draft).await?;
        if bytes != record.bytes || sha256 != record.sha256 {
            let reason = format!("{bytes} bytes with SHA-256 {sha256}, not what was stored");
            return Err(StoreError::Damaged { place: record.key.clone(), reason });
        }
        durable::publish(&draft, to)
    }

    /// Where a stored file lies on this machine, if it does.
    pub fn local_path(&self, record: &ArtifactRecord) -> Option<PathBuf> {
        names::check_key(&record.key).ok()?;
        let path = self.folder.as_ref()?.join(&record.key);
        path.is_file().then_some(path)
    }

    /// Removes a stored file. One that is not there is fine.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn remove_file(&self, record: &ArtifactRecord) -> Result<(), StoreError> {
        match self.store.delete(&object_key(&record.key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StoreError::object(record.key.as_str(), &error)),
        }
    }

    async fn upload(&self, key: &str, path: &Path) -> Result<(u64, String), StoreError> {
        let reading = |error: io::Error| StoreError::io(path, &error);
        let writing = |error: object_store::Error| StoreError::object(key, &error);
        let mut file = tokio::fs::File::open(path).await.map_err(reading)?;
        let upload = self.store.put_multipart(&object_key(key)?).await.map_err(writing)?;
        let mut upload = WriteMultipart::new(upload);
        let mut hash = Sha256::new();
        let mut bytes = 0;
        let mut buffer = vec![0; CHUNK];
        loop {
            let read = match file.read(&mut buffer).await {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    // Parts left behind cost money until a lifecycle rule removes them.
                    upload.abort().await.map_err(writing)?;
                    return Err(reading(error));
                }
            };
            hash.update(&buffer[..read]);
            bytes += read as u64;
            upload.wait_for_capacity(PARTS).await.map_err(writing)?;
            upload.write(&buffer[..read]);
        }
        upload.finish().await.map_err(writing)?;
        Ok((bytes, hex::encode(hash.finalize())))
    }

    async fn download(&self, key: &str, to: &Path) -> Result<(u64, String), StoreError> {
        let object = object_key(key)?;
        let reading = |error: object_store::Error| StoreError::object(key, &error);
        let writing = |error: io::Error| StoreError::io(to, &error);
        let mut pieces = self.store.get(&object).await.map_err(reading)?.into_stream();
        let mut file = tokio::fs::File::create(to).await.map_err(writing)?;
        let mut hash = Sha256::new();
        let mut bytes = 0;
        while let Some(piece) = pieces.try_next().await.map_err(reading)? {
            hash.update(&piece);
            bytes += piece.len() as u64;
            file.write_all(&piece).await.map_err(writing)?;
        }
        file.flush().await.map_err(writing)?;
        Ok((bytes, hex::encode(hash.finalize())))
    }
}

/// The key as the object store takes it: as it is, without any encoding.
fn object_key(key: &str) -> Result<Key, StoreError> {
    names::check_key(key)?;
    Key::parse(key).map_err(|error| StoreError::Name(format!("{key:?} cannot be a key: {error}")))
}

/// Puts a file of this machine at `stored`, by link where that is possible, durably.
fn keep(file: &Path, stored: &Path) -> Result<(u64, String), StoreError> {
    let folder = stored.parent().unwrap_or(stored);
    durable::create_folder(folder)?;
    let draft = folder.join(format!("{DRAFT}{}", uuid::Uuid::new_v4()));
    let kept = link_or_copy(file, &draft, stored).and_then(|digest| {
        durable::publish(&draft, stored)?;
        Ok(digest)
    });
    // Still there when something failed, and when `stored` was this very file: renaming one link of a
    // file to another does nothing.
    let _ = fs::remove_file(&draft);
    kept
}

/// Makes `draft` of `file`; failures are told of `stored`, which people know.
fn link_or_copy(file: &Path, draft: &Path, stored: &Path) -> Result<(u64, String), StoreError> {
    let source = File::open(file).map_err(|error| StoreError::io(file, &error))?;
    let digest = if fs::hard_link(file, draft).is_ok() {
        durable::digest(source, |_| Ok(())).map_err(|error| StoreError::io(file, &error))?
    } else {
        let writing = |error: io::Error| StoreError::io(stored, &error);
        let mut copy = File::create_new(draft).map_err(writing)?;
        durable::digest(source, |piece| io::Write::write_all(&mut copy, piece)).map_err(writing)?
    };
    let protected = fs::metadata(draft).and_then(|metadata| {
        let mut permissions = metadata.permissions();
        permissions.set_readonly(true);
        fs::set_permissions(draft, permissions)
    });
    protected.map_err(|error| StoreError::io(stored, &error))?;
    Ok(digest)
}

/// Runs file work where it holds up no other task.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(StoreError::Defect(format!("work on a file ended early ({error})"))))
}
