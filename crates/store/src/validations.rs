//! Validations somebody asked for: `validations/{id}/{generation}.json`.

use fairlead_model::ValidationRecord;
use uuid::Uuid;

use crate::{State, StoreError};

impl State {
    /// Remembers a validation as it stands now.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn save_validation(&self, record: &ValidationRecord) -> Result<(), StoreError> {
        // No lease protects it: of two that finished the same validation, either report is right.
        self.chain("validations", &record.id).append(0, record).await.map(|_| ())
    }

    /// A validation, as it stands.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn validation(&self, id: Uuid) -> Result<Option<ValidationRecord>, StoreError> {
        Ok(self.chain("validations", &id).newest().await?.map(|newest| newest.value))
    }
}
