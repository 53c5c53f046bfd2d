"""What a deployment leaves in a stage: its settings, and the package and layers of its functions."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import requests

from cloud import amplify
from tests.support.cloud import outputs, root
from tests.support.stage import (
    PROJECT,
    RunningStage,
)

CONFIG_KEYS = {
    "api",
    "edge",
    "socket",
    "region",
    "userPoolId",
    "userPoolClientId",
    "identityPoolId",
    "filesBucket",
    "cognitoEndpoint",
    "identityEndpoint",
    "s3Endpoint",
    "hostedUi",
}


def test_config_tells_a_client_everything(stage: RunningStage) -> None:
    config = requests.get(f"{stage.address}/config.json", timeout=10).json()
    assert CONFIG_KEYS <= config.keys() <= CONFIG_KEYS | {"demo"}
    assert config["api"].startswith("http://127.0.0.1:") and not config["api"].endswith("/")
    assert requests.get(f"{config['api']}/health", timeout=10).json()["ok"] is True
    assert all(config["demo"][0].keys() == {"email", "password", "name"} for _ in config["demo"])
    assert "secret" not in json.dumps(config).lower()


def test_the_pages_may_talk_to_this_stage_alone(stage: RunningStage) -> None:
    config = requests.get(f"{stage.address}/config.json", timeout=10).json()
    policy = requests.get(stage.address, timeout=10).headers["Content-Security-Policy"]
    directives = {name: sources for name, *sources in (part.split() for part in policy.split(";"))}
    files = f"{config['s3Endpoint']}/{config['filesBucket']}"
    uploads, speech = (outputs(stage)[bucket] for bucket in ("UploadsBucket", "SpeechBucket"))
    assert directives["connect-src"] == [
        "'self'",
        stage.address,
        f"{config['api']}/",
        config["socket"],
        f"{config['cognitoEndpoint']}/",
        f"{config['hostedUi']}/oauth2/token",
        files,
        f"{files}/",
        f"{config['s3Endpoint']}/{uploads}",
    ]
    assert directives["media-src"] == [f"{files}/", f"{config['s3Endpoint']}/{speech}/"]
    assert directives["img-src"] == ["'self'", "blob:", stage.address]
    assert directives["form-action"] == ["'none'"] and "*" not in policy


def test_amplifys_build_takes_it_over(stage: RunningStage, tmp_path: Path) -> None:
    for name in ("customHttp.yml", "frontend/robots.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((PROJECT / name).read_text("utf-8"), "utf-8")
    amplify.fill(stage.address, tmp_path)
    policy = requests.get(stage.address, timeout=10).headers["Content-Security-Policy"]
    assert json.dumps(policy) in (tmp_path / "customHttp.yml").read_text("utf-8")
    assert json.loads((tmp_path / "frontend" / "config.json").read_text("utf-8"))["api"] == stage.config["api"]


READERS = 2  # of one stream: AWS slows down more


def test_stream_settings(stage: RunningStage) -> None:
    mappings = root(stage, "lambda").list_event_source_mappings()["EventSourceMappings"]
    found = outputs(stage)
    for stream, function in (
        ("PeopleStream", "erase_people"),
        ("PostsStream", "push_posts"),
        ("ConversationsStream", "push_conversations"),
        ("MembersStream", "push_members"),
        ("MessagesStream", "push_messages"),
        ("AlbumsStream", "push_albums"),
        ("PhotosStream", "push_photos"),
        ("SubscribersStream", "mail_subscribers"),
        ("MailingsStream", "mail_article"),
        ("ArticlesStream", "follow_articles"),
    ):
        readers = [one for one in mappings if one["EventSourceArn"] == found[stream]]
        name = f"commonplace-{stage.name}-{function}"
        assert any(mapping["FunctionArn"].endswith(f":{name}") for mapping in readers)
        assert len(readers) <= READERS
        for mapping in readers:
            assert mapping["MaximumRetryAttempts"] == 5
            assert mapping["BisectBatchOnFunctionError"] is True
            assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            assert mapping["DestinationConfig"] == {"OnFailure": {"Destination": found["FailuresArn"]}}


@pytest.mark.parametrize("function", ["reach_shard", "stop_mail", "announce_articles", "develop_photo"])
def test_settings_of_what_is_called_by_topics_and_buckets(stage: RunningStage, function: str) -> None:
    name = f"commonplace-{stage.name}-{function}"
    settings = root(stage, "lambda").get_function_event_invoke_config(FunctionName=name)
    assert settings["MaximumRetryAttempts"] == 2
    assert settings["DestinationConfig"]["OnFailure"] == {"Destination": outputs(stage)["FailuresArn"]}


@pytest.fixture(scope="module")
def unzipped(stage: RunningStage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The package of the functions, and each layer by the end of its name, laid out as on Lambda."""
    folders = {}
    for what, url in _contents(stage).items():
        folders[what] = tmp_path_factory.mktemp(what)
        raw = requests.get(url, timeout=20).content
        zipfile.ZipFile(io.BytesIO(raw)).extractall(folders[what])
    return folders


def _contents(stage: RunningStage) -> dict[str, str]:
    functions = root(stage, "lambda")
    found = {"package": functions.get_function(FunctionName=f"commonplace-{stage.name}")["Code"]["Location"]}
    for layer in {layer for layers in layers_of(stage).values() for layer in layers}:
        name = f"commonplace-{stage.name}-{layer}"
        (version,) = functions.list_layer_versions(LayerName=name)["LayerVersions"]
        content = functions.get_layer_version(LayerName=name, VersionNumber=version["Version"])["Content"]
        found[layer] = content["Location"]
    return found


def layers_of(stage: RunningStage) -> dict[str, set[str]]:
    """By function, without the stage in the names."""
    prefix = f"commonplace-{stage.name}"
    return {
        one["FunctionName"].removeprefix(prefix): {
            layer["Arn"].rsplit(":", 2)[1].removeprefix(f"{prefix}-") for layer in one["Layers"]
        }
        for one in root(stage, "lambda").list_functions()["Functions"]
        if one["FunctionName"].startswith(prefix)
    }


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_package_holds_the_application_and_no_more(unzipped: dict[str, Path]) -> None:
    files = _files(unzipped["package"])
    sources = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "chalicelib").rglob("*")
        if path.suffix in (".py", ".json", ".yaml", ".txt")
    }
    assert files == {"app.py", "chalice/__init__.py", "chalice/app.py", *sources}


def test_only_functions_that_say_so_have_what_is_large(stage: RunningStage) -> None:
    found = layers_of(stage)
    assert (found.pop(""), found.pop("-develop_photo")) == ({"managed-layer", "articles"}, {"managed-layer", "photos"})
    assert len(found) > 20 and all(layers == {"managed-layer"} for layers in found.values())


def test_the_layers_hold_what_requirements_name(unzipped: dict[str, Path]) -> None:
    sites = {layer: _site(folder) for layer, folder in unzipped.items() if layer != "package"}
    assert {layer: _packages(site) for layer, site in sites.items()} == {
        "managed-layer": {"fastjsonschema"},
        "articles": {"mistune", "nh3"},
        "photos": {"PIL"},
    }
    files = set().union(*map(_files, sites.values()))
    assert not any("boto" in name or "__pycache__" in name or "tests" in name for name in files)
    most = {"managed-layer": 300_000, "articles": 3_000_000, "photos": 26_000_000}
    assert all(_size(sites[layer]) < size for layer, size in most.items()), "start-up time is a feature"


def _packages(site: Path) -> set[str]:
    return {path.name for path in site.iterdir() if (path / "__init__.py").exists()}


def test_what_is_compiled_was_not_compiled_here(unzipped: dict[str, Path]) -> None:
    """Nothing in a layer needs a newer C library than Lambda has, and Pillow brings its own decoders."""
    about = [path for layer in unzipped.values() for path in layer.rglob("*.dist-info/WHEEL")]
    tags = [line.split()[1] for path in about for line in _lines(path) if "Tag:" in line]
    assert len(tags) >= 4
    assert all(re.search(r"-any$|-manylinux2014_|-manylinux_2_(5|12|17|24|26)_", tag) for tag in tags), tags
    assert any((_site(unzipped["photos"]) / "pillow.libs").iterdir())


def _site(layer: Path) -> Path:
    """As Chalice makes a layer, or as ours are."""
    return next(layer.rglob("site-packages"), layer / "python")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def test_the_package_runs_by_itself(unzipped: dict[str, Path]) -> None:
    """All its modules, with only the standard library and the layers."""
    folders = [str(unzipped["package"]), *(str(_site(unzipped[each])) for each in unzipped if each != "package")]
    program = f"""
import sys
sys.path[:0] = {folders!r}
import importlib, pkgutil
import app, chalicelib, fastjsonschema
names = [module.name for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib.")]
for name in names:
    importlib.import_module(name)
from chalicelib.core import schemas
from chalicelib.core.routes import operations
for operation in operations:
    for schema in filter(None, (operation.takes, *operation.gives.values())):
        schemas.faults(schema, None)
print(len(names), "boto3" in sys.modules, {str(PROJECT)!r} in str(sys.modules))
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, env={})
    assert done.returncode == 0, done.stderr
    count, *foreign = done.stdout.split()
    assert int(count) > 15 and foreign == ["False", "False"]
