//! Reading back what was collected, while publishing.

use fairlead_model::snapshot::LinkKey;

use super::blocking;
use crate::{
    bindings::fairlead::connector::{snapshot, types as wit},
    error::Stop,
    guest::{Guest, misuse, stop},
    services::SnapshotReader,
};

/// The largest page: some megabytes. Who asks for more gets this, which the interface allows ("at most").
const LARGEST_PAGE: u32 = 20_000;

impl Guest {
    async fn read<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&dyn SnapshotReader) -> Result<T, String> + Send + 'static,
    ) -> wasmtime::Result<T> {
        let Some(reader) = self.services.snapshot.clone() else {
            return Err(misuse("reads the snapshot, which is there while publishing only"));
        };
        let read = blocking(&self.meter, move || read(&*reader)).await?;
        read.map_err(|error| stop(Stop::Host(format!("the snapshot cannot be read back: {error}"))))
    }
}

impl snapshot::Host for Guest {
    async fn run(&mut self) -> wasmtime::Result<snapshot::RunInfo> {
        let run = self.read(|reader| Ok(reader.run())).await?;
        let started_at = u64::try_from(run.started_at.as_millisecond()).unwrap_or_default();
        Ok(snapshot::RunInfo { id: run.id.to_string(), started_at })
    }

    async fn count_items(&mut self, kind: String) -> wasmtime::Result<u64> {
        self.read(move |reader| reader.count_items(&kind)).await
    }

    async fn count_links(&mut self, kind: String, ends: snapshot::Ends) -> wasmtime::Result<u64> {
        self.read(move |reader| reader.count_links(&kind, ends.into())).await
    }

    async fn items(
        &mut self,
        kind: String,
        after: Option<String>,
        max: u32,
    ) -> wasmtime::Result<snapshot::ItemPage> {
        let max = max.min(LARGEST_PAGE);
        let page = self.read(move |reader| reader.items(&kind, after.as_deref(), max)).await?;
        Ok(page.into())
    }

    async fn links(
        &mut self,
        kind: String,
        ends: snapshot::Ends,
        after: Option<snapshot::LinkKey>,
        max: u32,
    ) -> wasmtime::Result<snapshot::LinkPage> {
        let max = max.min(LARGEST_PAGE);
        let after = after.map(LinkKey::from);
        let page = self.read(move |reader| reader.links(&kind, ends.into(), after.as_ref(), max)).await?;
        Ok(page.into())
    }

    async fn coverage(&mut self) -> wasmtime::Result<Vec<wit::CoverageNote>> {
        let notes = self.read(|reader| reader.coverage()).await?;
        Ok(notes.into_iter().map(Into::into).collect())
    }
}
