//! Users, groups and service principals: their resources, what can be had from them, and their numbers.

use fairlead_directory::{GROUP, SERVICE_PRINCIPAL, USER};

use super::{
    app_roles::AppRoles,
    file::File,
    host::{Failure, Snapshot},
    principals::{Ids, Principals},
    read,
};
use crate::resources::{Application, Group, Kind, User, managed_identity};

/// Writes the resources of everybody who can hold a grant and gives them their numbers.
pub(crate) fn write(
    snapshot: &dyn Snapshot,
    file: &mut File<'_>,
    portal: &str,
) -> Result<Principals, Failure> {
    let mut principals = Principals {
        groups: Ids::with_capacity(snapshot.count_items(GROUP)),
        services: Ids::with_capacity(snapshot.count_items(SERVICE_PRINCIPAL)),
        users: Ids::with_capacity(snapshot.count_items(USER)),
        managed: Vec::new(),
    };
    read::items(snapshot, USER, |item| {
        principals.users.push(item.id)?;
        let user: User<'_> = item.parse(USER)?;
        file.resource(Kind::User, &user.resource(item.id, portal))
    })?;
    read::items(snapshot, GROUP, |item| {
        principals.groups.push(item.id)?;
        let group: Group<'_> = item.parse(GROUP)?;
        file.resource(Kind::Group, &group.resource(item.id, portal))?;
        let entitlements = group.entitlements(item.id);
        entitlements.iter().try_for_each(|entitlement| file.entitlement(Kind::Group, entitlement))
    })?;
    read::items(snapshot, SERVICE_PRINCIPAL, |item| {
        principals.services.push(item.id)?;
        let application: Application<'_> = item.parse(SERVICE_PRINCIPAL)?;
        let is_managed = application.is_managed_identity();
        principals.managed.push(is_managed);
        if is_managed {
            file.resource(Kind::ManagedIdentity, &managed_identity(item.id, &application, portal))
        } else {
            file.resource(Kind::EnterpriseApplication, &application.resource(item.id, portal))
        }
    })?;
    Ok(principals)
}

/// Writes what can be had from enterprise applications. It needs to know which roles are assigned, so it comes
/// after everybody has a number.
pub(crate) fn entitlements(
    snapshot: &dyn Snapshot,
    file: &mut File<'_>,
    principals: &Principals,
    assigned: &AppRoles,
) -> Result<(), Failure> {
    let mut position = 0;
    read::items(snapshot, SERVICE_PRINCIPAL, |item| {
        let kind = principals.service_principal_kind(position);
        let roles = assigned.roles_of(position);
        position += 1;
        if kind != Kind::EnterpriseApplication {
            return Ok(());
        }
        let application: Application<'_> = item.parse(SERVICE_PRINCIPAL)?;
        let entitlements = application.entitlements(item.id, &roles);
        entitlements.iter().try_for_each(|entitlement| file.entitlement(kind, entitlement))
    })
}
