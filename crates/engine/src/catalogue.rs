//! Finds connectors: components in the configured folders, loaded when first asked for.

use std::path::{Path, PathBuf};

use fairlead_host::{Connector, Host};

use crate::EngineError;

/// The connectors of this installation.
#[derive(Debug, Clone)]
pub struct Catalogue {
    folders: Vec<PathBuf>,
}

impl Catalogue {
    /// Looks in these folders, the first one winning where two hold the same name.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// Files that may be connectors, by name.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = Vec::new();
        for folder in &self.folders {
            for file in components_in(folder) {
                if !files.iter().any(|known| known.file_stem() == file.file_stem()) {
                    files.push(file);
                }
            }
        }
        files.sort_by(|a, b| a.file_stem().cmp(&b.file_stem()));
        files
    }

    /// Loads the connector with this id.
    ///
    /// # Errors
    /// `UnknownConnector` with what there is, or what the host says against the file.
    pub async fn load(&self, host: &Host, id: &str) -> Result<Connector, EngineError> {
        let files = self.files();
        let Some(file) = files.iter().find(|file| file.file_stem().is_some_and(|stem| stem == id)) else {
            return Err(EngineError::UnknownConnector { id: id.to_owned(), known: self.known(&files) });
        };
        let connector = host.load(file).await?;
        if connector.description().id == id {
            Ok(connector)
        } else {
            Err(EngineError::UnknownConnector {
                id: id.to_owned(),
                known: format!(
                    "{} calls itself \"{}\"; name the file after the connector",
                    file.display(),
                    connector.description().id
                ),
            })
        }
    }

    fn known(&self, files: &[PathBuf]) -> String {
        if files.is_empty() {
            let folders = self.folders.iter().map(|folder| folder.display().to_string());
            return format!("none was found in {}", folders.collect::<Vec<_>>().join(" or "));
        }
        let names = files.iter().filter_map(|file| file.file_stem()).map(|stem| stem.to_string_lossy());
        format!("there is {}", names.collect::<Vec<_>>().join(", "))
    }
}

fn components_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .collect()
}
