//! What a server does once a day besides syncing: it replaces client secrets that are due, and forgets what is old.

use std::time::Duration;

use fairlead_engine::{
    EngineError, Installation,
    rotate::{RotationOptions, Rotator},
};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_hours(24);
/// How long messages, validations and announcements are kept. docs/webhooks.md says so.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Does it now and every day from now on, until it is stopped. What fails is logged, and tried again the next day.
pub(super) async fn every_day(installation: &Installation, stop: &CancellationToken) {
    let mut days = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            _ = days.tick() => {}
        }
        let done = async {
            forget(installation).await?;
            rotate(installation).await
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            done = done => if let Err(error) = done {
                tracing::error!(%error, "the daily upkeep was not finished");
            }
        }
    }
}

async fn forget(installation: &Installation) -> Result<(), EngineError> {
    let gone = installation.state()?.forget_before(Timestamp::now() - KEPT).await?;
    if gone > 0 {
        tracing::info!(
            objects = gone,
            "forgot messages, validations and announcements that are older than a month"
        );
    }
    Ok(())
}

async fn rotate(installation: &Installation) -> Result<(), EngineError> {
    let rotator = Rotator { registry: installation.registry().await?, options: RotationOptions::default() };
    for connection in installation.connections().await?.found {
        if !rotator.is_due(&connection, Timestamp::now()) {
            continue;
        }
        match rotator.now(&connection.id).await {
            Ok(_) => {
                tracing::info!(connection = %connection.id, "made a new client secret and put it to use");
            }
            Err(error) => {
                tracing::error!(connection = %connection.id, %error, "the client secret was not replaced");
            }
        }
    }
    Ok(())
}
