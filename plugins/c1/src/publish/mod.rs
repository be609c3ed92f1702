//! From a finished collection to C1's file.
//!
//! The order is that of dependence: the Azure hierarchy first, because role assignments point into it; then
//! everybody who can hold a grant; then grants, by number, with names looked up as rows are written. What is
//! held at once is one page, the ids of all principals and four bytes a membership.

mod app_roles;
mod assignments;
mod batch;
mod encode;
mod expand;
mod file;
mod grants;
mod hierarchy;
pub mod host;
mod ksuid;
mod people;
mod principals;
mod read;
pub mod schema;
mod scopes;
pub(crate) mod time;

pub use file::Counts;

use app_roles::AppRoles;
use expand::Expander;
use file::{File, Stamp};
use host::{Connection, Coverage, CoverageNote, Database, Failure, Snapshot};

/// What publishing came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What is in the file.
    pub counts: Counts,
    /// Sentences on what the file lacks and why.
    pub notes: Vec<String>,
}

/// Writes the file's database: everything but the frame around it. `now` is in milliseconds since 1970.
///
/// # Errors
/// When the collection is not what the collectors make, or the database refuses rows.
pub fn publish(
    snapshot: &dyn Snapshot,
    database: &mut dyn Database,
    connection: &Connection,
    now: u64,
) -> Result<Published, Failure> {
    let run = snapshot.run();
    let stamp = Stamp {
        sync_id: ksuid::ksuid(run.started_at, ksuid::payload(&run.id)),
        started_at: time::column(run.started_at),
    };
    let mut notes: Vec<String> = snapshot.coverage().iter().filter_map(gap).collect();
    let mut file = File::begin(database, stamp)?;
    let portal = &connection.entra_portal;

    let scopes = hierarchy::write(snapshot, &mut file, &connection.tenant_id, &notes)?;
    let principals = people::write(snapshot, &mut file, portal)?;
    notes.extend(grants::owners(snapshot, &mut file, &principals)?);
    let (memberships, note) = grants::memberships(snapshot, &principals)?;
    notes.extend(note);
    let mut expander = Expander::new(&memberships, principals.end());
    grants::members(&mut file, &principals, &memberships, &mut expander)?;
    let (assigned, note) = AppRoles::read(snapshot, &principals)?;
    notes.extend(note);
    people::entitlements(snapshot, &mut file, &principals, &assigned)?;
    assigned.write(&mut file, &principals, &mut expander)?;
    notes.extend(assignments::write(snapshot, &mut file, &principals, &scopes, &mut expander)?);
    let counts = file.finish(&time::column(now.max(run.started_at)))?;
    Ok(Published { counts, notes })
}

/// A coverage note as a sentence; nothing when all was seen.
fn gap(note: &CoverageNote) -> Option<String> {
    let seen = match note.coverage {
        Coverage::Complete => return None,
        Coverage::Partial => "seen in part",
        Coverage::Denied => "denied",
        Coverage::Unlicensed => "not licensed",
        Coverage::Skipped => "skipped",
    };
    let place = if note.scope.is_empty() { String::new() } else { format!(" in {}", note.scope) };
    let reason = if note.reason.is_empty() { String::new() } else { format!(": {}", note.reason) };
    Some(format!("{}{place} {seen}{reason}", note.kind))
}
