"""msgraph-sdk lists what was generated, page by page, in batches and by delta."""

from __future__ import annotations

import ssl
from uuid import uuid4

import httpx
import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.directory_objects.get_by_ids.get_by_ids_post_request_body import GetByIdsPostRequestBody
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

from conftest import GRAPH_SCOPE


def asking(builder, eventual: bool = False, **query) -> RequestConfiguration:
    """The options of a request: what a builder calls its query parameters, and ConsistencyLevel."""
    parameters = getattr(type(builder), f"{type(builder).__name__}GetQueryParameters")(**query)
    headers = HeadersCollection()
    if eventual:
        headers.add("ConsistencyLevel", "eventual")
    return RequestConfiguration(query_parameters=parameters, headers=headers)


async def pages(builder, eventual: bool = False, **query) -> list[list]:
    """All pages of a collection."""
    configuration = asking(builder, eventual, **query)
    page = await builder.get(request_configuration=configuration)
    found = [page.value]
    while page.odata_next_link:
        page = await builder.with_url(page.odata_next_link).get(
            request_configuration=RequestConfiguration(headers=configuration.headers)
        )
        found.append(page.value)
    return found


async def everything(builder, eventual: bool = False, **query) -> list:
    """All of a collection."""
    return sum(await pages(builder, eventual, **query), [])


def ids(objects) -> list[str]:
    return sorted(it.id for it in objects)


def ids_of(documents: list[dict]) -> list[str]:
    return sorted(it["id"] for it in documents)


async def test_the_organization_is_told(simulator, graph):
    (organization,) = (await graph.organization.get()).value
    assert organization.id == simulator.tenant.id
    (default,) = [it.name for it in organization.verified_domains if it.is_default]
    assert default == simulator.tenant.domain


async def test_users_come_in_pages_of_what_was_asked_for_with_their_managers(simulator, graph):
    properties = "id,userPrincipalName,displayName,givenName,surname,mail,department,jobTitle,employeeId"
    found = await pages(
        graph.users,
        top=999,
        select=[*properties.split(","), "accountEnabled", "userType"],
        expand=["manager($select=id)"],
    )
    expected = simulator.tenant.expected["user"]
    assert [len(page) for page in found] == [999, len(expected) - 999]
    users = {it.id: it for it in sum(found, [])}
    assert sorted(users) == simulator.tenant.ids("user")
    for it in expected:
        user = users[it["id"]]
        assert user.user_principal_name == it["userPrincipalName"]
        assert user.display_name == it["displayName"]
        assert (user.given_name, user.surname) == (it["givenName"], it["surname"])
        assert (user.mail, user.department) == (it["mail"], it["department"])
        assert (user.job_title, user.employee_id) == (it["jobTitle"], it["employeeId"])
        assert (user.account_enabled, user.user_type) == (it["accountEnabled"], it["userType"])
    managers = sorted((it.id, it.manager.id) for it in users.values() if it.manager)
    assert managers == sorted((it["user"], it["manager"]) for it in simulator.tenant.expected["manager"])


async def test_a_page_holds_a_hundred_users_when_nothing_is_asked(graph):
    page = await graph.users.get()
    assert len(page.value) == 100 and page.odata_next_link
    user = page.value[0]
    assert user.user_principal_name and user.account_enabled is None, "not among the default properties"


async def test_users_are_counted_filtered_and_searched(simulator, graph):
    users = simulator.tenant.expected["user"]
    configuration = RequestConfiguration(headers=HeadersCollection())
    configuration.headers.add("ConsistencyLevel", "eventual")
    assert await graph.users.count.get(request_configuration=configuration) == len(users)
    guests = await everything(graph.users, filter="userType eq 'Guest'", top=999)
    assert ids(guests) == sorted(it["id"] for it in users if it["userType"] == "Guest")
    disabled = await everything(graph.users, eventual=True, filter="accountEnabled eq false", count=True, top=999)
    assert ids(disabled) == sorted(it["id"] for it in users if not it["accountEnabled"])
    somebody = users[42]
    by_id = await graph.users.by_user_id(somebody["id"]).get()
    by_name = await graph.users.by_user_id(somebody["userPrincipalName"]).get()
    assert by_id.id == by_name.id == somebody["id"]


async def test_groups_and_their_members_and_owners_are_listed(simulator, graph):
    tenant = simulator.tenant
    groups = await everything(graph.groups, top=20)
    assert ids(groups) == tenant.ids("group")
    members, owners = set(), set()
    for group in groups:
        builder = graph.groups.by_group_id(group.id)
        members |= {(group.id, it.id) for it in await everything(builder.members, top=10, select=["id"])}
        owners |= {(group.id, it.id) for it in await everything(builder.owners, select=["id"])}
    assert members == {(it["group"], it["member"]) for it in tenant.expected["member"]}
    assert owners == {(it["object"], it["owner"]) for it in tenant.of("owner", objectKind="group")}


async def test_members_say_what_they_are(simulator, graph):
    tenant = simulator.tenant
    kinds = {it["member"]: it["memberKind"] for it in tenant.expected["member"]}
    nested = next(it["group"] for it in tenant.expected["member"] if it["memberKind"] == "group")
    builder = graph.groups.by_group_id(nested)
    found = await everything(builder.members, top=999)
    names = {"user": "User", "group": "Group", "service-principal": "ServicePrincipal", "device": "Device"}
    assert {it.id: type(it).__name__ for it in found} == {it.id: names[kinds[it.id]] for it in found}


async def test_members_of_one_kind_are_asked_for_by_a_cast(simulator, graph):
    nested = next(it["group"] for it in simulator.tenant.of("member", memberKind="group"))
    found = await everything(graph.groups.by_group_id(nested).members.graph_group)
    expected = simulator.tenant.of("member", group=nested, memberKind="group")
    assert ids(found) == sorted(it["member"] for it in expected)


async def test_transitive_members_go_through_rings_of_groups(simulator, graph):
    children: dict[str, set[str]] = {}
    for it in simulator.tenant.expected["member"]:
        children.setdefault(it["group"], set()).add(it["member"])

    def below(group: str) -> set[str]:
        seen, queue = set(), [group]
        while queue:
            new = children.get(queue.pop(), set()) - seen
            seen |= new
            queue.extend(new)
        return seen

    ring = next(group for group in children if group in below(group))
    found = await everything(graph.groups.by_group_id(ring).transitive_members, top=999, select=["id"])
    assert {it.id for it in found} == below(ring) - {ring}


async def test_service_principals_and_what_is_assigned_to_them_are_listed(simulator, graph):
    tenant = simulator.tenant
    principals = await everything(graph.service_principals, top=30)
    assert ids(principals) == tenant.ids("service-principal")
    identities = await everything(graph.service_principals, filter="servicePrincipalType eq 'ManagedIdentity'")
    expected = tenant.of("service-principal", servicePrincipalType="ManagedIdentity")
    assert ids(identities) == sorted(it["id"] for it in expected)
    roles = {(it.id, str(role.id)) for it in principals for role in it.app_roles}
    assert roles == {(it["resource"], it["id"]) for it in tenant.expected["app-role"]}
    assigned = []
    for resource in sorted({it["resource"] for it in tenant.expected["app-role-assignment"]}):
        builder = graph.service_principals.by_service_principal_id(resource).app_role_assigned_to
        found = await everything(builder, top=20)
        assigned += [(str(it.principal_id), str(it.resource_id), str(it.app_role_id)) for it in found]
    expected = tenant.expected["app-role-assignment"]
    assert sorted(assigned) == sorted((it["principal"], it["resource"], it["appRoleId"]) for it in expected)


async def test_applications_are_listed_without_their_secrets(simulator, graph):
    applications = await everything(graph.applications, top=999)
    assert ids(applications) == simulator.tenant.ids("application")
    (reader,) = [it for it in applications if it.display_name == "Directory reader"]
    (password,) = reader.password_credentials
    assert password.secret_text is None and password.hint == "rea"


async def test_directory_roles_and_their_assignments_are_listed(simulator, graph):
    tenant = simulator.tenant
    directory = graph.role_management.directory
    definitions = await everything(directory.role_definitions)
    assert ids(definitions) == tenant.ids("directory-role")
    assignments = await everything(directory.role_assignments)
    found = sorted((it.principal_id, it.role_definition_id, it.directory_scope_id) for it in assignments)
    # What PIM has switched on for a time is an assignment as long as it lasts.
    schedules = await everything(directory.role_assignment_schedule_instances)
    assert schedules
    expected = {(it.principal_id, it.role_definition_id, it.directory_scope_id) for it in schedules}
    permanent = tenant.expected["directory-role-assignment"]
    expected |= {(it["principal"], it["role"], it["directoryScope"]) for it in permanent}
    assert found == sorted(expected)


async def test_objects_are_found_by_their_ids_and_unknown_ones_skipped(simulator, graph):
    tenant = simulator.tenant
    wanted = tenant.ids("user")[:5] + tenant.ids("group")[:5] + tenant.ids("service-principal")[:5]
    body = GetByIdsPostRequestBody(ids=[*wanted, "00000000-0000-4000-8000-000000000000"])
    found = (await graph.directory_objects.get_by_ids.post(body)).value
    assert ids(found) == sorted(wanted)
    body = GetByIdsPostRequestBody(ids=wanted, types=["group"])
    found = (await graph.directory_objects.get_by_ids.post(body)).value
    assert ids(found) == sorted(tenant.ids("group")[:5])


def in_batch(graph, requests: dict) -> BatchRequestContent:
    """A batch of requests. The client would leave addresses absolute (microsoftgraph/msgraph-sdk-python#1015)."""
    content = BatchRequestContent()
    for name, request in requests.items():
        item = BatchRequestItem(request, id=name)
        item.url = item.url.removeprefix(graph.request_adapter.base_url)
        content.add_request(name, item)
    return content


async def test_a_batch_carries_twenty_requests_and_tells_each_its_status(simulator, graph, sign_in):
    tenant = simulator.tenant
    groups = tenant.ids("group")[:19]
    builders = {group: graph.groups.by_group_id(group).members for group in groups}
    requests = {
        group: builder.to_get_request_information(asking(builder, top=999, select=["id"]))
        for group, builder in builders.items()
    }
    requests["nobody"] = graph.users.by_user_id(str(uuid4())).to_get_request_information()
    content = in_batch(graph, requests)
    statuses = (await graph.batch.post(content)).get_response_status_codes()
    assert statuses.pop("nobody") == 404
    assert statuses == dict.fromkeys(groups, 200)

    # The client reads no body that is an object, so that the same batch is sent once more by hand.
    token = sign_in("Directory reader").get_token(GRAPH_SCOPE).token
    answer = httpx.post(
        f"{simulator.url}/v1.0/$batch",
        content=(await graph.batch.to_post_request_information(content)).content,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        verify=ssl.create_default_context(cafile=simulator.ca),
    )
    bodies = {it["id"]: it["body"] for it in answer.json()["responses"]}
    assert bodies.pop("nobody")["error"]["code"] == "Request_ResourceNotFound"
    for group, body in bodies.items():
        assert ids_of(body["value"]) == sorted(it["member"] for it in tenant.of("member", group=group))


async def test_an_absolute_address_in_a_batch_is_refused_as_by_graph_itself(graph):
    content = BatchRequestContent()
    item = BatchRequestItem(graph.groups.to_get_request_information(), id="absolute")
    item.url = f"{graph.request_adapter.base_url}/groups"
    content.add_request("absolute", item)
    assert (await graph.batch.post(content)).get_response_status_codes() == {"absolute": 400}


async def delta(builder, url: str | None = None, **query) -> tuple[list, str]:
    """What a round of delta tells, and the link to the next round."""
    if url:
        page = await builder.with_url(url).get()
    else:
        page = await builder.get(request_configuration=asking(builder, **query))
    found = page.value
    while page.odata_next_link:
        page = await builder.with_url(page.odata_next_link).get()
        found += page.value
    return found, page.odata_delta_link


async def test_delta_tells_all_users_first_and_nothing_new_after(simulator, graph):
    found, link = await delta(graph.users.delta, select=["displayName", "accountEnabled"])
    assert {it.id for it in found} == set(simulator.tenant.ids("user"))
    found, again = await delta(graph.users.delta, link)
    assert found == [] and again


async def test_delta_of_groups_carries_members(simulator, graph):
    found, link = await delta(graph.groups.delta, select=["displayName", "members"])
    members = {(it.id, str(member["id"])) for it in found for member in it.additional_data.get("members@delta", [])}
    assert members == {(it["group"], it["member"]) for it in simulator.tenant.expected["member"]}
    found, _ = await delta(graph.groups.delta, link)
    assert found == []


@pytest.mark.parametrize("kind", ["service_principals", "applications"])
async def test_delta_is_there_for_applications_too(simulator, graph, kind):
    found, link = await delta(getattr(graph, kind).delta)
    expected = simulator.tenant.ids(kind.replace("_", "-").removesuffix("s"))
    assert {it.id for it in found} == set(expected) and link
