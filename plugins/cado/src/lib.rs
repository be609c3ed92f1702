//! The Cado connector: forensic acquisition from Azure.
//!
//! This version checks the onboarding: [`requirements`] are those of the vendor's guide, and [`check`] looks at
//! what would stop an acquisition although every role is there.

pub mod check;
mod descriptor;
pub mod requirements;
pub mod settings;

pub use descriptor::describe;

use fairlead_connector::{
    Azure, Bookmark, Connector, Context, Description, Failure, Finding, Requirement, Task,
};
use fairlead_onboarding::no_sync_yet;
use settings::Settings;

/// The connector.
#[derive(Debug, Clone, Copy)]
pub struct Cado;

impl Connector for Cado {
    type Settings = Settings;

    fn describe() -> Description {
        describe()
    }

    fn requirements(context: &Context<Settings>) -> Result<Vec<Requirement>, Failure> {
        Ok(requirements::of(&context.settings, context.may_change()))
    }

    fn check(context: &Context<Settings>, azure: &impl Azure) -> Result<Vec<Finding>, Failure> {
        Ok(check::check(context, azure))
    }

    fn plan(_: &Context<Settings>, _: &[Bookmark]) -> Result<Vec<Task>, Failure> {
        Err(no_sync_yet("Cado"))
    }
}

fairlead_connector::export!(Cado);
