//! What need not be remembered for ever: messages that came in, validations, and what was announced.

use jiff::Timestamp;
use object_store::{ObjectMeta, path::Path};

use crate::{State, StoreError, files::blocking};

/// Where it lies. In a bucket, a lifecycle rule on the same prefixes does the same.
const PLACES: [&str; 6] = ["hooks", "hints", "validations", "announcements", "deliveries", "undelivered"];

impl State {
    /// Removes what was written before a moment. Tells how many objects went. A month is long enough for any
    /// sender's repetitions, and for people to look at what was announced.
    ///
    /// # Errors
    /// When the state cannot be read or changed.
    pub async fn forget_before(&self, moment: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        for place in PLACES {
            let listed = self.objects.list(&Path::from(place)).await?;
            let is_old = |object: &ObjectMeta| object.last_modified.timestamp() < moment.as_second();
            let old: Vec<Path> = listed.into_iter().filter(is_old).map(|object| object.location).collect();
            gone += old.len() as u64;
            self.objects.remove(old.clone()).await?;
            for key in &old {
                self.remove_empty_folders_of(key, place).await?;
            }
        }
        Ok(gone)
    }

    /// A chain in a folder is a folder, and stays one when it is empty.
    async fn remove_empty_folders_of(&self, key: &Path, place: &str) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let (file, place) = (folder.join(key.as_ref()), folder.join(place));
        blocking(move || {
            for folder in file.ancestors().skip(1).take_while(|folder| *folder != place) {
                // Refused while there is anything in it.
                if std::fs::remove_dir(folder).is_err() {
                    break;
                }
            }
            Ok(())
        })
        .await
    }
}
