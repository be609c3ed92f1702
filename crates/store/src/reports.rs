//! The last report of each connection's validation: `reports/{connection}/{generation}.json`.

use fairlead_model::{ConnectionId, Report};

use crate::{State, StoreError};

impl State {
    /// Remembers a connection's validation as the last one.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn save_report(&self, report: &Report) -> Result<(), StoreError> {
        // No lease protects it: of two that looked at the same time, either is the last.
        self.chain("reports", &report.connection).append(0, &Some(report)).await.map(|_| ())
    }

    /// The last validation of a connection.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn report(&self, connection: &ConnectionId) -> Result<Option<Report>, StoreError> {
        let newest = self.chain("reports", connection).newest::<Option<Report>>().await?;
        Ok(newest.and_then(|newest| newest.value))
    }

    /// Forgets it, with the connection.
    pub(crate) async fn forget_report(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        let chain = self.chain("reports", connection);
        if chain.highest().await?.is_some() {
            chain.append(0, &None::<Report>).await?;
        }
        Ok(())
    }
}
