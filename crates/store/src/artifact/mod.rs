//! Files a connector makes. One exists once it is finished; a dropped one leaves nothing.

mod database;
mod define;
mod draft;
mod file;
mod thread;

pub use database::DatabaseWriter;
pub use file::FileWriter;
pub use thread::DatabaseThread;
