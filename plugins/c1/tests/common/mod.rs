//! What the tests of the publisher share: a tenant in memory, and the file made of it.

mod file;
mod tenant;

pub(crate) use file::Made;
pub(crate) use tenant::Tenant;
