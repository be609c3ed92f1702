"""One simulator for the whole run, and the official clients set up as for a cloud of one's own."""

from __future__ import annotations

import os
import ssl

import httpx
import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.managementgroups import ManagementGroupsMgmtClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.storage import StorageManagementClient
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory

from simulator import App, Simulator

# The machine's own environment must not decide whom the clients trust, nor send them through a proxy.
for name in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"]:
    os.environ.pop(name, None)
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"

ARM_SCOPE = "https://management.azure.com/.default"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"


@pytest.fixture(scope="session")
def simulator(tmp_path_factory):
    """The simulator of the run."""
    program = os.environ.get("FAIRLEAD_SIMULATOR")
    assert program, "FAIRLEAD_SIMULATOR must name the simulator's binary; `cargo xtask test fidelity` sets it"
    simulator = Simulator(program, tmp_path_factory.mktemp("simulator"))
    yield simulator
    simulator.stop()


@pytest.fixture
def physics(simulator):
    """Changes the physics for one test."""
    yield lambda **settings: simulator.admin("PATCH", "physics", json=settings)
    simulator.admin("PUT", "physics", json={})


@pytest.fixture
def count(simulator):
    """Counts requests from now on: `count()` gives the summary of the log."""
    simulator.admin("DELETE", "requests")
    return lambda: simulator.admin("GET", "requests?recent=1000").json()


@pytest.fixture(scope="session")
def sign_in(simulator):
    """Makes a credential for a registration: by name, or one made up."""

    def credential(app: str | App) -> ClientSecretCredential:
        app = simulator.app(app) if isinstance(app, str) else app
        return ClientSecretCredential(
            app.tenant,
            app.client,
            app.secret,
            authority=simulator.url,
            disable_instance_discovery=True,
            connection_verify=simulator.ca,
        )

    return credential


class ResourceManager:
    """The clients of Resource Manager for one credential."""

    def __init__(self, simulator: Simulator, credential):
        self._credential = credential
        self._options = {
            "base_url": simulator.url,
            "credential_scopes": [ARM_SCOPE],
            "connection_verify": simulator.ca,
            "polling_interval": 0,
        }
        self.subscriptions = SubscriptionClient(credential, **self._options)
        self.management_groups = ManagementGroupsMgmtClient(credential, **self._options)

    def resources(self, subscription: str) -> ResourceManagementClient:
        return ResourceManagementClient(self._credential, subscription, **self._options)

    def authorization(self, subscription: str, **options) -> AuthorizationManagementClient:
        return AuthorizationManagementClient(self._credential, subscription, **self._options, **options)

    def storage(self, subscription: str) -> StorageManagementClient:
        return StorageManagementClient(self._credential, subscription, **self._options)


@pytest.fixture(scope="session")
def arm_as(simulator, sign_in):
    """Makes the clients of Resource Manager for a registration."""
    return lambda app: ResourceManager(simulator, sign_in(app))


@pytest.fixture(scope="session")
def arm(arm_as):
    """Resource Manager as the reader sees it."""
    return arm_as("Directory reader")


@pytest.fixture(scope="session")
async def graph_as(simulator, sign_in):
    """Makes a Graph client for a registration."""
    trust = ssl.create_default_context(cafile=simulator.ca)
    clients = []

    def client(app) -> GraphServiceClient:
        http = httpx.AsyncClient(verify=trust, timeout=30)
        http = GraphClientFactory.create_with_default_middleware(client=http, host=simulator.url)
        clients.append(http)
        host = httpx.URL(simulator.url).host
        provider = AzureIdentityAuthenticationProvider(sign_in(app), scopes=[GRAPH_SCOPE], allowed_hosts=[host])
        adapter = GraphRequestAdapter(provider, http)
        adapter.base_url = f"{simulator.url}/v1.0"
        return GraphServiceClient(request_adapter=adapter)

    yield client
    for http in clients:
        await http.aclose()


@pytest.fixture(scope="session")
async def graph(graph_as):
    """Graph as the reader sees it."""
    return graph_as("Directory reader")
