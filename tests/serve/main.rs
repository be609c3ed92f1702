//! `fairlead serve` through the real binaries: what is due is synced, whatever ends the process in between.

mod served;
mod world;
