//! Whole-system tests, through the real binaries: each folder beside this file is a suite of `cargo xtask test`.
