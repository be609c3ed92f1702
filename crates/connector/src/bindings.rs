//! What wit-bindgen makes of the WIT package: the types every other module builds on.

wit_bindgen::generate!({
    path: "wit",
    world: "connector",
    additional_derives: [PartialEq, Clone],
    additional_derives_ignore: ["file", "database"],
    pub_export_macro: true,
    export_macro_name: "export_world",
    default_bindings_module: "fairlead_connector::bindings",
    runtime_path: "fairlead_connector::wit_bindgen::rt",
});
