//! Rows for programs: NDJSON or CSV, to standard output or to a file that appears when it is complete.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::failure::Failed;

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header line (RFC 4180)
    Csv,
}

/// A writer of rows in one of the formats.
pub(crate) enum Rows {
    Ndjson(Ndjson),
    Csv(Box<Csv>),
}

impl Rows {
    pub(crate) fn new(target: Target, format: Format) -> Self {
        match format {
            Format::Ndjson => Self::Ndjson(Ndjson(target)),
            Format::Csv => Self::Csv(Box::new(Csv(csv::Writer::from_writer(target)))),
        }
    }

    /// Names the columns, where the format has a place for that.
    pub(crate) fn header(&mut self, names: &[&str]) -> Result<(), Failed> {
        match self {
            Self::Ndjson(_) => Ok(()),
            Self::Csv(rows) => rows.write(names),
        }
    }

    /// Flushes, and lets the file appear.
    pub(crate) fn finish(self) -> Result<(), Failed> {
        match self {
            Self::Ndjson(rows) => rows.0.finish(),
            Self::Csv(rows) => {
                rows.0.into_inner().map_err(|error| Failed::from(error.into_error()))?.finish()
            }
        }
    }
}

/// One JSON object a line.
pub(crate) struct Ndjson(Target);

impl Ndjson {
    pub(crate) fn write<T: Serialize>(&mut self, row: &T) -> Result<(), Failed> {
        let mut line = serde_json::to_vec(row).map_err(|error| Failed::from(io::Error::from(error)))?;
        // Bodies are as Azure sent them. A line's end in JSON is blank space, and would end the record here.
        line.iter_mut().filter(|byte| matches!(**byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        line.push(b'\n');
        Ok(self.0.write_all(&line)?)
    }
}

/// Comma-separated values.
pub(crate) struct Csv(csv::Writer<Target>);

impl Csv {
    pub(crate) fn write<S: AsRef<[u8]>>(&mut self, fields: &[S]) -> Result<(), Failed> {
        self.0.write_record(fields).map_err(|error| Failed::from(io::Error::from(error)))
    }
}

/// Where rows go.
pub(crate) enum Target {
    Standard(BufWriter<io::Stdout>),
    There(BufWriter<File>),
    File { writer: BufWriter<NamedTempFile>, path: PathBuf },
}

impl Target {
    /// Standard output, or a file.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failed> {
        let Some(path) = path else { return Ok(Self::Standard(BufWriter::new(io::stdout()))) };
        let cannot = |error: io::Error| Failed::usage(format!("cannot write {}: {error}", path.display()));
        // A pipe or a device is written to; only a file can be replaced as a whole.
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            let there = File::options().write(true).open(path).map_err(cannot)?;
            return Ok(Self::There(BufWriter::new(there)));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let partial = NamedTempFile::new_in(folder)
            .map_err(|error| Failed::usage(format!("cannot write into {}: {error}", folder.display())))?;
        Ok(Self::File { writer: BufWriter::new(partial), path: path.to_owned() })
    }

    fn finish(mut self) -> Result<(), Failed> {
        self.flush()?;
        if let Self::File { writer, path } = self {
            let partial = writer.into_inner().map_err(|error| Failed::from(error.into_error()))?;
            partial
                .persist(&path)
                .map_err(|error| Failed::ours(format!("cannot write {}: {}", path.display(), error.error)))?;
        }
        Ok(())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(writer) => writer.write(bytes),
            Self::There(writer) => writer.write(bytes),
            Self::File { writer, .. } => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(writer) => writer.flush(),
            Self::There(writer) => writer.flush(),
            Self::File { writer, .. } => writer.flush(),
        }
    }
}
