//! Decides, from the file alone and before anything of it is compiled, whether a component may be a connector.

use wasmparser::{Encoding, Parser, Payload};

/// The package of the interfaces a connector imports and exports.
pub(crate) const PACKAGE: &str = "fairlead:connector";
/// The version of the interfaces this host speaks. Exports and records are frozen within 0.x's minor version.
pub(crate) const VERSION: &str = "0.1.0";
/// Interfaces a connector may import.
const IMPORTS: &[&str] = &["types", "azure", "log", "clock", "random", "snapshot", "artifact"];
/// Interfaces a connector must export.
const EXPORTS: &[&str] = &["descriptor", "onboarding", "sync"];

/// Why a file is not admitted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    NotComponent(String),
    ForeignImport(String),
    Version { interface: String, newer: bool },
    MissingExport(&'static str),
}

/// Reads all of the file, so that a malformed one is refused here.
pub(crate) fn admit(bytes: &[u8]) -> Result<(), Refused> {
    let names = outer_names(bytes)?;
    for import in &names.imports {
        if !our_interface(import)?.is_some_and(|interface| IMPORTS.contains(&interface)) {
            return Err(Refused::ForeignImport(import.clone()));
        }
    }
    let exports = names.exports.iter().filter_map(|export| our_interface(export).transpose());
    let exports = exports.collect::<Result<Vec<_>, _>>()?;
    match EXPORTS.iter().find(|wanted| !exports.contains(wanted)) {
        Some(missing) => Err(Refused::MissingExport(missing)),
        None => Ok(()),
    }
}

#[derive(Default)]
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// The imports and exports of the outermost component.
fn outer_names(bytes: &[u8]) -> Result<Names, Refused> {
    let broken = |error: wasmparser::BinaryReaderError| Refused::NotComponent(error.to_string());
    if !bytes.starts_with(b"\0asm") {
        return Err(Refused::NotComponent("it does not begin as WebAssembly does".to_owned()));
    }
    let mut names = Names::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(broken)? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                return Err(Refused::NotComponent("it is a core module".to_owned()));
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.imports.push(import.map_err(broken)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    names.exports.push(export.map_err(broken)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// The interface's name, when it is one of our package in a version this host speaks.
fn our_interface(name: &str) -> Result<Option<&str>, Refused> {
    let Some(rest) = name.strip_prefix(PACKAGE).and_then(|rest| rest.strip_prefix('/')) else {
        return Ok(None);
    };
    let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
    let wrong = |newer| Refused::Version { interface: name.to_owned(), newer };
    let theirs = numbers(version).ok_or_else(|| wrong(false))?;
    let ours = numbers(VERSION).unwrap_or_default();
    // Below 1.0 the minor version is what breaks; a higher patch may import functions we do not have yet.
    if theirs[..2] == ours[..2] && theirs[2] <= ours[2] {
        Ok(Some(interface))
    } else {
        Err(wrong(theirs > ours))
    }
}

fn numbers(version: &str) -> Option<[u64; 3]> {
    let parts: Result<Vec<u64>, _> = version.split('.').map(str::parse).collect();
    parts.ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        Component, ComponentExportKind, ComponentExportSection, ComponentImportSection, ComponentTypeRef,
        ComponentTypeSection, InstanceType,
    };

    use super::*;

    fn component(imports: &[&str], exports: &[&str]) -> Vec<u8> {
        let mut component = Component::new();
        let mut types = ComponentTypeSection::new();
        types.instance(&InstanceType::new());
        component.section(&types);
        let mut section = ComponentImportSection::new();
        for import in imports {
            section.import(*import, ComponentTypeRef::Instance(0));
        }
        component.section(&section);
        let mut section = ComponentExportSection::new();
        for export in exports {
            section.export(*export, ComponentExportKind::Instance, 0, None);
        }
        component.section(&section);
        component.finish()
    }

    const OURS: [&str; 3] = [
        "fairlead:connector/descriptor@0.1.0",
        "fairlead:connector/onboarding@0.1.0",
        "fairlead:connector/sync@0.1.0",
    ];

    #[test]
    fn our_interfaces_are_admitted_and_no_others() {
        assert_eq!(admit(&component(&["fairlead:connector/log@0.1.0"], &OURS)), Ok(()));
        for foreign in [
            "wasi:cli/environment@0.2.0",
            "wasi:sockets/tcp@0.2.0",
            "fairlead:connectors/log@0.1.0",
            "fairlead:connector/secrets@0.1.0",
            "log",
        ] {
            let refused = admit(&component(&["fairlead:connector/log@0.1.0", foreign], &OURS));
            assert_eq!(refused, Err(Refused::ForeignImport(foreign.to_owned())));
        }
    }

    #[test]
    fn another_version_is_told_from_a_foreign_import() {
        for (version, newer) in [("0.2.0", true), ("0.0.9", false), ("1.0.0", true), ("0.1.1", true)] {
            let interface = format!("fairlead:connector/log@{version}");
            let refused = admit(&component(&[&interface], &OURS));
            assert_eq!(refused, Err(Refused::Version { interface, newer }));
        }
    }

    #[test]
    fn a_connector_exports_what_every_connector_has() {
        assert_eq!(admit(&component(&[], &OURS[..2])), Err(Refused::MissingExport("sync")));
    }

    #[test]
    fn what_is_not_a_component_is_refused_with_what_it_is() {
        let module = wasm_encoder::Module::new().finish();
        assert_eq!(admit(&module), Err(Refused::NotComponent("it is a core module".to_owned())));
        assert!(matches!(admit(b"#!/bin/sh"), Err(Refused::NotComponent(_))));
        let whole = component(&[], &OURS);
        assert!(matches!(admit(&whole[..whole.len() - 3]), Err(Refused::NotComponent(_))));
    }
}
