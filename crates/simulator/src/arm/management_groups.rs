//! Management groups: the tree above subscriptions.

use std::collections::HashMap;

use uuid::Uuid;

use super::context::{Context, one, write_time};
use super::error::ArmError;
use super::page::{Collection, Page};
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::arm::{Azure, ManagementGroup, Scope, Subscription};

const READ: &str = "Microsoft.Management/managementGroups/read";
const SUBSCRIPTIONS_READ: &str = "Microsoft.Management/managementGroups/subscriptions/read";
const GROUP_TYPE: &str = "Microsoft.Management/managementGroups";
const SUBSCRIPTION_TYPE: &str = "Microsoft.Management/managementGroups/subscriptions";

const GROUPS: Collection = Collection::new("managementGroups", 1_000).fixed().linked_as("@nextLink");
const DESCENDANTS: Collection = Collection::new("descendants", 2_000);
const UNDER: Collection = Collection::new("managementGroupSubscriptions", 1_000).fixed();
const ENTITIES: Collection = Collection::new("entities", 1_000);

/// `GET /providers/Microsoft.Management/managementGroups`: those the caller may read.
pub(super) fn list(context: &Context<'_>) -> Result<Response, ArmError> {
    let page = Page::of(context.request, GROUPS)?;
    let items = context
        .tenant
        .arm
        .management_groups
        .iter()
        .enumerate()
        .skip(page.start)
        .filter(|(_, group)| context.access.allows(READ, &scope_of(group)));
    Ok(page.answer(items, |json, group| {
        json.object(|json| {
            write_head(json, group);
            json.object_member("properties", |json| {
                json.guid_member("tenantId", context.tenant.id);
                json.string_member("displayName", &group.display_name);
            });
        });
    }))
}

/// `GET .../managementGroups/{name}` with `$expand=children|path|ancestors` and `$recurse`.
pub(super) fn get(context: &Context<'_>, name: &str) -> Result<Response, ArmError> {
    let group = readable(context, READ, name)?;
    let option = |name| context.request.option(name).unwrap_or_default();
    let expand = option("$expand");
    let expands = |what: &str| expand.split(',').any(|it| it.trim().eq_ignore_ascii_case(what));
    let recurse = option("$recurse").eq_ignore_ascii_case("true");
    let tree = expands("children").then(|| Tree::of(&context.tenant.arm));
    Ok(one(|json| {
        write_head(json, group);
        json.object_member("properties", |json| {
            json.guid_member("tenantId", context.tenant.id);
            json.string_member("displayName", &group.display_name);
            json.object_member("details", |json| {
                write_details(json, context, group, expands("path"), expands("ancestors"));
            });
            if let Some(tree) = &tree {
                tree.write_children(json, group, recurse);
            }
        });
    }))
}

/// `GET .../managementGroups/{name}/descendants`: groups and subscriptions below, each with its parent.
pub(super) fn descendants(context: &Context<'_>, name: &str) -> Result<Response, ArmError> {
    let group = readable(context, READ, name)?;
    let page = Page::of(context.request, DESCENDANTS)?;
    let tree = Tree::of(&context.tenant.arm);
    let mut below = Vec::new();
    tree.collect(group, &mut below);
    let items = below.into_iter().enumerate().skip(page.start);
    Ok(page.answer(items, |json, node| json.object(|json| write_descendant(json, node))))
}

/// `GET .../managementGroups/{name}/subscriptions`: those directly in it.
pub(super) fn subscriptions(context: &Context<'_>, name: &str) -> Result<Response, ArmError> {
    let group = readable(context, SUBSCRIPTIONS_READ, name)?;
    let page = Page::of(context.request, UNDER)?;
    let start = u32::try_from(page.start).unwrap_or(u32::MAX);
    let items = context
        .tenant
        .arm
        .subscriptions
        .page_from(start)
        .map(|(position, subscription)| (position as usize, subscription))
        .filter(|(_, subscription)| subscription.management_group.eq_ignore_ascii_case(&group.name));
    Ok(page.answer(items, |json, subscription| {
        json.object(|json| {
            json.string_member("id", &format!("{}/subscriptions/{}", scope_of(group), subscription.id));
            json.string_member("type", SUBSCRIPTION_TYPE);
            json.guid_member("name", subscription.id);
            json.object_member("properties", |json| {
                json.guid_member("tenant", context.tenant.id);
                json.string_member("displayName", &subscription.display_name);
                json.object_member("parent", |json| {
                    json.string_member("id", &scope_of(group).to_string());
                });
                json.string_member("state", subscription.state.as_str());
            });
        });
    }))
}

/// `POST /providers/Microsoft.Management/getEntities`: all groups and subscriptions the caller can see.
pub(super) fn entities(context: &Context<'_>) -> Result<Response, ArmError> {
    let page = Page::of(context.request, ENTITIES)?;
    let tree = Tree::of(&context.tenant.arm);
    let visible: Vec<Node<'_>> = tree
        .nodes()
        .filter(|node| match node {
            Node::Group(group) => context.access.allows(READ, &scope_of(group)),
            Node::Subscription(subscription) => context.access.sees_subscription(subscription.id),
        })
        .collect();
    let count = i64::try_from(visible.len()).unwrap_or(i64::MAX);
    let start = page.start;
    Ok(page.answer_with(
        visible.into_iter().enumerate().skip(start),
        |json, node| json.object(|json| write_entity(json, context, &tree, node)),
        |json| json.integer_member("count", count),
    ))
}

/// A group that the caller may read. Without the right, whether it exists is not said.
fn readable<'a>(
    context: &Context<'a>,
    action: &'static str,
    name: &str,
) -> Result<&'a ManagementGroup, ArmError> {
    context.access.require(action, &Scope::ManagementGroup(name.to_owned()))?;
    context
        .tenant
        .arm
        .management_group(name)
        .ok_or_else(|| ArmError::ManagementGroupNotFound(name.to_owned()))
}

fn scope_of(group: &ManagementGroup) -> Scope {
    Scope::ManagementGroup(group.name.clone())
}

fn id_of(name: &str) -> String {
    Scope::ManagementGroup(name.to_owned()).to_string()
}

fn write_head(json: &mut JsonWriter, group: &ManagementGroup) {
    json.string_member("id", &scope_of(group).to_string());
    json.string_member("type", GROUP_TYPE);
    json.string_member("name", &group.name);
}

fn write_details(
    json: &mut JsonWriter,
    context: &Context<'_>,
    group: &ManagementGroup,
    path: bool,
    ancestors: bool,
) {
    json.integer_member("version", 1);
    write_time(json, "updatedTime", context.tenant.created);
    json.guid_member("updatedBy", Uuid::nil());
    let above = context.tenant.arm.management_groups_above(&scope_of(group));
    json.key("parent");
    match above.get(1) {
        Some(parent) => json.object(|json| {
            json.string_member("id", &scope_of(parent).to_string());
            write_name(json, parent);
        }),
        None => json.null(),
    }
    if path {
        json.array_member("path", |json| {
            above.iter().rev().for_each(|group| json.object(|json| write_name(json, group)));
        });
    }
    if ancestors {
        json.strings_member("managementGroupAncestors", above.iter().skip(1).map(|group| &group.name));
        json.array_member("managementGroupAncestorsChain", |json| {
            above.iter().skip(1).for_each(|group| json.object(|json| write_name(json, group)));
        });
    }
}

fn write_name(json: &mut JsonWriter, group: &ManagementGroup) {
    json.string_member("name", &group.name);
    json.string_member("displayName", &group.display_name);
}

fn write_descendant(json: &mut JsonWriter, node: Node<'_>) {
    json.string_member("id", &node.id());
    json.string_member("type", node.descendant_type());
    json.string_member("name", &node.name());
    json.object_member("properties", |json| {
        json.string_member("displayName", node.display_name());
        json.object_member("parent", |json| {
            json.string_member("id", &id_of(node.parent().unwrap_or_default()));
        });
    });
}

fn write_entity(json: &mut JsonWriter, context: &Context<'_>, tree: &Tree<'_>, node: Node<'_>) {
    let scope = match node {
        Node::Group(group) => scope_of(group),
        Node::Subscription(subscription) => Scope::Subscription(subscription.id),
    };
    let above = context.tenant.arm.management_groups_above(&scope);
    let own = usize::from(matches!(node, Node::Group(_)));
    let (groups, subscriptions) = tree.direct_counts(node);
    json.string_member("id", &node.id());
    json.string_member("type", node.type_name());
    json.string_member("name", &node.name());
    json.object_member("properties", |json| {
        json.guid_member("tenantId", context.tenant.id);
        json.string_member("displayName", node.display_name());
        json.object_member("parent", |json| {
            if let Some(parent) = node.parent() {
                json.string_member("id", &id_of(parent));
            }
        });
        let writes = match node {
            Node::Group(_) => "Microsoft.Management/managementGroups/write",
            Node::Subscription(_) => "Microsoft.Management/managementGroups/subscriptions/write",
        };
        let permission = if context.access.allows(writes, &scope) { "edit" } else { "view" };
        json.string_member("permissions", permission);
        json.string_member("inheritedPermissions", permission);
        json.integer_member("numberOfDescendants", tree.count_below(node));
        json.integer_member("numberOfChildren", groups + subscriptions);
        json.integer_member("numberOfChildGroups", groups);
        let chain = || above.iter().skip(own).rev();
        json.strings_member("parentDisplayNameChain", chain().map(|group| &group.display_name));
        json.strings_member("parentNameChain", chain().map(|group| &group.name));
    });
}

/// A place in the tree.
#[derive(Clone, Copy)]
enum Node<'a> {
    Group(&'a ManagementGroup),
    Subscription(&'a Subscription),
}

impl<'a> Node<'a> {
    fn id(self) -> String {
        match self {
            Self::Group(group) => scope_of(group).to_string(),
            Self::Subscription(subscription) => format!("/subscriptions/{}", subscription.id),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Group(group) => group.name.clone(),
            Self::Subscription(subscription) => subscription.id.to_string(),
        }
    }

    fn display_name(self) -> &'a str {
        match self {
            Self::Group(group) => &group.display_name,
            Self::Subscription(subscription) => &subscription.display_name,
        }
    }

    fn parent(self) -> Option<&'a str> {
        match self {
            Self::Group(group) => group.parent.as_deref(),
            Self::Subscription(subscription) => Some(&subscription.management_group),
        }
    }

    fn type_name(self) -> &'static str {
        match self {
            Self::Group(_) => GROUP_TYPE,
            Self::Subscription(_) => "/subscriptions",
        }
    }

    /// Descendants name the type of a subscription otherwise than children do.
    fn descendant_type(self) -> &'static str {
        match self {
            Self::Group(_) => GROUP_TYPE,
            Self::Subscription(_) => SUBSCRIPTION_TYPE,
        }
    }
}

/// The children of every management group, by its name in lower case.
struct Tree<'a> {
    azure: &'a Azure,
    children: HashMap<String, Vec<Node<'a>>>,
}

impl<'a> Tree<'a> {
    fn of(azure: &'a Azure) -> Self {
        let mut children: HashMap<String, Vec<Node<'a>>> = HashMap::new();
        let tree = Self { azure, children: HashMap::new() };
        for node in tree.nodes() {
            if let Some(parent) = node.parent() {
                children.entry(parent.to_ascii_lowercase()).or_default().push(node);
            }
        }
        Self { children, ..tree }
    }

    fn nodes(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let azure = self.azure;
        let groups = azure.management_groups.iter().map(Node::Group);
        groups.chain(azure.subscriptions.values().map(Node::Subscription))
    }

    fn children(&self, group: &ManagementGroup) -> &[Node<'a>] {
        self.children.get(&group.name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Everything below a group, level by level within each branch. A cycle in the data ends at its start.
    fn collect(&self, group: &ManagementGroup, below: &mut Vec<Node<'a>>) {
        for node in self.children(group) {
            let seen = below.iter().any(|it| it.id() == node.id());
            if seen {
                continue;
            }
            below.push(*node);
            if let Node::Group(child) = node {
                self.collect(child, below);
            }
        }
    }

    fn write_children(&self, json: &mut JsonWriter, group: &ManagementGroup, recurse: bool) {
        let children = self.children(group);
        json.key("children");
        if children.is_empty() {
            json.null();
            return;
        }
        json.begin_array();
        for node in children {
            json.object(|json| {
                json.string_member("id", &node.id());
                json.string_member("type", node.type_name());
                json.string_member("name", &node.name());
                json.string_member("displayName", node.display_name());
                if let (true, Node::Group(child)) = (recurse, node) {
                    self.write_children(json, child, true);
                }
            });
        }
        json.end_array();
    }

    /// How many groups and how many subscriptions are directly below.
    fn direct_counts(&self, node: Node<'_>) -> (i64, i64) {
        let Node::Group(group) = node else { return (0, 0) };
        self.children(group).iter().fold((0, 0), |(groups, subscriptions), child| match child {
            Node::Group(_) => (groups + 1, subscriptions),
            Node::Subscription(_) => (groups, subscriptions + 1),
        })
    }

    fn count_below(&self, node: Node<'_>) -> i64 {
        let Node::Group(group) = node else { return 0 };
        let mut below = Vec::new();
        self.collect(group, &mut below);
        i64::try_from(below.len()).unwrap_or(i64::MAX)
    }
}
