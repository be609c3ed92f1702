//! What only the holder of a connection's lease may write: how its runs stand, and which one is the latest.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use fairlead_model::{Connection, RunId, RunRecord};
use object_store::{Error as ObjectError, ObjectStoreExt as _, path::Path as Key};

use crate::{Lease, StoreError, chain, files::blocking};

impl Lease {
    /// Writes down how a run of the connection stands.
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
        self.write(&self.state.run_chain(self.connection(), record.id), record).await
    }

    /// Points to the connection's last complete run.
    ///
    /// # Errors
    /// `LeaseLost` when somebody else has taken over; what writing may say.
    pub async fn set_latest(&self, run: RunId) -> Result<(), StoreError> {
        self.write(&self.state.latest_chain(self.connection()), &Some(run)).await
    }

    /// Removes the connection; its runs stay readable. Says whether there was one.
    ///
    /// # Errors
    /// `LeaseLost` when somebody else has taken over; `ConnectionChanged` when somebody changes it at the same
    /// moment.
    pub async fn remove_connection(&self) -> Result<bool, StoreError> {
        let id = self.connection();
        let Some(found) = self.state.connection(id).await? else { return Ok(false) };
        // A connection added later under this name must not show this one's snapshot.
        self.write(&self.state.latest_chain(id), &None::<RunId>).await?;
        let chain = self.state.connection_chain(id);
        let removed = chain.create(found.generation + 1, &None::<Connection>).await?;
        if removed { Ok(true) } else { Err(StoreError::ConnectionChanged(id.clone())) }
    }

    /// Removes everything that was collected of the connection: what unfinished runs have in `work_folder`, copies
    /// of stored files there, the files of every run, and then the runs. Tells whether there was anything.
    ///
    /// # Errors
    /// What listing and removing may say. What is left can be removed by trying again.
    pub async fn purge(&self, work_folder: &Path) -> Result<bool, StoreError> {
        let id = self.connection();
        let mut any = self.clear_work(work_folder).await?;
        for folder in ["files", "runs"] {
            let prefix = Key::from(format!("{folder}/{id}"));
            for object in chain::list(&self.state.store, &prefix).await? {
                match self.state.store.delete(&object.location).await {
                    Ok(()) => any = true,
                    Err(ObjectError::NotFound { .. }) => {}
                    Err(error) => return Err(StoreError::object(object.location.to_string(), &error)),
                }
            }
            if let Some(local) = &self.state.folder {
                let local = local.join(folder).join(id.as_str());
                // Nothing but empty folders is left, and those do no harm.
                let _ = blocking(move || Ok(fs::remove_dir_all(local))).await;
            }
        }
        Ok(any)
    }

    /// Removes the connection's files among those of unfinished runs, and copies of its snapshots. The lease is
    /// held, so nobody works on them.
    async fn clear_work(&self, work_folder: &Path) -> Result<bool, StoreError> {
        let id = self.connection();
        let runs = self.state.runs(Some(id), usize::MAX).await?.found;
        let copies = runs
            .into_iter()
            .filter_map(|run| run.snapshot)
            .map(|snapshot| format!("{}.sqlite", snapshot.sha256));
        let copies: Vec<PathBuf> = copies.map(|name| work_folder.join(name)).collect();
        let folder = work_folder.join(id.as_str());
        blocking(move || {
            let mut any = false;
            for copy in copies {
                any |= removed(&copy, fs::remove_file(&copy))?;
            }
            Ok(removed(&folder, fs::remove_dir_all(&folder))? || any)
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
