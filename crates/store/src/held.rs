//! What only the holder of a connection's lease may write: how its runs stand, and which one is the latest.

use std::fs;

use fairlead_model::{Connection, RunId, RunRecord};
use object_store::{Error as ObjectError, ObjectStoreExt as _, path::Path as Key};

use crate::{Lease, StoreError, chain, files::blocking};

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
        self.forget_standing().await?;
        self.state.forget_report(id).await?;
        let chain = self.state.connection_chain(id);
        let removed = chain.create(found.generation + 1, &None::<Connection>).await?;
        if removed { Ok(true) } else { Err(StoreError::ConnectionChanged(id.clone())) }
    }

    /// Removes the files of every run of the connection, and then the runs.
    ///
    /// # Errors
    /// What listing and removing may say. What is left can be removed by trying again.
    pub async fn purge(&self) -> Result<(), StoreError> {
        let id = self.connection();
        for folder in ["files", "runs"] {
            let prefix = Key::from(format!("{folder}/{id}"));
            for object in chain::list(&self.state.store, &prefix).await? {
                match self.state.store.delete(&object.location).await {
                    Ok(()) | Err(ObjectError::NotFound { .. }) => {}
                    Err(error) => return Err(StoreError::object(object.location.to_string(), &error)),
                }
            }
            if let Some(local) = &self.state.folder {
                let local = local.join(folder).join(id.as_str());
                // Nothing but empty folders is left, and those do no harm.
                let _ = blocking(move || Ok(fs::remove_dir_all(local))).await;
            }
        }
        Ok(())
    }
}
