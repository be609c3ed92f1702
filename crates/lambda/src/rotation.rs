//! Steps of rotations that Secrets Manager asks for.

use fairlead_engine::{
    EngineError,
    rotate::{RotationOptions, RotationStep, Rotator},
};
use fairlead_secrets::RotationToken;

use crate::{error::FunctionError, event::Rotation, function::Function};

impl Function {
    /// Takes one step. Whether the secret is one of ours, and the rotation one that may go on, is looked at first:
    /// whoever may invoke the function could say anything.
    ///
    /// # Errors
    /// Secrets Manager repeats a step that failed; the current secret works throughout.
    pub(crate) async fn rotate(&self, rotation: &Rotation) -> Result<(), FunctionError> {
        let foreign = |problem: String| FunctionError::Foreign(problem);
        let step: RotationStep = rotation.step.parse().map_err(|error| foreign(format!("{error}")))?;
        let token: RotationToken =
            rotation.client_request_token.parse().map_err(|error| foreign(format!("{error}")))?;
        let registry = self.installation.registry().await?;
        let secret = &rotation.secret_id;
        let Some(connection) = registry.secrets.connection_of(secret) else {
            return Err(foreign(format!(
                "the secret {secret} is not one of a connection's: rotate those below the prefix of FAIRLEAD_SECRETS_PREFIX"
            )));
        };
        let rotator = Rotator { registry, options: RotationOptions::default() };
        let span = tracing::info_span!("rotate", %connection, step = rotation.step);
        let done = tracing::Instrument::instrument(rotator.step(step, &connection, &token), span);
        done.await.map_err(|error: EngineError| error.into())
    }
}
