//! Syncs that one machine begins and another ends, and those that are held: a simulated tenant, a real connector, and a
//! state that is no folder of any machine.
//!
//! The connector is one of those `cargo xtask plugins` leaves.

mod continued;
mod held;
mod killed;
mod world;
