//! The simulator over the wire, and Resource Manager's rules without it.

mod admin;
mod arm_access;
mod arm_lists;
mod arm_support;
mod command;
mod onboarding;
mod support;
mod tokens;
mod weather;
mod wire;
