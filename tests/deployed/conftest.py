"""An AWS of this machine with Fairlead deployed to it by its own template, and an Azure beside it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(os.environ["FAIRLEAD_PACKAGE"])
BINARIES = Path(os.environ["FAIRLEAD_BINARIES"])
REGION = "us-east-1"
STAGE = "test"
PATIENCE = 180


def until(what, look, patience=PATIENCE):
    """Looks until there is something to see."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.25)
    raise AssertionError(f"{what} did not happen within {patience} s")


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


class Azure:
    """A simulator, until it is stopped."""

    def __init__(self, folder, *arguments):
        folder.mkdir()
        self.cloud, connection = folder / "cloud.toml", folder / "connection.json"
        files = ["--cloud-file", self.cloud, "--connection-file", connection, "--ca-file", folder / "ca.pem"]
        self._process = subprocess.Popen(
            [BINARIES / "fairlead-simulator", "--port", "0", "--until-stdin-closes", *files, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout.readline(), "the simulator ended before it was ready"
        self.tenant = json.loads(connection.read_text())

    def stop(self):
        self._process.kill()
        self._process.wait()


class Deployed:
    """The stack, its clients, and the command that works on the same connections."""

    def __init__(self, endpoint, folder):
        self.endpoint, self.folder = endpoint, folder
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        options = {"endpoint_url": endpoint, "region_name": REGION}
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self._client = lambda name: boto3.client(name, **options, **keys)
        self.functions, self.queues, self.secrets = map(self._client, ["lambda", "sqs", "secretsmanager"])
        self._deploy()

    def _deploy(self):
        archive = shutil.make_archive(str(self.folder / "function"), "zip", PACKAGE)
        objects = self._client("s3")
        objects.create_bucket(Bucket="packages")
        objects.upload_file(archive, "packages", "function.zip")
        template = (ROOT / "infra/template.yaml").read_text()
        local = "CodeUri: ../target/package/function.zip"
        assert local in template
        template = template.replace(local, "CodeUri: s3://packages/function.zip")
        stacks = self._client("cloudformation")
        stacks.create_stack(
            StackName="fairlead",
            TemplateBody=template,
            Parameters=[{"ParameterKey": "Stage", "ParameterValue": STAGE}],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        stacks.get_waiter("stack_create_complete").wait(StackName="fairlead", WaiterConfig={"Delay": 1})
        [stack] = stacks.describe_stacks(StackName="fairlead")["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        resources = stacks.describe_stack_resources(StackName="fairlead")["StackResources"]
        self.resources = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in resources}

    def fairlead(self, *arguments, secret=None):
        """The command, with its state where the function has it; what it prints as JSON."""
        environment = self.environment | {
            "PATH": os.environ["PATH"],
            "FAIRLEAD_HOME": str(self.folder / "home"),
            "FAIRLEAD_CONNECTORS": str(PACKAGE / "connectors"),
            "FAIRLEAD_STATE": self.outputs["StateLocation"],
            "FAIRLEAD_SECRETS_STORE": "aws",
            "FAIRLEAD_SECRETS_PREFIX": f"fairlead/{STAGE}/",
        }
        if secret:
            environment["FAIRLEAD_CLIENT_SECRET"] = secret
        ran = subprocess.run(
            [BINARIES / "fairlead", "--json", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{arguments}: {ran.stdout}{ran.stderr}"
        return json.loads(ran.stdout) if ran.stdout.strip() else None

    def connect(self, name, connector, azure, *more):
        tenant = azure.tenant
        whose = ["--tenant", tenant["tenant_id"], "--client-id", tenant["client_id"], "--cloud", azure.cloud]
        secret = tenant["client_secret"]
        return self.fairlead("connections", "add", name, "--connector", connector, *whose, *more, secret=secret)

    def invoke(self, function, event):
        answer = self.functions.invoke(FunctionName=self.resources[function], Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read() or "null")

    def logs(self):
        """Whatever the functions wrote."""
        return "".join(path.read_text(errors="replace") for path in (self.folder / "logs").iterdir())


@pytest.fixture(scope="session")
def deployed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deployed")
    for name in ["logs", "scratch", "volume"]:
        (folder / name).mkdir()
    port = free_port()
    environment = os.environ | {
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "FILESYSTEM_ROOT": str(folder / "volume"),
        "LOCALSTACK_VOLUME_DIR": str(folder / "volume"),
        "FAIRLEAD_TEST_LOGS": str(folder / "logs"),
        "FAIRLEAD_TEST_SCRATCH": str(folder / "scratch"),
    }
    log = (folder / "localstack.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "localstack.runtime.main"],
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    endpoint = f"http://127.0.0.1:{port}"

    def answers():
        assert process.poll() is None, (folder / "localstack.log").read_text()
        try:
            return requests.get(f"{endpoint}/_localstack/health", timeout=5).ok
        except requests.ConnectionError:
            return False

    try:
        until("LocalStack's start", answers)
        yield Deployed(endpoint, folder)
    finally:
        # It outlives a friendly end.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="session")
def directory(tmp_path_factory):
    """A tenant with a directory to sync."""
    sizes = ["--seed", "11", "--users", "60", "--groups", "10", "--memberships", "200", "--subscriptions", "2"]
    azure = Azure(tmp_path_factory.mktemp("azure") / "directory", *sizes)
    yield azure
    azure.stop()


@pytest.fixture(scope="session")
def rotating(tmp_path_factory):
    """A tenant with an application that may change its own secrets."""
    scenario = ROOT / "tests/onboarding/rotation.toml"
    azure = Azure(tmp_path_factory.mktemp("azure") / "rotating", "--scenario", scenario)
    yield azure
    azure.stop()
