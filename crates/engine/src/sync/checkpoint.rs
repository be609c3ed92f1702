//! What a run stores while it is under way, for a machine that has nothing of it but the state.

use std::{convert::Infallible, future::pending, path::Path, time::Duration};

use fairlead_model::{ArtifactRecord, RunRecord};
use fairlead_store::{Lease, StoreError, WorkFile};
use jiff::Timestamp;
use tokio::time::Instant;

use super::Syncer;

/// How often a run stores what it has while it collects, unless somebody says otherwise: whoever is killed without
/// a word loses so much.
pub const CHECKPOINT_EVERY: Duration = Duration::from_mins(3);

/// Storing takes at most this part of the time.
const SHARE: u32 = 10;

/// Kept back from the time that is left, for the run's record.
const RESERVE: Duration = Duration::from_secs(3);

/// Stores the work file now and then, as long as it is let. Nothing waits for it but, for a moment, the writer.
///
/// It may be dropped at any time: what it has stored counts once the run's record names it, and the record in
/// memory names one that is still there.
pub(super) async fn keep_storing(
    syncer: &Syncer<'_>,
    lease: &Lease,
    file: &WorkFile,
    record: &mut RunRecord,
    every: Duration,
) -> Infallible {
    if syncer.state.is_local() {
        return pending().await;
    }
    let mut pause = every;
    loop {
        tokio::time::sleep(pause).await;
        let started = Instant::now();
        if let Err(error) = store_copy(syncer, lease, file, record).await {
            // The next one may succeed; until then the one before is what there is.
            tracing::warn!(%error, "the unfinished run could not be stored");
        }
        pause = every.max(started.elapsed() * SHARE);
    }
}

async fn store_copy(
    syncer: &Syncer<'_>,
    lease: &Lease,
    file: &WorkFile,
    record: &mut RunRecord,
) -> Result<(), StoreError> {
    lease.confirm().await?;
    let copy = file.copy().await?;
    let stored = syncer.state.store_checkpoint(record, &copy.path()).await?;
    let before = record.checkpoint.clone();
    lease.save_run(&RunRecord { checkpoint: Some(stored.clone()), ..record.clone() }).await?;
    tracing::info!(bytes = stored.bytes, "the unfinished run is stored");
    record.checkpoint = Some(stored);
    forget(syncer, before).await;
    Ok(())
}

/// Stores the work file of a run that was stopped or is held, for the record that is to be written next. Gives back
/// the checkpoint that is to be removed after that.
pub(super) async fn store_last(
    syncer: &Syncer<'_>,
    lease: &Lease,
    work: &Path,
    record: &mut RunRecord,
) -> Option<ArtifactRecord> {
    if syncer.state.is_local() {
        return None;
    }
    let storing = async {
        lease.confirm().await?;
        syncer.state.store_checkpoint(record, work).await
    };
    let stored = match syncer.ends_at {
        Some(ends_at) => {
            let left = ends_at.duration_since(Timestamp::now()).try_into().unwrap_or(Duration::ZERO);
            tokio::time::timeout(left.saturating_sub(RESERVE), storing).await
        }
        None => Ok(storing.await),
    };
    match stored {
        Ok(Ok(stored)) => record.checkpoint.replace(stored),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the unfinished run could not be stored: an earlier state of it counts");
            None
        }
        Err(_) => {
            tracing::warn!("there was no time to store the unfinished run: an earlier state of it counts");
            None
        }
    }
}

/// Removes a checkpoint that no record names any more. One that stays is cleared away later.
pub(super) async fn forget(syncer: &Syncer<'_>, checkpoint: Option<ArtifactRecord>) {
    let Some(checkpoint) = checkpoint else { return };
    if let Err(error) = syncer.state.remove_file(&checkpoint).await {
        tracing::debug!(key = checkpoint.key, %error, "a checkpoint could not be removed");
    }
}
