//! People's own SQL on a snapshot: anything that reads, and nothing that changes.
//!
//! It runs on a thread of its own. The database looks at the clock between two steps, but a step may be a function
//! (`instr`, say) that is at work on megabytes for hours, and nothing ends that. So nobody waits for it.

use std::{
    collections::HashSet,
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use rusqlite::{
    Connection, Error, ErrorCode,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
};

use super::{Snapshot, Value};
use crate::{
    StoreError,
    database::{self, Role},
};

/// Steps of the database's machine between two looks at the clock. A step may take milliseconds where values
/// are large, so the fewer steps, the nearer to its limit the query ends.
const STEPS: i32 = 1_000;
/// How much longer a query is waited for that the database has not ended.
const GRACE: Duration = Duration::from_secs(1);
/// Rows that wait to be looked at, at most: few, since one may be as large as the largest.
const AHEAD: usize = 16;
/// Bytes of the largest value, or row, in a query. A body has at most what a connector may hand over at once,
/// 32 MiB unless that limit was raised.
const LARGEST: i32 = 64 << 20;
/// What bounds memory, and work that happens within one step: the time of LIKE grows with the pattern, that of a
/// compilation with the text and with what it becomes. The defaults are a hundred times as much.
const LIMITS: [(Limit, i32); 6] = [
    (Limit::SQLITE_LIMIT_LENGTH, LARGEST),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 500),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
    (Limit::SQLITE_LIMIT_VDBE_OP, 1_000_000),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];
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
    /// The columns' names, each another: of two that are called alike the second gets a number.
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
        let (sender, answers) = sync_channel(AHEAD);
        let question = Question { path: self.path.clone(), sql: sql.to_owned(), time: limits.time };
        let end = limits.time.and_then(|time| Instant::now().checked_add(time.saturating_add(GRACE)));
        let ask = move || {
            let ended = question.ask(&sender);
            // Nobody may be waiting any more.
            let _ = sender.send(Answer::End(ended));
        };
        let asking = thread::Builder::new().name("store-query".to_owned()).spawn(ask);
        asking.map_err(|error| StoreError::io(&self.path, &error))?;
        let mut queried = Queried { columns: Vec::new(), rows: 0, more: false };
        loop {
            match next(&answers, end) {
                Ok(Answer::Columns(columns)) => queried.columns = columns,
                Ok(Answer::Row(_)) if limits.rows == Some(queried.rows) => {
                    queried.more = true;
                    return Ok(queried);
                }
                Ok(Answer::Row(values)) => {
                    queried.rows += 1;
                    if each(&queried.columns, &values).is_break() {
                        return Ok(queried);
                    }
                }
                Ok(Answer::End(ended)) => return ended.map(|()| queried),
                Err(RecvTimeoutError::Timeout) => return Err(too_long(limits.time)),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(StoreError::Defect("the thread of a query panicked".to_owned()));
                }
            }
        }
    }
}

fn next(answers: &Receiver<Answer>, end: Option<Instant>) -> Result<Answer, RecvTimeoutError> {
    match end {
        Some(end) => answers.recv_timeout(end.saturating_duration_since(Instant::now())),
        None => answers.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// What the thread of a query says, in this order.
enum Answer {
    Columns(Vec<String>),
    Row(Vec<Value>),
    End(Result<(), StoreError>),
}

/// A query on a thread of its own.
struct Question {
    path: PathBuf,
    sql: String,
    time: Option<Duration>,
}

impl Question {
    /// Tells columns and rows until nobody wants more.
    fn ask(&self, answers: &SyncSender<Answer>) -> Result<(), StoreError> {
        let refused = Arc::new(AtomicBool::new(false));
        let connection = self.guarded(&refused)?;
        let told = |error: Error| self.mistake(&refused, &error);
        let mut statement = connection.prepare(&self.sql).map_err(told)?;
        let columns = told_apart(statement.column_names().map(str::to_owned).collect());
        let width = columns.len();
        if width == 0 {
            return Err(StoreError::Sql(format!("there is no question in that SQL: {TABLES}")));
        }
        let mut wanted = answers.send(Answer::Columns(columns)).is_ok();
        let mut rows = statement.query([]).map_err(told)?;
        while wanted && let Some(row) = rows.next().map_err(told)? {
            let values = (0..width).map(|column| row.get_ref(column).map(Value::from));
            let values = values.collect::<rusqlite::Result<_>>().map_err(told)?;
            wanted = answers.send(Answer::Row(values)).is_ok();
        }
        Ok(())
    }

    /// A connection of its own that can do nothing but read this file, and not for ever.
    fn guarded(&self, refused: &Arc<AtomicBool>) -> Result<Connection, StoreError> {
        let guard = || {
            let mut connection = super::open(&self.path)?;
            for (limit, value) in LIMITS {
                connection.set_limit(limit, value)?;
            }
            if let Some(end) = self.time.and_then(|time| Instant::now().checked_add(time)) {
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

    fn mistake(&self, refused: &AtomicBool, error: &Error) -> StoreError {
        if refused.load(Ordering::Relaxed) {
            return StoreError::Sql("a snapshot can only be read: use SELECT".to_owned());
        }
        match error {
            Error::MultipleStatement => {
                StoreError::Sql("that is more than one statement: ask one thing at a time".to_owned())
            }
            Error::SqlInputError { msg, offset, .. } => {
                let place = usize::try_from(*offset).ok().and_then(|offset| self.sql.get(offset..));
                let near = place.map(near).unwrap_or_default();
                StoreError::Sql(format!("the SQL has a mistake{near}: {msg}; {TABLES}"))
            }
            Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::OperationInterrupted => too_long(self.time),
                ErrorCode::TooBig => StoreError::Sql(format!(
                    "a value in the query's work is larger than {} MiB: ask for less at once",
                    LARGEST >> 20
                )),
                ErrorCode::Unknown if database::sentence(error).starts_with("no such") => {
                    StoreError::Sql(format!("the SQL has a mistake: {}; {TABLES}", database::sentence(error)))
                }
                ErrorCode::Unknown | ErrorCode::TypeMismatch => {
                    StoreError::Sql(format!("the SQL cannot be answered: {}", database::sentence(error)))
                }
                _ => database::failure(Role::Snapshot, &self.path, error),
            },
            other => StoreError::Sql(format!("the SQL cannot be answered: {other}")),
        }
    }
}

fn too_long(time: Option<Duration>) -> StoreError {
    StoreError::Sql(format!(
        "the query took longer than {:?}: ask for less, or allow more time",
        time.unwrap_or_default()
    ))
}

/// Gives the second of two columns of one name another, as `id_2`: in the answer of a join both are wanted, and
/// an object has each name once.
fn told_apart(mut names: Vec<String>) -> Vec<String> {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    let mut seen = HashSet::new();
    for name in &mut names {
        if seen.insert(name.clone()) {
            continue;
        }
        // Of one number more than there are names, one is free.
        let numbers = 2..taken.len() + 3;
        let free = numbers.map(|number| format!("{name}_{number}")).find(|other| !taken.contains(other));
        if let Some(other) = free {
            taken.insert(other.clone());
            *name = other;
        }
    }
    names
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
