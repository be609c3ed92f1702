//! Runs a whole collection against answers held in memory, as a host would.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fairlead_connector::{ApiNeed, Azure, Coverage, Failure, Task, testing::Canned};
use fairlead_directory::Selection;

/// A link as a test reads it: kind, origin, target kind, target, label.
pub(crate) type Link = (String, String, String, String, String);

/// What a collection came to.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// Name, parent and body by kind and id.
    pub(crate) items: BTreeMap<(String, String), (String, Option<String>, String)>,
    pub(crate) links: BTreeSet<Link>,
    /// The worst note by kind and scope.
    pub(crate) coverage: BTreeMap<(String, String), (Coverage, String)>,
    /// Tasks in the order they ran.
    pub(crate) tasks: Vec<(String, String)>,
}

impl Collected {
    pub(crate) fn ids(&self, kind: &str) -> Vec<&str> {
        self.items.keys().filter(|(found, _)| found == kind).map(|(_, id)| id.as_str()).collect()
    }

    pub(crate) fn item(&self, kind: &str, id: &str) -> &(String, Option<String>, String) {
        &self.items[&(kind.to_owned(), id.to_owned())]
    }

    /// Origin, target kind and target.
    pub(crate) fn links(&self, kind: &str) -> Vec<(&str, &str, &str)> {
        let own = self.links.iter().filter(|link| link.0 == kind);
        own.map(|(_, origin, target_kind, target, _)| {
            (origin.as_str(), target_kind.as_str(), target.as_str())
        })
        .collect()
    }

    pub(crate) fn coverage(&self, kind: &str, scope: &str) -> Option<(Coverage, &str)> {
        let (coverage, reason) = self.coverage.get(&(kind.to_owned(), scope.to_owned()))?;
        Some((*coverage, reason))
    }

    fn add(&mut self, step: &fairlead_connector::Step) {
        for batch in &step.items {
            assert_eq!(batch.ids.len(), batch.names.len());
            assert_eq!(batch.ids.len(), batch.bodies.len());
            let rows = batch.ids.iter().zip(batch.names.iter()).zip(batch.bodies.iter());
            for ((id, name), body) in rows {
                let parent = batch.parent.as_ref().map(|parent| format!("{} {}", parent.kind, parent.id));
                let value = (name.to_owned(), parent, body.to_owned());
                self.items.insert((batch.kind.clone(), id.to_owned()), value);
            }
        }
        for batch in &step.links {
            let labels: Vec<_> = batch.labels.iter().flat_map(fairlead_connector::Texts::iter).collect();
            assert!(labels.is_empty() || labels.len() == batch.targets.len());
            for (index, target) in batch.targets.iter().enumerate() {
                let label = labels.get(index).copied().unwrap_or_default();
                let link =
                    [&batch.kind, &batch.origin.id, &batch.target_kind, target, label].map(str::to_owned);
                let [kind, origin, target_kind, target, label] = link;
                self.links.insert((kind, origin, target_kind, target, label));
            }
        }
        for note in &step.coverage {
            let noted = (note.coverage, note.reason.clone());
            let known =
                self.coverage.entry((note.kind.clone(), note.scope.clone())).or_insert_with(|| noted.clone());
            if severity(noted.0) > severity(known.0) {
                *known = noted;
            }
        }
    }
}

fn severity(coverage: Coverage) -> u8 {
    match coverage {
        Coverage::Complete => 0,
        Coverage::Skipped => 1,
        Coverage::Partial => 2,
        Coverage::Unlicensed => 3,
        Coverage::Denied => 4,
    }
}

/// Plans and runs every task; a pair of kind and key runs once.
pub(crate) fn collect(selection: &Selection, azure: &impl Azure) -> Result<Collected, Failure> {
    let mut collected = Collected::default();
    let mut ready: VecDeque<Task> = fairlead_directory::plan(selection)?.into();
    let mut known = BTreeSet::new();
    while let Some(task) = ready.pop_front() {
        if !known.insert((task.kind.clone(), task.key.clone())) {
            continue;
        }
        let step = fairlead_directory::run(selection, &task, azure)?;
        collected.add(&step);
        collected.tasks.push((task.kind, task.key));
        ready.extend(step.tasks);
    }
    Ok(collected)
}

/// Collects and checks that no call was made which the needs do not declare.
pub(crate) fn collect_canned(selection: &Selection, azure: &Canned) -> Collected {
    let collected = collect(selection, azure).expect("a collection");
    for asked in azure.asked() {
        assert!(is_declared(&selection.needs(), &asked), "{asked} is not declared");
    }
    collected
}

fn is_declared(needs: &[ApiNeed], asked: &str) -> bool {
    // What is expanded is declared like the path that would read it.
    if let Some((_, expanded)) = asked.split_once("$expand=") {
        let property = expanded.split('(').next().unwrap_or_default();
        let path = asked.split('?').next().unwrap_or_default();
        if !is_declared(needs, &format!("{path}/*/{property}")) {
            return false;
        }
    }
    let path = asked.trim_start_matches("POST ").split('?').next().unwrap_or_default();
    let path = path
        .strip_prefix("https://graph.example")
        .or(path.strip_prefix("https://arm.example"))
        .unwrap_or(path);
    let segments: Vec<_> = path.split('/').collect();
    needs.iter().flat_map(|need| &need.paths).any(|pattern| {
        let pattern: Vec<_> = pattern.split('/').collect();
        pattern.len() == segments.len()
            && pattern
                .iter()
                .zip(&segments)
                .all(|(part, found)| *part == "*" || part.eq_ignore_ascii_case(found))
    })
}

/// A page as Graph answers it.
pub(crate) fn graph(value: &[&str], next: Option<&str>) -> String {
    let next = next.map(|link| format!(r#","@odata.nextLink":"{link}""#)).unwrap_or_default();
    format!(
        r#"{{"@odata.context":"https://graph.example/v1.0/$metadata#x"{next},"value":[{}]}}"#,
        value.join(",")
    )
}

/// A page as Resource Manager answers it.
pub(crate) fn arm(value: &[&str], next: Option<&str>) -> String {
    let next = next.map(|link| format!(r#","nextLink":"{link}""#)).unwrap_or_default();
    format!(r#"{{"value":[{}]{next}}}"#, value.join(","))
}
