//! Files kept beside the records: snapshots and artifacts.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use fairlead_model::ArtifactRecord;
use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, PutPayload, WriteMultipart, path::Path as Key};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{State, StoreError, durable, names};

/// Names of files that are not stored completely begin so.
pub(crate) const DRAFT: &str = ".keep-";
/// Parts on their way at a time while a file is uploaded.
const PARTS: usize = 4;
/// Bytes of a part. S3 takes ten thousand parts of at least 5 MiB: with these a file may have 78 GiB, several
/// times the largest there can be, and a function with little memory has room for those on their way.
const PART: usize = 8 << 20;

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
            return Err(StoreError::Damaged { place: self.place_of(record), reason });
        }
        durable::publish(&draft, to)
    }

    /// Where a stored file lies on this machine, if it does.
    pub fn local_path(&self, record: &ArtifactRecord) -> Option<PathBuf> {
        names::check_key(&record.key).ok()?;
        let path = self.folder.as_ref()?.join(&record.key);
        path.is_file().then_some(path)
    }

    /// A stored file on this machine: where it lies, or a copy in `folder`, fetched if it is not there yet. Other
    /// copies in the folder are removed, unless somebody has them open as snapshots: so give each connection a
    /// folder of its own.
    ///
    /// # Errors
    /// `Missing`, `Damaged`, or what reading and writing may say.
    pub async fn local_copy(&self, record: &ArtifactRecord, folder: &Path) -> Result<PathBuf, StoreError> {
        if let Some(path) = self.local_path(record) {
            return Ok(path);
        }
        let name = format!("{}-{}", record.sha256, record.name);
        names::check_file_name(&name)?;
        let copy = folder.join(&name);
        if !copy.is_file() {
            self.fetch(record, &copy).await?;
        }
        let folder = folder.to_owned();
        blocking(move || {
            drop_other_copies(&folder, &name);
            Ok(())
        })
        .await?;
        Ok(copy)
    }

    /// Where a stored file is, for people.
    pub fn place_of(&self, record: &ArtifactRecord) -> String {
        match self.local_path(record) {
            Some(path) => path.display().to_string(),
            None => self.objects.name(&Key::from(record.key.as_str())),
        }
    }

    /// Removes a stored file. One that is not there is fine.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn remove_file(&self, record: &ArtifactRecord) -> Result<(), StoreError> {
        self.objects.remove(vec![object_key(&record.key)?]).await
    }

    async fn upload(&self, key: &str, path: &Path) -> Result<(u64, String), StoreError> {
        let object = object_key(key)?;
        let mut source = Source::open(path).await?;
        let first = source.part().await?;
        if first.len() < PART {
            // Most files fit into one request.
            let stored = self.objects.store.put(&object, PutPayload::from(first)).await;
            stored.map_err(|error| self.objects.failed(&object, &error))?;
            return Ok(source.digest());
        }
        match self.upload_parts(&object, source, first).await {
            // When the answer to the very last request is lost, asking again says that there is no such upload.
            Err(StoreError::Missing { .. } | StoreError::Unreachable { .. }) => {
                let mut source = Source::open(path).await?;
                let first = source.part().await?;
                self.upload_parts(&object, source, first).await
            }
            done => done,
        }
    }

    async fn upload_parts(
        &self,
        object: &Key,
        mut source: Source<'_>,
        first: Vec<u8>,
    ) -> Result<(u64, String), StoreError> {
        let writing = |error: object_store::Error| self.objects.failed(object, &error);
        let upload = self.objects.store.put_multipart(object).await.map_err(writing)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        let sent: Result<(), StoreError> = async {
            let mut part = first;
            while !part.is_empty() {
                upload.wait_for_capacity(PARTS).await.map_err(writing)?;
                upload.put(part.into());
                part = source.part().await?;
            }
            Ok(())
        }
        .await;
        if let Err(error) = sent {
            // Parts left behind cost money until a lifecycle rule removes them. What went wrong is what to tell.
            if let Err(error) = upload.abort().await {
                tracing::warn!(key = %object, %error, "an upload could not be taken back");
            }
            return Err(error);
        }
        // Takes the parts back itself when it fails.
        upload.finish().await.map_err(writing)?;
        Ok(source.digest())
    }

    async fn download(&self, key: &str, to: &Path) -> Result<(u64, String), StoreError> {
        let object = object_key(key)?;
        let reading = |error: object_store::Error| self.objects.failed(&object, &error);
        let writing = |error: io::Error| StoreError::io(to, &error);
        let mut pieces = self.objects.store.get(&object).await.map_err(reading)?.into_stream();
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

/// A file on its way into parts, and the digest of what was read.
struct Source<'a> {
    path: &'a Path,
    file: tokio::fs::File,
    hash: Sha256,
    bytes: u64,
}

impl<'a> Source<'a> {
    async fn open(path: &'a Path) -> Result<Self, StoreError> {
        let file = tokio::fs::File::open(path).await.map_err(|error| StoreError::io(path, &error))?;
        Ok(Self { path, file, hash: Sha256::new(), bytes: 0 })
    }

    /// The next part; only the last one is shorter than others, and nothing comes after it but empty ones.
    async fn part(&mut self) -> Result<Vec<u8>, StoreError> {
        let mut part = Vec::new();
        let read = (&mut self.file).take(PART as u64).read_to_end(&mut part).await;
        read.map_err(|error| StoreError::io(self.path, &error))?;
        self.hash.update(&part);
        self.bytes += part.len() as u64;
        Ok(part)
    }

    fn digest(self) -> (u64, String) {
        (self.bytes, hex::encode(self.hash.finalize()))
    }
}

/// Removes every copy but one from a folder of copies; that it fails is no harm.
fn drop_other_copies(folder: &Path, but: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_copy = entry.file_name().to_str().is_some_and(|name| name != but && !name.starts_with('.'));
        if is_copy && !is_open(&path) {
            // Whoever needs it fetches it again.
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether somebody on this machine has a snapshot open: a lock is held on the file as long.
pub(crate) fn is_open(snapshot: &Path) -> bool {
    let Ok(file) = File::open(snapshot) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
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
