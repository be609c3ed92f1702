//! Makes a component of a connector: the glue between the exported functions and the trait.

use std::panic;

use crate::{
    Bookmark, Connection, Connector, Context, Description, Failure, Finding, HostAzure, Requirement, Step,
    Task,
    log::{self, Level},
};

/// Exports a [`Connector`](crate::Connector) as the component's functions. Does nothing in a native build.
#[macro_export]
macro_rules! export {
    ($connector:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::bindings::exports::fairlead::connector::{descriptor, onboarding, sync};

            struct Component;

            impl descriptor::Guest for Component {
                fn describe() -> $crate::Description {
                    $crate::export::describe::<$connector>()
                }
            }

            impl onboarding::Guest for Component {
                fn requirements(
                    connection: $crate::Connection,
                ) -> ::std::result::Result<::std::vec::Vec<$crate::Requirement>, $crate::Failure> {
                    $crate::export::requirements::<$connector>(connection)
                }

                fn check(
                    connection: $crate::Connection,
                ) -> ::std::result::Result<::std::vec::Vec<$crate::Finding>, $crate::Failure> {
                    $crate::export::check::<$connector>(connection)
                }
            }

            impl sync::Guest for Component {
                fn plan(
                    connection: $crate::Connection,
                    bookmarks: ::std::vec::Vec<$crate::Bookmark>,
                ) -> ::std::result::Result<::std::vec::Vec<$crate::Task>, $crate::Failure> {
                    $crate::export::plan::<$connector>(connection, &bookmarks)
                }

                fn run(
                    connection: $crate::Connection,
                    task: $crate::Task,
                ) -> ::std::result::Result<$crate::Step, $crate::Failure> {
                    $crate::export::run::<$connector>(connection, &task)
                }

                fn publish(connection: $crate::Connection) -> ::std::result::Result<(), $crate::Failure> {
                    $crate::export::publish::<$connector>(connection)
                }
            }

    $crate::bindings::export_world!(Component with_types_in $crate::bindings);
        };
    };
}

/// Lets a panic say where and why before it becomes a trap, which says nothing.
fn tell_panics() {
    panic::set_hook(Box::new(|panic| log::write(Level::Error, &panic.to_string())));
}

/// `descriptor.describe`.
pub fn describe<C: Connector>() -> Description {
    tell_panics();
    C::describe()
}

/// `onboarding.requirements`.
pub fn requirements<C: Connector>(connection: Connection) -> Result<Vec<Requirement>, Failure> {
    tell_panics();
    C::requirements(&Context::new(connection)?)
}

/// `onboarding.check`.
pub fn check<C: Connector>(connection: Connection) -> Result<Vec<Finding>, Failure> {
    tell_panics();
    C::check(&Context::new(connection)?, &HostAzure)
}

/// `sync.plan`.
pub fn plan<C: Connector>(connection: Connection, bookmarks: &[Bookmark]) -> Result<Vec<Task>, Failure> {
    tell_panics();
    C::plan(&Context::new(connection)?, bookmarks)
}

/// `sync.run`.
pub fn run<C: Connector>(connection: Connection, task: &Task) -> Result<Step, Failure> {
    tell_panics();
    C::run(&Context::new(connection)?, task, &HostAzure)
}

/// `sync.publish`.
pub fn publish<C: Connector>(connection: Connection) -> Result<(), Failure> {
    tell_panics();
    C::publish(&Context::new(connection)?)
}
