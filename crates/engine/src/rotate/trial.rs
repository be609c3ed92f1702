//! Whether a new secret works, and steadily.

use fairlead_azure::{Diagnosis, SignInError};
use fairlead_model::Connection;
use secrecy::SecretString;
use tokio::time::Instant;

use super::{RotateError, RotationOptions, registration::Registration};
use crate::EngineError;

impl RotationOptions {
    /// Signs in with a secret, and reads something, so often in a row.
    ///
    /// # Errors
    /// `Unproven` when that did not come about in time; what keeps it from ever coming about.
    pub(super) async fn try_out(
        &self,
        connection: &Connection,
        secret: &SecretString,
        successes: u32,
    ) -> Result<(), EngineError> {
        let until = Instant::now() + self.patience;
        let mut in_a_row = 0;
        loop {
            let last = match once(connection, secret).await {
                Ok(()) => {
                    in_a_row += 1;
                    if in_a_row >= successes {
                        return Ok(());
                    }
                    "there was no time for more tries".to_owned()
                }
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => {
                    in_a_row = 0;
                    error.to_string()
                }
            };
            tracing::debug!(connection = %connection.id, in_a_row, "tried a new client secret");
            // Anything from half to one and a half of it: rotations that began together do not stay so.
            let wait = self.between.mul_f64(0.5 + rand::random::<f64>());
            if Instant::now() + wait > until {
                let (client_id, within) = (connection.client_id, self.patience);
                return Err(RotateError::Unproven { client_id, successes, within, last }.into());
            }
            tokio::time::sleep(wait).await;
        }
    }
}

/// With a gateway of its own, so that no token of an earlier try is used.
async fn once(connection: &Connection, secret: &SecretString) -> Result<(), EngineError> {
    let registration = Registration::of(connection, secret)?;
    registration.sign_in().await?;
    registration.passwords().await?;
    Ok(())
}

/// Whether waiting changes nothing: neither is the secret too new, nor has anybody trouble.
fn is_final(error: &EngineError) -> bool {
    match error {
        EngineError::SignIn(SignInError::Refused { diagnosis: Diagnosis::SecretWrong, .. })
        | EngineError::Rotate(_) => false,
        EngineError::SignIn(error) => !error.is_transient(),
        _ => true,
    }
}
