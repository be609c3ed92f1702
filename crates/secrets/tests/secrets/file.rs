//! The store in an encrypted file: the contract, what can be wrong with the file and its key, and several at once.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use fairlead_secrets::{FileError, FileOptions, FileStore, SecretError, SecretStore as _, Stage};
use tempfile::TempDir;

use crate::support::{CANARY, conformance, id, named, secret, tells_nothing};

/// A folder that has no secret file yet.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// In a folder that is made on first use.
    fn file(&self) -> PathBuf {
        self.folder.path().join("state/secrets.age")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("state/secrets.key")
    }

    fn options(&self) -> FileOptions {
        FileOptions::new(self.file())
    }

    fn store(&self) -> FileStore {
        FileStore::new(self.options())
    }

    fn protected(&self, passphrase: &str) -> FileStore {
        FileStore::new(FileOptions { passphrase: Some(passphrase.into()), ..self.options() })
    }

    /// With one secret in it.
    async fn used() -> Self {
        let place = Self::new();
        place.store().set(&id("contoso"), &secret("one")).await.unwrap();
        place
    }

    /// What is in its folder.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("state")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

async fn current(store: &FileStore) -> Option<String> {
    named(store.get(&id("contoso"), Stage::Current).await.unwrap())
}

/// Why the store cannot be read, after seeing that it cannot be written either and that nothing was.
async fn refused(store: &FileStore, file: &Path) -> FileError {
    let before = fs::read(file).unwrap();
    let reading = store.get(&id("contoso"), Stage::Current).await.unwrap_err();
    let writing = store.set(&id("contoso"), &secret("two")).await.unwrap_err();
    tells_nothing(&format!("{reading} {reading:?} {store:?}"));
    assert_eq!(reading.to_string(), writing.to_string());
    assert_eq!(fs::read(file).unwrap(), before, "it is as it was");
    let SecretError::File(error) = reading else { panic!("{reading:?}") };
    error
}

#[tokio::test]
async fn the_file_keeps_the_contract() {
    conformance::holds(&Place::new().store()).await;
}

#[tokio::test]
async fn so_does_one_whose_key_a_passphrase_protects() {
    let place = Place::new();
    conformance::holds(&place.protected("canary horse battery staple")).await;
    let key = fs::read(place.key()).unwrap();
    assert!(key.starts_with(b"age-encryption.org/v1\n-> scrypt "));
}

#[tokio::test]
async fn looking_makes_nothing_and_what_is_made_is_its_owners_alone() {
    let place = Place::new();
    assert_eq!(current(&place.store()).await, None);
    assert!(!place.folder.path().join("state").exists());
    place.store().set(&id("contoso"), &secret("one")).await.unwrap();
    assert_eq!(place.files(), ["secrets.age", "secrets.age.lock", "secrets.key"]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&place.file()), mode(&place.key())), (0o600, 0o600));
    assert_eq!(mode(place.file().parent().unwrap()), 0o700);
    let (file, key) = (fs::read(place.file()).unwrap(), fs::read_to_string(place.key()).unwrap());
    assert!(file.starts_with(b"age-encryption.org/v1\n-> X25519 "));
    assert!(!file.windows(CANARY.len()).any(|bytes| bytes == CANARY.as_bytes()));
    assert!(key.lines().last().unwrap().starts_with("AGE-SECRET-KEY-1"), "age's own tools read it");
}

#[tokio::test]
async fn what_is_kept_is_there_for_the_next_process() {
    let place = Place::used().await;
    let fingerprint = place.store().fingerprint(&secret("one")).await.unwrap();
    assert_eq!(current(&place.store()).await.as_deref(), Some("one"));
    assert_eq!(place.store().fingerprint(&secret("one")).await.unwrap(), fingerprint);
    let linked = place.folder.path().join("elsewhere.age");
    std::os::unix::fs::symlink(place.file(), &linked).unwrap();
    let through = FileStore::new(FileOptions { path: linked.clone(), ..place.options() });
    through.set(&id("contoso"), &secret("two")).await.unwrap();
    assert!(fs::symlink_metadata(&linked).unwrap().is_symlink(), "a link stays one");
    assert_eq!(current(&place.store()).await.as_deref(), Some("two"));
}

#[tokio::test]
async fn a_file_that_was_damaged_anywhere_is_told_as_such() {
    let place = Place::used().await;
    let (file, whole) = (place.file(), fs::read(place.file()).unwrap());
    let is_damaged = async || {
        let error = refused(&place.store(), &file).await;
        let told = matches!(error, FileError::Damaged { .. } | FileError::OtherKey { .. });
        assert!(told && error.to_string().contains("secrets.age"), "{error:?}");
        error
    };
    for length in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        fs::write(&file, &whole[..length]).unwrap();
        assert!(matches!(is_damaged().await, FileError::Damaged { .. }), "the first {length} bytes");
    }
    for at in (0..whole.len()).step_by(11) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        fs::write(&file, damaged).unwrap();
        is_damaged().await;
    }
    fs::write(&file, [&whole[..], b"x"].concat()).unwrap();
    is_damaged().await;
    fs::write(&file, whole).unwrap();
    assert_eq!(current(&place.store()).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_key_that_is_missing_is_never_made_anew() {
    let place = Place::used().await;
    let key = fs::read(place.key()).unwrap();
    fs::remove_file(place.key()).unwrap();
    assert!(matches!(refused(&place.store(), &place.file()).await, FileError::KeyMissing { .. }));
    assert!(!place.key().exists());
    let other = Place::used().await;
    fs::copy(other.key(), place.key()).unwrap();
    assert!(matches!(refused(&place.store(), &place.file()).await, FileError::OtherKey { .. }));
    fs::write(place.key(), "# nothing\n").unwrap();
    assert!(matches!(refused(&place.store(), &place.file()).await, FileError::KeyDamaged { .. }));
    fs::write(place.key(), key).unwrap();
    assert_eq!(current(&place.store()).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_key_that_others_may_read_is_not_used() {
    let place = Place::used().await;
    for mode in [0o640, 0o604, 0o660, 0o610] {
        fs::set_permissions(place.key(), fs::Permissions::from_mode(mode)).unwrap();
        let error = refused(&place.store(), &place.file()).await;
        let told = format!("is open to others (mode {mode:03o}): chmod 600 {}", place.key().display());
        assert!(error.to_string().ends_with(&told), "{error}");
    }
    fs::set_permissions(place.key(), fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(current(&place.store()).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_lock_that_leads_elsewhere_is_not_followed() {
    let place = Place::used().await;
    let (lock, victim) =
        (place.folder.path().join("state/secrets.age.lock"), place.folder.path().join("victim"));
    fs::write(&victim, "precious").unwrap();
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink(&victim, &lock).unwrap();
    let error = place.store().set(&id("contoso"), &secret("two")).await.unwrap_err();
    assert!(matches!(error, SecretError::File(FileError::LockForeign { .. })), "{error:?}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(current(&place.store()).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn nothing_is_written_where_others_can_write() {
    let place = Place::used().await;
    let folder = place.folder.path().join("state");
    for mode in [0o777, 0o1777, 0o770, 0o702] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        let error = place.store().set(&id("contoso"), &secret("two")).await.unwrap_err();
        assert!(error.to_string().contains("chmod 700"), "{error}");
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    place.store().set(&id("contoso"), &secret("two")).await.unwrap();
}

#[tokio::test]
async fn whether_a_passphrase_is_wanted_is_known_before_anything_is_opened() {
    let place = Place::new();
    assert!(!place.options().wants_passphrase().unwrap(), "there is no key yet");
    place.protected("canary right").set(&id("contoso"), &secret("one")).await.unwrap();
    assert!(place.options().wants_passphrase().unwrap());
    let given = FileOptions { passphrase: Some("canary right".into()), ..place.options() };
    assert!(!given.wants_passphrase().unwrap());
    assert!(!Place::used().await.options().wants_passphrase().unwrap());
}

#[tokio::test]
async fn a_passphrase_that_is_wrong_missing_or_not_needed_is_told() {
    let place = Place::new();
    place.protected("canary right").set(&id("contoso"), &secret("one")).await.unwrap();
    let wrong = refused(&place.protected("canary wrong"), &place.file()).await;
    assert!(matches!(wrong, FileError::WrongPassphrase { .. }), "{wrong:?}");
    let missing = refused(&place.store(), &place.file()).await;
    assert!(matches!(missing, FileError::PassphraseNeeded { .. }), "{missing:?}");
    assert_eq!(current(&place.protected("canary right")).await.as_deref(), Some("one"));
    let damaged = fs::read(place.key()).unwrap();
    fs::write(place.key(), &damaged[..damaged.len() - 3]).unwrap();
    let cut = refused(&place.protected("canary right"), &place.file()).await;
    assert!(matches!(cut, FileError::KeyDamaged { .. }), "{cut:?}");
    let open = Place::used().await;
    let needless = refused(&open.protected("canary"), &open.file()).await;
    assert!(matches!(needless, FileError::NotProtected { .. }), "{needless:?}");
}

#[tokio::test]
async fn another_that_changes_the_file_is_waited_for_and_then_named() {
    let place = Place::used().await;
    let lock =
        fs::File::options().write(true).open(place.folder.path().join("state/secrets.age.lock")).unwrap();
    lock.lock().unwrap();
    let impatient = FileStore::new(FileOptions { patience: Duration::ZERO, ..place.options() });
    let error = impatient.set(&id("contoso"), &secret("two")).await.unwrap_err();
    assert!(error.is_transient());
    let told = format!("has been locked by process {} for more than 0 s", std::process::id());
    assert!(error.to_string().contains(&told), "{error}");
    assert_eq!(current(&impatient).await.as_deref(), Some("one"), "reading waits for nobody");
    let patient = place.store();
    let setting = tokio::spawn(async move { patient.set(&id("contoso"), &secret("two")).await });
    lock.unlock().unwrap();
    setting.await.unwrap().unwrap();
    assert_eq!(current(&impatient).await.as_deref(), Some("two"));
}

/// The part of a test that runs in a process of its own: it sets ten connections' secrets and prints a fingerprint.
#[tokio::test]
#[ignore = "the other process of the tests below"]
async fn in_another_process() {
    let Ok(name) = std::env::var("TEST_NAME") else { return };
    let path = std::env::var_os("TEST_FILE").expect("a file");
    let store = FileStore::new(FileOptions::new(path.into()));
    for number in 0..10 {
        if let Err(error) = store.set(&id(&format!("{name}-{number}")), &secret(&name)).await {
            tells_nothing(&format!("{error} {error:?}"));
            println!("refused: {error}");
            return;
        }
    }
    println!("fingerprint: {}", store.fingerprint(&secret("one")).await.expect("a fingerprint"));
}

/// What another process does; `before` is shell that runs in it first.
fn elsewhere(name: &str, file: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    let this = std::env::current_exe().unwrap();
    let script = format!("{before}\nexec \"$0\" --ignored --exact file::in_another_process --nocapture");
    command.args(["-c", &script]).arg(this).env("TEST_NAME", name).env("TEST_FILE", file);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The line of its output that begins so.
fn line(output: &Output, begins: &str) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| Some(line.split_once(begins)?.1.to_owned()));
    line.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
async fn processes_that_write_at_once_lose_nothing_of_each_other() {
    let place = Place::new();
    let names = ["one", "two", "three", "four"];
    let children = names.map(|name| elsewhere(name, &place.file(), "").spawn().unwrap());
    let told = children.map(|child| line(&child.wait_with_output().unwrap(), "fingerprint: "));
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    let store = place.store();
    for name in names {
        for number in 0..10 {
            let kept = store.get(&id(&format!("{name}-{number}")), Stage::Current).await.unwrap();
            assert_eq!(named(kept).as_deref(), Some(name));
        }
    }
    assert_eq!(place.files(), ["secrets.age", "secrets.age.lock", "secrets.key"], "nothing is left over");
}

#[tokio::test]
async fn a_write_that_breaks_off_changes_nothing() {
    let place = Place::used().await;
    let before = fs::read(place.file()).unwrap();
    // No file may grow beyond nothing: the new one cannot be written.
    let output = elsewhere("late", &place.file(), "trap '' XFSZ; ulimit -f 0").output().unwrap();
    let told = line(&output, "refused: ");
    assert!(told.contains("secrets.age cannot be written: File too large"), "{told}");
    assert_eq!(fs::read(place.file()).unwrap(), before);
    assert_eq!(place.files(), ["secrets.age", "secrets.age.lock", "secrets.key"]);
    assert_eq!(current(&place.store()).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_full_disk_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=16k,mode=700 tmpfs {0}", folder.path().display());
    let tried = Command::new("unshare").args(["--map-root-user", "--mount", "sh", "-c", &mount]).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        eprintln!("not tested: nobody may mount a file system here");
        return;
    }
    let file = folder.path().join("secrets.age");
    let this = std::env::current_exe().unwrap();
    let script = format!(
        "{mount} && head -c 12k /dev/zero > {0}/other; exec \"$0\" --ignored --exact file::in_another_process --nocapture",
        folder.path().display()
    );
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .arg(this)
        .env("TEST_NAME", "full")
        .env("TEST_FILE", &file)
        .output()
        .unwrap();
    let told = line(&output, "refused: ");
    assert!(told.contains("is full, nothing was changed: free some space"), "{told}");
}
