//! Every endpoint of the simulated Graph. Literal segments stand before `{..}` in the same place.

use super::collection;
use super::endpoint::{Endpoint, Run};
use super::types::{ApplicationType, DeviceType, GroupType, ServicePrincipalType, UserType};
use super::{
    actions, credentials, delta, grants, mailbox, relation, reports, roles, schedules, tenant, write,
};
use crate::server::call::RouteKind;

/// Makes rows of the table: method, path, Resource Units, what it does as far as limits go, who answers.
macro_rules! endpoints {
    ($($method:ident $template:literal $units:literal $kind:ident $run:expr;)*) => {
        &[$(Endpoint {
            method: stringify!($method),
            template: $template,
            units: $units,
            kind: RouteKind::$kind,
            run: $run,
        }),*]
    };
}

/// The table.
pub(super) const ENDPOINTS: &[Endpoint] = endpoints! {
    POST "/$batch" 1 Read Run::Batch;

    GET "/organization" 1 List Run::Read(tenant::organizations);
    GET "/organization/{id}" 1 Read Run::Read(tenant::organization);
    GET "/domains" 1 List Run::Read(tenant::domains);
    GET "/domains/{id}" 1 Read Run::Read(tenant::domain);
    GET "/subscribedSkus" 3 List Run::Read(tenant::subscribed_skus);

    GET "/users" 2 List Run::Read(collection::list::<UserType>);
    GET "/users/delta" 2 List Run::Read(delta::get::<UserType>);
    GET "/users/{id}" 1 Read Run::Read(collection::get::<UserType>);
    GET "/users/{id}/manager" 1 Read Run::Read(relation::manager);
    GET "/users/{id}/manager/$ref" 1 Read Run::Read(relation::manager);
    GET "/users/{id}/directReports" 1 List Run::Read(relation::of_user);
    GET "/users/{id}/memberOf" 2 List Run::Read(relation::of_user);
    GET "/users/{id}/transitiveMemberOf" 2 List Run::Read(relation::of_user);
    GET "/users/{id}/ownedObjects" 2 List Run::Read(relation::of_user);
    GET "/users/{id}/appRoleAssignments" 1 List Run::Read(grants::list_of_user);
    GET "/users/{id}/oauth2PermissionGrants" 2 List Run::Read(grants::list_consents_of_user);
    GET "/users/{id}/mailboxSettings" 1 Read Run::Read(mailbox::get);
    POST "/users/{id}/getMemberGroups" 2 Read Run::Read(actions::member_groups);
    POST "/users/{id}/getMemberObjects" 2 Read Run::Read(actions::member_groups);
    POST "/users/{id}/checkMemberGroups" 4 Read Run::Read(actions::check_member_groups);
    POST "/users/{id}/checkMemberObjects" 4 Read Run::Read(actions::check_member_groups);

    GET "/groups" 1 List Run::Read(collection::list::<GroupType>);
    GET "/groups/delta" 1 List Run::Read(delta::get::<GroupType>);
    GET "/groups/{id}" 1 Read Run::Read(collection::get::<GroupType>);
    GET "/groups/{id}/members" 3 List Run::Read(relation::of_group);
    GET "/groups/{id}/members/$ref" 3 List Run::Read(relation::of_group);
    GET "/groups/{id}/transitiveMembers" 5 List Run::Read(relation::of_group);
    GET "/groups/{id}/owners" 1 List Run::Read(relation::of_group);
    GET "/groups/{id}/owners/$ref" 1 List Run::Read(relation::of_group);
    GET "/groups/{id}/memberOf" 2 List Run::Read(relation::of_group);
    GET "/groups/{id}/transitiveMemberOf" 2 List Run::Read(relation::of_group);
    GET "/groups/{id}/appRoleAssignments" 1 List Run::Read(grants::list_of_group);
    POST "/groups/{id}/getMemberGroups" 2 Read Run::Read(actions::member_groups);
    POST "/groups/{id}/getMemberObjects" 2 Read Run::Read(actions::member_groups);
    POST "/groups/{id}/checkMemberGroups" 4 Read Run::Read(actions::check_member_groups);
    POST "/groups/{id}/checkMemberObjects" 4 Read Run::Read(actions::check_member_groups);

    GET "/servicePrincipals" 1 List Run::Read(collection::list::<ServicePrincipalType>);
    GET "/servicePrincipals/delta" 1 List Run::Read(delta::get::<ServicePrincipalType>);
    GET "/servicePrincipals/{id}" 1 Read Run::Read(collection::get::<ServicePrincipalType>);
    GET "/servicePrincipals/{id}/appRoleAssignedTo" 1 List Run::Read(grants::list_assigned_to);
    GET "/servicePrincipals/{id}/appRoleAssignedTo/{assignment}" 1 Read Run::Read(grants::get_assignment);
    GET "/servicePrincipals/{id}/appRoleAssignments" 2 List Run::Read(grants::list_of_service_principal);
    GET "/servicePrincipals/{id}/appRoleAssignments/{assignment}" 2 Read Run::Read(grants::get_assignment);
    GET "/servicePrincipals/{id}/owners" 1 List Run::Read(relation::of_service_principal);
    GET "/servicePrincipals/{id}/owners/$ref" 1 List Run::Read(relation::of_service_principal);
    GET "/servicePrincipals/{id}/ownedObjects" 2 List Run::Read(relation::of_service_principal);
    GET "/servicePrincipals/{id}/memberOf" 2 List Run::Read(relation::of_service_principal);
    GET "/servicePrincipals/{id}/transitiveMemberOf" 2 List Run::Read(relation::of_service_principal);
    GET "/servicePrincipals/{id}/oauth2PermissionGrants" 2 List
        Run::Read(grants::list_consents_of_service_principal);
    POST "/servicePrincipals/{id}/getMemberGroups" 2 Read Run::Read(actions::member_groups);
    POST "/servicePrincipals/{id}/getMemberObjects" 2 Read Run::Read(actions::member_groups);
    POST "/servicePrincipals/{id}/checkMemberGroups" 4 Read Run::Read(actions::check_member_groups);
    POST "/servicePrincipals/{id}/checkMemberObjects" 4 Read Run::Read(actions::check_member_groups);

    GET "/applications" 2 List Run::Read(collection::list::<ApplicationType>);
    GET "/applications/delta" 2 List Run::Read(delta::get::<ApplicationType>);
    GET "/applications/{id}" 2 Read Run::Read(collection::get::<ApplicationType>);
    GET "/applications/{id}/owners" 1 List Run::Read(relation::of_application);
    GET "/applications/{id}/owners/$ref" 1 List Run::Read(relation::of_application);
    GET "/applications/{id}/federatedIdentityCredentials" 1 List Run::Read(credentials::federated_list);
    GET "/applications/{id}/federatedIdentityCredentials/{credential}" 1 Read
        Run::Read(credentials::federated_get);

    GET "/devices" 1 List Run::Read(collection::list::<DeviceType>);
    GET "/devices/delta" 1 List Run::Read(delta::get::<DeviceType>);
    GET "/devices/{id}" 1 Read Run::Read(collection::get::<DeviceType>);
    GET "/devices/{id}/memberOf" 2 List Run::Read(relation::of_device);
    GET "/devices/{id}/transitiveMemberOf" 2 List Run::Read(relation::of_device);
    POST "/devices/{id}/checkMemberGroups" 4 Read Run::Read(actions::check_member_groups);

    POST "/directoryObjects/getByIds" 3 Read Run::Read(actions::by_ids);
    GET "/directoryObjects/{id}" 1 Read Run::Read(actions::directory_object);
    POST "/directoryObjects/{id}/getMemberGroups" 2 Read Run::Read(actions::member_groups);
    POST "/directoryObjects/{id}/getMemberObjects" 2 Read Run::Read(actions::member_groups);
    POST "/directoryObjects/{id}/checkMemberGroups" 4 Read Run::Read(actions::check_member_groups);
    POST "/directoryObjects/{id}/checkMemberObjects" 4 Read Run::Read(actions::check_member_groups);

    GET "/oauth2PermissionGrants" 2 List Run::Read(grants::list_consents);
    GET "/oauth2PermissionGrants/{id}" 2 Read Run::Read(grants::get_consent);

    GET "/directoryRoles" 1 List Run::Read(roles::directory_roles);
    GET "/directoryRoles/{id}" 1 Read Run::Read(roles::directory_role);
    GET "/directoryRoles/{id}/members" 1 List Run::Read(roles::directory_role_members);
    GET "/roleManagement/directory/roleDefinitions" 1 List Run::Read(roles::definitions);
    GET "/roleManagement/directory/roleDefinitions/{id}" 1 Read Run::Read(roles::definition);
    GET "/roleManagement/directory/roleAssignments" 1 List Run::Read(roles::assignments);
    GET "/roleManagement/directory/roleAssignments/{id}" 1 Read Run::Read(roles::assignment);
    GET "/roleManagement/directory/roleAssignmentSchedules" 1 List
        Run::Read(schedules::assignment_schedules);
    GET "/roleManagement/directory/roleAssignmentScheduleInstances" 1 List
        Run::Read(schedules::assignment_instances);
    GET "/roleManagement/directory/roleEligibilitySchedules" 1 List
        Run::Read(schedules::eligibility_schedules);
    GET "/roleManagement/directory/roleEligibilityScheduleInstances" 1 List
        Run::Read(schedules::eligibility_instances);

    POST "/users" 1 Write Run::Write(write::users::create);
    PATCH "/users/{id}" 1 Write Run::Write(write::users::update);
    DELETE "/users/{id}" 1 Delete Run::Write(write::users::remove);
    POST "/groups" 1 Write Run::Write(write::groups::create);
    PATCH "/groups/{id}" 1 Write Run::Write(write::groups::update);
    DELETE "/groups/{id}" 1 Delete Run::Write(write::groups::remove);
    POST "/groups/{id}/members/$ref" 1 Write Run::Write(write::members::add);
    DELETE "/groups/{id}/members/{member}/$ref" 1 Delete Run::Write(write::members::remove);
    POST "/servicePrincipals/{id}/appRoleAssignedTo" 1 Write Run::Write(write::grants::assign);
    POST "/servicePrincipals/{id}/appRoleAssignments" 1 Write Run::Write(write::grants::assign);
    DELETE "/servicePrincipals/{id}/appRoleAssignedTo/{assignment}" 1 Delete Run::Write(write::grants::revoke);
    DELETE "/servicePrincipals/{id}/appRoleAssignments/{assignment}" 1 Delete Run::Write(write::grants::revoke);

    POST "/applications" 1 Write Run::Write(write::applications::create);
    PATCH "/applications/{id}" 1 Write Run::Write(write::applications::update);
    DELETE "/applications/{id}" 1 Delete Run::Write(write::applications::remove);
    POST "/applications/{id}/owners/$ref" 1 Write Run::Write(write::owners::add);
    DELETE "/applications/{id}/owners/{owner}/$ref" 1 Delete Run::Write(write::owners::remove);
    POST "/applications/{id}/addPassword" 1 Write Run::Write(write::passwords::add_to_application);
    POST "/applications/{id}/removePassword" 1 Write Run::Write(write::passwords::remove_from_application);
    POST "/applications/{id}/federatedIdentityCredentials" 1 Write Run::Write(write::federated::create);
    PATCH "/applications/{id}/federatedIdentityCredentials/{credential}" 1 Write
        Run::Write(write::federated::update);
    DELETE "/applications/{id}/federatedIdentityCredentials/{credential}" 1 Delete
        Run::Write(write::federated::remove);
    POST "/servicePrincipals" 1 Write Run::Write(write::service_principals::create);
    PATCH "/servicePrincipals/{id}" 1 Write Run::Write(write::service_principals::update);
    DELETE "/servicePrincipals/{id}" 1 Delete Run::Write(write::service_principals::remove);
    POST "/servicePrincipals/{id}/addPassword" 1 Write Run::Write(write::passwords::add_to_service_principal);
    POST "/servicePrincipals/{id}/removePassword" 1 Write
        Run::Write(write::passwords::remove_from_service_principal);
    POST "/oauth2PermissionGrants" 1 Write Run::Write(write::consents::create);
    PATCH "/oauth2PermissionGrants/{id}" 1 Write Run::Write(write::consents::update);
    DELETE "/oauth2PermissionGrants/{id}" 1 Delete Run::Write(write::consents::remove);
    GET "/directory/deletedItems" 1 List Run::Read(tenant::deleted_items);
    DELETE "/directory/deletedItems/{id}" 1 Delete Run::Write(write::recycled::purge);
    POST "/directory/deletedItems/{id}/restore" 1 Write Run::Write(write::recycled::restore);

    GET "/auditLogs/signIns" 1 List Run::Read(reports::sign_ins);
    GET "/reports/authenticationMethods/userRegistrationDetails" 1 List Run::Read(reports::registrations);
};
