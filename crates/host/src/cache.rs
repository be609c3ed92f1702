//! Keeps compiled components, so that a connector is compiled once for a machine.
//!
//! wasmtime does not check what it loads: a flipped bit is run. So every file begins with a seal, a keyed digest
//! over the engine, the component and the code, and the key stays in the cache's folder, readable by its owner
//! only. A file that was damaged, put there by somebody else, or renamed does not carry the right seal; it is
//! not loaded but made anew.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use aws_lc_rs::{digest, hmac, rand};
use tempfile::NamedTempFile;
use wasmtime::Engine;

use crate::precompiled::Authentic;

const KEY_BYTES: usize = 32;

/// A folder of compiled components, for one engine.
pub(crate) struct Cache {
    folder: PathBuf,
    engine: String,
    key: hmac::Key,
}

impl Cache {
    /// Opens a cache, or makes one.
    pub(crate) fn open(root: &Path, engine: &Engine) -> io::Result<Self> {
        let engine = engine_id(engine);
        let folder = root.join("compiled").join(&engine);
        create_private(&folder)?;
        for folder in [root, &root.join("compiled"), &folder] {
            only_ours(folder)?;
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key(root)?);
        Ok(Self { folder, engine, key })
    }

    /// The code kept for a component; none when there is none or it cannot be trusted.
    pub(crate) fn get(&self, component: &str) -> Option<Authentic> {
        let path = self.path(component);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a compiled connector cannot be read");
                return None;
            }
        };
        let is_ours =
            |seal: &[u8], code: &[u8]| hmac::verify(&self.key, &self.sealed(component, code), seal).is_ok();
        let authentic = Authentic::check(bytes, is_ours);
        if authentic.is_none() {
            tracing::warn!(path = %path.display(), "a compiled connector is damaged or not ours: compiling it again");
        }
        authentic
    }

    /// Keeps what was compiled. It appears whole or not at all.
    pub(crate) fn put(&self, component: &str, code: &[u8]) -> io::Result<()> {
        let seal = hmac::sign(&self.key, &self.sealed(component, code));
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(seal.as_ref())?;
        file.write_all(code)?;
        file.persist(self.path(component))?;
        Ok(())
    }

    fn path(&self, component: &str) -> PathBuf {
        self.folder.join(format!("{component}.code"))
    }

    /// What the seal is put on: the code, and what it was compiled from and for.
    fn sealed(&self, component: &str, code: &[u8]) -> Vec<u8> {
        let code = digest::digest(&digest::SHA256, code);
        [self.engine.as_bytes(), b"\0", component.as_bytes(), b"\0", code.as_ref()].concat()
    }
}

/// Names the exact version of wasmtime, its configuration and this machine's instruction set.
fn engine_id(engine: &Engine) -> String {
    let mut hasher = Sha256Hasher(digest::Context::new(&digest::SHA256));
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hasher);
    hex::encode(&hasher.0.finish().as_ref()[..16])
}

/// The standard library's hasher has 64 bits and may change with the compiler.
struct Sha256Hasher(digest::Context);

impl std::hash::Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finish();
        digest.as_ref().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// The cache's key: read, or made when there is none of the right length.
fn key(root: &Path) -> io::Result<Vec<u8>> {
    let path = root.join("key");
    if let Some(key) = existing_key(&path)? {
        return Ok(key);
    }
    let mut key = vec![0; KEY_BYTES];
    rand::fill(&mut key).map_err(|_| io::Error::other("this machine gives no random numbers"))?;
    // A temporary file is its owner's only, from the start.
    let mut file = NamedTempFile::new_in(root)?;
    file.write_all(&key)?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(key),
        // Another process was faster.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            existing_key(&path)?.ok_or_else(|| io::Error::other("the cache's key is damaged: remove it"))
        }
        Err(error) => Err(error.error),
    }
}

fn existing_key(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(key) if key.len() == KEY_BYTES => Ok(Some(key)),
        Ok(_) => {
            fs::remove_file(path)?;
            Ok(None)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whoever can write into the folder decides what runs: it must be ours, and nobody else may write.
#[cfg(unix)]
fn only_ours(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let us = NamedTempFile::new_in(folder)?.as_file().metadata()?.uid();
    let found = fs::symlink_metadata(folder)?;
    if found.is_dir() && found.uid() == us && found.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(io::Error::other(format!("others can write into {}", folder.display())))
}

#[cfg(not(unix))]
fn only_ours(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a folder, and those above it, for their owner only.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(root: &Path) -> Cache {
        Cache::open(root, &Engine::default()).unwrap()
    }

    #[test]
    fn what_was_kept_comes_back_also_to_the_next_process() {
        let root = tempfile::tempdir().unwrap();
        cache(root.path()).put("one", b"code").unwrap();
        assert_eq!(cache(root.path()).get("one").unwrap().code(), b"code");
        assert!(cache(root.path()).get("two").is_none());
    }

    #[test]
    fn a_flipped_bit_a_cut_file_or_another_name_is_not_loaded() {
        let root = tempfile::tempdir().unwrap();
        let cache = cache(root.path());
        cache.put("one", b"code").unwrap();
        let path = cache.path("one");
        let whole = fs::read(&path).unwrap();
        fs::write(cache.path("two"), &whole).unwrap();
        assert!(cache.get("two").is_none());
        for index in [0, 32, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[index] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert!(cache.get("one").is_none(), "byte {index}");
        }
        fs::write(&path, &whole[..10]).unwrap();
        assert!(cache.get("one").is_none());
        fs::write(&path, &whole).unwrap();
        assert!(cache.get("one").is_some());
    }

    #[test]
    fn code_of_another_installation_is_not_loaded() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (ours, theirs) = (cache(ours.path()), cache(theirs.path()));
        theirs.put("one", b"code").unwrap();
        fs::copy(theirs.path("one"), ours.path("one")).unwrap();
        assert!(ours.get("one").is_none());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_key_or_write_code() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let cache = cache(&root.path().join("cache"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&root.path().join("cache")), 0o700);
        assert_eq!(mode(&root.path().join("cache/key")), 0o600);
        assert_eq!(mode(&cache.folder), 0o700);
    }
}
