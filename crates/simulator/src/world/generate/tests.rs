//! What a seed and sizes give.

use std::collections::HashSet;

use super::*;
use crate::world::arm::Scope;
use crate::world::{ObjectKind, ObjectRef};

fn basics() -> Basics {
    Basics {
        id: None,
        display_name: "Contoso".to_owned(),
        domain: "contoso.example".to_owned(),
        licences: Licences::default(),
        cloud: Cloud::Public,
        country: "CH".to_owned(),
        shares: UserShares::default(),
    }
}

fn memberships(tenant: &Tenant) -> usize {
    tenant.groups.objects.iter().map(|(group, _)| tenant.groups.member_count(group)).sum()
}

#[test]
fn everything_comes_in_the_number_asked_for() {
    let sizes = Sizes {
        users: 1_000,
        groups: 100,
        memberships: 10_000,
        nested: 30,
        cycles: 3,
        service_principals: 50,
        app_role_assignments: 300,
        role_assignments: 200,
        ..Sizes::default()
    };
    let tenant = tenant(1, &basics(), &sizes);
    assert_eq!(tenant.users.len(), 1_000);
    assert_eq!(tenant.groups.objects.len(), 100);
    assert_eq!(memberships(&tenant), 10_000);
    let own = principals::FIRST_PARTY as usize;
    assert_eq!(tenant.service_principals.len(), own + 50 + sizes.managed_identities as usize);
    assert_eq!(tenant.app_role_assignments().len(), 300);
    assert_eq!(tenant.arm.role_assignments().len(), 200);
    assert_eq!(tenant.arm.subscriptions.len(), sizes.subscriptions as usize);
    assert_eq!(tenant.arm.management_groups.len(), 1 + sizes.management_groups as usize);
    let accounts = tenant.arm.storage_accounts.values().flatten();
    let (accounts, containers) = accounts.fold((0, 0), |(a, c), it| (a + 1, c + it.containers.len()));
    assert_eq!((accounts, containers), (sizes.storage_accounts, sizes.containers as usize));
}

#[test]
fn the_benchmark_s_tenant_is_made_in_full() {
    let sizes = Sizes {
        users: 10_000,
        groups: 1_000,
        memberships: 100_000,
        service_principals: 500,
        role_assignments: 2_000,
        ..Sizes::default()
    };
    let tenant = tenant(5, &basics(), &sizes);
    assert_eq!(memberships(&tenant), 100_000);
    assert_eq!(tenant.arm.role_assignments().len(), 2_000);
}

#[test]
fn a_seed_gives_the_same_tenant_and_another_seed_another() {
    let ids = |seed| {
        let tenant = tenant(seed, &basics(), &Sizes::default());
        let mut ids: Vec<_> =
            tenant.arm.role_assignments().values().map(|it| (it.name, it.principal)).collect();
        ids.extend(tenant.app_role_assignments().values().map(|it| (it.id, it.principal)));
        ids
    };
    assert_eq!(ids(7), ids(7));
    assert_ne!(ids(7), ids(8));
}

#[test]
fn rings_are_there_and_nesting_makes_no_further_ones() {
    let tenant = tenant(2, &basics(), &Sizes { nested: 20, cycles: 2, ..Sizes::default() });
    let in_ring = |group: u32| {
        tenant.groups.transitive_members(group).iter().any(|it| {
            it.kind == ObjectKind::Group
                && tenant.groups.contains(it.position, ObjectRef::new(ObjectKind::Group, group))
        })
    };
    assert!((0..6).all(in_ring));
    let nested = tenant
        .groups
        .objects
        .iter()
        .flat_map(|(group, _)| tenant.groups.members(group))
        .filter(|it| it.kind == ObjectKind::Group)
        .count();
    assert!(nested > 20, "{nested}");
}

#[test]
fn every_kind_of_scope_and_every_kind_of_principal_is_assigned_something() {
    let tenant = tenant(3, &basics(), &Sizes { role_assignments: 300, ..Sizes::default() });
    let scopes: HashSet<_> = tenant
        .arm
        .role_assignments()
        .values()
        .map(|it| match it.scope {
            Scope::Root => 0,
            Scope::ManagementGroup(_) => 1,
            Scope::Subscription(_) => 2,
            Scope::ResourceGroup { .. } => 3,
            Scope::Resource { .. } => 4,
        })
        .collect();
    assert_eq!(scopes.len(), 5);
    let principals: HashSet<_> =
        tenant.arm.role_assignments().values().map(|it| it.principal_type.as_str()).collect();
    assert_eq!(principals.len(), 4);
    let granted: HashSet<_> = tenant.app_role_assignments().values().map(|it| it.principal_kind).collect();
    assert_eq!(granted.len(), 3);
}

#[test]
fn what_assignments_name_exists() {
    let tenant = tenant(4, &basics(), &Sizes::default());
    for assignment in tenant.app_role_assignments().values() {
        assert!(tenant.resolve(assignment.principal).is_some());
        assert!(tenant.service_principals.get(assignment.resource).is_some());
        assert!(assignment.app_role_id.is_nil() || tenant.app_role(assignment).is_some());
    }
    for assignment in tenant.arm.role_assignments().values() {
        assert!(tenant.arm.role_definitions.get(assignment.role).is_some());
        if let Scope::ResourceGroup { subscription, name } = &assignment.scope {
            assert!(tenant.arm.resource_group(*subscription, name).is_some());
        }
    }
}

#[test]
fn an_empty_tenant_has_only_what_every_tenant_has() {
    let tenant = tenant(1, &basics(), &Sizes::empty());
    assert_eq!(tenant.users.len() + tenant.groups.objects.len(), 0);
    assert_eq!(tenant.service_principals.len(), principals::FIRST_PARTY as usize);
    assert!(tenant.arm.role_assignments().is_empty());
}
