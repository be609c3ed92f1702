"""What an onboarding reads and writes, through the official clients: an application looks at itself, and one is set up."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import ClientAssertionCredential
from azure.mgmt.authorization.v2022_04_01.models import RoleAssignmentCreateParameters
from msgraph.generated.applications.item.add_password.add_password_post_request_body import AddPasswordPostRequestBody
from msgraph.generated.applications.item.remove_password.remove_password_post_request_body import (
    RemovePasswordPostRequestBody,
)
from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.application import Application
from msgraph.generated.models.federated_identity_credential import FederatedIdentityCredential
from msgraph.generated.models.o_auth2_permission_grant import OAuth2PermissionGrant
from msgraph.generated.models.password_credential import PasswordCredential
from msgraph.generated.models.required_resource_access import RequiredResourceAccess
from msgraph.generated.models.resource_access import ResourceAccess
from msgraph.generated.models.service_principal import ServicePrincipal

from conftest import ARM_SCOPE, GRAPH_SCOPE
from simulator import App
from test_graph import asking
from test_graph_refusals import code_of, refused

GRAPH_APP = "00000003-0000-0000-c000-000000000000"
AZURE_AD_GRAPH_APP = "00000002-0000-0000-c000-000000000000"
PRINCIPAL = "11111111-0000-4000-8000-0000000000b9"
READER = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"


async def test_an_application_reads_its_registration(simulator, graph_as):
    graph = graph_as("Onboarded")
    builder = graph.applications_with_app_id(simulator.app("Onboarded").client)
    app = await builder.get()
    assert app.id == "11111111-0000-4000-8000-0000000000a9"
    assert app.sign_in_audience == "AzureADMultipleOrgs"
    asked = {str(it.resource_app_id): {(it.type) for it in it.resource_access} for it in app.required_resource_access}
    assert asked == {GRAPH_APP: {"Role", "Scope"}, AZURE_AD_GRAPH_APP: {"Role"}}
    secrets = {it.hint: it for it in app.password_credentials}
    assert sorted(secrets) == ["old", "onb"]
    assert all(it.secret_text is None and isinstance(it.key_id, UUID) for it in secrets.values())
    now = datetime.now(timezone.utc)
    assert secrets["old"].end_date_time < now < secrets["onb"].end_date_time < now + timedelta(days=14)
    trust = await graph.applications.by_application_id(app.id).federated_identity_credentials.get()
    assert [(it.issuer, it.subject) for it in trust.value] == [("https://issuer.example", "workload:sync")]


async def test_an_application_reads_what_it_was_granted(simulator, graph_as):
    graph = graph_as("Onboarded")
    principal = await graph.service_principals_with_app_id(simulator.app("Onboarded").client).get()
    assert (principal.id, principal.account_enabled) == (PRINCIPAL, True)
    assert str(principal.app_owner_organization_id) == simulator.tenant.id
    mine = graph.service_principals.by_service_principal_id(PRINCIPAL)
    granted = (await mine.app_role_assignments.get()).value
    assert {it.resource_display_name for it in granted} == {"Microsoft Graph", "Windows Azure Active Directory"}
    assert all(str(it.principal_id) == PRINCIPAL and it.principal_type == "ServicePrincipal" for it in granted)
    grants = graph.oauth2_permission_grants
    (consent,) = (await grants.get(asking(grants, filter=f"clientId eq '{PRINCIPAL}'"))).value
    assert (consent.consent_type, consent.scope) == ("AllPrincipals", "Directory.AccessAsUser.All")
    known = await graph.directory_objects.by_directory_object_id(PRINCIPAL).get()
    assert known.odata_type == "#microsoft.graph.servicePrincipal"


def test_the_token_tells_directory_roles_and_consented_permissions_only(sign_in):
    token = sign_in("Onboarded").get_token(GRAPH_SCOPE).token
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["roles"] == ["Directory.Read.All"]
    assert "f2ef992c-3afb-46b9-b7cf-a126ee74c451" in claims["wids"]


def test_roles_are_listed_with_those_of_groups_and_eligible_ones_apart(simulator, arm_as):
    subscription = simulator.tenant.expected["subscription"][0]["id"]
    arm = arm_as("Onboarded")
    client = arm.authorization(subscription)
    found = list(client.role_assignments.list_for_subscription(filter=f"atScope() and assignedTo('{PRINCIPAL}')"))
    assert sorted(it.principal_type for it in found) == ["Group", "ServicePrincipal"]
    older = arm.authorization(subscription, api_version="2020-10-01")
    scope = f"/subscriptions/{subscription}"
    eligible = older.role_eligibility_schedule_instances.list_for_scope(scope, filter=f"assignedTo('{PRINCIPAL}')")
    (one,) = eligible
    assert one.role_definition_id.endswith(CONTRIBUTOR) and one.principal_id == PRINCIPAL


async def test_an_application_is_set_up_signs_in_and_is_taken_away(simulator, graph_as, arm_as, sign_in):
    graph = graph_as("Installer")
    api = (await graph.service_principals_with_app_id(GRAPH_APP).get())
    role = next(it for it in api.app_roles if it.value == "User.Read.All")
    access = RequiredResourceAccess(
        resource_app_id=GRAPH_APP, resource_access=[ResourceAccess(id=role.id, type="Role")]
    )
    wanted = Application(
        display_name="Made by the client", sign_in_audience="AzureADMyOrg", required_resource_access=[access]
    )
    app = await graph.applications.post(wanted)
    assert app.required_resource_access[0].resource_access[0].id == role.id
    mine = graph.applications.by_application_id(app.id)
    try:
        principal = await graph.service_principals.post(ServicePrincipal(app_id=app.app_id))
        again = await refused(graph.service_principals.post(ServicePrincipal(app_id=app.app_id)))
        assert code_of(again) == (409, "Request_MultipleObjectsWithSameKeyValue")

        credential = PasswordCredential(display_name="first", end_date_time=datetime(2027, 6, 1, tzinfo=timezone.utc))
        secret = await mine.add_password.post(AddPasswordPostRequestBody(password_credential=credential))
        assert secret.secret_text.startswith(secret.hint) and len(secret.secret_text) == 40
        own = App(simulator.tenant.id, app.app_id, secret.secret_text)
        claims = jwt.decode(sign_in(own).get_token(GRAPH_SCOPE).token, options={"verify_signature": False})
        assert claims["oid"] == principal.id and "roles" not in claims

        grant = AppRoleAssignment(
            principal_id=UUID(principal.id), resource_id=UUID(api.id), app_role_id=role.id
        )
        given = graph.service_principals.by_service_principal_id(principal.id).app_role_assignments
        made = await given.post(grant)
        assert code_of(await refused(given.post(grant))) == (400, "Request_BadRequest")
        claims = jwt.decode(sign_in(own).get_token(GRAPH_SCOPE).token, options={"verify_signature": False})
        assert claims["roles"] == ["User.Read.All"]

        consent = OAuth2PermissionGrant(
            client_id=principal.id, consent_type="AllPrincipals", resource_id=api.id, scope="User.Read"
        )
        consent = await graph.oauth2_permission_grants.post(consent)
        one = graph.oauth2_permission_grants.by_o_auth2_permission_grant_id(consent.id)
        await one.patch(OAuth2PermissionGrant(scope="User.Read openid"))
        assert (await one.get()).scope == "User.Read openid"
        await one.delete()

        trust = FederatedIdentityCredential(
            name="pipeline", issuer="https://issuer.example", subject="x", audiences=["api://AzureADTokenExchange"]
        )
        trust = await mine.federated_identity_credentials.post(trust)
        await mine.federated_identity_credentials.by_federated_identity_credential_id(trust.id).delete()

        await mine.patch(Application(sign_in_audience="AzureADMultipleOrgs"))
        assert (await mine.get()).sign_in_audience == "AzureADMultipleOrgs"

        subscription = simulator.tenant.expected["subscription"][1]["id"]
        scope, name = f"/subscriptions/{subscription}", str(uuid4())
        assignments = arm_as("Installer").authorization(subscription).role_assignments
        reader = RoleAssignmentCreateParameters(
            role_definition_id=scope + READER, principal_id=principal.id, principal_type="ServicePrincipal"
        )
        assignments.create(scope, name, reader)
        seen = arm_as(own).subscriptions.subscriptions.list()
        assert [it.subscription_id for it in seen] == [subscription]
        assignments.delete(scope, name)

        await given.by_app_role_assignment_id(made.id).delete()
        await mine.remove_password.post(RemovePasswordPostRequestBody(key_id=secret.key_id))
        with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
            sign_in(own).get_token(GRAPH_SCOPE)
    finally:
        await mine.delete()
    assert (await refused(graph.service_principals.by_service_principal_id(principal.id).get())).response_status_code == 404
    deleted = await graph.directory.deleted_items.graph_application.get()
    assert app.id in [it.id for it in deleted.value]


async def test_an_application_that_owns_itself_rotates_its_secret(simulator, graph_as, sign_in, physics, count):
    graph = graph_as("Rotator")
    mine = graph.applications.by_application_id("11111111-0000-4000-8000-0000000000ab")
    end = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=90)
    credential = PasswordCredential(display_name="rot-1", end_date_time=end)
    made = await mine.add_password.post(AddPasswordPostRequestBody(password_credential=credential))
    assert made.secret_text.startswith(made.hint) and (made.display_name, made.end_date_time) == ("rot-1", end)
    listed = {it.key_id: it for it in (await mine.get()).password_credentials}
    assert listed[made.key_id].hint == made.hint and listed[made.key_id].secret_text is None
    new = App(simulator.tenant.id, simulator.app("Rotator").client, made.secret_text)
    sign_in(new).get_token(GRAPH_SCOPE)
    await mine.remove_password.post(RemovePasswordPostRequestBody(key_id=made.key_id))
    again = await refused(mine.remove_password.post(RemovePasswordPostRequestBody(key_id=made.key_id)))
    assert code_of(again) == (400, "Request_BadRequest")
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        sign_in(new).get_token(GRAPH_SCOPE)
    other = graph.applications.by_application_id("11111111-0000-4000-8000-0000000000a9")
    assert code_of(await refused(other.add_password.post(AddPasswordPostRequestBody()))) == (
        403,
        "Authorization_RequestDenied",
    )
    written = {(it["template"], it["status"]) for it in count()["writes"]}
    assert written == {
        ("/applications/{id}/addPassword", 200),
        ("/applications/{id}/addPassword", 403),
        ("/applications/{id}/removePassword", 204),
        ("/applications/{id}/removePassword", 400),
    }


async def test_a_new_secret_may_need_some_tries(simulator, graph_as, sign_in, physics):
    physics(**{"new-secrets": {"refusals": 1, "relapses": 1}})
    mine = graph_as("Rotator").applications.by_application_id("11111111-0000-4000-8000-0000000000ab")
    made = await mine.add_password.post(AddPasswordPostRequestBody())
    new = App(simulator.tenant.id, simulator.app("Rotator").client, made.secret_text)
    told = []
    for _ in range(4):
        try:
            told.append(bool(sign_in(new).get_token(GRAPH_SCOPE).token))
        except ClientAuthenticationError as error:
            assert "AADSTS7000215" in str(error)
            told.append(False)
    assert told == [False, True, False, True]
    await mine.remove_password.post(RemovePasswordPostRequestBody(key_id=made.key_id))


async def test_setting_up_needs_the_permission_for_it(graph_as):
    error = await refused(graph_as("Onboarded").applications.post(Application(display_name="No")))
    assert code_of(error) == (403, "Authorization_RequestDenied")


def test_a_throttled_client_gets_plain_text_and_gives_up(sign_in):
    with pytest.raises((ClientAuthenticationError, HttpResponseError, ValueError)):
        sign_in("Throttled").get_token(GRAPH_SCOPE)


def test_a_tenant_of_another_cloud_is_discovered_and_gets_no_token(simulator):
    tenant = simulator.tenants[2].id
    url = f"{simulator.url}/{tenant}/v2.0/.well-known/openid-configuration"
    document = requests.get(url, verify=simulator.ca, timeout=30).json()
    assert document["cloud_instance_name"] == "microsoftonline.us"
    assert document["token_endpoint"].startswith("https://login.microsoftonline.us/")
    # This credential goes straight to the token endpoint.
    credential = ClientAssertionCredential(
        tenant,
        simulator.app("Reader of the third tenant").client,
        lambda: "assertion",
        authority=simulator.url,
        disable_instance_discovery=True,
        connection_verify=simulator.ca,
    )
    with pytest.raises(ClientAuthenticationError, match="AADSTS900382"):
        credential.get_token(ARM_SCOPE)
