//! What a connector's schema may say: tables and indexes, and nothing else.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{
    Batch, Connection, ErrorCode,
    fallible_iterator::FallibleIterator as _,
    hooks::{AuthAction, AuthContext, Authorization},
};

use crate::{
    StoreError,
    database::{self, Role},
};

/// Watches what statements do while they are prepared.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// Whether the statement makes an index.
    index: bool,
    /// What it was refused for.
    refused: Option<String>,
}

impl Watch {
    /// From here on the connection does only what a schema and its rows need.
    pub(super) fn over(connection: &mut Connection) -> rusqlite::Result<Self> {
        let watch = Self::default();
        let watching = watch.clone();
        connection.authorizer(Some(move |context: AuthContext<'_>| watching.authorize(context.action)))?;
        Ok(watch)
    }

    /// Lets go, so that the transaction can be ended.
    pub(super) fn end(connection: &mut Connection) -> rusqlite::Result<()> {
        connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
    }

    fn authorize(&self, action: AuthAction<'_>) -> Authorization {
        let mut seen = self.seen();
        let problem = match action {
            AuthAction::CreateIndex { .. } => {
                seen.index = true;
                None
            }
            // Making a table or an index writes and reads the list of them.
            AuthAction::CreateTable { .. }
            | AuthAction::Reindex { .. }
            | AuthAction::Insert { .. }
            | AuthAction::Read { .. } => None,
            AuthAction::Update { table_name, .. } if table_name.starts_with("sqlite_") => None,
            AuthAction::Attach { .. } | AuthAction::Detach { .. } => Some("ATTACH".to_owned()),
            AuthAction::Pragma { pragma_name, .. } => Some(format!("PRAGMA {pragma_name}")),
            AuthAction::Function { function_name } => Some(format!("the function {function_name}")),
            AuthAction::Select => Some("SELECT".to_owned()),
            AuthAction::CreateView { .. } | AuthAction::CreateTempView { .. } => Some("a view".to_owned()),
            AuthAction::CreateTrigger { .. } | AuthAction::CreateTempTrigger { .. } => {
                Some("a trigger".to_owned())
            }
            AuthAction::CreateVtable { .. } => Some("a virtual table".to_owned()),
            other => Some(format!("{other:?}")),
        };
        match problem {
            None => Authorization::Allow,
            Some(problem) => {
                // The first refusal is the cause; later ones follow from it.
                seen.refused.get_or_insert(problem);
                Authorization::Deny
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the tables of a schema at once and gives its indexes back, to be made when the rows are in:
    /// sorting once is several times cheaper than keeping order at every row.
    ///
    /// `place` is the file that is being made.
    pub(super) fn define(
        &self,
        connection: &Connection,
        schema: &str,
        place: &Path,
    ) -> Result<Vec<String>, StoreError> {
        let mut indexes = Vec::new();
        let mut statements = Batch::new(connection, schema);
        loop {
            *self.seen() = Seen::default();
            let statement = statements.next();
            let refused = self.seen().refused.take();
            match statement {
                Ok(Some(mut statement)) => {
                    if self.seen().index {
                        indexes.extend(statement.expanded_sql());
                    } else {
                        statement.raw_execute().map_err(|error| wrong(place, &error))?;
                    }
                }
                Ok(None) => return Ok(indexes),
                Err(error) => {
                    return Err(refused.map_or_else(|| wrong(place, &error), |what| forbidden(&what)));
                }
            }
        }
    }
}

/// Tells a connector's mistake from a failure of this machine.
fn wrong(place: &Path, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::Unknown) | None => {
            StoreError::Refused(format!("the schema has a mistake: {}", database::sentence(error)))
        }
        Some(_) => database::failure(Role::Artifact, place, error),
    }
}

fn forbidden(what: &str) -> StoreError {
    StoreError::Refused(format!("a schema may create tables and indexes only, and this one uses {what}"))
}
