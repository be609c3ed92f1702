//! The host's side of the interface, generated from the WIT package that connectors are built against.
//!
//! Services may wait (for Azure, for the disk), so their imports are async; log, clock and random do not, and
//! count as the guest's own time. Every import may stop the guest.

#![allow(unsafe_code, reason = "the generated conversions are unsafe implementations of wasmtime's traits")]
#![allow(clippy::pedantic, missing_docs, unreachable_pub, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../connector/wit",
    world: "connector",
    imports: {
        "fairlead:connector/azure": async | trappable,
        "fairlead:connector/snapshot": async | trappable,
        "fairlead:connector/artifact": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "fairlead:connector/artifact.file": crate::imports::artifact::File,
        "fairlead:connector/artifact.database": crate::imports::artifact::Database,
    },
    require_store_data_send: true,
});
