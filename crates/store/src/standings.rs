//! How connections stand: `standings/{connection}/{fence}-{generation}.json`, written with every run's record.

use fairlead_model::{ConnectionId, RunRecord, Standing};
use jiff::Timestamp;

use crate::{Lease, State, StoreError};

impl State {
    /// How a connection stands; none where nobody ever worked on it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn standing(&self, connection: &ConnectionId) -> Result<Option<Standing>, StoreError> {
        let newest = self.chain("standings", connection).newest::<Option<Standing>>().await?;
        Ok(newest.and_then(|newest| newest.value))
    }
}

impl Lease {
    /// Notes what a run's record means for the connection.
    ///
    /// The record comes first: killed in between, the connection seems to be worked on, and is looked at again.
    pub(crate) async fn stand(&self, record: &RunRecord) -> Result<(), StoreError> {
        let before = self.state.standing(self.connection()).await?;
        let now = Standing::after(before.as_ref(), record, Timestamp::now());
        self.write(&self.state.chain("standings", self.connection()), &Some(now)).await
    }

    /// Forgets how the connection stood: one that is added later under its name begins anew.
    pub(crate) async fn forget_standing(&self) -> Result<(), StoreError> {
        self.write(&self.state.chain("standings", self.connection()), &None::<Standing>).await
    }
}
