//! PIM schedules of directory roles and their instances.

use jiff::Timestamp;
use uuid::Uuid;

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::opaque;
use super::page::MAXIMUM;
use super::permission::{self, AnyOf};
use super::roles::Beside;
use super::rows::{self, Paging};
use super::types::properties;
use crate::odata::{Entity, JsonWriter, Property, Value};
use crate::world::roles::ScheduleKind;

/// A schedule, or a permanent assignment as PIM lists it: assigned, without an end.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScheduleRow<'w> {
    id: Uuid,
    principal: Uuid,
    role: Uuid,
    scope: &'w str,
    kind: ScheduleKind,
    through_group: bool,
    start: Timestamp,
    end: Option<Timestamp>,
    created: Timestamp,
}

impl ScheduleRow<'_> {
    fn schedule_id(&self) -> String {
        opaque::encode(self.role, self.id)
    }

    fn instance_id(&self) -> String {
        let suffix = if self.kind == ScheduleKind::Eligible { "-1-e" } else { "-1" };
        self.schedule_id() + suffix
    }

    fn member_type(&self) -> Value<'static> {
        Value::text(if self.through_group { "Group" } else { "Direct" })
    }

    fn assignment_type(&self) -> Value<'static> {
        Value::text(if self.kind == ScheduleKind::Activated { "Activated" } else { "Assigned" })
    }

    fn write_info(&self, json: &mut JsonWriter) {
        json.object(|json| {
            json.time_member("startDateTime", self.start);
            json.null_member("recurrence");
            json.object_member("expiration", |json| {
                json.string_member("type", if self.end.is_some() { "afterDateTime" } else { "noExpiration" });
                json.key("endDateTime");
                Value::optional_time(self.end).write(json);
                json.null_member("duration");
            });
        });
    }
}

/// Makes the four types, which differ in few properties.
macro_rules! schedule_type {
    ($type:ident, $name:literal, {$($properties:tt)*}) => {
        #[doc = concat!("`microsoft.graph.", $name, "`")]
        #[derive(Debug)]
        enum $type {}

        impl Entity for $type {
            type Item<'w> = ScheduleRow<'w>;
            const TYPE: &'static str = $name;
            const PROPERTIES: &'static [Property<Self>] = properties! {
                $($properties)*
                Always "principalId" |row| Value::Guid(row.principal);
                Always "roleDefinitionId" |row| Value::Guid(row.role);
                Always "directoryScopeId" |row| Value::text(row.scope);
                Always "appScopeId" |_| Value::Null;
                Always "memberType" |row| row.member_type();
            };
        }
    };
}

schedule_type!(AssignmentScheduleType, "unifiedRoleAssignmentSchedule", {
    Always "id" |row| Value::text(row.schedule_id());
    Always "createdUsing" |row| Value::text(row.schedule_id());
    Always "createdDateTime" |row| Value::Time(row.created);
    Always "modifiedDateTime" |_| Value::Null;
    Always "status" |_| Value::text("Provisioned");
    Always "assignmentType" |row| row.assignment_type();
    Always "scheduleInfo" |row| Value::json(|json| row.write_info(json));
});
schedule_type!(EligibilityScheduleType, "unifiedRoleEligibilitySchedule", {
    Always "id" |row| Value::text(row.schedule_id());
    Always "createdUsing" |row| Value::text(row.schedule_id());
    Always "createdDateTime" |row| Value::Time(row.created);
    Always "modifiedDateTime" |_| Value::Null;
    Always "status" |_| Value::text("Provisioned");
    Always "scheduleInfo" |row| Value::json(|json| row.write_info(json));
});
schedule_type!(AssignmentInstanceType, "unifiedRoleAssignmentScheduleInstance", {
    Always "id" |row| Value::text(row.instance_id());
    Always "startDateTime" |row| Value::Time(row.start);
    Always "endDateTime" |row| Value::optional_time(row.end);
    Always "assignmentType" |row| row.assignment_type();
    Always "roleAssignmentOriginId" |row| Value::text(row.instance_id());
    Always "roleAssignmentScheduleId" |row| Value::text(row.schedule_id());
});
schedule_type!(EligibilityInstanceType, "unifiedRoleEligibilityScheduleInstance", {
    Always "id" |row| Value::text(row.instance_id());
    Always "startDateTime" |row| Value::Time(row.start);
    Always "endDateTime" |row| Value::optional_time(row.end);
    Always "roleEligibilityScheduleId" |row| Value::text(row.schedule_id());
});

/// `GET /roleManagement/directory/roleAssignmentSchedules`
pub(super) fn assignment_schedules(ask: &Ask<'_>) -> Answer {
    list::<AssignmentScheduleType>(ask, "roleAssignmentSchedules", permission::ASSIGNMENT_SCHEDULES, assigned)
}

/// `GET /roleManagement/directory/roleAssignmentScheduleInstances`
pub(super) fn assignment_instances(ask: &Ask<'_>) -> Answer {
    let set = "roleAssignmentScheduleInstances";
    list::<AssignmentInstanceType>(ask, set, permission::ASSIGNMENT_SCHEDULES, assigned_now)
}

/// `GET /roleManagement/directory/roleEligibilitySchedules`
pub(super) fn eligibility_schedules(ask: &Ask<'_>) -> Answer {
    list::<EligibilityScheduleType>(
        ask,
        "roleEligibilitySchedules",
        permission::ELIGIBILITY_SCHEDULES,
        eligible,
    )
}

/// `GET /roleManagement/directory/roleEligibilityScheduleInstances`
pub(super) fn eligibility_instances(ask: &Ask<'_>) -> Answer {
    let set = "roleEligibilityScheduleInstances";
    list::<EligibilityInstanceType>(ask, set, permission::ELIGIBILITY_SCHEDULES, eligible_now)
}

fn list<'w, T: for<'x> Entity<Item<'x> = ScheduleRow<'x>>>(
    ask: &'w Ask<'w>,
    set: &str,
    need: AnyOf,
    keep: fn(&ScheduleRow<'w>, Timestamp) -> bool,
) -> Answer {
    // The permission is looked at before the licence (azure.md 2.5).
    ask.need(need)?;
    if !ask.tenant.licences.privileged_identity_management() {
        return Err(GraphError::needs_p2());
    }
    let beside = Beside::of(ask)?;
    let now = ask.call.clock.now();
    let fragment = format!("roleManagement/directory/{set}{}", beside.suffix());
    rows::list::<T, _>(
        ask,
        &fragment,
        Paging::UpTo(MAXIMUM),
        || all(ask).filter(|row| keep(row, now)),
        |json, row| beside.write(json, ask, row.principal, row.role),
    )
}

fn assigned(row: &ScheduleRow<'_>, _: Timestamp) -> bool {
    row.kind != ScheduleKind::Eligible
}

fn assigned_now(row: &ScheduleRow<'_>, now: Timestamp) -> bool {
    assigned(row, now) && active(row, now)
}

fn eligible(row: &ScheduleRow<'_>, _: Timestamp) -> bool {
    row.kind == ScheduleKind::Eligible
}

fn eligible_now(row: &ScheduleRow<'_>, now: Timestamp) -> bool {
    eligible(row, now) && active(row, now)
}

fn active(row: &ScheduleRow<'_>, now: Timestamp) -> bool {
    row.start <= now && row.end.is_none_or(|end| now < end)
}

fn all<'a>(ask: &Ask<'a>) -> impl Iterator<Item = ScheduleRow<'a>> + use<'a> {
    let permanent = ask.tenant.roles.assignments.values().map(|it| ScheduleRow {
        id: it.id,
        principal: it.principal,
        role: it.role,
        scope: &it.directory_scope,
        kind: ScheduleKind::Assigned,
        through_group: false,
        start: it.created,
        end: None,
        created: it.created,
    });
    let scheduled = ask.tenant.roles.schedules.values().map(|it| ScheduleRow {
        id: it.id,
        principal: it.principal,
        role: it.role,
        scope: &it.directory_scope,
        kind: it.kind,
        through_group: it.through_group,
        start: it.start,
        end: it.end,
        created: it.created,
    });
    permanent.chain(scheduled)
}
