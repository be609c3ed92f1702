"""msgraph-sdk meets the right error for each failure, and gets through faults and throttling."""

from __future__ import annotations

from uuid import uuid4

import pytest
import requests
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

from conftest import ARM_SCOPE, GRAPH_SCOPE
from test_graph import asking, delta, everything, ids


async def refused(request) -> ODataError:
    with pytest.raises(ODataError) as refusal:
        await request
    error = refusal.value
    assert error.error.message
    assert error.error.inner_error.request_id
    return error


def code_of(error: ODataError) -> tuple[int, str]:
    return error.response_status_code, error.error.code


async def test_without_permission_every_collection_is_refused(graph_as):
    graph = graph_as("Powerless")
    for builder in [graph.users, graph.groups, graph.service_principals, graph.applications]:
        assert code_of(await refused(builder.get())) == (403, "Authorization_RequestDenied")


async def test_one_permission_opens_what_it_is_for_and_no_more(graph_as):
    graph = graph_as("Operator")
    assert (await graph.users.get()).value and (await graph.groups.get()).value
    roles = graph.role_management.directory.role_assignments
    assert (await refused(roles.get())).response_status_code == 403


async def test_what_does_not_exist_is_named(graph):
    nobody = str(uuid4())
    for request in [
        graph.users.by_user_id(nobody).get(),
        graph.groups.by_group_id(nobody).get(),
        graph.groups.by_group_id(nobody).members.get(),
        graph.service_principals.by_service_principal_id(nobody).get(),
    ]:
        error = await refused(request)
        assert code_of(error) == (404, "Request_ResourceNotFound")
        assert nobody in error.error.message


async def test_queries_that_cannot_be_served_are_refused(graph):
    for query in [{"filter": "displayName eq"}, {"select": ["noSuchProperty"]}, {"top": 1000}]:
        assert (await refused(graph.users.get(asking(graph.users, **query)))).response_status_code == 400


async def test_what_needs_a_licence_says_so(graph_as):
    graph = graph_as("Reader of the second tenant")
    error = await refused(graph.users.get(asking(graph.users, select=["id", "signInActivity"])))
    assert code_of(error) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    schedules = graph.role_management.directory.role_eligibility_schedule_instances
    assert code_of(await refused(schedules.get())) == (400, "AadPremiumLicenseRequired")


async def test_a_licensed_tenant_reads_both(graph):
    users = await graph.users.get(asking(graph.users, select=["id", "signInActivity"]))
    assert any(it.sign_in_activity for it in users.value)
    schedules = graph.role_management.directory.role_eligibility_schedule_instances
    assert (await schedules.get()).value


def test_tokens_that_are_nonsense_or_for_another_service_are_refused(simulator, sign_in):
    for_arm = sign_in("Directory reader").get_token(ARM_SCOPE).token
    head, body, signature = sign_in("Directory reader").get_token(GRAPH_SCOPE).token.split(".")
    for token in ["", "nonsense", f"{head}.{body}.{signature[::-1]}", for_arm]:
        answer = requests.get(
            f"{simulator.url}/v1.0/users",
            headers={"Authorization": f"Bearer {token}"},
            verify=simulator.ca,
            timeout=30,
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
        assert answer.headers["request-id"] and answer.headers["client-request-id"]


async def test_a_throttled_client_waits_as_told_and_succeeds(graph, physics, count):
    physics(limits={"graph-units": 10})
    for _ in range(14):
        assert (await graph.organization.get()).value
    refusals = [it for it in count()["recent"] if it["status"] == 429]
    assert refusals, "14 units do not fit into 10"


async def test_lists_are_complete_through_failures(simulator, graph, physics):
    physics(faults={"throttled": 0.1, "unavailable": 0.1, "retry-after-s": 0})
    groups = await everything(graph.groups, top=5)
    assert ids(groups) == simulator.tenant.ids("group")


async def test_lists_are_complete_through_empty_pages(simulator, graph, physics, count):
    physics(faults={"empty-page": 0.5})
    groups = await everything(graph.groups, top=20)
    assert ids(groups) == simulator.tenant.ids("group")
    pages = [it for it in count()["counts"] if it["template"] == "/groups"]
    assert sum(it["count"] for it in pages) > 3, "some pages were empty"


async def test_a_delta_token_that_is_too_old_is_gone(simulator, graph_as):
    _, link = await delta(graph_as("Directory reader").groups.delta, select=["displayName"])
    simulator.admin("PUT", "clock", json={"advance-s": 8 * 24 * 3600})
    try:
        # The clock has moved, so that a token of before has ended too: a new client asks for a new one.
        error = await refused(graph_as("Directory reader").groups.delta.with_url(link).get())
    finally:
        simulator.admin("PUT", "clock", json={"real": True})
    assert error.response_status_code == 410
