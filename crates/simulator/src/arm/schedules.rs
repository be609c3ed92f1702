//! PIM for Azure resources: who is assigned or eligible, from when until when.

use uuid::Uuid;

use super::authorization::ScheduleCollection;
use super::context::{Context, one, write_time};
use super::error::ArmError;
use super::page::{Collection, Page};
use super::role_assignments::{ScopeFilter, is_below};
use super::role_definitions::role_id;
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::arm::{PimSchedule, Scope};
use crate::world::roles::ScheduleKind;

const SCHEDULES: Collection = Collection::new("schedules", 1_000).fixed();

/// `GET {scope}/providers/Microsoft.Authorization/{collection}`, with the filters of role assignments.
pub(super) fn list(
    context: &Context<'_>,
    scope: &Scope,
    collection: ScheduleCollection,
) -> Result<Response, ArmError> {
    authorize(context, scope, collection)?;
    let page = Page::of(context.request, SCHEDULES)?;
    let wanted = ScopeFilter::of(context, context.request.option("$filter"))?;
    let lineage = context.tenant.arm.lineage(scope);
    let start = u32::try_from(page.start).unwrap_or(u32::MAX);
    let items = context
        .tenant
        .arm
        .schedules
        .page_from(start)
        .filter(|(_, schedule)| {
            belongs(context, schedule, collection)
                && wanted.keeps_principal(schedule.principal)
                && (lineage.contains(&schedule.scope)
                    || (!wanted.at_scope && is_below(&schedule.scope, scope)))
        })
        .map(|(position, schedule)| (position as usize, schedule));
    Ok(page.answer(items, |json, schedule| {
        json.object(|json| write(json, context, scope, collection, schedule));
    }))
}

/// `GET {scope}/providers/Microsoft.Authorization/{collection}/{name}`.
pub(super) fn get(
    context: &Context<'_>,
    scope: &Scope,
    collection: ScheduleCollection,
    name: &str,
) -> Result<Response, ArmError> {
    authorize(context, scope, collection)?;
    let id = Uuid::try_parse(name)
        .map_err(|_| ArmError::InvalidOption { option: "scheduleName", value: name.to_owned() })?;
    let schedule = context
        .tenant
        .arm
        .schedules
        .get(id)
        .filter(|schedule| schedule.scope == *scope && belongs(context, schedule, collection))
        .ok_or(ArmError::ScheduleNotFound(id))?;
    Ok(one(|json| write(json, context, scope, collection, schedule)))
}

/// The right is asked for before the licence, so that a licence error proves the right.
fn authorize(context: &Context<'_>, scope: &Scope, collection: ScheduleCollection) -> Result<(), ArmError> {
    context.access.require(read_action(collection), scope)?;
    context.check_scope(scope)?;
    if context.tenant.licences.privileged_identity_management() {
        Ok(())
    } else {
        Err(ArmError::LicenceRequired)
    }
}

const fn read_action(collection: ScheduleCollection) -> &'static str {
    match collection {
        ScheduleCollection::AssignmentSchedules => "Microsoft.Authorization/roleAssignmentSchedules/read",
        ScheduleCollection::AssignmentInstances => {
            "Microsoft.Authorization/roleAssignmentScheduleInstances/read"
        }
        ScheduleCollection::AssignmentRequests => {
            "Microsoft.Authorization/roleAssignmentScheduleRequests/read"
        }
        ScheduleCollection::EligibilitySchedules => "Microsoft.Authorization/roleEligibilitySchedules/read",
        ScheduleCollection::EligibilityInstances => {
            "Microsoft.Authorization/roleEligibilityScheduleInstances/read"
        }
        ScheduleCollection::EligibilityRequests => {
            "Microsoft.Authorization/roleEligibilityScheduleRequests/read"
        }
    }
}

/// Whether a schedule is in a collection: instances exist only while the schedule holds.
fn belongs(context: &Context<'_>, schedule: &PimSchedule, collection: ScheduleCollection) -> bool {
    let kind = (schedule.kind == ScheduleKind::Eligible) == collection.eligibility();
    let instance = matches!(
        collection,
        ScheduleCollection::AssignmentInstances | ScheduleCollection::EligibilityInstances
    );
    kind && (!instance || schedule.active(context.access.now()))
}

fn write(
    json: &mut JsonWriter,
    context: &Context<'_>,
    seen_from: &Scope,
    collection: ScheduleCollection,
    schedule: &PimSchedule,
) {
    let scope = schedule.scope.to_string();
    let id = |collection: ScheduleCollection| id_of(&schedule.scope, collection, schedule.name);
    json.object_member("properties", |json| {
        json.string_member("scope", &scope);
        json.string_member("roleDefinitionId", &role_id(seen_from, schedule.role));
        json.guid_member("principalId", schedule.principal);
        json.string_member("principalType", schedule.principal_type.as_str());
        json.string_member("status", "Provisioned");
        write_kind(json, collection, schedule, &id);
        if is_request(collection) {
            write_request(json, schedule);
        } else {
            json.string_member("memberType", "Direct");
            write_time(json, "startDateTime", schedule.start);
            if let Some(end) = schedule.end {
                write_time(json, "endDateTime", end);
            }
        }
        write_time(json, "createdOn", schedule.created);
        json.optional_string_member("condition", schedule.condition.as_deref());
        json.optional_string_member("conditionVersion", schedule.condition.as_ref().map(|_| "2.0"));
        json.object_member("expandedProperties", |json| write_expanded(json, context, seen_from, schedule));
    });
    json.guid_member("name", schedule.name);
    json.string_member("id", &id(collection));
    json.string_member("type", &format!("Microsoft.Authorization/{}", collection.name()));
}

const fn is_request(collection: ScheduleCollection) -> bool {
    matches!(collection, ScheduleCollection::AssignmentRequests | ScheduleCollection::EligibilityRequests)
}

/// How the schedule hangs together with the others: instances name their schedule, activations their eligibility.
fn write_kind(
    json: &mut JsonWriter,
    collection: ScheduleCollection,
    schedule: &PimSchedule,
    id: &impl Fn(ScheduleCollection) -> String,
) {
    use ScheduleCollection::{
        AssignmentInstances, AssignmentRequests, AssignmentSchedules, EligibilityInstances,
        EligibilityRequests, EligibilitySchedules,
    };
    let activated = schedule.kind == ScheduleKind::Activated;
    match collection {
        AssignmentInstances => {
            json.string_member("roleAssignmentScheduleId", &id(AssignmentSchedules));
            json.string_member("assignmentType", if activated { "Activated" } else { "Assigned" });
        }
        AssignmentSchedules => {
            json.string_member("roleAssignmentScheduleRequestId", &id(AssignmentRequests));
            json.string_member("assignmentType", if activated { "Activated" } else { "Assigned" });
        }
        EligibilityInstances => {
            json.string_member("roleEligibilityScheduleId", &id(EligibilitySchedules));
        }
        EligibilitySchedules => {
            json.string_member("roleEligibilityScheduleRequestId", &id(EligibilityRequests));
        }
        AssignmentRequests => {
            json.string_member("requestType", if activated { "SelfActivate" } else { "AdminAssign" });
            json.string_member("targetRoleAssignmentScheduleId", &id(AssignmentSchedules));
        }
        EligibilityRequests => {
            json.string_member("requestType", "AdminAssign");
            json.string_member("targetRoleEligibilityScheduleId", &id(EligibilitySchedules));
        }
    }
}

fn write_request(json: &mut JsonWriter, schedule: &PimSchedule) {
    json.object_member("scheduleInfo", |json| {
        write_time(json, "startDateTime", schedule.start);
        json.object_member("expiration", |json| match schedule.end {
            Some(end) => {
                json.string_member("type", "AfterDateTime");
                write_time(json, "endDateTime", end);
            }
            None => json.string_member("type", "NoExpiration"),
        });
    });
    json.null_member("justification");
}

fn write_expanded(json: &mut JsonWriter, context: &Context<'_>, seen_from: &Scope, schedule: &PimSchedule) {
    let azure = &context.tenant.arm;
    let (scope_type, scope_name) = describe_scope(context, &schedule.scope);
    json.object_member("scope", |json| {
        json.string_member("id", &schedule.scope.to_string());
        json.string_member("displayName", &scope_name);
        json.string_member("type", scope_type);
    });
    json.object_member("roleDefinition", |json| {
        json.string_member("id", &role_id(seen_from, schedule.role));
        if let Some(role) = azure.role_definitions.get(schedule.role) {
            json.string_member("displayName", &role.role_name);
            json.string_member("type", if role.built_in { "BuiltInRole" } else { "CustomRole" });
        }
    });
    json.object_member("principal", |json| {
        json.guid_member("id", schedule.principal);
        let object = context.tenant.resolve(schedule.principal);
        if let Some(name) = object.and_then(|object| context.tenant.display_name_of(object)) {
            json.string_member("displayName", &name);
        }
        if let Some(mail) = context.tenant.users.get(schedule.principal).and_then(|user| user.mail.clone()) {
            json.string_member("email", &mail);
        }
        json.string_member("type", schedule.principal_type.as_str());
    });
}

fn describe_scope(context: &Context<'_>, scope: &Scope) -> (&'static str, String) {
    let azure = &context.tenant.arm;
    match scope {
        Scope::Root => ("managementgroup", "/".to_owned()),
        Scope::ManagementGroup(name) => (
            "managementgroup",
            azure.management_group(name).map_or_else(|| name.clone(), |group| group.display_name.clone()),
        ),
        Scope::Subscription(id) => (
            "subscription",
            azure.subscriptions.get(*id).map_or_else(|| id.to_string(), |it| it.display_name.clone()),
        ),
        Scope::ResourceGroup { name, .. } => ("resourcegroup", name.clone()),
        Scope::Resource { path, .. } => ("resource", path.rsplit('/').next().unwrap_or(path).to_owned()),
    }
}

fn id_of(scope: &Scope, collection: ScheduleCollection, name: Uuid) -> String {
    let scope = scope.to_string();
    let prefix = scope.trim_end_matches('/');
    format!("{prefix}/providers/Microsoft.Authorization/{}/{name}", collection.name())
}
