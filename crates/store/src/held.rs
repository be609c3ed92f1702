//! What only the holder of a connection's lease may write: how its runs stand, and which one is the latest.

use fairlead_model::{Connection, RunId, RunRecord};

use crate::{Lease, StoreError};

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
}
