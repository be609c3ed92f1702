//! People's own SQL on a snapshot: anything that reads, and nothing that changes.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::{
    Connection, Error, ErrorCode,
    hooks::{AuthAction, AuthContext, Authorization},
};

use super::{Snapshot, Value};
use crate::{
    StoreError,
    database::{self, Role},
};

/// Steps of the database's machine between two looks at the clock.
const STEPS: i32 = 10_000;
/// What is there to be asked; part of the answer to a mistake.
const TABLES: &str = "the tables are items (kind, id, name, parent_kind, parent_id, body, task), \
    links (kind, origin_kind, origin_id, target_kind, target_id, label, body, task), missing (kind, id), \
    coverage (kind, scope, coverage, reason) and meta (key, value)";

/// How far a query may go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueryLimits {
    /// Rows after which it ends; absent: all.
    pub rows: Option<u64>,
    /// Time after which it is an error; absent: none.
    pub time: Option<Duration>,
}

/// What a query gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queried {
    /// The columns' names.
    pub columns: Vec<String>,
    /// Rows shown.
    pub rows: u64,
    /// Whether there were more rows than the limit.
    pub more: bool,
}

impl Snapshot {
    /// Runs one statement that reads, and shows each row with the columns' names until told to stop.
    ///
    /// # Errors
    /// `Sql`, with a sentence that names the mistake.
    pub fn query(
        &self,
        sql: &str,
        limits: &QueryLimits,
        mut each: impl FnMut(&[String], &[Value]) -> ControlFlow<()>,
    ) -> Result<Queried, StoreError> {
        let refused = Arc::new(AtomicBool::new(false));
        let connection = self.guarded(limits.time, &refused)?;
        let told = |error: Error| self.mistake(sql, limits, &refused, &error);
        let mut statement = connection.prepare(sql).map_err(told)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        if columns.is_empty() {
            return Err(StoreError::Sql(format!("there is no question in that SQL: {TABLES}")));
        }
        let mut rows = statement.query([]).map_err(told)?;
        let mut queried = Queried { columns, rows: 0, more: false };
        let mut values = Vec::with_capacity(queried.columns.len());
        while let Some(row) = rows.next().map_err(told)? {
            if limits.rows == Some(queried.rows) {
                queried.more = true;
                break;
            }
            values.clear();
            for column in 0..queried.columns.len() {
                values.push(Value::from(row.get_ref(column).map_err(told)?));
            }
            queried.rows += 1;
            if each(&queried.columns, &values).is_break() {
                break;
            }
        }
        Ok(queried)
    }

    /// A connection of its own that can do nothing but read this file, and not for ever.
    fn guarded(&self, time: Option<Duration>, refused: &Arc<AtomicBool>) -> Result<Connection, StoreError> {
        let guard = || {
            let mut connection = super::open(&self.path)?;
            if let Some(end) = time.and_then(|time| Instant::now().checked_add(time)) {
                connection.progress_handler(STEPS, Some(move || Instant::now() >= end))?;
            }
            let refused = refused.clone();
            connection.authorizer(Some(move |context: AuthContext<'_>| {
                if only_reads(context.action) {
                    return Authorization::Allow;
                }
                refused.store(true, Ordering::Relaxed);
                Authorization::Deny
            }))?;
            Ok(connection)
        };
        guard().map_err(|error| database::failure(Role::Snapshot, &self.path, &error))
    }

    fn mistake(&self, sql: &str, limits: &QueryLimits, refused: &AtomicBool, error: &Error) -> StoreError {
        if refused.load(Ordering::Relaxed) {
            return StoreError::Sql("a snapshot can only be read: use SELECT".to_owned());
        }
        match error {
            Error::MultipleStatement => {
                StoreError::Sql("that is more than one statement: ask one thing at a time".to_owned())
            }
            Error::SqlInputError { msg, offset, .. } => {
                let place = usize::try_from(*offset).ok().and_then(|offset| sql.get(offset..));
                let near = place.map(near).unwrap_or_default();
                StoreError::Sql(format!("the SQL has a mistake{near}: {msg}; {TABLES}"))
            }
            Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::OperationInterrupted => StoreError::Sql(format!(
                    "the query took longer than {:?}: ask for less, or allow more time",
                    limits.time.unwrap_or_default()
                )),
                ErrorCode::Unknown if database::sentence(error).starts_with("no such") => {
                    StoreError::Sql(format!("the SQL has a mistake: {}; {TABLES}", database::sentence(error)))
                }
                ErrorCode::Unknown | ErrorCode::TypeMismatch | ErrorCode::TooBig => {
                    StoreError::Sql(format!("the SQL cannot be answered: {}", database::sentence(error)))
                }
                _ => database::failure(Role::Snapshot, &self.path, error),
            },
            other => StoreError::Sql(format!("the SQL cannot be answered: {other}")),
        }
    }
}

/// The place of a mistake, short enough for a sentence.
fn near(rest: &str) -> String {
    let shown: String = rest.trim_start().chars().take(30).take_while(|sign| *sign != '\n').collect();
    if shown.is_empty() { " at its end".to_owned() } else { format!(" at \"{}\"", shown.trim_end()) }
}

fn only_reads(action: AuthAction<'_>) -> bool {
    match action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => !function_name.eq_ignore_ascii_case("load_extension"),
        AuthAction::Pragma { pragma_name, .. } => ["table_info", "table_xinfo", "table_list"]
            .iter()
            .any(|name| pragma_name.eq_ignore_ascii_case(name)),
        _ => false,
    }
}
