"""The clients of Resource Manager meet the right exception and code for each failure, and get through faults."""

from __future__ import annotations

from uuid import uuid4

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.mgmt.authorization.v2022_04_01.models import RoleAssignmentCreateParameters
from azure.mgmt.resource.subscriptions import SubscriptionClient

from conftest import ARM_SCOPE, GRAPH_SCOPE, ResourceManager

READER = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"


def refused(call, expected: type[HttpResponseError] = HttpResponseError) -> HttpResponseError:
    with pytest.raises(expected) as refusal:
        call()
    return refusal.value


@pytest.fixture(scope="module")
def subscriptions(simulator) -> list[str]:
    return [it["id"] for it in simulator.tenant.expected["subscription"]]


def test_without_a_role_no_subscription_is_listed_and_every_other_call_is_refused(simulator, arm_as, subscriptions):
    arm = arm_as("Powerless")
    assert list(arm.subscriptions.subscriptions.list()) == []
    assert len(list(arm.subscriptions.tenants.list())) == 1
    (principal,) = simulator.tenant.of("service-principal", displayName="Powerless")
    subscription = subscriptions[0]
    for call, action in [
        (
            lambda: arm.subscriptions.subscriptions.get(subscription),
            "Microsoft.Resources/subscriptions/read",
        ),
        (
            lambda: list(arm.resources(subscription).resource_groups.list()),
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ),
        (
            lambda: list(arm.authorization(subscription).role_assignments.list_for_subscription()),
            "Microsoft.Authorization/roleAssignments/read",
        ),
        (
            lambda: list(arm.storage(subscription).storage_accounts.list()),
            "Microsoft.Storage/storageAccounts/read",
        ),
    ]:
        error = refused(call)
        assert (error.status_code, error.error.code) == (403, "AuthorizationFailed")
        for part in [principal["id"], f"'{action}'", f"'/subscriptions/{subscription}'"]:
            assert part in error.message


def test_what_does_not_exist_raises_not_found(simulator, arm, subscriptions):
    subscription, nowhere = subscriptions[0], str(uuid4())
    group = simulator.tenant.of("resource-group", subscription=subscription)[0]["name"]
    for call, code in [
        (lambda: arm.subscriptions.subscriptions.get(nowhere), "SubscriptionNotFound"),
        (lambda: arm.resources(subscription).resource_groups.get("nowhere"), "ResourceGroupNotFound"),
        (
            lambda: arm.storage(subscription).storage_accounts.get_properties("nowhere", "account"),
            "ResourceGroupNotFound",
        ),
        (
            lambda: arm.storage(subscription).storage_accounts.get_properties(group, "nothing"),
            "ResourceNotFound",
        ),
        (
            lambda: arm.authorization(subscription).role_assignments.get(f"/subscriptions/{subscription}", nowhere),
            "RoleAssignmentNotFound",
        ),
    ]:
        error = refused(call, ResourceNotFoundError)
        assert (error.status_code, error.error.code) == (404, code)
    # A management group that does not exist lies below none, so no right reaches it.
    error = refused(lambda: arm.management_groups.management_groups.get("nowhere"))
    assert (error.status_code, error.error.code) == (403, "AuthorizationFailed")


def test_a_subscription_of_another_tenant_asks_for_a_token_of_that_tenant(simulator, arm):
    foreign = simulator.unlicensed.expected["subscription"][0]["id"]
    error = refused(lambda: arm.subscriptions.subscriptions.get(foreign), ClientAuthenticationError)
    assert (error.status_code, error.error.code) == (401, "InvalidAuthenticationTokenTenant")
    assert f"https://sts.windows.net/{simulator.unlicensed.id}/" in error.message


def test_pim_without_a_licence_is_a_licence_error(simulator, arm_as):
    (subscription,) = simulator.unlicensed.expected["subscription"]
    client = arm_as("Reader of the second tenant").authorization(subscription["id"], api_version="2020-10-01")
    scope = f"/subscriptions/{subscription['id']}"
    for operations in [client.role_eligibility_schedule_instances, client.role_assignment_schedules]:
        error = refused(lambda operations=operations: list(operations.list_for_scope(scope)))
        assert (error.status_code, error.error.code) == (400, "AadPremiumLicenseRequired")


class Token:
    """A credential that always gives the same token."""

    def __init__(self, token: str):
        self._token = token

    def get_token(self, *_scopes, **_options) -> AccessToken:
        return AccessToken(self._token, 4_000_000_000)


def test_tokens_that_are_nonsense_or_for_another_service_are_refused(simulator, sign_in):
    for_graph = sign_in("Directory reader").get_token(GRAPH_SCOPE).token
    head, body, signature = sign_in("Directory reader").get_token(ARM_SCOPE).token.split(".")
    for token, code in [
        ("nonsense", "InvalidAuthenticationToken"),
        (f"{head}.{body}.{signature[::-1]}", "InvalidAuthenticationToken"),
        (for_graph, "InvalidAuthenticationTokenAudience"),
    ]:
        arm = ResourceManager(simulator, Token(token))
        error = refused(lambda arm=arm: list(arm.subscriptions.subscriptions.list()), ClientAuthenticationError)
        assert (error.status_code, error.error.code) == (401, code)


def test_versions_are_required_and_checked(simulator, sign_in):
    client = SubscriptionClient(
        sign_in("Directory reader"),
        base_url=simulator.url,
        credential_scopes=[ARM_SCOPE],
        connection_verify=simulator.ca,
        api_version="1999-01-01",
    )
    error = refused(lambda: list(client.subscriptions.list()))
    assert (error.status_code, error.error.code) == (400, "InvalidApiVersionParameter")
    token = sign_in("Directory reader").get_token(ARM_SCOPE).token
    answer = requests.get(
        f"{simulator.url}/subscriptions",
        headers={"Authorization": f"Bearer {token}"},
        verify=simulator.ca,
        timeout=30,
    )
    assert answer.json()["error"]["code"] == "MissingApiVersionParameter"
    assert answer.headers["x-ms-request-id"] and answer.headers["x-ms-correlation-request-id"]


def test_answers_tell_how_many_reads_are_left(arm, subscriptions):
    def headers(call) -> dict:
        return call(cls=lambda response, _result, _more: response.http_response.headers)

    groups = arm.resources(subscriptions[0]).resource_groups
    left = [
        int(headers(lambda **more: groups.check_existence("nowhere", **more))[name])
        for name in ["x-ms-ratelimit-remaining-subscription-reads"] * 2
    ]
    assert 0 <= left[1] < 250
    tenant = headers(lambda **more: arm.subscriptions.subscriptions.get(subscriptions[0], **more))
    assert "x-ms-ratelimit-remaining-subscription-reads" in tenant
    assert "x-ms-request-id" in tenant and "x-ms-correlation-request-id" in tenant


def test_a_throttled_client_waits_as_told_and_succeeds(simulator, arm, subscriptions, physics, count):
    physics(limits={"arm-reads": {"capacity": 2, "per-second": 2.0}})
    groups = arm.resources(subscriptions[0]).resource_groups
    for _ in range(4):
        assert list(groups.list())
    refusals = [it for it in count()["recent"] if it["status"] == 429]
    assert refusals, "two a second are too few for four at once"


def test_a_client_that_does_not_wait_learns_that_it_was_throttled(arm, subscriptions, physics):
    physics(limits={"arm-reads": {"capacity": 1, "per-second": 0.01}})
    groups = arm.resources(subscriptions[0]).resource_groups
    list(groups.list())
    error = refused(lambda: list(groups.list(retry_total=0)))
    assert (error.status_code, error.error.code) == (429, "SubscriptionRequestsThrottled")
    assert int(error.response.headers["Retry-After"]) >= 1


def test_lists_are_complete_through_failures_and_broken_connections(simulator, arm, subscriptions, physics):
    physics(faults={"unavailable": 0.1, "reset": 0.1, "internal": 0.05, "retry-after-s": 0})
    subscription = subscriptions[0]
    for _ in range(3):
        found = sorted(it.name for it in arm.resources(subscription).resource_groups.list(top=2))
        assert found == sorted(it["name"] for it in simulator.tenant.of("resource-group", subscription=subscription))


def test_a_role_is_assigned_once_and_taken_back(simulator, arm_as, subscriptions):
    subscription, name = subscriptions[1], str(uuid4())
    scope = f"/subscriptions/{subscription}"
    client = arm_as("Operator").authorization(subscription).role_assignments
    busy = {it["principal"] for it in simulator.tenant.expected["role-assignment"]}
    user = next(it for it in simulator.tenant.ids("user") if it not in busy)
    wanted = RoleAssignmentCreateParameters(role_definition_id=scope + READER, principal_id=user)
    made = client.create(scope, name, wanted)
    assert (made.principal_type, made.scope) == ("User", scope)
    assert client.get(scope, name).id == made.id
    error = refused(lambda: client.create(scope, str(uuid4()), wanted), ResourceExistsError)
    assert (error.status_code, error.error.code) == (409, "RoleAssignmentExists")
    assert name.replace("-", "") in error.message
    nobody = RoleAssignmentCreateParameters(role_definition_id=scope + READER, principal_id=str(uuid4()))
    error = refused(lambda: client.create(scope, str(uuid4()), nobody))
    assert (error.status_code, error.error.code) == (400, "PrincipalNotFound")
    assert client.delete(scope, name).name == name
    assert client.delete(scope, name) is None, "what is not there is deleted without complaint"


def test_a_reader_may_not_assign_roles(simulator, arm, subscriptions):
    scope = f"/subscriptions/{subscriptions[1]}"
    wanted = RoleAssignmentCreateParameters(
        role_definition_id=scope + READER, principal_id=simulator.tenant.expected["user"][0]["id"]
    )
    client = arm.authorization(subscriptions[1]).role_assignments
    error = refused(lambda: client.create(scope, str(uuid4()), wanted))
    assert (error.status_code, error.error.code) == (403, "AuthorizationFailed")
    assert "'Microsoft.Authorization/roleAssignments/write'" in error.message


def test_a_resource_group_is_deleted_in_a_long_running_operation(arm_as, subscriptions):
    groups = arm_as("Operator").resources(subscriptions[1]).resource_groups
    made = groups.create_or_update("rg-of-the-test", {"location": "westeurope", "tags": {"for": "test"}})
    assert made.properties.provisioning_state == "Succeeded"
    groups.begin_delete("rg-of-the-test").result()
    assert not groups.check_existence("rg-of-the-test")


def test_a_deny_assignment_overrides_the_owner(simulator, arm_as, subscriptions):
    arm = arm_as("Operator")
    denied = [
        subscription
        for subscription in subscriptions
        if list(arm.authorization(subscription).deny_assignments.list_for_scope(f"/subscriptions/{subscription}"))
    ]
    group = simulator.tenant.of("resource-group", subscription=denied[0])[0]["name"]
    error = refused(lambda: arm.resources(denied[0]).resource_groups.begin_delete(group).result())
    assert (error.status_code, error.error.code) == (403, "DenyAssignmentAuthorizationFailed")
