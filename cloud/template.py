"""The template of a stage, merged from the features' `resources.yaml`, and its outputs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from cloud import features
from cloud.errors import CloudError
from cloud.rights import logical

PROJECT = Path(__file__).resolve().parent.parent
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
BUCKET = "AWS::S3::Bucket"
USERS = "AWS::Cognito::UserPool"
IDENTITIES = "AWS::Cognito::IdentityPool"  # people's folders have its names
DATA = (*TABLES, BUCKET, USERS, IDENTITIES)
_TOPIC = "AWS::SNS::Topic"
_QUEUE = "AWS::SQS::Queue"
_LAYER_VERSION = "AWS::Lambda::LayerVersion"
_BUCKET_POLICY = "AWS::S3::BucketPolicy"
_NO_POLICY = f"""{{Type: {_BUCKET_POLICY}, Properties: {{
  Bucket: !Ref {{Bucket}}, PolicyDocument: {{Version: "2012-10-17", Statement: []}}}}}}"""
_OVER_TLS = """{Effect: Deny, Principal: "*", Action: "s3:*",
  Resource: [!GetAtt {Bucket}.Arn, !Sub "${{Bucket}.Arn}/*"], Condition: {Bool: {"aws:SecureTransport": "false"}}}"""
_SINGLE = ("AWSTemplateFormatVersion", "Description")
_SECTIONS = ("Parameters", "Conditions", "Resources", "Outputs")
# Whatever happens to the stack; except that a failed update may take back what it has just made.
_KEPT = "{DeletionPolicy: RetainExceptOnCreate, UpdateReplacePolicy: Retain}"
_PROTECTED = {
    TABLES[0]: "{DeletionProtectionEnabled: true}",
    USERS: "{DeletionProtection: ACTIVE}",
}
_HERE = "AWS::Region"
_FOR_PEOPLE = ("Description", "ConstraintDescription")
_FIRST = {"Parameters": ("Stage",), "Resources": ("StateBucket",), "Outputs": ("StateBucket",)}

# Of a feature whose packages only some functions need. The deployment names the archive.
_LAYER = """
Parameters:
  {name}Packages: {{Type: String}}
Resources:
  {name}Layer:
    Type: AWS::Lambda::LayerVersion
    Properties:
      LayerName: !Sub commonplace-${{Stage}}-{feature}
      CompatibleRuntimes: [!Ref Runtime]
      CompatibleArchitectures: [!Ref Architecture]
      Content: {{S3Bucket: !Ref StateBucket, S3Key: !Ref {name}Packages}}
"""

Parsed = dict[str, Any]
_Pair = tuple[Any, Any]  # two of YAML's nodes, which keep tags and quotes as written
_Block = dict[str, tuple[_Pair, str]]  # what is declared, and where, by name
_Texts = tuple[tuple[str, str], ...]  # what is merged, and where each stands


# Ten times as fast where PyYAML was built with libyaml, as its wheels are.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Loader(_SafeLoader):  # type: ignore[misc, valid-type]
    """Knows CloudFormation's tags: `!Ref Table` becomes `{"Ref": "Table"}`."""


def _tagged(loader: _Loader, tag: str, node: Any) -> Parsed:
    if isinstance(node, yaml.MappingNode):
        return {tag: loader.construct_mapping(node, deep=True)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _tagged)


def fragments() -> list[Path]:
    """Those of no feature come first."""
    return [PROJECT / "cloud" / "resources.yaml", *sorted((PROJECT / "chalicelib").glob("*/resources.yaml"))]


def layered() -> list[Path]:
    """What packages a feature needs that not all functions have."""
    return sorted((PROJECT / "chalicelib").glob("*/requirements.txt"))


def whole(made: Collection[str] | None = None) -> str:
    """In the form that CloudFormation takes.

    `made` are the resources that exist, if not all do: only these can be protected from deletion, because
    CloudFormation could not take back a protected one when an update fails.
    """
    return _whole(_declared(), None if made is None else frozenset(made))


@lru_cache(maxsize=4)
def _whole(declared: _Texts, made: frozenset[str] | None) -> str:
    blocks = _merged(declared)
    for name, ((_, resource), _) in blocks["Resources"].items():
        if made is None or name in made:
            _protect(resource)
    return _text(blocks)


def compact(made: Collection[str] | None = None) -> str:
    """What CloudFormation plans, in few characters: a template that is sent with a request may have 51,200.

    A plan is about resources, so it needs no outputs.
    """
    node = yaml.compose(whole(made), _Loader)
    node.value = [pair for pair in node.value if pair[0].value != "Outputs"]
    for _, parameter in _entries(node)["Parameters"].value:
        parameter.value = [pair for pair in parameter.value if pair[0].value not in _FOR_PEOPLE]
    for _, section in node.value:  # only these: what begins with a brace is read as JSON
        _flow(section)
    return str(yaml.serialize(node, Dumper=_Dumper, width=1_000_000))


def _flow(node: Any) -> None:
    if isinstance(node, yaml.CollectionNode):
        node.flow_style = True
        for entry in node.value:
            for inner in entry if isinstance(entry, tuple) else (entry,):
                _flow(inner)


def first() -> str:
    """What a stage begins with: the bucket for the whole template."""
    blocks = _merged(_declared())
    return _text({section: {name: blocks[section][name] for name in names} for section, names in _FIRST.items()})


def parsed(template: str) -> Parsed:
    read: Parsed = yaml.load(template, _Loader)
    return read


def of_type(template: Parsed, *types: str) -> dict[str, Parsed]:
    """Resources by their names in the template."""
    return {name: one for name, one in template["Resources"].items() if one["Type"] in types}


def _declared() -> _Texts:
    """What is merged, and where it stands."""
    own = [(_LAYER.format(name=logical(path.parent.name), feature=path.parent.name), path) for path in layered()]
    written = [(path.read_text("utf-8").replace("PAGES.", f"{features.pages()}."), path) for path in fragments()]
    return tuple((text, _name(path)) for text, path in [*written, *own])


def _merged(declared: _Texts) -> dict[str, _Block]:
    blocks: dict[str, _Block] = {section: {} for section in (*_SINGLE, *_SECTIONS)}
    for text, where in declared:
        _add(blocks, _composed(text, where), where)
    for (_, resource), _ in blocks["Resources"].values():
        _keep(resource)
    _demand_tls(blocks["Resources"])
    outputs = "\n".join(["Outputs:", *(f"  {line}" for line in _outputs(parsed(_text(blocks))))])
    _add(blocks, yaml.compose(outputs, _Loader), "cloud/template.py")
    return blocks


def _keep(resource: Any) -> None:
    """What holds data outlives the stack, unless a fragment says otherwise."""
    said = _entries(resource)
    if _text_of(said, "Type") in DATA and "DeletionPolicy" not in said:
        _add_to(resource, _KEPT)


def _protect(resource: Any) -> None:
    """From being deleted, by anybody."""
    said = _entries(resource)
    kind, properties = _text_of(said, "Type"), said.get("Properties")
    if kind in _PROTECTED and properties:
        _add_to(properties, _PROTECTED[kind])
    elif kind in TABLES and (replicas := _entries(properties).get("Replicas")):
        for replica in replicas.value:
            if _text_of(_entries(replica), "Region") == _HERE:  # another region's may be given up with a parameter
                _add_to(replica, _PROTECTED[TABLES[0]])


def _add_to(node: Any, entries: str) -> None:
    node.value.extend(yaml.compose(entries, _Loader).value)


def _demand_tls(resources: _Block) -> None:
    """A bucket answers whoever may ask, but over TLS only."""
    kinds = [(name, _entries(resource), where) for name, ((_, resource), where) in resources.items()]
    policies = {
        _entries(said["Properties"])["Bucket"].value: said["Properties"]
        for _, said, _ in kinds
        if said["Type"].value == _BUCKET_POLICY
    }
    for bucket, where in [(name, where) for name, said, where in kinds if said["Type"].value == BUCKET]:
        if bucket not in policies:
            pair = _composed(f"{bucket}Policy: {_NO_POLICY.replace('{Bucket}', bucket)}", where).value[0]
            _declare(resources, f"{bucket}Policy", pair, where)
            policies[bucket] = _entries(pair[1])["Properties"]
        statements = _entries(_entries(policies[bucket])["PolicyDocument"])["Statement"].value
        statements.append(yaml.compose(_OVER_TLS.replace("{Bucket}", bucket), _Loader))


def _entries(node: Any) -> dict[str, Any]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _text_of(entries: dict[str, Any], name: str) -> str:
    return str(entries[name].value) if name in entries else ""


def _name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def _composed(text: str, where: str) -> Any:
    try:
        node = yaml.compose(text, _Loader)
    except yaml.YAMLError as error:
        raise CloudError(f"{where} is not YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(node, yaml.MappingNode):
        raise CloudError(f"{where} is not a template: it has none of {', '.join(_SECTIONS)}.")
    return node


def _add(blocks: dict[str, _Block], node: Any, where: str) -> None:
    for section, content in node.value:
        if section.value in _SINGLE:
            _declare(blocks[section.value], section.value, (section, content), where)
        elif section.value in _SECTIONS and isinstance(content, yaml.MappingNode):
            for key, value in content.value:
                _declare(blocks[section.value], key.value, (key, value), where)
        else:
            raise CloudError(f"{where} has a section '{section.value}': a template has {', '.join(_SECTIONS)}.")


def _declare(block: _Block, name: str, pair: _Pair, where: str) -> None:
    if name in block:
        both = " and ".join(dict.fromkeys((block[name][1], where)))
        raise CloudError(f"'{name}' is declared twice, in {both}: rename one of them.")
    block[name] = pair, where


def _text(blocks: dict[str, _Block]) -> str:
    pairs = [pair for section in _SINGLE for pair, _ in blocks.get(section, {}).values()]
    for section in _SECTIONS:
        if content := [pair for pair, _ in blocks.get(section, {}).values()]:
            pairs.append((yaml.ScalarNode("tag:yaml.org,2002:str", section), _mapping(content)))
    return str(yaml.serialize(_mapping(pairs), Dumper=_Dumper, width=120))


def _mapping(pairs: list[_Pair]) -> Any:
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)


def _outputs(template: Parsed) -> Iterator[str]:
    """Name and ARN of each table, bucket, topic, queue and layer, and the stream of each table that has one.

    Also each parameter: CloudFormation refuses an update that changes no resource and no output, so a parameter used
    only by the deployment path could not be set.
    """
    for name in template.get("Parameters", {}):
        if name not in template.get("Outputs", {}):
            yield f"{name}: {{Value: !Ref {name}}}"
    for name, resource in template["Resources"].items():
        condition = f"Condition: {resource['Condition']}, " if "Condition" in resource else ""
        for output, value in _values(name, resource):
            yield f"{output}: {{{condition}Value: {value}}}"


def _values(name: str, resource: Parsed) -> Iterator[tuple[str, str]]:
    kind = resource["Type"]
    if kind in (*TABLES, BUCKET):
        yield name, f"!Ref {name}"
        yield f"{name}Arn", f"!GetAtt {name}.Arn"
    if kind in TABLES and "StreamSpecification" in resource["Properties"]:
        yield f"{name.removesuffix('Table')}Stream", f"!GetAtt {name}.StreamArn"
    if kind in (_TOPIC, _LAYER_VERSION):
        yield f"{name}Arn", f"!Ref {name}"
    if kind == _QUEUE:
        yield f"{name}Url", f"!Ref {name}"
        yield f"{name}Arn", f"!GetAtt {name}.Arn"
