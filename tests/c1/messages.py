"""The messages of C1's file, from the field numbers of its published description alone.

Nothing here comes from the connector: the descriptors are built at run time from the table below, so a wrong
field number in the connector cannot hide behind the same mistake in a shared definition.
"""

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory, struct_pb2, timestamp_pb2

PACKAGE = "c1.connector.v2"

SCALARS = {
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
}

WELL_KNOWN = {
    "Any": ".google.protobuf.Any",
    "Struct": ".google.protobuf.Struct",
    "Timestamp": ".google.protobuf.Timestamp",
}

# Message: "name number type", "*" before the type for a repeated field, "map" for string keys. Enums are int32,
# which is the same on the wire.
TABLE = {
    "ResourceType": "id 1 string, display_name 2 string, traits 3 *int32, annotations 4 *Any, "
    "description 5 string, sourced_externally 6 bool",
    "ResourceId": "resource_type 1 string, resource 2 string, baton_resource 3 bool",
    "Resource": "id 1 ResourceId, parent_resource_id 2 ResourceId, display_name 3 string, annotations 4 *Any, "
    "description 5 string, baton_resource 6 bool, profile 9 Struct, icon 10 AssetRef, status 11 Status, "
    "created_at 12 Timestamp",
    "Status": "status 1 int32, details 2 string",
    "Entitlement": "resource 1 Resource, id 2 string, display_name 3 string, description 4 string, "
    "grantable_to 5 *ResourceType, annotations 6 *Any, purpose 7 int32, slug 8 string",
    "Grant": "entitlement 1 Entitlement, principal 2 Resource, id 3 string, annotations 4 *Any, "
    "sources 5 GrantSources",
    "GrantSources": "sources 1 map GrantSource",
    "GrantSource": "is_direct 1 bool",
    "AssetRef": "id 1 string",
    "Email": "address 1 string, is_primary 2 bool",
    "StructuredName": "given_name 1 string, family_name 2 string, middle_names 3 *string, prefix 4 string, "
    "suffix 5 string",
    "UserTrait": "emails 1 *Email, status 2 Status, profile 3 Struct, icon 4 AssetRef, account_type 5 int32, "
    "login 6 string, login_aliases 7 *string, created_at 8 Timestamp, last_login 9 Timestamp, "
    "structured_name 12 StructuredName, employee_ids 13 *string",
    "GroupTrait": "icon 1 AssetRef, profile 2 Struct, group_source_type 3 int32, raw_group_source_type 4 string",
    "RoleTrait": "profile 1 Struct",
    "AppTrait": "help_url 1 string, icon 2 AssetRef, logo 3 AssetRef, profile 4 Struct, flags 5 *int32, "
    "app_source_type 6 int32, raw_app_source_type 7 string",
    "ScopeBindingTrait": "role_id 1 ResourceId, scope_resource_id 2 ResourceId",
    "GrantExpandable": "entitlement_ids 1 *string, shallow 2 bool, resource_type_ids 3 *string",
    "GrantImmutable": "source_id 1 string, metadata 2 Struct",
    "ExternalLink": "url 1 string",
    "V1Identifier": "id 1 string",
    "SkipEntitlementsAndGrants": "",
    "OptInRequired": "",
}

USER, GROUP, ROLE, APP, SCOPE_BINDING = 1, 2, 3, 4, 7
ASSIGNMENT, PERMISSION = 1, 2
ENABLED, DISABLED = 1, 2
ACCOUNT_SERVICE = 2


def _build():
    pool = descriptor_pool.DescriptorPool()
    for module in (any_pb2, struct_pb2, timestamp_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name="c1.proto", package=PACKAGE, syntax="proto3")
    file.dependency.extend(module.DESCRIPTOR.name for module in (any_pb2, struct_pb2, timestamp_pb2))
    for name, fields in TABLE.items():
        message = file.message_type.add(name=name)
        for field in filter(None, (field.strip() for field in fields.split(","))):
            _add_field(message, *field.split())
    pool.Add(file)
    find = lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))
    return {name: find(name) for name in TABLE}


def _add_field(message, name, number, kind, value=None):
    field = message.field.add(name=name, number=int(number))
    field.label = field.LABEL_REPEATED if kind.startswith("*") or kind == "map" else field.LABEL_OPTIONAL
    if kind == "map":
        entry = message.nested_type.add(name="".join(part.title() for part in name.split("_")) + "Entry")
        entry.options.map_entry = True
        _add_field(entry, "key", 1, "string")
        _add_field(entry, "value", 2, value)
        field.type, field.type_name = field.TYPE_MESSAGE, f".{PACKAGE}.{message.name}.{entry.name}"
        return
    kind = kind.removeprefix("*")
    if kind in SCALARS:
        field.type = SCALARS[kind]
    else:
        field.type, field.type_name = field.TYPE_MESSAGE, WELL_KNOWN.get(kind, f".{PACKAGE}.{kind}")


CLASSES = _build()


def decode(name, data):
    """Decodes a message; bytes that no field of it explains are an error."""
    message = CLASSES[name].FromString(data)
    unknown = _unknown(message)
    assert not unknown, f"a {name} has fields that its description does not know: {unknown}"
    return message


def _unknown(message):
    from google.protobuf import unknown_fields

    found = [field.field_number for field in unknown_fields.UnknownFieldSet(message)]
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        if descriptor.message_type.GetOptions().map_entry:
            values = [item for item in value.values() if hasattr(item, "ListFields")]
        elif hasattr(value, "ListFields"):
            values = [value]
        else:
            values = value
        for inner in values:
            found.extend(_unknown(inner))
    return found


def annotation(annotations, name):
    """The annotation of that name, or None. Two of one name are an error."""
    url = f"type.googleapis.com/{PACKAGE}.{name}"
    found = [any_ for any_ in annotations if any_.type_url == url]
    assert len(found) <= 1, f"there are {len(found)} annotations {name}"
    return decode(name, found[0].value) if found else None


def profile(struct):
    """A profile as a dictionary."""
    return {key: _plain(value) for key, value in struct.fields.items()}


def _plain(value):
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    return getattr(value, kind)
