"""Schemas of resource types as others publish them, in one compact file.

    published.py FOLDER OUT

Reads the one wheel in FOLDER, the PyPI package of CDK's bindings for the Terraform AWS provider, which
were generated from that provider's schemas, and what cfn-lint bundles: CloudFormation's resource schemas, and the actions
of IAM by the Service Authorization Reference. Writes

    {"version": "5.99.1",
     "resources": {"aws_sqs_queue": BLOCK}, "data": {"aws_vpc": BLOCK},
     "cloudformation": {"AWS::SQS::Queue": {"create_only": [...], "read_only": [...], "write_only": [...],
    "primary": [...], "is_handled": true,
    "permissions": {"create": ["sqs:CreateQueue"], "read": [...], "update": [...], "delete": [...]}}},
     "actions": {"sqs": ["createqueue"]}}

where BLOCK is {"attributes": {NAME: {"type": "string", "required": true, "settable": true}},
"blocks": {NAME: {"nesting": "list", "max": 1, "required": false, "block": BLOCK}}}.
"""

import importlib.util
import io
import json
import pathlib
import re
import sys
import tarfile
import zipfile

# What the bindings call types.
SIMPLE = {
    "string": "string",
    "number": "number",
    "boolean": "bool",
    "any": "dynamic",
    "stringList": "list(string)",
    "numberList": "list(number)",
    "booleanList": "list(bool)",
    "stringMap": "map(string)",
    "numberMap": "map(number)",
    "booleanMap": "map(bool)",
    "anyMap": "map(dynamic)",
}
GETTERS = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": "list(string)",
    "getNumberListAttribute": "list(number)",
}
COMPUTED_OBJECTS = {
    "StringMap": "map(string)",
    "NumberMap": "map(number)",
    "BooleanMap": "map(bool)",
    "AnyMap": "map(dynamic)",
    "StringMapList": "list(map(string))",
}

ENTRY = re.compile(
    r"^ +['\"]?(\w+)['\"]?: \{\n"
    r" +value: (.*),\n"
    r" +isBlock: (\w+),\n"
    r" +type: \"(\w+)\",\n"
    r" +storageClassType: \"(\w+)\",\n",
    re.MULTILINE,
)
FUNCTION = re.compile(
    r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}\n", re.MULTILINE | re.DOTALL
)
INTERFACE = re.compile(
    r"^export interface (\w+)(?: extends [\w., ]+)? \{\n(.*?)^\}\n", re.MULTILINE | re.DOTALL
)
CLASS = re.compile(r"^class (\w+) extends [\w.]+ \{\n(.*?)^\}\n", re.MULTILINE | re.DOTALL)
READONLY = re.compile(r"^    readonly (\w+)(\??): ", re.MULTILINE)
COMPUTED = re.compile(
    r"get (\w+)\(\) \{\n\s+return (?:cdktf\.Fn\.tolist\()?this\.(\w+)\('(\w+)'\)", re.MULTILINE
)
OBJECTS = re.compile(r"this\._(\w+) = new (?:cdktf\.)?(\w+)\(this, \"(\w+)\"(?:, (\w+))?\)")


def camel(name):
    """`delaySeconds` of `delay_seconds`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def lower_first(name):
    """The name of the function for the interface of that name."""
    return name[:1].lower() + name[1:]


class Source:
    """The two files of one type."""

    def __init__(self, script, declarations):
        """Takes apart what is looked up often."""
        self.functions = dict(FUNCTION.findall(script))
        self.classes = dict(CLASS.findall(script))
        self.interfaces = {
            name: dict(READONLY.findall(body)) for name, body in INTERFACE.findall(declarations)
        }
        self.script = script

    def resource(self, class_name):
        """The block of the type itself."""
        body = self.classes[class_name]
        entries = body.partition("synthesizeHclAttributes() {")[2]
        settable = self.interfaces.get(f"{class_name}Config", {})
        return self.block(entries, settable, body)

    def block(self, entries, settable, class_body):
        """A block of what can be set, and of what can only be read."""
        block = {"attributes": {}, "blocks": {}}
        optional = {lower(name): mark == "?" for name, mark in settable.items()}
        for name, value, is_block, kind, storage in ENTRY.findall(entries):
            required = not optional.get(lower(camel(name)), True)
            nested = re.search(r"(\w+)ToHclTerraform\b", value)
            nested = nested and nested.group(1)
            if nested in self.functions:
                inner = self.nested(nested)
                is_many = "MapperHcl(" in value
                block["blocks" if is_block == "true" else "attributes"][name] = {
                    "nesting": {"struct": "single"}.get(kind, kind),
                    "max": None if is_many else 1,
                    "required": required,
                    "settable": True,
                    "block": inner,
                }
                continue
            shown = SIMPLE.get(storage, "dynamic")
            if kind == "set":
                shown = shown.replace("list(", "set(")
            block["attributes"][name] = {"type": shown, "required": required, "settable": True}
        for _, getter, name in COMPUTED.findall(class_body):
            if name not in block["attributes"] and name not in block["blocks"]:
                shown = GETTERS.get(getter, "dynamic")
                is_set = f"Fn.tolist(this.{getter}('{name}')" in class_body
                shown = shown.replace("list(", "set(") if is_set else shown
                block["attributes"][name] = computed(shown)
        for _, object_class, name, is_set in OBJECTS.findall(class_body):
            if name in block["attributes"] or name in block["blocks"]:
                continue
            if object_class in COMPUTED_OBJECTS:
                block["attributes"][name] = computed(COMPUTED_OBJECTS[object_class])
                continue
            inner = object_class.removesuffix("List").removesuffix("Map")
            output = self.classes.get(f"{inner}OutputReference", "")
            block["attributes"][name] = {
                "nesting": "set" if is_set == "true" else "list",
                "max": None,
                "required": False,
                "settable": False,
                "block": self.block("", {}, output),
            }
        return block

    def nested(self, name):
        """The block behind a function."""
        interface = name[:1].upper() + name[1:]
        return self.block(
            self.functions[name],
            self.interfaces.get(interface, {}),
            self.classes.get(f"{interface}OutputReference", ""),
        )


def lower(name):
    """Names of the bindings differ in case where digits are."""
    return name.lower()


def computed(shown):
    """An attribute that nobody can set."""
    return {"type": shown, "required": False, "settable": False}


def terraform(wheel):
    """Version and blocks of the Terraform provider."""
    archive = zipfile.ZipFile(wheel)
    inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
    scripts, declarations = {}, {}
    with tarfile.open(fileobj=io.BytesIO(archive.read(inner)), mode="r:gz") as package:
        for member in package:
            match = re.fullmatch(r"package/lib/([^/]+)/index(\.d\.ts|\.js)", member.name)
            if match:
                into = scripts if match.group(2) == ".js" else declarations
                into[match.group(1)] = package.extractfile(member).read().decode()
    found = {"version": None, "resources": {}, "data": {}}
    for folder, script in sorted(scripts.items()):
        named = re.search(
            r"^(\w+)\.tfResourceType = \"(aws_\w+)\";|terraformResourceType: '(aws_\w+)'",
            script,
            re.MULTILINE,
        )
        name = re.search(r"tfResourceType = \"(aws_\w+)\"", script)
        owner = re.search(r"^(\w+)\.tfResourceType = ", script, re.MULTILINE)
        version = re.search(r"providerVersion: '([\d.]+)'", script)
        if not (named and name and owner and version):
            continue
        found["version"] = version.group(1)
        kind = "data" if folder.startswith("data-") else "resources"
        source = Source(script, declarations[folder])
        found[kind][name.group(1)] = source.resource(owner.group(1))
    return found


def cloudformation():
    """What CloudFormation says of properties, by type."""
    spec = importlib.util.find_spec("cfnlint")
    folder = pathlib.Path(spec.origin).parent / "data/schemas"
    types = json.loads((folder / "providers/us-east-1.json").read_text())
    found = {}
    for name, digest in sorted(types.items()):
        schema = json.loads((folder / f"resources/{digest}.json").read_text())
        found[name] = {
            key: sorted(schema.get(of, []))
            for key, of in [
                ("create_only", "createOnlyProperties"),
                ("read_only", "readOnlyProperties"),
                ("write_only", "writeOnlyProperties"),
            ]
        }
        # In their own order, which is that of the parts of an identifier.
        found[name]["primary"] = schema.get("primaryIdentifier", [])
        # Cloud Control has only types that somebody handles.
        found[name]["is_handled"] = "handlers" in schema
        handlers = schema.get("handlers", {})
        found[name]["permissions"] = {
            deed: sorted(set(handlers[deed].get("permissions", [])))
            for deed in ["create", "read", "update", "delete"]
            if deed in handlers
        }
    return found


def actions():
    """The actions of IAM in small letters, by prefix."""
    spec = importlib.util.find_spec("cfnlint")
    path = pathlib.Path(spec.origin).parent / "data/AdditionalSpecs/Policies.json"
    return {
        prefix: sorted(service["Actions"])
        for prefix, service in json.loads(path.read_text()).items()
        if "Actions" in service
    }


def main():
    """Writes the file."""
    folder, out = map(pathlib.Path, sys.argv[1:])
    (wheel,) = folder.glob("*.whl")
    found = terraform(wheel) | {"cloudformation": cloudformation(), "actions": actions()}
    out.write_text(json.dumps(found, separators=(",", ":"), sort_keys=True))
    print(f"{len(found['resources'])} resource types, {len(found['data'])} data sources,", end=" ")
    print(f"{len(found['cloudformation'])} types of CloudFormation")


if __name__ == "__main__":
    main()
