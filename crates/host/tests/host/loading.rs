//! What is loaded, what is not, and what of it is kept.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fairlead_host::{Allocation, Architecture, Host, HostOptions, Limit, Limits, LoadError, compile_ahead};
use wasm_encoder::{Component, ComponentImportSection, ComponentTypeRef, ComponentTypeSection, InstanceType};

use crate::support::{component, hostile, options, serves};

fn host(limits: Limits) -> Host {
    Host::new(options(limits)).unwrap()
}

/// A component that imports this and does nothing.
fn importing(folder: &Path, import: &str) -> PathBuf {
    let mut component = Component::new();
    let mut types = ComponentTypeSection::new();
    types.instance(&InstanceType::new());
    component.section(&types);
    let mut imports = ComponentImportSection::new();
    imports.import(import, ComponentTypeRef::Instance(0));
    component.section(&imports);
    let path = folder.join("importing.wasm");
    fs::write(&path, component.finish()).unwrap();
    path
}

async fn refused(host: &Host, path: &Path) -> LoadError {
    host.load(path).await.err().unwrap_or_else(|| panic!("{} was loaded", path.display()))
}

#[tokio::test]
async fn a_connector_says_what_it_is() {
    let connector = hostile(Limits::default()).await;
    let description = connector.description();
    assert_eq!((description.id.as_str(), description.items.len()), ("hostile", 3));
    assert_eq!(connector.digest().len(), 64);
}

#[tokio::test]
async fn a_foreign_import_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = importing(folder.path(), "wasi:sockets/tcp@0.2.0");
    let error = refused(&host(Limits::default()), &path).await;
    assert!(matches!(&error, LoadError::ForeignImport { import, .. } if import == "wasi:sockets/tcp@0.2.0"));
    assert!(
        error.to_string().contains("\"wasi:sockets/tcp@0.2.0\", which is not Fairlead's to give"),
        "{error}"
    );
}

#[tokio::test]
async fn a_connector_for_a_newer_interface_says_whom_to_update() {
    let folder = tempfile::tempdir().unwrap();
    let path = importing(folder.path(), "fairlead:connector/log@0.2.0");
    let error = refused(&host(Limits::default()), &path).await.to_string();
    assert!(error.ends_with("this Fairlead speaks fairlead:connector@0.1.0: update Fairlead"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_connector_is_told_from_one_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(Limits::default());
    let path = folder.path().join("x.wasm");
    assert!(matches!(refused(&host, &path).await, LoadError::NotFound(_)));
    fs::write(&path, "#!/bin/sh").unwrap();
    assert!(matches!(refused(&host, &path).await, LoadError::NotComponent { .. }));
    fs::write(&path, wasm_encoder::Module::new().finish()).unwrap();
    assert!(refused(&host, &path).await.to_string().contains("core module"));
    let whole = fs::read(component()).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(refused(&host, &path).await, LoadError::NotComponent { .. }));
}

#[tokio::test]
async fn a_file_larger_than_allowed_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.wasm");
    fs::File::create(&path).unwrap().set_len(3 << 20).unwrap();
    let error = refused(&host(Limits { component_mib: 2, ..Limits::default() }), &path).await;
    assert!(error.to_string().contains("3145728 bytes") && error.to_string().contains("component-mib = 2"));
}

/// The parts of a component are limited before anything of it runs.
#[tokio::test]
async fn a_component_with_more_parts_than_allowed_is_refused() {
    let limits = Limits::default;
    for (limits, limit) in [
        (Limits { instances: 1, ..limits() }, Limit::Instances),
        (Limits { tables: 1, ..limits() }, Limit::Tables),
        (Limits { table_elements: 1, ..limits() }, Limit::TableElements),
        (Limits { memory_mib: 1, ..limits() }, Limit::Memory),
        (Limits { description_kib: 1, ..limits() }, Limit::Description),
    ] {
        let error = refused(&host(limits), &component()).await;
        let LoadError::Mute { error, .. } = &error else { panic!("{limit:?}: {error}") };
        assert_eq!(error.limit(), Some(limit), "{error}");
        assert!(error.to_string().starts_with("connector hostile, describing itself: "), "{error}");
    }
}

#[test]
fn limits_under_which_nothing_works_are_refused() {
    let limits = Limits { memory_mib: 0, ..Limits::default() };
    let error = Host::new(options(limits)).unwrap_err().to_string();
    assert!(error.starts_with("the limit memory-mib = 0 lets no connector work"), "{error}");
}

/// The compiled files in a cache.
fn kept(cache: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(cache.join("compiled")).unwrap();
    folders
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect()
}

#[cfg(unix)]
#[tokio::test]
async fn a_connector_is_compiled_once_and_again_when_what_was_kept_is_damaged() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = tempfile::tempdir().unwrap();
    let options = || HostOptions { cache_dir: folder.path().to_owned(), ..HostOptions::default() };
    let load = async || Host::new(options()).unwrap().load(&component()).await.unwrap();
    // Every compilation replaces the file, so its inode tells whether there was one.
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();

    serves(&load().await).await;
    let [file] = &kept(folder.path())[..] else { panic!("one file was expected") };
    let (first, sound) = (inode(file), fs::read(file).unwrap());
    serves(&load().await).await;
    assert_eq!(inode(file), first);

    let mut damaged = sound.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(file, damaged).unwrap();
    serves(&load().await).await;
    assert_eq!(kept(folder.path()), std::slice::from_ref(file));
    assert_ne!(inode(file), first);
    assert_eq!(fs::read(file).unwrap().len(), sound.len());
}

#[tokio::test]
async fn what_was_compiled_ahead_is_not_compiled_again_unless_it_is_damaged() {
    let (ahead, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let native = if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 };
    let code = compile_ahead(&component(), native, &Limits::default(), ahead.path()).unwrap();
    let options = |allocation| HostOptions {
        cache_dir: cache.path().to_owned(),
        ahead: Some(ahead.path().to_owned()),
        allocation,
        ..HostOptions::default()
    };
    for allocation in [Allocation::OnDemand, Allocation::Pooled { calls: 2 }] {
        serves(&Host::new(options(allocation)).unwrap().load(&component()).await.unwrap()).await;
        assert_eq!(kept(cache.path()), [] as [PathBuf; 0], "with {allocation:?}, nothing was compiled");
    }
    let mut damaged = fs::read(&code).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&code, damaged).unwrap();
    serves(&Host::new(options(Allocation::OnDemand)).unwrap().load(&component()).await.unwrap()).await;
    assert_eq!(kept(cache.path()).len(), 1, "it was compiled");
}

#[tokio::test]
async fn without_a_cache_a_connector_is_compiled_each_time() {
    let connector = Host::new(HostOptions::default()).unwrap().load(&component()).await.unwrap();
    serves(&connector).await;
}
