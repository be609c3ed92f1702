"""The clients of Resource Manager list what was generated and page through it."""

from __future__ import annotations

import pytest


def scope_of(subscription: dict) -> str:
    return f"/subscriptions/{subscription['id']}"


def lineage(tenant, subscription: dict) -> set[str]:
    """The scopes at and above a subscription."""
    groups = {group["name"]: group for group in tenant.expected["management-group"]}
    scopes = {"/", scope_of(subscription)}
    name = subscription["managementGroup"]
    while name:
        scopes.add(f"/providers/Microsoft.Management/managementGroups/{name}")
        name = groups[name]["parent"]
    return scopes


@pytest.fixture(scope="module")
def subscription(simulator) -> dict:
    return simulator.tenant.expected["subscription"][0]


def test_tenants_and_subscriptions_are_listed(simulator, arm):
    (tenant,) = arm.subscriptions.tenants.list()
    assert tenant.tenant_id == simulator.tenant.id
    assert simulator.tenant.domain in tenant.domains
    found = list(arm.subscriptions.subscriptions.list())
    assert sorted(it.subscription_id for it in found) == simulator.tenant.ids("subscription")
    for it in found:
        (expected,) = simulator.tenant.of("subscription", id=it.subscription_id)
        assert (it.display_name, it.state) == (expected["displayName"], expected["state"])
        assert arm.subscriptions.subscriptions.get(it.subscription_id).id == it.id


def test_locations_and_providers_are_listed(simulator, arm, subscription):
    locations = {it.name for it in arm.subscriptions.subscriptions.list_locations(subscription["id"])}
    assert {it["location"] for it in simulator.tenant.expected["resource-group"]} <= locations
    providers = {it.namespace for it in arm.resources(subscription["id"]).providers.list()}
    assert {"Microsoft.Authorization", "Microsoft.Storage", "Microsoft.Resources"} <= providers


def test_resource_groups_come_in_pages(simulator, arm):
    for subscription in simulator.tenant.expected["subscription"]:
        client = arm.resources(subscription["id"]).resource_groups
        pages = [[group.name for group in page] for page in client.list(top=4).by_page()]
        assert len(pages) > 2 and all(len(page) <= 4 for page in pages)
        expected = simulator.tenant.of("resource-group", subscription=subscription["id"])
        assert sorted(sum(pages, [])) == sorted(it["name"] for it in expected)


def test_resource_groups_are_got_in_any_letter_case_and_filtered_by_tag(arm, subscription):
    client = arm.resources(subscription["id"]).resource_groups
    groups = list(client.list())
    first = groups[0]
    assert client.get(first.name.upper()).id == first.id
    assert client.check_existence(first.name) and not client.check_existence("nowhere")
    tagged = client.list(filter="tagName eq 'environment' and tagValue eq 'production'")
    expected = [group.name for group in groups if (group.tags or {}).get("environment") == "production"]
    assert expected and [group.name for group in tagged] == expected


def test_management_groups_are_listed_with_their_children_and_descendants(simulator, arm):
    tenant = simulator.tenant
    client = arm.management_groups
    groups = {group.name: group for group in client.management_groups.list()}
    assert sorted(groups) == tenant.ids("management-group", "name")
    root = client.management_groups.get(tenant.id, expand="children", recurse=True)
    found = []
    stack = [(root.name, child) for child in root.children]
    while stack:
        parent, child = stack.pop()
        found.append((child.name, parent))
        stack.extend((child.name, below) for below in child.children or [])
    expected = [(it["name"], it["parent"]) for it in tenant.expected["management-group"] if it["parent"]]
    expected += [(it["id"], it["managementGroup"]) for it in tenant.expected["subscription"]]
    assert sorted(found) == sorted(expected)
    descendants = list(client.management_groups.get_descendants(tenant.id, top=3))
    assert sorted((it.name, it.parent.id.rsplit("/", 1)[1]) for it in descendants) == sorted(expected)


def test_every_management_group_tells_its_parent_and_its_subscriptions(simulator, arm):
    client = arm.management_groups
    for group in simulator.tenant.expected["management-group"]:
        found = client.management_groups.get(group["name"])
        assert found.display_name == group["displayName"]
        assert (found.details.parent.name if found.details.parent else None) == group["parent"]
        under = client.management_group_subscriptions.get_subscriptions_under_management_group(group["name"])
        expected = simulator.tenant.of("subscription", managementGroup=group["name"])
        assert sorted(it.name for it in under) == sorted(it["id"] for it in expected)


def test_entities_are_the_groups_and_subscriptions_together(simulator, arm):
    found = sorted(it.name for it in arm.management_groups.entities.list())
    assert found == sorted(simulator.tenant.ids("management-group", "name") + simulator.tenant.ids("subscription"))


def test_role_assignments_of_a_subscription_come_in_pages_from_above_and_below(simulator, arm):
    tenant = simulator.tenant
    for subscription in tenant.expected["subscription"]:
        client = arm.authorization(subscription["id"]).role_assignments
        pages = [list(page) for page in client.list_for_subscription().by_page()]
        found = {it.name: it for page in pages for it in page}
        above, own = lineage(tenant, subscription), scope_of(subscription)
        expected = {
            it["name"]: it
            for it in tenant.expected["role-assignment"]
            if it["scope"] in above or it["scope"].startswith(f"{own}/")
        }
        assert len(pages) == -(-len(expected) // 1000), "pages of a thousand"
        assert sum(len(page) for page in pages) == len(found)
        assert found.keys() == expected.keys()
        for name, it in expected.items():
            assert found[name].scope == it["scope"]
            assert found[name].principal_id == it["principal"]
            assert found[name].principal_type == it["principalType"]
            assert found[name].role_definition_id.endswith(f"/{it['role']}")
            assert found[name].condition == it["condition"]


def test_at_scope_leaves_out_what_is_below(simulator, arm, subscription):
    client = arm.authorization(subscription["id"]).role_assignments
    found = client.list_for_scope(scope_of(subscription), filter="atScope()")
    above = lineage(simulator.tenant, subscription)
    expected = [it["name"] for it in simulator.tenant.expected["role-assignment"] if it["scope"] in above]
    assert sorted(it.name for it in found) == sorted(expected)


def test_a_management_group_lists_what_is_at_and_above_it(simulator, arm, subscription):
    tenant = simulator.tenant
    group = next(it for it in tenant.expected["management-group"] if it["parent"] and it["parent"] != tenant.id)
    above = {f"/providers/Microsoft.Management/managementGroups/{tenant.id}", "/"}
    names = {it["name"]: it for it in tenant.expected["management-group"]}
    name = group["name"]
    while name:
        above.add(f"/providers/Microsoft.Management/managementGroups/{name}")
        name = names[name]["parent"]
    client = arm.authorization(subscription["id"]).role_assignments
    found = client.list_for_scope(f"/providers/Microsoft.Management/managementGroups/{group['name']}")
    expected = [it["name"] for it in tenant.expected["role-assignment"] if it["scope"] in above]
    assert sorted(it.name for it in found) == sorted(expected)


def test_assigned_to_follows_the_groups_of_a_user(simulator, arm, subscription):
    tenant = simulator.tenant
    above, own = lineage(tenant, subscription), scope_of(subscription)
    around = [
        it
        for it in tenant.expected["role-assignment"]
        if it["scope"] in above or it["scope"].startswith(f"{own}/")
    ]
    parents: dict[str, set[str]] = {}
    for it in tenant.expected["member"]:
        parents.setdefault(it["member"], set()).add(it["group"])
    by_group = {it["principal"] for it in around if it["principalType"] == "Group"}
    user = next(it["id"] for it in tenant.expected["user"] if parents.get(it["id"], set()) & by_group)
    principals, queue = {user}, [user]
    while queue:
        for group in parents.get(queue.pop(), set()) - principals:
            principals.add(group)
            queue.append(group)
    client = arm.authorization(subscription["id"]).role_assignments
    found = client.list_for_subscription(filter=f"assignedTo('{user}')")
    assert sorted(it.name for it in found) == sorted(it["name"] for it in around if it["principal"] in principals)
    direct = client.list_for_subscription(filter=f"principalId eq '{user}'")
    assert sorted(it.name for it in direct) == sorted(it["name"] for it in around if it["principal"] == user)


def test_role_definitions_are_listed_and_got_by_id(simulator, arm, subscription):
    client = arm.authorization(subscription["id"]).role_definitions
    built_in = client.list(scope_of(subscription), filter="type eq 'BuiltInRole'")
    expected = simulator.tenant.of("role-definition", builtIn=True)
    assert sorted(it.name for it in built_in) == sorted(it["name"] for it in expected)
    (reader,) = client.list(scope_of(subscription), filter="roleName eq 'Reader'")
    assert reader.permissions[0].actions == ["*/read"]
    assert client.get_by_id(reader.id).name == reader.name
    root = f"/providers/Microsoft.Management/managementGroups/{simulator.tenant.id}"
    custom = client.list(root, filter="atScopeAndBelow() and type eq 'CustomRole'")
    expected = simulator.tenant.of("role-definition", builtIn=False)
    assert sorted(it.name for it in custom) == sorted(it["name"] for it in expected)


def test_pim_schedules_and_instances_are_read(arm, subscription):
    client = arm.authorization(subscription["id"], api_version="2020-10-01")
    scope = scope_of(subscription)
    eligible = list(client.role_eligibility_schedule_instances.list_for_scope(scope))
    assigned = list(client.role_assignment_schedule_instances.list_for_scope(scope))
    assert eligible and assigned
    assert not {it.name for it in eligible} & {it.name for it in assigned}
    for it in assigned:
        assert it.assignment_type == "Assigned" and it.start_date_time.tzinfo
    schedules = client.role_eligibility_schedules.list_for_scope(scope)
    assert {it.name for it in eligible} <= {it.name for it in schedules}


def test_deny_assignments_are_listed(arm, simulator):
    found = [
        it
        for subscription in simulator.tenant.expected["subscription"]
        for it in arm.authorization(subscription["id"]).deny_assignments.list_for_scope(scope_of(subscription))
    ]
    (deny,) = found
    assert deny.is_system_protected and deny.permissions[0].actions == ["*/delete"]


def test_storage_accounts_and_their_containers_come_in_pages(simulator, arm):
    tenant = simulator.tenant
    for subscription in tenant.expected["subscription"]:
        client = arm.storage(subscription["id"])
        accounts = list(client.storage_accounts.list())
        expected = tenant.of("storage-account", subscription=subscription["id"])
        assert sorted(it.name for it in accounts) == sorted(it["name"] for it in expected)
        for account in expected:
            group, name = account["resourceGroup"], account["name"]
            assert client.storage_accounts.get_properties(group, name).primary_endpoints.blob.endswith("/")
            containers = tenant.of("container", storageAccount=name)
            for include, wanted in [
                (None, [it for it in containers if not it["deleted"]]),
                ("deleted", containers),
            ]:
                pages = client.blob_containers.list(group, name, maxpagesize="2", include=include).by_page()
                pages = [[it.name for it in page] for page in pages]
                assert all(len(page) <= 2 for page in pages)
                assert sorted(sum(pages, [])) == sorted(it["name"] for it in wanted)


def test_resources_are_listed_by_type(simulator, arm, subscription):
    found = arm.resources(subscription["id"]).resources.list(
        filter="resourceType eq 'Microsoft.Storage/storageAccounts'", top=2
    )
    expected = simulator.tenant.of("storage-account", subscription=subscription["id"])
    assert sorted(it.name for it in found) == sorted(it["name"] for it in expected)
