//! The C1 connector: an Azure tenant as the file that C1, a product for identity governance, reads.
//!
//! Collecting is the work of the shared collectors; what is C1's own is [`publish`], which makes `sync.c1z` of
//! the collection: [`resources`] says what becomes of each kind of thing, and [`proto`] how it is written.

mod collect;
mod descriptor;
pub mod proto;
pub mod publish;
pub mod requirements;
pub mod resources;
pub mod settings;

pub use descriptor::describe;

use fairlead_connector::{
    Azure, Bookmark, Connector, Context, Description, Failure, Requirement, Step, Task, log,
};
use publish::{
    host::{HostDatabase, HostSnapshot},
    schema,
};
use settings::Settings;

/// The connector.
#[derive(Debug, Clone, Copy)]
pub struct C1;

impl Connector for C1 {
    type Settings = Settings;

    fn describe() -> Description {
        describe()
    }

    fn requirements(context: &Context<Settings>) -> Result<Vec<Requirement>, Failure> {
        context.settings.check_onboarding()?;
        Ok(requirements::of(&context.settings, context.may_change()))
    }

    fn plan(context: &Context<Settings>, _bookmarks: &[Bookmark]) -> Result<Vec<Task>, Failure> {
        context.settings.check()?;
        collect::plan()
    }

    fn run(context: &Context<Settings>, task: &Task, azure: &impl Azure) -> Result<Step, Failure> {
        collect::run(&context.connection, task, azure)
    }

    fn publish(context: &Context<Settings>) -> Result<(), Failure> {
        let mut database =
            HostDatabase::create(schema::FILE, schema::MEDIA_TYPE, schema::MAGIC, schema::ZSTD_LEVEL);
        let published =
            publish::publish(&HostSnapshot, &mut database, &context.connection, fairlead_connector::now())?;
        for note in &published.notes {
            log::write(log::Level::Warn, note);
        }
        database.finish().map_err(Failure::Fatal)
    }
}

fairlead_connector::export!(C1);
