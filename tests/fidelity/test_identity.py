"""azure-identity gets tokens that verify, and the right refusals."""

from __future__ import annotations

import time
from uuid import uuid4

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError

from conftest import ARM_SCOPE, GRAPH_SCOPE
from simulator import App


def signing_key(simulator, tenant: str, token: str):
    """The key that the token names, found the way a verifier finds it: through the discovery document."""
    url = f"{simulator.url}/{tenant}/v2.0/.well-known/openid-configuration"
    discovery = requests.get(url, verify=simulator.ca, timeout=30).json()
    keys = requests.get(discovery["jwks_uri"], verify=simulator.ca, timeout=30).json()["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    (key,) = [key for key in keys if key["kid"] == kid]
    return jwt.PyJWK(key).key


@pytest.mark.parametrize(
    ("scope", "audience"),
    [
        (GRAPH_SCOPE, "https://graph.microsoft.com"),
        (ARM_SCOPE, "https://management.azure.com"),
        ("https://management.core.windows.net//.default", "https://management.core.windows.net/"),
    ],
)
def test_a_token_verifies_against_the_published_keys_and_says_who_it_is_for(simulator, sign_in, scope, audience):
    app = simulator.app("Directory reader")
    token = sign_in(app).get_token(scope)
    key = signing_key(simulator, app.tenant, token.token)
    claims = jwt.decode(
        token.token,
        key,
        algorithms=["RS256"],
        audience=audience,
        issuer=f"https://sts.windows.net/{app.tenant}/",
        options={"require": ["exp", "iat", "nbf", "aud", "iss", "oid", "sub", "tid"]},
    )
    assert claims["ver"] == "1.0"
    assert claims["tid"] == app.tenant
    assert claims["appid"] == app.client
    assert claims["appidacr"] == "1"
    assert claims["idtyp"] == "app"
    (principal,) = simulator.tenant.of("service-principal", appId=app.client)
    assert claims["oid"] == claims["sub"] == principal["id"]
    assert abs(claims["exp"] - token.expires_on) <= 5
    assert 10 * 60 <= claims["exp"] - time.time() <= 28 * 3600


def test_a_damaged_token_does_not_verify(simulator, sign_in):
    app = simulator.app("Directory reader")
    token = sign_in(app).get_token(GRAPH_SCOPE).token
    key = signing_key(simulator, app.tenant, token)
    head, body, signature = token.split(".")
    other = sign_in("Operator").get_token(GRAPH_SCOPE).token.split(".")[1]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{other}.{signature}", key, algorithms=["RS256"], options={"verify_aud": False})
    assert body != other


def test_roles_are_what_was_granted_for_the_resource_and_absent_otherwise(simulator, sign_in):
    tenant = simulator.tenant
    (graph,) = tenant.of("service-principal", appId="00000003-0000-0000-c000-000000000000")
    names = {it["id"]: it["value"] for it in tenant.of("app-role", resource=graph["id"])}

    def roles(app: str, scope: str):
        token = sign_in(app).get_token(scope).token
        return jwt.decode(token, options={"verify_signature": False}).get("roles")

    for app in ["Directory reader", "Operator"]:
        (principal,) = tenant.of("service-principal", displayName=app)
        granted = tenant.of("app-role-assignment", principal=principal["id"], resource=graph["id"])
        assert granted and sorted(roles(app, GRAPH_SCOPE)) == sorted(names[it["appRoleId"]] for it in granted)
        assert roles(app, ARM_SCOPE) is None
    assert roles("Powerless", GRAPH_SCOPE) is None


def test_a_tenant_can_be_named_by_its_domain(simulator, sign_in):
    app = simulator.app("Directory reader")
    token = sign_in(App(simulator.tenant.domain, app.client, app.secret)).get_token(GRAPH_SCOPE)
    assert jwt.decode(token.token, options={"verify_signature": False})["tid"] == app.tenant


def test_a_credential_asks_once_while_its_token_lives(sign_in, count):
    def asked() -> int:
        return sum(it["count"] for it in count()["counts"] if it["template"].endswith("/oauth2/v2.0/token"))

    credential = sign_in("Directory reader")
    first = credential.get_token(GRAPH_SCOPE).token
    assert credential.get_token(GRAPH_SCOPE).token == first
    assert asked() == 1
    sign_in("Directory reader").get_token(GRAPH_SCOPE)
    assert asked() == 2, "a new credential asks again"


def refused(sign_in, app, scope: str = GRAPH_SCOPE) -> str:
    with pytest.raises(ClientAuthenticationError) as refusal:
        sign_in(app).get_token(scope)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("name", "code"),
    [("Expired", 7000222), ("Disabled", 7000112), ("Blocked", 53003), ("Homeless", 7000229)],
)
def test_a_registration_that_is_broken_gets_its_own_code(sign_in, name, code):
    assert f"AADSTS{code}:" in refused(sign_in, name)


def test_a_wrong_secret_and_the_id_of_a_secret_get_the_same_code(simulator, sign_in):
    app = simulator.app("Directory reader")
    for secret in ["rea8Q~this-is-not-the-secret", str(uuid4())]:
        assert "AADSTS7000215:" in refused(sign_in, App(app.tenant, app.client, secret))


def test_an_unknown_client_is_named_with_its_tenant(simulator, sign_in):
    stranger = str(uuid4())
    message = refused(sign_in, App(simulator.tenant.id, stranger, "x"))
    assert "AADSTS700016:" in message and stranger in message


def test_a_single_tenant_client_is_unknown_in_the_other_tenant(simulator, sign_in):
    app = simulator.app("Directory reader")
    assert "AADSTS700016:" in refused(sign_in, App(simulator.unlicensed.id, app.client, app.secret))


def test_an_unknown_tenant_is_refused_by_discovery_and_by_the_token_endpoint(simulator, sign_in):
    app, nowhere = simulator.app("Directory reader"), str(uuid4())
    with pytest.raises((ClientAuthenticationError, ValueError)) as refusal:
        sign_in(App(nowhere, app.client, app.secret)).get_token(GRAPH_SCOPE)
    assert nowhere in str(refusal.value)
    answer = requests.post(
        f"{simulator.url}/{nowhere}/oauth2/v2.0/token",
        data={
            "client_id": app.client,
            "client_secret": app.secret,
            "scope": GRAPH_SCOPE,
            "grant_type": "client_credentials",
        },
        verify=simulator.ca,
        timeout=30,
    )
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ("https://graph.microsoft.com/User.Read", 1002012),
        ("https://nothing.example/.default", 500011),
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(sign_in, scope, code):
    assert f"AADSTS{code}:" in refused(sign_in, "Directory reader", scope)
