//! Microsoft Graph of the simulator, asked through its handler over a small generated tenant.

mod batch;
mod collections;
mod delta;
mod permissions;
mod relations;
mod roles;
mod support;
mod writes;
