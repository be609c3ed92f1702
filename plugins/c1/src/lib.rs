//! The C1 connector: an Azure tenant as the file that C1, a product for identity governance, reads.

pub mod proto;
pub mod publish;
pub mod resources;
pub mod settings;
