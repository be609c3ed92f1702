"""What the file ought to say, worked out from the simulator's ground truth by other means than the connector's.

The ground truth is one JSON object a line. Grants are kept as {(entitlement, principal): sources}, sources as
{entitlement: held directly}.
"""

import json
from collections import defaultdict
from functools import cached_property


def read(path, tenant_ids, user_ids):
    """The tenant that the file is about. Several tenants follow one another, each beginning with its own line."""
    tenants = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.strip():
                continue
            record = json.loads(line)
            if record["kind"] == "tenant":
                tenants.append(defaultdict(list))
            tenants[-1][record["kind"]].append(record)
    fitting = [
        tenant
        for tenant in tenants
        if tenant["tenant"][0]["id"] in tenant_ids
        and (not tenant["user"] or any(user["id"] in user_ids for user in tenant["user"]))
    ]
    assert len(fitting) == 1, f"{len(fitting)} of {len(tenants)} generated tenants fit the file"
    return Truth(fitting[0])


class Truth:
    def __init__(self, records):
        self.records = records

    def __getitem__(self, kind):
        return self.records[kind]

    @cached_property
    def types(self):
        """Resource type of everybody who can hold a grant, by object id."""
        types = {user["id"]: "user" for user in self["user"]}
        types |= {group["id"]: "group" for group in self["group"]}
        for principal in self["service-principal"]:
            managed = principal["servicePrincipalType"] == "ManagedIdentity"
            types[principal["id"]] = "managed_identity" if managed else "enterprise_application"
        return types

    def principal(self, id):
        """ "type:id", or None for devices, contacts, and what was deleted."""
        kind = self.types.get(id)
        return kind and f"{kind}:{id}"

    @cached_property
    def members(self):
        """Direct members by group id, principals only."""
        members = {group["id"]: set() for group in self["group"]}
        for member in self["member"]:
            if member["member"] in self.types:
                members[member["group"]].add(member["member"])
        return members

    @cached_property
    def resources(self):
        """All ids by resource type."""
        found = defaultdict(set)
        for id, kind in self.types.items():
            found[kind].add(id)
        found["tenant"] = {tenant["id"] for tenant in self["tenant"]}
        path = "/providers/Microsoft.Management/managementGroups/"
        found["management_group"] = {path + group["name"] for group in self["management-group"]}
        found["subscription"] = {subscription["id"] for subscription in self["subscription"]}
        found["resource_group"] = {f"{it['subscription']}:{it['name']}" for it in self["resource-group"]}
        found["role"] = {role["name"] for role in self["role-definition"]}
        found["role"] |= {assignment["role"] for assignment in self["role-assignment"]}
        found["role_assignment"] = {f"{it['name']}@{it['principal']}" for it in self["role-assignment"]}
        found["storage_account"] = {
            f"{it['subscription']}:{it['resourceGroup']}:Microsoft.Storage:storageAccounts:{it['name']}"
            for it in self["storage-account"]
        }
        found["container"] = {
            f"{it['storageAccount']}:{it['name']}" for it in self["container"] if not it["deleted"]
        }
        return found

    @cached_property
    def direct(self):
        """Principals that hold an entitlement themselves."""
        direct = defaultdict(set)
        for group, members in self.members.items():
            direct[f"group:{group}:members"] |= {self.principal(member) for member in members}
        for owner in self["owner"]:
            principal, kind = self.principal(owner["owner"]), self.types.get(owner["object"])
            if principal and kind in ("group", "enterprise_application"):
                direct[f"{kind}:{owner['object']}:owners"].add(principal)
        for assignment in self["app-role-assignment"]:
            principal, resource = self.principal(assignment["principal"]), assignment["resource"]
            if principal and self.types.get(resource) == "enterprise_application":
                name = f"enterprise_application:{resource}:assignment:{assignment['appRoleId']}"
                direct[name].add(principal)
        for assignment in self["role-assignment"]:
            principal = self.principal(assignment["principal"])
            if principal:
                name = f"role_assignment:{assignment['name']}@{assignment['principal']}:assigned"
                direct[name].add(principal)
        return direct

    def behind(self, group, avoid):
        """Who comes through a group, never through the group `avoid`: ids, and whether they are in it directly."""
        seen, waiting, found = {group, avoid}, [group], {}
        while waiting:
            inner = waiting.pop()
            for member in self.members[inner]:
                found[member] = found.get(member, False) or inner == group
                if member in self.members and member not in seen:
                    seen.add(member)
                    waiting.append(member)
        found.pop(group, None)
        found.pop(avoid, None)
        return found

    @cached_property
    def grants(self):
        """Every grant, those that follow from others included, with its sources."""
        grants = {}
        for entitlement, holders in self.direct.items():
            kind, rest = entitlement.split(":", 1)
            own = rest.removesuffix(":members") if kind == "group" else None
            sources = {holder: {} for holder in holders}
            passes = kind == "role_assignment" or ":assignment:" in entitlement or own in self.members
            for holder in holders if passes else ():
                if not holder.startswith("group:") or holder == f"group:{own}":
                    continue
                through = holder.removeprefix("group:")
                for member, is_direct in self.behind(through, own).items():
                    shallow = kind == "enterprise_application"
                    if shallow and not (is_direct and self.types[member] == "user"):
                        continue
                    sources.setdefault(self.principal(member), {})[f"group:{through}:members"] = is_direct
            for holder, ways in sources.items():
                if ways and holder in holders:
                    ways[entitlement] = True
                grants[entitlement, holder] = ways
        return grants
