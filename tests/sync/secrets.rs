//! The client secret and the tokens made from it are nowhere: not in output, not in logs, not in any file.

use std::{fs, path::Path};

use crate::world::World;

#[test]
fn no_secret_and_no_token_is_in_any_file_or_output() {
    let world = World::connected(&[]);
    let secret = &world.simulator.tenant.client_secret;
    let ran = world.run(&["-vv", "--json", "sync", "contoso"]).succeeded();
    for needle in [secret.as_str(), "eyJ"] {
        assert!(!ran.stdout.contains(needle), "in the results");
        assert!(!ran.stderr.contains(needle), "in the log");
        let mut files = 0;
        each_file(world.installation.home(), &mut |path, bytes| {
            files += 1;
            assert!(!contains(bytes, needle.as_bytes()), "in {}", path.display());
        });
        assert!(files >= 3, "there was hardly anything to look at: {files} files");
    }
}

fn each_file(folder: &Path, look: &mut impl FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            each_file(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "c1z") {
            // Compressed: what is in it is what the snapshot beside it holds.
        } else {
            look(&path, &fs::read(&path).expect("a readable file"));
        }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
