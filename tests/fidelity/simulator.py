"""The simulator as a process, and what it says about itself."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import requests

SCENARIO = Path(__file__).with_name("scenario.toml")


@dataclass(frozen=True)
class App:
    """How to sign in as a registration of a tenant."""

    tenant: str
    client: str
    secret: str


@dataclass
class Tenant:
    """What the simulator generated, by kind."""

    id: str
    domain: str
    expected: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))

    def of(self, kind: str, **wanted) -> list[dict]:
        """The generated things of a kind that have these values."""
        return [it for it in self.expected[kind] if all(it[name] == value for name, value in wanted.items())]

    def ids(self, kind: str, member: str = "id") -> list[str]:
        """The sorted ids of a kind."""
        return sorted(it[member] for it in self.expected[kind])


class Simulator:
    """A simulator that runs until it is stopped."""

    def __init__(self, program: str, folder: Path):
        self.ca = str(folder / "ca.pem")
        self._process = subprocess.Popen(
            [program, "--port", "0", "--until-stdin-closes", "--scenario", str(SCENARIO), "--ca-file", self.ca],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._process.stdout.readline()
        assert line, f"the simulator ended before it was ready, with {self._process.wait()}"
        self.url = json.loads(line)["base_url"]
        self._admin = requests.Session()
        self._admin.verify = self.ca
        self.tenants = self._read_expected()
        plans = tomllib.loads(SCENARIO.read_text())["tenant"]
        self._apps = {
            app["name"]: App(tenant.id, app["client-id"], app["secret"])
            for tenant, plan in zip(self.tenants, plans, strict=True)
            for app in [plan["reader"], *plan.get("app", [])]
        }

    @property
    def tenant(self) -> Tenant:
        """The tenant that most tests are about."""
        return self.tenants[0]

    @property
    def unlicensed(self) -> Tenant:
        """The tenant without licences."""
        return self.tenants[1]

    def app(self, name: str) -> App:
        """A registration of the scenario by its name."""
        return self._apps[name]

    def admin(self, method: str, path: str, **options) -> requests.Response:
        """Asks the admin API."""
        answer = self._admin.request(method, f"{self.url}/_simulator/{path}", timeout=30, **options)
        answer.raise_for_status()
        return answer

    def _read_expected(self) -> list[Tenant]:
        tenants: list[Tenant] = []
        for line in self.admin("GET", "expected").content.split(b"\n"):
            if not line:
                continue
            thing = json.loads(line)
            if thing["kind"] == "tenant":
                tenants.append(Tenant(thing["id"], thing["defaultDomain"]))
            else:
                tenants[-1].expected[thing["kind"]].append(thing)
        return tenants

    def stop(self) -> None:
        """Closes its standard input, at which it ends."""
        self._process.stdin.close()
        self._process.wait(timeout=30)
