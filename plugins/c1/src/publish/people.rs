//! Users, groups and service principals: their resources, what can be had from them, and their numbers.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    app_roles::AppRoles,
    file::File,
    host::{Ends, Failure, Snapshot},
    principals::{GROUP, Ids, Principals, SERVICE_PRINCIPAL, USER},
    read,
};
use crate::resources::{Application, Group, Kind, Manager, User, managed_identity};

/// Links from a user to its manager.
const MANAGER: &str = "manager";

/// Writes the resources of everybody who can hold a grant and gives them their numbers.
pub(crate) fn write(
    snapshot: &dyn Snapshot,
    file: &mut File<'_>,
    portal: &str,
) -> Result<Principals, Failure> {
    let mut principals = Principals {
        groups: Ids::with_capacity(snapshot.count_items(GROUP)),
        service_principals: Ids::with_capacity(snapshot.count_items(SERVICE_PRINCIPAL)),
        users: Ids::with_capacity(snapshot.count_items(USER)),
        managed: Vec::new(),
    };
    users(snapshot, file, portal, &mut principals.users)?;
    read::items(snapshot, GROUP, |item| {
        principals.groups.push(item.id)?;
        let group: Group<'_> = item.parse(GROUP)?;
        file.resource(Kind::Group, &group.resource(item.id, portal))?;
        let entitlements = group.entitlements(item.id);
        entitlements.iter().try_for_each(|entitlement| file.entitlement(Kind::Group, entitlement))
    })?;
    read::items(snapshot, SERVICE_PRINCIPAL, |item| {
        principals.service_principals.push(item.id)?;
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

fn users(snapshot: &dyn Snapshot, file: &mut File<'_>, portal: &str, ids: &mut Ids) -> Result<(), Failure> {
    let managers = Managers::read(snapshot)?;
    let mut position = 0;
    read::items(snapshot, USER, |item| {
        ids.push(item.id)?;
        let parsed: User<'_> = item.parse(USER)?;
        let manager = parsed.manager().or_else(|| managers.of(position));
        position += 1;
        file.resource(Kind::User, &parsed.resource(item.id, manager.as_ref(), portal))
    })
}

/// Who manages whom, where the collection says it in links: users hold the number of their manager's record,
/// and only managers have records.
struct Managers {
    records: Vec<Manager<'static>>,
    /// For each user who has one, by position: the position of the manager's record.
    of_user: Vec<(u32, u32)>,
}

impl Managers {
    /// Reads the links, and then the users for those that are managers. Without links it reads nothing.
    fn read(snapshot: &dyn Snapshot) -> Result<Self, Failure> {
        let mut none = Self { records: Vec::new(), of_user: Vec::new() };
        if snapshot.count_links(MANAGER, Ends::Collected) == 0 {
            return Ok(none);
        }
        let mut ids = Ids::with_capacity(snapshot.count_items(USER));
        let mut wanted: BTreeMap<u32, u32> = BTreeMap::new();
        read_ids(snapshot, &mut ids)?;
        let (mut user_hint, mut pairs) = (0, Vec::new());
        read::links(snapshot, MANAGER, |link| {
            if let (Some(user), Some(manager)) = (ids.find(link.origin, user_hint), ids.find(link.target, 0))
            {
                user_hint = user;
                wanted.insert(manager, 0);
                pairs.push((user, manager));
            }
            Ok(())
        })?;
        let mut position = 0;
        read::items(snapshot, USER, |item| {
            if let Some(record) = wanted.get_mut(&position) {
                let parsed: User<'_> = item.parse(USER)?;
                *record = u32::try_from(none.records.len()).unwrap_or(u32::MAX);
                none.records.push(parsed.as_manager(item.id).into_owned());
            }
            position += 1;
            Ok(())
        })?;
        let records = none.records;
        let of_user = pairs.into_iter().filter_map(|(user, manager)| Some((user, *wanted.get(&manager)?)));
        Ok(Self { records, of_user: of_user.collect() })
    }

    fn of(&self, user: u32) -> Option<Manager<'_>> {
        let found = self.of_user.binary_search_by_key(&user, |pair| pair.0).ok()?;
        let record = self.records.get(self.of_user[found].1 as usize)?;
        Some(record.borrowed())
    }
}

fn read_ids(snapshot: &dyn Snapshot, ids: &mut Ids) -> Result<(), Failure> {
    read::items(snapshot, USER, |item| ids.push(item.id))
}

impl Manager<'_> {
    fn into_owned(self) -> Manager<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Manager {
            id: owned(self.id),
            mail: owned(self.mail),
            employee_id: owned(self.employee_id),
            name: owned(self.name),
        }
    }

    fn borrowed(&self) -> Manager<'_> {
        Manager {
            id: Cow::Borrowed(&*self.id),
            mail: Cow::Borrowed(&*self.mail),
            employee_id: Cow::Borrowed(&*self.employee_id),
            name: Cow::Borrowed(&*self.name),
        }
    }
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
