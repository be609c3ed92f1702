//! What only the holder of a connection's lease may write: how its runs stand, and which one is the latest.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use fairlead_model::{Connection, RunId, RunRecord};
use object_store::path::Path as Key;

use crate::{Lease, StoreError, files::blocking};

impl Lease {
    /// Writes down how the connection's newest run stands, and so the connection.
    ///
    /// # Errors
    /// `LeaseLost` when somebody else has taken over; what writing may say.
    pub async fn save_run(&self, record: &RunRecord) -> Result<(), StoreError> {
        if record.connection != *self.connection() {
            return Err(StoreError::Defect(format!(
                "a run of \"{}\" was to be written under the lease of \"{}\"",
                record.connection,
                self.connection()
            )));
        }
        self.write_run(record).await?;
        self.stand(record).await
    }

    /// Writes down what else is to be said of a run.
    pub(crate) async fn write_run(&self, record: &RunRecord) -> Result<(), StoreError> {
        self.write(&self.state.run_chain(self.connection(), record.id), record).await
    }

    /// Points to the connection's last complete run.
    ///
    /// # Errors
    /// `LeaseLost` when somebody else has taken over; what writing may say.
    pub async fn set_latest(&self, run: RunId) -> Result<(), StoreError> {
        self.write(&self.state.latest_chain(self.connection()), &Some(run)).await
    }

    /// Removes the connection, and what an unfinished run of it could be continued from; its runs stay readable.
    /// Says whether there was one.
    ///
    /// # Errors
    /// `LeaseLost` when somebody else has taken over; `ConnectionChanged` when somebody changes it at the same
    /// moment.
    pub async fn remove_connection(&self) -> Result<bool, StoreError> {
        let id = self.connection();
        let Some(found) = self.state.connection(id).await? else { return Ok(false) };
        // A connection added later under this name must not show this one's snapshot.
        self.write(&self.state.latest_chain(id), &None::<RunId>).await?;
        self.forget_standing().await?;
        self.state.forget_report(id).await?;
        let chain = self.state.connection_chain(id);
        if !chain.create(found.generation + 1, &None::<Connection>).await? {
            return Err(StoreError::ConnectionChanged(id.clone()));
        }
        self.remove_below("checkpoints").await?;
        Ok(true)
    }

    /// Removes everything that was collected of the connection: its folder in each of `folders`, where unfinished runs
    /// have theirs and copies of stored files are, the files of every run, and then the runs. Tells whether there was
    /// anything.
    ///
    /// # Errors
    /// What listing and removing may say. What is left can be removed by trying again.
    pub async fn purge(&self, folders: &[PathBuf]) -> Result<bool, StoreError> {
        let mut any = self.clear(folders).await?;
        for folder in ["checkpoints", "files", "runs"] {
            any |= self.remove_below(folder).await?;
        }
        Ok(any)
    }

    /// Removes everything of the connection in one of the state's folders. Tells whether there was anything.
    async fn remove_below(&self, folder: &str) -> Result<bool, StoreError> {
        let id = self.connection();
        let objects = &self.state.objects;
        let listed = objects.list(&Key::from(format!("{folder}/{id}"))).await?;
        let any = !listed.is_empty();
        objects.remove(listed.into_iter().map(|object| object.location).collect()).await?;
        if let Some(local) = &self.state.folder {
            let local = local.join(folder).join(id.as_str());
            // Nothing but empty folders is left, and those do no harm.
            let _ = blocking(move || Ok(fs::remove_dir_all(local))).await;
        }
        Ok(any)
    }

    /// Removes the connection's folders of this machine. The lease is held, so nobody works on them.
    async fn clear(&self, folders: &[PathBuf]) -> Result<bool, StoreError> {
        let folders: Vec<PathBuf> =
            folders.iter().map(|folder| folder.join(self.connection().as_str())).collect();
        blocking(move || {
            let mut any = false;
            for folder in folders {
                any |= removed(&folder, fs::remove_dir_all(&folder))?;
            }
            Ok(any)
        })
        .await
    }
}

/// Whether something was removed; what was not there is fine.
fn removed(path: &Path, done: io::Result<()>) -> Result<bool, StoreError> {
    match done {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io(path, &error)),
    }
}
