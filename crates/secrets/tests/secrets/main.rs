//! Both stores of secrets, and tokens of AWS.

#[cfg(unix)]
mod file;
mod identity;
mod managed;
mod support;
