//! The Segura Cloud IAM connector: users, accounts and credentials of a tenant, managed from the vendor's vault.
//!
//! This version checks the onboarding: [`requirements`] are those of the vendor's guide, and [`check`] looks at
//! whether users are managed here at all, or in an on-premises directory.

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
pub struct SeguraIam;

impl Connector for SeguraIam {
    type Settings = Settings;

    fn describe() -> Description {
        describe()
    }

    fn requirements(context: &Context<Settings>) -> Result<Vec<Requirement>, Failure> {
        Ok(requirements::of(&context.settings, context.may_change()))
    }

    fn check(context: &Context<Settings>, azure: &impl Azure) -> Result<Vec<Finding>, Failure> {
        Ok(check::directory(&context.settings, azure).into_iter().collect())
    }

    fn plan(_: &Context<Settings>, _: &[Bookmark]) -> Result<Vec<Task>, Failure> {
        Err(no_sync_yet("Segura Cloud IAM"))
    }
}

fairlead_connector::export!(SeguraIam);
