//! The Segura Cloud Entitlements connector: who has more rights in a tenant than they need.
//!
//! This version checks the onboarding: [`requirements`] are those of the vendor's guide for its two integration
//! modes, and [`check`] looks at whether last sign-ins can be told.

pub mod check;
mod descriptor;
pub mod requirements;

pub use descriptor::describe;

use fairlead_connector::{
    Azure, Bookmark, Connector, Context, Description, Failure, Finding, Requirement, Task,
};
use fairlead_onboarding::no_sync_yet;
use serde::Deserialize;

/// The vendor's form asks for nothing beyond what every connection has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

/// The connector.
#[derive(Debug, Clone, Copy)]
pub struct SeguraEntitlements;

impl Connector for SeguraEntitlements {
    type Settings = Settings;

    fn describe() -> Description {
        describe()
    }

    fn requirements(context: &Context<Settings>) -> Result<Vec<Requirement>, Failure> {
        Ok(requirements::of(context.may_change()))
    }

    fn check(_: &Context<Settings>, azure: &impl Azure) -> Result<Vec<Finding>, Failure> {
        Ok(check::sign_ins(azure).into_iter().collect())
    }

    fn plan(_: &Context<Settings>, _: &[Bookmark]) -> Result<Vec<Task>, Failure> {
        Err(no_sync_yet("Segura Cloud Entitlements"))
    }
}

fairlead_connector::export!(SeguraEntitlements);
