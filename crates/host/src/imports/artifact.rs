//! Files and databases a connector writes: declared ones only, and every byte counted.

use std::sync::Arc;

use fairlead_model::artifact::NamedColumn;
use wasmtime::component::Resource;

use super::blocking;
use crate::{
    bindings::fairlead::connector::artifact,
    convert::bytes_of,
    error::Stop,
    guest::{Guest, misuse, stop},
    limits::Limit,
    services::{Artifacts, DatabaseSink, FileSink},
    work::plain,
};

/// A file the guest holds; empty while a thread works on it, and after a call on it was cancelled.
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct File(Option<Box<dyn FileSink>>);

/// A database the guest holds; empty while a thread works on it, and after a call on it was cancelled.
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Database(Option<Box<dyn DatabaseSink>>);

impl Guest {
    /// The way to open an artifact, if the connector declared it.
    fn open(&self, name: &str, media_type: &str) -> wasmtime::Result<Arc<dyn Artifacts>> {
        let Some(artifacts) = self.services.artifacts.clone() else {
            return Err(misuse("writes a file, which is possible while publishing only"));
        };
        let declared = self.description.iter().flat_map(|description| &description.artifacts);
        match declared.into_iter().find(|declared| declared.name == name) {
            None => Err(misuse(format!(
                "writes a file \"{}\", which its description does not declare",
                plain(name)
            ))),
            Some(declared) if declared.media_type != media_type => Err(misuse(format!(
                "writes \"{name}\" as \"{}\", and its description says \"{}\"",
                plain(media_type),
                declared.media_type
            ))),
            Some(_) => Ok(artifacts),
        }
    }

    fn file(&mut self, file: &Resource<File>) -> wasmtime::Result<&mut Option<Box<dyn FileSink>>> {
        Ok(&mut self.table.get_mut(file)?.0)
    }

    fn database(
        &mut self,
        file: &Resource<Database>,
    ) -> wasmtime::Result<&mut Option<Box<dyn DatabaseSink>>> {
        Ok(&mut self.table.get_mut(file)?.0)
    }

    /// Works on a database on a thread where that may block.
    async fn on_database(
        &mut self,
        database: &Resource<Database>,
        work: impl FnOnce(&mut dyn DatabaseSink) -> Result<(), String> + Send + 'static,
    ) -> wasmtime::Result<Result<(), String>> {
        let mut sink = self.database(database)?.take().ok_or_else(gone)?;
        let (sink, done) = blocking(&self.meter, move || {
            let done = work(&mut *sink);
            (sink, done)
        })
        .await?;
        *self.database(database)? = Some(sink);
        Ok(done)
    }
}

fn gone() -> wasmtime::Error {
    misuse("uses a file whose last call was cancelled")
}

fn cannot_open(error: String) -> wasmtime::Error {
    stop(Stop::Host(error))
}

impl artifact::Host for Guest {}

impl artifact::HostFile for Guest {
    async fn new(&mut self, name: String, media_type: String) -> wasmtime::Result<Resource<File>> {
        let artifacts = self.open(&name, &media_type)?;
        let opened = blocking(&self.meter, move || artifacts.file(&name, &media_type)).await?;
        self.hold(File(Some(opened.map_err(cannot_open)?)))
    }

    async fn write(&mut self, file: Resource<File>, bytes: Vec<u8>) -> wasmtime::Result<Result<(), String>> {
        self.ledger.writes(bytes.len() as u64, &self.limits)?;
        let mut sink = self.file(&file)?.take().ok_or_else(gone)?;
        let (sink, done) = blocking(&self.meter, move || {
            let done = sink.write(&bytes);
            (sink, done)
        })
        .await?;
        *self.file(&file)? = Some(sink);
        Ok(done)
    }

    async fn finish(&mut self, file: Resource<File>) -> wasmtime::Result<Result<(), String>> {
        let sink = self.table.delete(file)?.0.ok_or_else(gone)?;
        blocking(&self.meter, move || sink.finish()).await
    }

    async fn drop(&mut self, file: Resource<File>) -> wasmtime::Result<()> {
        self.table.delete(file)?;
        Ok(())
    }
}

impl artifact::HostDatabase for Guest {
    async fn new(
        &mut self,
        name: String,
        media_type: String,
        framing: artifact::Framing,
    ) -> wasmtime::Result<Resource<Database>> {
        let artifacts = self.open(&name, &media_type)?;
        let open = move || artifacts.database(&name, &media_type, framing.into());
        let opened = blocking(&self.meter, open).await?;
        self.hold(Database(Some(opened.map_err(cannot_open)?)))
    }

    async fn define(
        &mut self,
        database: Resource<Database>,
        schema: String,
    ) -> wasmtime::Result<Result<(), String>> {
        self.on_database(&database, move |sink| sink.define(&schema)).await
    }

    async fn insert(
        &mut self,
        database: Resource<Database>,
        table: String,
        rows: u32,
        columns: Vec<artifact::NamedColumn>,
    ) -> wasmtime::Result<Result<(), String>> {
        // One value can stand for any number of rows, so these have a bound of their own.
        if u64::from(rows) > self.limits.step_records {
            return Err(stop(Stop::Exceeded(Limit::Records)));
        }
        let bytes = columns.iter().map(|column| bytes_of(column, rows)).sum();
        self.ledger.writes(bytes, &self.limits)?;
        let taken = columns.into_iter().map(|column| {
            let column = NamedColumn::try_from(column)?;
            column.check(rows as usize)?;
            Ok(column)
        });
        let columns = match taken.collect::<Result<Vec<_>, String>>() {
            Ok(columns) => columns,
            Err(problem) => return Ok(Err(problem)),
        };
        self.on_database(&database, move |sink| sink.insert(&table, rows, columns)).await
    }

    async fn finish(&mut self, database: Resource<Database>) -> wasmtime::Result<Result<(), String>> {
        let sink = self.table.delete(database)?.0.ok_or_else(gone)?;
        blocking(&self.meter, move || sink.finish()).await
    }

    async fn drop(&mut self, database: Resource<Database>) -> wasmtime::Result<()> {
        self.table.delete(database)?;
        Ok(())
    }
}
