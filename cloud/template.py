"""The template of a stage, merged from the features' `resources.yaml`, and its outputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from cloud.errors import CloudError

PROJECT = Path(__file__).resolve().parent.parent
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
BUCKET = "AWS::S3::Bucket"
_TOPIC = "AWS::SNS::Topic"
_QUEUE = "AWS::SQS::Queue"
_SINGLE = ("AWSTemplateFormatVersion", "Description")
_SECTIONS = ("Parameters", "Conditions", "Resources", "Outputs")
_FIRST = {"Parameters": ("Stage",), "Resources": ("StateBucket",), "Outputs": ("StateBucket",)}

Parsed = dict[str, Any]
_Pair = tuple[Any, Any]  # two of YAML's nodes, which keep tags and quotes as written
_Block = dict[str, tuple[_Pair, str]]  # what is declared, and where, by name


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


def whole() -> str:
    """In the form that CloudFormation takes."""
    return _text(_merged(fragments()))


def compact() -> str:
    """The same in fewer characters: one that is sent with a request may have 51,200."""
    node = yaml.compose(whole(), _Loader)
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
    blocks = _merged(fragments())
    return _text({section: {name: blocks[section][name] for name in names} for section, names in _FIRST.items()})


def parsed(template: str) -> Parsed:
    read: Parsed = yaml.load(template, _Loader)
    return read


def of_type(template: Parsed, *types: str) -> dict[str, Parsed]:
    """Resources by their names in the template."""
    return {name: one for name, one in template["Resources"].items() if one["Type"] in types}


def _merged(paths: list[Path]) -> dict[str, _Block]:
    blocks: dict[str, _Block] = {section: {} for section in (*_SINGLE, *_SECTIONS)}
    for path in paths:
        _add(blocks, _composed(path.read_text("utf-8"), _name(path)), _name(path))
    outputs = "\n".join(["Outputs:", *(f"  {line}" for line in _outputs(parsed(_text(blocks))))])
    _add(blocks, yaml.compose(outputs, _Loader), "cloud/template.py")
    return blocks


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
    """Name and ARN of each table, bucket, topic and queue, and the stream of each table that has one.

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
    if kind == _TOPIC:
        yield f"{name}Arn", f"!Ref {name}"
    if kind == _QUEUE:
        yield f"{name}Url", f"!Ref {name}"
        yield f"{name}Arn", f"!GetAtt {name}.Arn"
