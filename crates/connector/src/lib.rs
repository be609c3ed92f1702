//! sdk
extern crate self as fairlead_connector;
#[doc(hidden)]
pub mod bindings;
#[doc(hidden)]
pub use wit_bindgen;
