//! The tree of management groups, as far as it can be seen.

use std::collections::{BTreeMap, BTreeSet};

use fairlead_connector::{Coverage, Element, Failure, Step, Text, elements};
use serde::Deserialize;

use crate::{batches::Batches, kind};

/// What it is called in sentences.
pub(crate) const WHAT: &str = "the tree of management groups";

/// A management group or subscription, as `getEntities` lists both.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Option<Text<'a>>,
    #[serde(rename = "type")]
    resource_type: Option<Text<'a>>,
    #[serde(default)]
    properties: Properties<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties<'a> {
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    parent: Option<ParentEntity<'a>>,
    permissions: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ParentEntity<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
}

impl Entity<'_> {
    fn is_subscription(&self) -> bool {
        self.resource_type.as_deref().is_some_and(|it| it.to_ascii_lowercase().ends_with("/subscriptions"))
    }

    fn parent(&self) -> Option<String> {
        let id = self.properties.parent.as_ref()?.id.as_deref()?;
        (!id.is_empty()).then(|| id.to_ascii_lowercase())
    }

    fn display_name(&self) -> &str {
        self.properties.display_name.as_deref().or(self.name.as_deref()).unwrap_or_default()
    }

    /// Listed for the sake of something below it only.
    fn is_closed(&self) -> bool {
        self.properties.permissions.as_deref().is_some_and(|it| it.eq_ignore_ascii_case("noaccess"))
    }
}

#[derive(Debug)]
struct Group {
    parent: Option<String>,
    is_closed: bool,
}

/// Where things lie.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Management groups by path.
    groups: BTreeMap<String, Group>,
    /// Paths of the management groups that subscriptions lie in, by the subscription's GUID.
    subscriptions: BTreeMap<String, String>,
}

impl Tree {
    /// Takes pages of entities: groups become items, and where subscriptions lie is remembered.
    pub(crate) fn read(pages: &[Vec<u8>], step: &mut Step) -> Result<Self, Failure> {
        let mut tree = Self::default();
        let mut items = Batches::new(kind::MANAGEMENT_GROUP, kind::MANAGEMENT_GROUP, 0);
        let mut odd = 0;
        for body in pages {
            elements(WHAT, body, |Element { raw, read }: Element<'_, Entity<'_>>| match read {
                Ok(entity) => tree.take(&entity, raw, &mut items),
                Err(_) => odd += 1,
            })?;
        }
        tree.note(&items, odd, step);
        items.finish(step);
        Ok(tree)
    }

    /// The path of the management group a subscription lies in.
    pub(crate) fn parent_of(&self, subscription: &str) -> Option<String> {
        self.subscriptions.get(subscription).cloned()
    }

    /// Whether a subscription lies below a management group, given by its name.
    pub(crate) fn is_below(&self, subscription: &str, group: &str) -> bool {
        let mut passed = BTreeSet::new();
        let mut next = self.subscriptions.get(subscription).map(String::as_str);
        while let Some(path) = next.filter(|path| passed.insert(*path)) {
            if path.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(group)) {
                return true;
            }
            next = self.groups.get(path).and_then(|above| above.parent.as_deref());
        }
        false
    }

    /// The fewest management groups whose role assignments, with those inherited from above, are all that no
    /// visible subscription shows: the lowest ones without such a subscription below them.
    pub(crate) fn beside(&self, visible: &BTreeSet<String>) -> Vec<&str> {
        let mut shown = BTreeSet::new();
        for subscription in visible {
            let mut next = self.subscriptions.get(subscription).map(String::as_str);
            while let Some(path) = next.filter(|path| shown.insert(*path)) {
                next = self.groups.get(path).and_then(|group| group.parent.as_deref());
            }
        }
        let parents: BTreeSet<&str> =
            self.groups.values().filter_map(|group| group.parent.as_deref()).collect();
        let lowest = self.groups.iter().filter(|(path, group)| {
            !group.is_closed && !shown.contains(path.as_str()) && !parents.contains(path.as_str())
        });
        lowest.map(|(path, _)| path.as_str()).collect()
    }

    fn take(&mut self, entity: &Entity<'_>, raw: &str, items: &mut Batches) {
        let parent = entity.parent();
        if entity.is_subscription() {
            let name = entity.name.as_deref().or_else(|| entity.id.rsplit('/').next());
            if let (Some(name), Some(parent)) = (name, parent) {
                self.subscriptions.insert(name.to_ascii_lowercase(), parent);
            }
            return;
        }
        let group = Group { parent: parent.clone(), is_closed: entity.is_closed() };
        if self.groups.insert(entity.id.to_ascii_lowercase(), group).is_none() {
            items.push(parent, &entity.id, entity.display_name(), raw);
        }
    }

    fn note(&self, items: &Batches, odd: u32, step: &mut Step) {
        let parents = items.parents().chain(self.subscriptions.values().map(String::as_str));
        let unseen: BTreeSet<&str> = parents.filter(|parent| !self.groups.contains_key(*parent)).collect();
        if odd > 0 {
            let reason = format!("{WHAT}: {odd} entries without an id were left out");
            step.note(kind::MANAGEMENT_GROUP, "", Coverage::Partial, reason);
        }
        match unseen.first() {
            None => step.complete(kind::MANAGEMENT_GROUP, ""),
            Some(first) => {
                let others = if unseen.len() > 1 { " and others" } else { "" };
                let reason = format!(
                    "{WHAT}: {first}{others} cannot be seen; assign the role Management Group Reader at the tenant \
                     root group"
                );
                step.note(kind::MANAGEMENT_GROUP, "", Coverage::Partial, reason);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, parent: &str, permissions: &str) -> String {
        let parent =
            if parent.is_empty() { "null".to_owned() } else { format!(r#"{{"id":"/MG/{parent}"}}"#) };
        format!(
            r#"{{"id":"/mg/{name}","name":"{name}","type":"Microsoft.Management/managementGroups",
                "properties":{{"displayName":null,"parent":{parent},"permissions":"{permissions}"}}}}"#
        )
    }

    fn subscription(name: &str, parent: &str) -> String {
        format!(
            r#"{{"id":"/subscriptions/{name}","name":"{name}","type":"/subscriptions",
                "properties":{{"parent":{{"id":"/mg/{parent}"}}}}}}"#
        )
    }

    fn tree(entities: &[String]) -> (Tree, Step) {
        let mut step = Step::new();
        let page = format!(r#"{{"value":[{}],"count":1}}"#, entities.join(","));
        (Tree::read(&[page.into_bytes()], &mut step).unwrap(), step)
    }

    fn visible(subscriptions: &[&str]) -> BTreeSet<String> {
        subscriptions.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn only_what_no_subscription_shows_is_asked_for() {
        let (tree, _) = tree(&[
            group("root", "", "view"),
            group("a", "root", "view"),
            group("b", "root", "edit"),
            group("b1", "b", "edit"),
            group("closed", "root", "noaccess"),
            subscription("S1", "a"),
        ]);
        assert_eq!(tree.beside(&visible(&["s1"])), ["/mg/b1"]);
        assert_eq!(tree.beside(&visible(&[])), ["/mg/a", "/mg/b1"]);
        assert_eq!(tree.parent_of("s1").as_deref(), Some("/mg/a"));
        assert_eq!(tree.parent_of("s2"), None);
    }

    #[test]
    fn a_cycle_ends() {
        let (tree, _) = tree(&[group("a", "b", "view"), group("b", "a", "view"), subscription("s", "a")]);
        assert!(tree.beside(&visible(&["s"])).is_empty());
    }

    #[test]
    fn groups_lie_in_groups_and_the_root_in_nothing() {
        let (_, step) = tree(&[group("root", "", "view"), group("A", "ROOT", "view")]);
        let lies = |batch: &fairlead_connector::ItemBatch| {
            (batch.ids.iter().next().map(str::to_owned), batch.parent.clone().map(|parent| parent.id))
        };
        let found: Vec<_> = step.items.iter().map(lies).collect();
        let expected = [("/mg/root", None), ("/mg/a", Some("/mg/root"))];
        assert_eq!(found, expected.map(|(id, parent)| (Some(id.to_owned()), parent.map(str::to_owned))));
        assert_eq!(step.coverage[0].coverage, Coverage::Complete);
    }

    #[test]
    fn a_group_above_that_cannot_be_seen_is_said() {
        let (_, step) = tree(&[group("a", "root", "view"), subscription("s", "a")]);
        let note = &step.coverage[0];
        assert_eq!(note.coverage, Coverage::Partial);
        assert!(note.reason.contains("/mg/root cannot be seen"), "{}", note.reason);
    }
}
