//! `$expand` on directory objects: one navigation, twenty items, no link to the rest (azure.md 2.2).

use super::ask::Ask;
use super::credentials::FederatedCredentialType;
use super::error::{Answer, GraphError};
use super::grants;
use super::permission;
use super::relation::{Relation, check_hidden};
use super::resource::Resource;
use super::shape::Shapes;
use crate::odata::{JsonWriter, QueryError, Selection};
use crate::world::{ObjectKind, ObjectRef};

/// More items than these are cut off in silence.
const ITEMS: usize = 20;

/// A navigation to write into each object.
pub(super) struct Expansion {
    name: &'static str,
    target: Target,
}

enum Target {
    Manager(Shapes),
    Objects(Relation, Shapes),
    AssignedTo(Selection<grants::AppRoleAssignmentType>),
    Assignments(Selection<grants::AppRoleAssignmentType>),
    Federated(Selection<FederatedCredentialType>),
}

impl Expansion {
    /// What a request asks to expand, if anything.
    pub(super) fn of<T: Resource>(ask: &Ask<'_>) -> Answer<Option<Self>> {
        let (expand, more) = match ask.options.expand.as_slice() {
            [] => return Ok(None),
            [only] => (only, false),
            [first, ..] => (first, true),
        };
        if more {
            return Err(GraphError::unsupported("Only one property can be expanded in a single query."));
        }
        let select = expand.select.as_deref();
        let asked = expand.property.as_str();
        if T::KIND == ObjectKind::User && asked.eq_ignore_ascii_case("manager") {
            ask.need(permission::USERS_IN_FULL)?;
            return Ok(Some(Self { name: "manager", target: Target::Manager(Shapes::new(ask, select)?) }));
        }
        if let Some(relation) = Relation::named(T::KIND, asked) {
            ask.need(relation.need(T::KIND))?;
            let target = Target::Objects(relation, Shapes::new(ask, select)?);
            return Ok(Some(Self { name: relation.name(), target }));
        }
        let grants = || Selection::new(select, ask.path.beta);
        let (name, target) = match (T::KIND, asked.to_ascii_lowercase().as_str()) {
            (ObjectKind::ServicePrincipal, "approleassignedto") => {
                ("appRoleAssignedTo", Target::AssignedTo(grants()?))
            }
            (ObjectKind::ServicePrincipal | ObjectKind::User | ObjectKind::Group, "approleassignments") => {
                ("appRoleAssignments", Target::Assignments(grants()?))
            }
            (ObjectKind::Application, "federatedidentitycredentials") => {
                ("federatedIdentityCredentials", Target::Federated(Selection::new(select, ask.path.beta)?))
            }
            _ => return Err(QueryError::select_property(asked, T::TYPE).into()),
        };
        ask.need(grants::need(T::KIND))?;
        Ok(Some(Self { name, target }))
    }

    /// The navigation's name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Writes the navigation as a member of the object that is being written.
    pub(super) fn write(&self, json: &mut JsonWriter, ask: &Ask<'_>, object: ObjectRef) {
        match &self.target {
            Target::Manager(shapes) => {
                if let Some(manager) = ask.tenant.users.manager(object.position) {
                    let manager = ObjectRef::new(ObjectKind::User, manager);
                    json.object_member(self.name, |json| shapes.write(json, ask, manager));
                }
            }
            Target::Objects(relation, shapes) => {
                json.array_member(self.name, |json| write_objects(json, ask, *relation, shapes, object));
            }
            Target::Federated(selection) => {
                let application = ask.tenant.applications.at(object.position);
                json.array_member(self.name, |json| {
                    for row in application.into_iter().flat_map(|it| &it.federated_credentials).take(ITEMS) {
                        json.object(|json| selection.write(json, &row));
                    }
                });
            }
            Target::AssignedTo(selection) | Target::Assignments(selection) => {
                let Some(id) = ask.tenant.object_id(object) else { return };
                let rows = match self.target {
                    Target::AssignedTo(_) => grants::assigned_to(ask.tenant, id),
                    _ => grants::assignments_of(ask.tenant, id),
                };
                json.array_member(self.name, |json| {
                    for row in rows.take(ITEMS) {
                        json.object(|json| selection.write(json, &row));
                    }
                });
            }
        }
    }
}

fn write_objects(
    json: &mut JsonWriter,
    ask: &Ask<'_>,
    relation: Relation,
    shapes: &Shapes,
    object: ObjectRef,
) {
    if check_hidden(ask, relation, object).is_err() {
        return;
    }
    for (_, other) in relation.of(ask.tenant, object).from(0, ask.tenant).take(ITEMS) {
        json.object(|json| shapes.write(json, ask, other));
    }
}
