//! A collection in memory, put together a line at a time.

use std::collections::{BTreeMap, BTreeSet};

use fairlead_c1::publish::host::{
    Connection, CoverageNote, Ends, ItemPage, LinkKey, LinkPage, RunInfo, Snapshot, Texts,
};
use serde_json::{Value, json};

/// The run every test publishes for.
pub(crate) const RUN: &str = "0196f0a0-0000-7000-8000-0000000000ff";

#[derive(Debug, Clone)]
struct Item {
    parent: Option<(String, String)>,
    body: String,
}

/// Origin kind and id, target kind and id, label: the order in which a host lists links.
type Key = (String, String, String, String, String);

/// A collection. Pages are of three rows, so that every listing has several.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tenant {
    items: BTreeMap<(String, String), Item>,
    links: BTreeMap<String, BTreeSet<Key>>,
    coverage: Vec<CoverageNote>,
}

impl Tenant {
    /// The tenant `t1` and nothing in it.
    pub(crate) fn new() -> Self {
        let mut made = Self::default();
        made.item("tenant", "t1", json!({"tenantId": "t1", "displayName": "Contoso"}));
        made
    }

    /// The connection to it.
    pub(crate) fn connection() -> Connection {
        Connection {
            name: "contoso".into(),
            tenant_id: "t1".into(),
            mode: "read".into(),
            settings: "{}".into(),
            subscriptions: Vec::new(),
            management_group: None,
            entra_portal: "https://entra.example".into(),
        }
    }

    /// Adds an item as Azure returned it.
    #[allow(clippy::needless_pass_by_value, reason = "a body is written where it is passed")]
    pub(crate) fn item(&mut self, kind: &str, id: &str, body: Value) -> &mut Self {
        let item = Item { parent: None, body: body.to_string() };
        self.items.insert((kind.into(), id.into()), item);
        self
    }

    /// Says what an item lies in.
    pub(crate) fn parent(&mut self, of: (&str, &str), parent: (&str, &str)) -> &mut Self {
        let item = self.items.get_mut(&(of.0.into(), of.1.into())).expect("the item is there");
        item.parent = Some((parent.0.into(), parent.1.into()));
        self
    }

    pub(crate) fn user(&mut self, id: &str) -> &mut Self {
        self.item("user", id, json!({"id": id, "displayName": format!("User {id}"), "accountEnabled": true}))
    }

    pub(crate) fn group(&mut self, id: &str) -> &mut Self {
        self.item(
            "group",
            id,
            json!({"id": id, "displayName": format!("Group {id}"), "securityEnabled": true}),
        )
    }

    /// A service principal of an application with one role for users, `clerk`, and one for applications, `read`.
    pub(crate) fn application(&mut self, id: &str) -> &mut Self {
        let roles = json!([
            {"id": "clerk", "value": "Clerk", "displayName": "Clerks", "allowedMemberTypes": ["User"]},
            {"id": "read", "value": "Read", "displayName": "Readers", "allowedMemberTypes": ["Application"]}]);
        let body = json!({"id": id, "displayName": format!("App {id}"), "accountEnabled": true,
            "servicePrincipalType": "Application", "appRoles": roles});
        self.item("service-principal", id, body)
    }

    pub(crate) fn managed_identity(&mut self, id: &str) -> &mut Self {
        let body = json!({"id": id, "displayName": id, "servicePrincipalType": "ManagedIdentity"});
        self.item("service-principal", id, body)
    }

    /// A role assignment to a principal at a scope.
    pub(crate) fn assignment(&mut self, name: &str, scope: &str, role: &str, principal: &str) -> &mut Self {
        let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
        let body = json!({"id": id, "name": name, "properties": {"scope": scope, "principalId": principal,
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}")}});
        self.item("role-assignment", &id, body)
    }

    /// Adds a link; both ends are `kind:id`.
    pub(crate) fn link(&mut self, kind: &str, origin: &str, target: &str, label: &str) -> &mut Self {
        let [origin, target] = [origin, target].map(|end| end.split_once(':').expect("kind:id"));
        let [origin_kind, origin, target_kind, target] =
            [origin.0, origin.1, target.0, target.1].map(str::to_owned);
        let key = (origin_kind, origin, target_kind, target, label.to_owned());
        self.links.entry(kind.into()).or_default().insert(key);
        self
    }

    pub(crate) fn member(&mut self, group: &str, member: &str) -> &mut Self {
        self.link("member", &format!("group:{group}"), member, "")
    }

    pub(crate) fn note(&mut self, note: CoverageNote) -> &mut Self {
        self.coverage.push(note);
        self
    }

    fn has(&self, kind: &str, id: &str) -> bool {
        self.items.contains_key(&(kind.to_owned(), id.to_owned()))
    }

    fn selected(&self, kind: &str, ends: Ends) -> impl Iterator<Item = &Key> + '_ {
        let all = self.links.get(kind).into_iter().flatten();
        all.filter(move |key| ends == Ends::All || self.has(&key.0, &key.1) && self.has(&key.2, &key.3))
    }
}

const PAGE: usize = 3;

impl Snapshot for Tenant {
    fn run(&self) -> RunInfo {
        RunInfo { id: RUN.into(), started_at: 1_709_210_096_007 }
    }

    fn count_items(&self, kind: &str) -> u64 {
        self.items.keys().filter(|key| key.0 == kind).count() as u64
    }

    fn count_links(&self, kind: &str, ends: Ends) -> u64 {
        self.selected(kind, ends).count() as u64
    }

    fn items(&self, kind: &str, after: Option<&str>, max: u32) -> ItemPage {
        let of_kind = self.items.iter().filter(|(key, _)| key.0 == kind);
        let rest = of_kind.filter(|(key, _)| after.is_none_or(|after| key.1.as_str() > after));
        let page: Vec<_> = rest.take(PAGE.min(max as usize)).collect();
        let parent = |item: &Item| item.parent.clone().unwrap_or_default();
        ItemPage {
            ids: texts(page.iter().map(|(key, _)| key.1.clone())),
            names: texts(page.iter().map(|(key, _)| key.1.clone())),
            parent_kinds: texts(page.iter().map(|(_, item)| parent(item).0)),
            parent_ids: texts(page.iter().map(|(_, item)| parent(item).1)),
            bodies: texts(page.iter().map(|(_, item)| item.body.clone())),
        }
    }

    fn links(&self, kind: &str, ends: Ends, after: Option<&LinkKey>, max: u32) -> LinkPage {
        let after: Option<Key> = after
            .cloned()
            .map(|key| (key.origin_kind, key.origin_id, key.target_kind, key.target_id, key.label));
        let rest = self.selected(kind, ends).filter(|key| after.as_ref().is_none_or(|after| *key > after));
        let page: Vec<&Key> = rest.take(PAGE.min(max as usize)).collect();
        LinkPage {
            origin_kinds: texts(page.iter().map(|key| key.0.clone())),
            origin_ids: texts(page.iter().map(|key| key.1.clone())),
            target_kinds: texts(page.iter().map(|key| key.2.clone())),
            target_ids: texts(page.iter().map(|key| key.3.clone())),
            labels: texts(page.iter().map(|key| key.4.clone())),
            bodies: texts(page.iter().map(|_| "{}".to_owned())),
        }
    }

    fn coverage(&self) -> Vec<CoverageNote> {
        self.coverage.clone()
    }
}

fn texts(strings: impl Iterator<Item = String>) -> Texts {
    let (mut values, mut ends) = (String::new(), Vec::new());
    for string in strings {
        values.push_str(&string);
        ends.push(u32::try_from(values.len()).expect("a test's page is small"));
    }
    Texts { values, ends }
}
