//! A connector that does everything a connector must not do. The kind of a task chooses what; tasks of kind
//! `good` and `users` behave, so that a run shows the others going on.
//!
//! `{"tasks": ["good", "trap"], "publish": "good"}` as its settings says which tasks it plans and what it
//! does when it publishes; `requirements` and `check` choose in the same way what it asks for and finds.

mod description;
mod memory;
mod onboarding;
mod publish;
mod run;

#[allow(clippy::all, clippy::pedantic, missing_docs)]
mod bindings {
    wit_bindgen::generate!({ path: "../../../crates/connector/wit", world: "connector" });
    export!(Hostile with_types_in self);

    use super::Hostile;
}

use bindings::{
    exports::fairlead::connector::{descriptor, onboarding as exported, sync},
    fairlead::connector::{
        log::{self, Level},
        types::{Bookmark, Connection, Failure, Step, Task},
    },
};
use serde::Deserialize;

struct Hostile;

/// What the settings ask for.
#[derive(Deserialize)]
#[serde(default)]
struct Settings {
    tasks: Vec<String>,
    publish: String,
    requirements: String,
    check: String,
}

impl Default for Settings {
    fn default() -> Self {
        let good = || "good".to_owned();
        Self { tasks: vec![good()], publish: good(), requirements: good(), check: good() }
    }
}

fn settings(connection: &Connection) -> Result<Settings, Failure> {
    serde_json::from_str(&connection.settings).map_err(|error| Failure::Settings(error.to_string()))
}

/// A panic's message goes where the host looks for it.
fn with_last_words() {
    std::panic::set_hook(Box::new(|panic| log::write(Level::Error, &panic.to_string())));
}

impl descriptor::Guest for Hostile {
    fn describe() -> descriptor::Description {
        description::description()
    }
}

impl exported::Guest for Hostile {
    fn requirements(connection: Connection) -> Result<Vec<exported::Requirement>, Failure> {
        with_last_words();
        onboarding::requirements(&settings(&connection)?.requirements)
    }

    fn check(connection: Connection) -> Result<Vec<exported::Finding>, Failure> {
        with_last_words();
        onboarding::check(&settings(&connection)?.check)
    }
}

impl sync::Guest for Hostile {
    fn plan(connection: Connection, _: Vec<Bookmark>) -> Result<Vec<Task>, Failure> {
        let tasks = settings(&connection)?.tasks.into_iter();
        Ok(tasks.map(|kind| Task { kind, key: String::new(), payload: String::new() }).collect())
    }

    fn run(_: Connection, task: Task) -> Result<Step, Failure> {
        with_last_words();
        run::run(&task)
    }

    fn publish(connection: Connection) -> Result<(), Failure> {
        with_last_words();
        publish::publish(&settings(&connection)?.publish)
    }
}
