//! Reads the table of permissions that is part of the program.

use uuid::Uuid;

use super::Permission;

const TABLE: &str = include_str!("table.txt");

/// The permissions, in the table's order.
pub(super) fn read() -> Vec<Permission> {
    lines().filter_map(permission).collect()
}

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#'))
}

fn permission(line: &'static str) -> Option<Permission> {
    let mut words = line.split_ascii_whitespace();
    let name = words.next()?;
    let application = id(words.next()?).ok()?;
    let delegated = id(words.next()?).ok()?;
    let level = words.next()?.parse().ok()?;
    Some(Permission { name, application, delegated, level })
}

/// The id, unless the table says there is none.
fn id(word: &str) -> Result<Option<Uuid>, uuid::Error> {
    if word == "-" { Ok(None) } else { Uuid::try_parse(word).map(Some) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_is_a_permission_and_every_name_and_id_is_there_once() {
        let table = read();
        assert_eq!(table.len(), lines().count());
        assert!(table.iter().all(|it| it.application.is_some() || it.delegated.is_some()));
        assert!(table.iter().all(|it| it.level <= 5));
        let names: BTreeSet<_> = table.iter().map(|it| it.name.to_ascii_lowercase()).collect();
        let ids: Vec<_> = table.iter().flat_map(|it| [it.application, it.delegated]).flatten().collect();
        assert_eq!(names.len(), table.len());
        // A few are the same role and scope at once: a permission's two ids may agree, two permissions' never.
        let distinct: BTreeSet<_> =
            table.iter().flat_map(|it| BTreeSet::from([it.application, it.delegated])).flatten().collect();
        let of_one: usize = table
            .iter()
            .map(|it| BTreeSet::from([it.application, it.delegated]).iter().flatten().count())
            .sum();
        assert_eq!(distinct.len(), of_one, "{} ids", ids.len());
    }
}
