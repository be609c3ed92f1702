"""What must hold of the C1 connector's file, read by code that shares nothing with the connector."""

import json
import re
from collections import Counter
from datetime import datetime

import pytest

import messages
from messages import annotation, profile

KINDS = {
    "user": ([messages.USER], ["SkipEntitlementsAndGrants"]),
    "group": ([messages.GROUP], []),
    "managed_identity": ([messages.USER], ["SkipEntitlementsAndGrants"]),
    "enterprise_application": ([messages.APP], []),
    "tenant": ([], ["SkipEntitlementsAndGrants"]),
    "management_group": ([], ["SkipEntitlementsAndGrants", "OptInRequired"]),
    "subscription": ([messages.APP], ["SkipEntitlementsAndGrants"]),
    "resource_group": ([messages.GROUP], ["SkipEntitlementsAndGrants"]),
    "role": ([messages.ROLE], ["SkipEntitlementsAndGrants"]),
    "role_assignment": ([messages.SCOPE_BINDING], ["OptInRequired"]),
    "storage_account": ([messages.APP], ["SkipEntitlementsAndGrants"]),
    "container": ([messages.APP], ["SkipEntitlementsAndGrants"]),
}

TRAITS = {
    "user": "UserTrait",
    "group": "GroupTrait",
    "managed_identity": "UserTrait",
    "enterprise_application": "AppTrait",
    "tenant": "AppTrait",
    "management_group": None,
    "subscription": "AppTrait",
    "resource_group": "GroupTrait",
    "role": "RoleTrait",
    "role_assignment": "ScopeBindingTrait",
    "storage_account": "AppTrait",
    "container": "AppTrait",
}

TABLES = [
    "v1_resource_types",
    "v1_resources",
    "v1_entitlements",
    "v1_grants",
    "v1_assets",
    "v1_sync_runs",
    "v1_connector_sessions",
]


# The container and its sync


def test_the_database_is_whole(file):
    assert file.query("pragma integrity_check") == [("ok",)]


def test_there_is_exactly_one_finished_full_sync(file):
    rows = file.query(
        "select sync_id, started_at, ended_at, sync_token, sync_type, grants_backfilled from v1_sync_runs"
    )
    assert len(rows) == 1
    sync_id, started, ended, token, kind, backfilled = rows[0]
    assert re.fullmatch(r"[0-9A-Za-z]{27}", sync_id)
    assert (token, kind, backfilled) == ("", "full", 1)
    moment = lambda text: datetime.strptime(re.sub(r"\d{3}$", "", text), "%Y-%m-%d %H:%M:%S.%f")
    assert moment(started) <= moment(ended)


def test_every_row_belongs_to_that_sync(file):
    sync = file.query("select sync_id from v1_sync_runs")
    for table in ("v1_resource_types", "v1_resources", "v1_entitlements", "v1_grants"):
        assert file.query(f"select distinct sync_id from {table}") in (sync, []), table
        assert not file.query(f"select 1 from {table} where discovered_at is null or data is null limit 1")


def test_tables_and_indexes_are_those_a_reader_would_create(file):
    tables = {name for (name,) in file.query("select name from sqlite_master where type = 'table'")}
    assert set(TABLES) <= tables
    indexes = dict(file.query("select name, sql from sqlite_master where type = 'index' and sql is not null"))
    columns = {
        name: re.search(r"\((.*?)\)", sql).group(1).replace(" ", "") for name, sql in indexes.items()
    }
    # These two have each other's names in every reader there is.
    assert columns["idx_resources_external_sync_v1"] == "parent_resource_type_id,parent_resource_id"
    assert columns["idx_resources_parent_resource_id_v1"] == "external_id,sync_id"
    for table in ("resource_types", "entitlements", "grants", "assets"):
        name = f"idx_{table}_external_sync_v1"
        assert columns[name] == "external_id,sync_id"
        assert "unique" in indexes[name].lower()


def test_ids_are_unique_and_short_enough(file):
    for table in ("v1_resource_types", "v1_resources", "v1_entitlements", "v1_grants"):
        doubles = file.query(f"select external_id from {table} group by external_id having count(*) > 1")
        assert doubles == [], table
        assert file.query(f"select external_id from {table} where external_id = ''") == []
    assert all(len(resource.message.id.resource.encode()) <= 1024 for resource in file.resources.values())


def test_the_counts_the_file_keeps_are_those_of_its_rows(file):
    stats = json.loads(file.query("select stats from v1_sync_runs")[0][0])
    assert stats["resource_types"] == len(file.resource_types)
    assert stats["resources"] == len(file.resources)
    assert stats["entitlements"] == len(file.entitlements)
    assert stats["grants"] == len(file.grants)
    by_type = lambda table: dict(
        file.query(f"select resource_type_id, count(*) from {table} group by resource_type_id")
    )
    assert stats["resources_by_resource_type"] == by_type("v1_resources")
    assert stats["entitlements_by_resource_type"] == by_type("v1_entitlements")
    assert stats["grants_by_resource_type"] == by_type("v1_grants")


# Resource types and resources


def test_the_resource_types_are_c1_s(file):
    found = {}
    for id, kind in file.resource_types.items():
        assert kind.id == id and kind.display_name
        names = [any_.type_url.rsplit(".", 1)[1] for any_ in kind.annotations]
        found[id] = (list(kind.traits), names)
    assert found == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_generated_thing_is_in_the_file_and_nothing_else(file, truth, kind):
    assert set(file.of_kind(kind)) == truth.resources[kind]


def test_every_resource_has_its_columns_its_name_and_its_trait(file):
    for id, resource in file.resources.items():
        message = resource.message
        assert id == f"{message.id.resource_type}:{message.id.resource}"
        assert resource.kind == message.id.resource_type
        parent = message.parent_resource_id
        inside = f"{parent.resource_type}:{parent.resource}" if message.HasField("parent_resource_id") else None
        assert resource.parent == inside
        assert message.display_name, id
        name = TRAITS[resource.kind]
        trait = name and annotation(message.annotations, name)
        assert name is None or trait is not None, f"{id} has no {name}"
        if trait is not None and name != "ScopeBindingTrait":
            assert profile(trait.profile) == profile(message.profile), id
        assert profile(message.profile), id


def test_parents_exist_and_the_hierarchy_has_one_top(file):
    parents = {resource.parent for resource in file.resources.values()} - {None}
    assert parents <= set(file.resources)
    for kind in ("management_group", "subscription", "resource_group", "storage_account", "container"):
        for id, resource in file.of_kind(kind).items():
            assert resource.parent, f"{kind}:{id} lies nowhere"
            above, steps = resource.parent, 0
            while file.resources[above].parent and steps < 20:
                above, steps = file.resources[above].parent, steps + 1
            assert above.startswith("tenant:"), f"{kind}:{id} does not lead to the tenant"


def test_the_hierarchy_is_the_generated_one(file, truth):
    path = "management_group:/providers/Microsoft.Management/managementGroups/"
    for group in truth["management-group"]:
        found = file.resources[path + group["name"]].parent
        assert found == path + group["parent"] if group["parent"] else found.startswith("tenant:")
    for subscription in truth["subscription"]:
        found = file.resources[f"subscription:{subscription['id']}"].parent
        assert found == path + subscription["managementGroup"]
    for group in truth["resource-group"]:
        found = file.resources[f"resource_group:{group['subscription']}:{group['name']}"].parent
        assert found == f"subscription:{group['subscription']}"


def test_users_carry_what_the_directory_says(file, truth):
    users = file.of_kind("user")
    for user in truth["user"]:
        message = users[user["id"]].message
        trait = annotation(message.annotations, "UserTrait")
        values = profile(trait.profile)
        assert message.display_name == (user["displayName"] or user["id"])
        assert trait.login == user["userPrincipalName"]
        assert trait.status.status == (messages.ENABLED if user["accountEnabled"] else messages.DISABLED)
        assert message.status.status == trait.status.status
        assert values["id"] == values["user_id"] == user["id"]
        for key, said in {
            "first_name": "givenName",
            "last_name": "surname",
            "displayName": "displayName",
            "userPrincipalName": "userPrincipalName",
            "department": "department",
            "jobTitle": "jobTitle",
            "title": "jobTitle",
            "employeeId": "employeeId",
            "employeeNumber": "employeeId",
        }.items():
            assert values.get(key) == (user[said] or None), f"{key} of {user['id']}"
        assert values["accountEnabled"] is user["accountEnabled"]
        assert list(trait.employee_ids) == ([user["employeeId"]] if user["employeeId"] else [])
        if user["mail"]:
            assert [(email.address, email.is_primary) for email in trait.emails] == [(user["mail"], True)]
        assert annotation(message.annotations, "ExternalLink").url.endswith(f"/userId/{user['id']}")


def test_users_name_their_manager(file, truth):
    users = file.of_kind("user")
    managers = {it["user"]: it["manager"] for it in truth["manager"]}
    people = {user["id"]: user for user in truth["user"]}
    for id, user in users.items():
        values = profile(user.message.profile)
        assert values.get("managerId") == managers.get(id)
        if id in managers:
            assert values.get("supervisor") == people[managers[id]]["displayName"]


def test_groups_carry_what_the_directory_says(file, truth):
    groups = file.of_kind("group")
    for group in truth["group"]:
        message = groups[group["id"]].message
        values = profile(annotation(message.annotations, "GroupTrait").profile)
        mail, security = group["mailEnabled"], group["securityEnabled"]
        kind = {(True, True): "mail_enabled_security", (False, True): "security", (True, False): "distribution"}
        expected = "microsoft_365" if group["unified"] else kind.get((mail, security))
        assert message.display_name == group["displayName"]
        assert values["object_id"] == group["id"]
        assert values.get("group_type") == expected
        assert values["membership_type"] == ("dynamic" if group["dynamic"] else "assigned")
        assert (values["mail_enabled"], values["security_enabled"]) == (mail, security)


def test_service_principals_carry_what_the_directory_says(file, truth):
    for principal in truth["service-principal"]:
        kind = truth.types[principal["id"]]
        message = file.resources[f"{kind}:{principal['id']}"].message
        trait = annotation(message.annotations, TRAITS[kind])
        assert message.display_name == principal["displayName"]
        assert profile(trait.profile)["app_id"] == principal["appId"]
        state = messages.ENABLED if principal["accountEnabled"] else messages.DISABLED
        assert message.status.status == state
        if kind == "managed_identity":
            assert trait.account_type == messages.ACCOUNT_SERVICE


def test_role_assignments_bind_an_existing_role_to_an_existing_scope(file, truth):
    scopes = {}
    for group in truth["resource-group"]:
        path = f"/subscriptions/{group['subscription']}/resourceGroups/{group['name']}"
        scopes[path.lower()] = f"resource_group:{group['subscription']}:{group['name']}"
    for assignment in truth["role-assignment"]:
        id = f"role_assignment:{assignment['name']}@{assignment['principal']}"
        message = file.resources[id].message
        binding = annotation(message.annotations, "ScopeBindingTrait")
        assert binding.role_id.resource_type == "role"
        assert binding.role_id.resource == assignment["role"]
        assert f"role:{assignment['role']}" in file.resources
        bound = f"{binding.scope_resource_id.resource_type}:{binding.scope_resource_id.resource}"
        assert bound in file.resources
        values, scope = profile(message.profile), assignment["scope"]
        assert values["scope"].lower() == scope.lower()
        assert values.get("condition") == assignment["condition"]
        kind = assignment["scopeKind"]
        if kind in ("management-group", "subscription", "resource-group"):
            assert bound.split(":", 1)[0] == kind.replace("-", "_")
        if kind == "subscription":
            assert bound == f"subscription:{scope.rsplit('/', 1)[1]}"
        if kind == "resource-group":
            assert bound == scopes[scope.lower()]
        if kind == "root":
            assert bound.startswith("tenant:")


# Entitlements


def test_every_entitlement_has_its_resource_and_says_what_it_is(file):
    for id, entitlement in file.entitlements.items():
        message = entitlement.message
        assert message.id == id and id.startswith(entitlement.resource + ":")
        assert entitlement.resource in file.resources, id
        owner = message.resource.id
        assert f"{owner.resource_type}:{owner.resource}" == entitlement.resource
        assert message.display_name and message.slug and message.grantable_to
        assert message.purpose in (messages.ASSIGNMENT, messages.PERMISSION)
        assert {kind.id for kind in message.grantable_to} <= set(KINDS)


def test_groups_and_applications_offer_what_they_always_did(file, truth):
    for group in truth["group"]:
        for name, purpose in {"owners": messages.PERMISSION, "members": messages.ASSIGNMENT}.items():
            message = file.entitlements[f"group:{group['id']}:{name}"].message
            assert (message.slug, message.purpose) == (name, purpose)
    access = "assignment:00000000-0000-0000-0000-000000000000"
    for id in file.of_kind("enterprise_application"):
        assert file.entitlements[f"enterprise_application:{id}:owners"].message.slug == "owner"
        assert file.entitlements[f"enterprise_application:{id}:{access}"].message.slug == "assigned"
    for id in file.of_kind("role_assignment"):
        assert f"role_assignment:{id}:assigned" in file.entitlements


def test_leaf_types_have_no_entitlements(file):
    leaves = {kind for kind, (_, notes) in KINDS.items() if "SkipEntitlementsAndGrants" in notes}
    offered = {entitlement.resource.split(":", 1)[0] for entitlement in file.entitlements.values()}
    assert not offered & leaves


# Grants


def test_every_grant_s_entitlement_and_principal_exist(file):
    for (entitlement, principal), grant in file.grants.items():
        assert entitlement in file.entitlements, grant.id
        assert principal in file.resources, grant.id
        assert grant.resource == file.entitlements[entitlement].resource


def test_every_grant_names_all_that_old_readers_look_for(file):
    for (entitlement, principal), grant in file.grants.items():
        message = grant.message
        owner, holder = message.entitlement.resource.id, message.principal.id
        assert message.id == grant.id
        assert message.entitlement.id == entitlement
        assert f"{owner.resource_type}:{owner.resource}" == grant.resource
        assert f"{holder.resource_type}:{holder.resource}" == principal


def test_every_grant_s_principal_is_of_a_type_the_entitlement_can_be_granted_to(file):
    for (entitlement, principal), grant in file.grants.items():
        kinds = {kind.id for kind in file.entitlements[entitlement].message.grantable_to}
        if annotation(grant.message.annotations, "GrantImmutable") is None:
            assert principal.split(":", 1)[0] in kinds, grant.id


def test_direct_grants_are_the_generated_ones(file, truth):
    direct = {
        key
        for key, grant in file.grants.items()
        if annotation(grant.message.annotations, "GrantImmutable") is None
    }
    expected = {(entitlement, holder) for entitlement, all_ in truth.direct.items() for holder in all_}
    assert direct == expected


def test_the_number_of_grants_of_each_sort_is_the_generator_s(file, truth):
    def sort(key):
        kind, _, name = key[0].split(":")[:3]
        return kind, name

    assert Counter(map(sort, file.grants)) == Counter(map(sort, truth.grants))


def test_expanded_grants_are_the_transitive_closure_with_their_sources(file, truth):
    found = {
        key: {name: source.is_direct for name, source in grant.message.sources.sources.items()}
        for key, grant in file.grants.items()
    }
    expected = truth.grants
    missing, excess = expected.keys() - found.keys(), found.keys() - expected.keys()
    assert not missing, f"{len(missing)} grants are missing, such as {sorted(missing)[:3]}"
    assert not excess, f"{len(excess)} grants are too many, such as {sorted(excess)[:3]}"
    wrong = [key for key in expected if expected[key] != found[key]]
    assert not wrong, [(key, expected[key], found[key]) for key in wrong[:3]]


def test_grants_have_the_ids_c1_knows(file):
    for (entitlement, principal), grant in file.grants.items():
        follows = annotation(grant.message.annotations, "GrantImmutable") is not None
        kind, rest = entitlement.split(":", 1)
        if kind == "group" and not follows:
            group, name = rest.rsplit(":", 1)
            assert grant.id == f"group-grant:{group}:{principal}:{group}:{name}"
        else:
            assert grant.id == f"{entitlement}:{principal}"


def test_grants_of_groups_say_who_passes_and_need_no_more_expansion(file):
    assert all(grant.needs_expansion == 0 for grant in file.grants.values())
    for (entitlement, principal), grant in file.grants.items():
        follows = annotation(grant.message.annotations, "GrantImmutable") is not None
        passes = principal.startswith("group:") and not follows and not entitlement.endswith(":owners")
        if entitlement == f"{principal}:members":
            passes = False  # a group in itself passes nothing on
        assert (grant.expansion is not None) == passes, grant.id
        if passes:
            shallow = entitlement.startswith("enterprise_application:")
            assert list(grant.expansion.entitlement_ids) == [f"{principal}:members"]
            assert grant.expansion.entitlement_ids[0] in file.entitlements
            assert grant.expansion.shallow is shallow
            assert list(grant.expansion.resource_type_ids) == (["user"] if shallow else [])


def test_sources_exist(file):
    for grant in file.grants.values():
        for source in grant.message.sources.sources:
            assert source in file.entitlements, grant.id
