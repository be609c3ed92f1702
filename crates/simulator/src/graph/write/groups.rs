//! Creating, changing and deleting groups.

use serde::Deserialize;

use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::super::permission;
use super::super::types::GroupType;
use super::{body, created, delete, done, locate, members, record, referred};
use crate::world::groups::Group;
use crate::world::ids::IdKind;
use crate::world::{ChangeKind, ObjectKind, ObjectRef};

/// The most members that one request adds.
const MOST_MEMBERS: usize = 20;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewGroup {
    display_name: String,
    mail_enabled: bool,
    mail_nickname: String,
    security_enabled: bool,
    description: Option<String>,
    #[serde(default)]
    group_types: Vec<String>,
    #[serde(default)]
    is_assignable_to_role: bool,
    visibility: Option<String>,
    membership_rule: Option<String>,
    #[serde(rename = "members@odata.bind", default)]
    members: Vec<String>,
    #[serde(rename = "owners@odata.bind", default)]
    owners: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    display_name: Option<String>,
    description: Option<String>,
    #[serde(rename = "members@odata.bind", default)]
    members: Vec<String>,
}

/// `POST /groups`
pub(in super::super) fn create(change: &mut Change<'_>) -> Answer {
    change.need(permission::GROUPS_WRITE)?;
    let wanted: NewGroup = body(change)?;
    if wanted.is_assignable_to_role {
        change.need(permission::ROLES_WRITE)?;
    }
    let is = |name: &str| wanted.group_types.iter().any(|kind| kind == name);
    let unified = is("Unified");
    if wanted.mail_enabled != unified {
        return Err(GraphError::request(
            "The service does not currently support writes of mail-enabled groups. Please ensure that the \
             mail-enablement property is unset and the security-enablement property is set.",
        ));
    }
    if is("DynamicMembership") != wanted.membership_rule.is_some() {
        return Err(GraphError::request(
            "A group with dynamic membership needs a membership rule, others have none.",
        ));
    }
    let found = referred_all(change, &wanted.members)?;
    let owners = referred_all(change, &wanted.owners)?;
    let group = Group {
        id: change.tenant.new_id(IdKind::Group),
        mail: unified.then(|| format!("{}@{}", wanted.mail_nickname, change.tenant.default_domain())),
        display_name: wanted.display_name,
        description: wanted.description,
        mail_nickname: wanted.mail_nickname,
        unified,
        membership_rule: wanted.membership_rule,
        security_enabled: wanted.security_enabled,
        mail_enabled: wanted.mail_enabled,
        is_assignable_to_role: wanted.is_assignable_to_role,
        visibility: visibility(wanted.visibility.as_deref())?,
        on_premises: None,
        created: change.now(),
        expires: None,
        owners,
    };
    let position = change.tenant.groups.insert(group);
    record(change, ObjectRef::new(ObjectKind::Group, position), ChangeKind::Created);
    members::add_all(change, position, &found)?;
    created::<GroupType>(change, position)
}

/// `PATCH /groups/{id}`
pub(in super::super) fn update(change: &mut Change<'_>) -> Answer {
    let wanted: Properties = body(change)?;
    let only_members = wanted.display_name.is_none() && wanted.description.is_none();
    change.need(if only_members { permission::MEMBERS_WRITE } else { permission::GROUPS_WRITE })?;
    let object = locate::<GroupType>(change)?;
    members::check(change, object.position)?;
    if wanted.members.len() > MOST_MEMBERS {
        return Err(GraphError::request(format!(
            "At most {MOST_MEMBERS} members can be added in a single request."
        )));
    }
    let found = referred_all(change, &wanted.members)?;
    members::add_all(change, object.position, &found)?;
    if only_members {
        return Ok(done());
    }
    if let Some(group) = change.tenant.groups.objects.at_mut(object.position) {
        if let Some(name) = wanted.display_name {
            group.display_name = name;
        }
        group.description = wanted.description.or(group.description.take());
    }
    record(change, object, ChangeKind::Updated);
    Ok(done())
}

/// `DELETE /groups/{id}`
pub(in super::super) fn remove(change: &mut Change<'_>) -> Answer {
    change.need(permission::GROUPS_WRITE)?;
    delete::<GroupType>(change)
}

fn referred_all(change: &Change<'_>, addresses: &[String]) -> Answer<Vec<ObjectRef>> {
    addresses.iter().map(|address| referred(change, address)).collect()
}

fn visibility(text: Option<&str>) -> Answer<Option<&'static str>> {
    const KNOWN: [&str; 3] = ["Public", "Private", "HiddenMembership"];
    let Some(text) = text else { return Ok(None) };
    let known = KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(text));
    known.map(Some).ok_or_else(|| GraphError::request("Invalid value specified for property 'visibility'."))
}
