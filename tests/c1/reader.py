"""Reads a v1 .c1z: a magic number, one zstd frame, and inside it a SQLite database."""

import io
import sqlite3
import tempfile
from collections import namedtuple
from functools import cached_property
from pathlib import Path

import zstandard

from messages import decode

MAGIC = b"C1ZF\x00"

# The reader that C1 ships refuses frames that want a larger window.
LARGEST_WINDOW = 128 << 20

Resource = namedtuple("Resource", "kind id parent message")
Entitlement = namedtuple("Entitlement", "id resource message")
Grant = namedtuple("Grant", "id entitlement resource principal expansion needs_expansion message")


class C1z:
    """An opened file. Everything is read once and kept."""

    def __init__(self, path):
        self._folder = tempfile.TemporaryDirectory(prefix="c1z-")
        database = Path(self._folder.name) / "sync.db"
        database.write_bytes(self._unpack(Path(path).read_bytes()))
        self.database = sqlite3.connect(database)

    @staticmethod
    def _unpack(data):
        assert data[: len(MAGIC)] == MAGIC, f"the file begins with {data[:8]!r}"
        frame = data[len(MAGIC) :]
        window = zstandard.get_frame_parameters(frame).window_size
        assert window <= LARGEST_WINDOW, f"the frame wants a window of {window} bytes"
        source = io.BytesIO(frame)
        unpacked = io.BytesIO()
        zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW).copy_stream(source, unpacked)
        return unpacked.getvalue()

    def close(self):
        self.database.close()
        self._folder.cleanup()

    def query(self, sql, *parameters):
        return self.database.execute(sql, parameters).fetchall()

    @cached_property
    def resource_types(self):
        rows = self.query("select external_id, data from v1_resource_types")
        return {id: decode("ResourceType", data) for id, data in rows}

    @cached_property
    def resources(self):
        """By "type:id"."""
        rows = self.query(
            "select resource_type_id, external_id, parent_resource_type_id, parent_resource_id, data"
            " from v1_resources"
        )
        return {
            id: Resource(kind, id, None if parent is None else f"{parent_kind}:{parent}", decode("Resource", data))
            for kind, id, parent_kind, parent, data in rows
        }

    def of_kind(self, kind):
        """The resources of a type by their id within it."""
        start = len(kind) + 1
        return {id[start:]: found for id, found in self.resources.items() if found.kind == kind}

    @cached_property
    def entitlements(self):
        rows = self.query("select resource_type_id, resource_id, external_id, data from v1_entitlements")
        return {
            id: Entitlement(id, f"{kind}:{resource}", decode("Entitlement", data))
            for kind, resource, id, data in rows
        }

    @cached_property
    def grants(self):
        """By entitlement and principal, both as their ids."""
        rows = self.query(
            "select external_id, entitlement_id, resource_type_id, resource_id, principal_resource_type_id,"
            " principal_resource_id, expansion, needs_expansion, data from v1_grants"
        )
        grants = {}
        for id, entitlement, kind, resource, principal_kind, principal, expansion, needs, data in rows:
            key = entitlement, f"{principal_kind}:{principal}"
            assert key not in grants, f"{key} is granted twice"
            expansion = None if expansion is None else decode("GrantExpandable", expansion)
            resource = f"{kind}:{resource}"
            grants[key] = Grant(id, entitlement, resource, key[1], expansion, needs, decode("Grant", data))
        return grants
