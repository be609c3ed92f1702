//! Code that was compiled where a package was made, and comes with the program.
//!
//! Its seal is a digest without a key: it tells damage, and the code of another component. Whoever could forge it
//! could as well replace the program it comes with, which is why only a program that knows its own package names
//! the folder, and no setting does.

use std::{fs, io, path::PathBuf};

use aws_lc_rs::digest;

use crate::precompiled::Authentic;

/// A folder of code that was compiled ahead.
pub(crate) struct Ahead(PathBuf);

impl Ahead {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The code for a component; none when there is none or it is damaged.
    pub(crate) fn get(&self, component: &str) -> Option<Authentic> {
        let path = self.0.join(file_name(component));
        let file = match fs::read(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "what was compiled ahead cannot be read");
                return None;
            }
        };
        let authentic = Authentic::check(file, |found, code| seal(component, code).as_ref() == found);
        if authentic.is_none() {
            tracing::warn!(path = %path.display(), "what was compiled ahead is damaged");
        }
        authentic
    }
}

/// Puts code into a folder, for the component with this digest.
#[cfg(feature = "compiler")]
pub(crate) fn put(folder: &std::path::Path, component: &str, code: &[u8]) -> io::Result<PathBuf> {
    let path = folder.join(file_name(component));
    fs::create_dir_all(folder)?;
    fs::write(&path, [seal(component, code).as_ref(), code].concat())?;
    Ok(path)
}

fn file_name(component: &str) -> String {
    format!("{component}.code")
}

fn seal(component: &str, code: &[u8]) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(component.as_bytes());
    context.update(b"\0");
    context.update(code);
    context.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_there_is_found_under_its_component_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = put(folder.path(), "one", b"code").unwrap();
        let ahead = Ahead::new(folder.path().to_owned());
        assert_eq!(ahead.get("one").unwrap().code(), b"code");
        assert!(ahead.get("two").is_none());
        fs::copy(&path, folder.path().join(file_name("two"))).unwrap();
        assert!(ahead.get("two").is_none(), "the code of another component");
    }

    #[test]
    fn a_flipped_bit_or_a_cut_file_is_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = put(folder.path(), "one", b"code").unwrap();
        let ahead = Ahead::new(folder.path().to_owned());
        let whole = fs::read(&path).unwrap();
        for index in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[index] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert!(ahead.get("one").is_none(), "byte {index}");
            fs::write(&path, &whole[..index]).unwrap();
            assert!(ahead.get("one").is_none(), "cut at {index}");
        }
    }
}
