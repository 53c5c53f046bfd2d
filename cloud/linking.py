"""Links the pages' modules and stylesheets into the few files that a browser has to load.

Modules stay as they are in the folders, without cycles. Each becomes a constant that holds what it exports, line for
line, so that a source map is a list of lines.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cloud.errors import CloudError

ENTRY = "main.js"
# Of what is published.
KINDS = (".css", ".html", ".ico", ".js", ".png", ".svg", ".txt", ".webmanifest", ".webp", ".woff2")
ASSETS = "assets/"
_STATEMENT = re.compile(
    r'^import (?:(?:\{(?P<names>[^}]*)\}|\* as (?P<space>\w+)) from )?"(?P<of>\.[^"]+)";$'
    r'|^export \{(?P<passed>[^}]*)\} from "(?P<on>\.[^"]+)";$'
    r"|^export (?=(?:const|(?:async )?function|class) (?P<made>\w+))",
    re.MULTILINE,
)
_LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
_LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\((?!\"\./[\w-]+\.js\"\)\.then\(\(all\)).*", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:.|\n)*?\*/[ \t]*)$", re.MULTILINE)
_STYLE = re.compile(r'^ *<link rel="stylesheet" href="/([^"]+)"( media="print")?>\n', re.MULTILINE)
_NOTE = re.compile(r"^ *<!--.*-->\n", re.MULTILINE)
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class NotLinkable(CloudError):
    """A module is written in a way that can't be linked."""


@dataclass(frozen=True)
class Module:
    path: str
    text: str

    @property
    def name(self) -> str:
        return _name(self.path)

    @cached_property
    def needs(self) -> list[str]:
        """The modules that run before this one."""
        found = (self._at(match["of"] or match["on"]) for match in _STATEMENT.finditer(self.text) if not match["made"])
        return list(dict.fromkeys(found))

    @cached_property
    def later(self) -> list[str]:
        """The modules that are loaded when they are needed."""
        return [self._at(there) for there in _LATER.findall(self.text)]

    def linked(self, chunk_of: dict[str, str]) -> str:
        exports: list[str] = []

        def replaced(match: re.Match[str]) -> str:
            if match["made"]:
                exports.append(match["made"])
                return ""
            there = _name(self._at(match["of"] or match["on"]))
            if match["passed"]:
                exports.extend(f"{new}: {there}.{old}" for old, new in _renamed(match["passed"]))
                return ""
            if match["space"]:
                return f"const {match['space']} = {there};"
            lines = "\n" * match[0].count("\n")
            if not match["names"]:
                return lines
            names = ", ".join(old if old == new else f"{old}: {new}" for old, new in _renamed(match["names"]))
            return f"const {{ {names} }} = {there};{lines}"

        def loaded(match: re.Match[str]) -> str:
            there = self._at(match[1])
            return f'import("./{chunk_of[there]}").then((all) => all.{_name(there)})'

        text = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), self.text)
        text = _LATER.sub(loaded, _STATEMENT.sub(replaced, text))
        if left := _LEFT.search(text):
            raise NotLinkable(f"{self.path}: write this as the other modules do, or it can't be linked: {left[0]}")
        return f"const {self.name} = (() => {{ {text.rstrip()}\nreturn {{ {', '.join(exports)} }}; }})();\n"

    def _at(self, there: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.path), there))


@dataclass
class Modules:
    """All that the entry reaches, in the folder of the pages."""

    folder: Path
    read: dict[str, Module] = field(default_factory=dict)

    def chunks(self) -> dict[str, str]:
        """Files and their source maps: one for the entry and what runs before it, one for each page, and one for each
        folder of which several pages need something."""
        used_by: dict[str, list[str]] = {}
        for root in self._roots():
            for path in self._before(root):
                used_by.setdefault(path, []).append(root)
        chunk_of = {path: _chunk(path, roots) for path, roots in used_by.items()}
        members: dict[str, list[Module]] = {}
        for path, chunk in chunk_of.items():
            members.setdefault(chunk, []).append(self.read[path])
        files: dict[str, str] = {}
        for chunk, modules in members.items():
            files[chunk] = _text(chunk, modules, chunk_of)
            files[f"{chunk}.map"] = _source_map(modules, files[chunk])
        return files

    def _roots(self) -> list[str]:
        roots = [ENTRY]
        for root in roots:
            later = (there for path in self._before(root) for there in self._module(path).later)
            roots.extend(there for there in dict.fromkeys(later) if there not in roots)
        return roots

    def _before(self, path: str, on_the_way: tuple[str, ...] = ()) -> list[str]:
        """This module and all that it needs, in the order in which they run."""
        if path in on_the_way:
            raise NotLinkable(f"These modules import one another: {' → '.join((*on_the_way, path))}")
        order: dict[str, None] = {}
        for needed in self._module(path).needs:
            order.update(dict.fromkeys(self._before(needed, (*on_the_way, path))))
        return [*order, path]

    def _module(self, path: str) -> Module:
        if path not in self.read:
            try:
                self.read[path] = Module(path, self._text(path))
            except FileNotFoundError:
                raise NotLinkable(f"A module imports {path}, which does not exist.") from None
            except UnicodeDecodeError:
                raise NotLinkable(f"{path} is not a text in UTF-8.") from None
        return self.read[path]

    def _text(self, path: str) -> str:
        if path.startswith(".."):
            raise NotLinkable(f"A module imports {path}, which is not in the pages' folder.")
        return (self.folder / path).read_text("utf-8")


def _chunk(path: str, roots: list[str]) -> str:
    if ENTRY in roots:
        return ENTRY
    return path.partition("/")[0] + ".js" if len(roots) > 1 else roots[0].replace("/", "-")


def _text(chunk: str, modules: list[Module], chunk_of: dict[str, str]) -> str:
    names_in: dict[str, list[str]] = {}
    for needed in dict.fromkeys(there for module in modules for there in module.needs if chunk_of[there] != chunk):
        names_in.setdefault(chunk_of[needed], []).append(_name(needed))
    imports = "".join(f'import {{ {", ".join(names)} }} from "./{there}"; ' for there, names in names_in.items())
    exports = ", ".join(module.name for module in modules)
    body = "".join(module.linked(chunk_of) for module in modules)
    return f"{imports}{body}export {{ {exports} }};\n//# sourceMappingURL={chunk}.map\n"


def _source_map(modules: list[Module], text: str) -> str:
    """Line for line; at each module's end comes one line that stands in no source."""
    mappings, line = [], 0
    for index, module in enumerate(modules):
        lines = module.text.rstrip().count("\n") + 1
        mappings += ["A" + _digits(int(index > 0)) + _digits(-line) + "A", *["AACA"] * (lines - 1), ""]
        line = lines - 1
    sources = [f"/{module.path}" for module in modules]
    contents = [module.text for module in modules]
    return json.dumps({"version": 3, "sources": sources, "sourcesContent": contents, "mappings": ";".join(mappings)})


def _digits(number: int) -> str:
    """In base 64, least significant first, as source maps have them; the sign is the last bit."""
    left, digits = abs(number) << 1 | (number < 0), ""
    while True:
        digits += _DIGITS[left & 31 | (32 if left > 31 else 0)]
        left >>= 5
        if not left:
            return digits


def _name(path: str) -> str:
    """A constant's name that no module uses itself."""
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))


def _renamed(names: str) -> Iterator[tuple[str, str]]:
    for name in filter(None, map(str.strip, names.split(","))):
        old, _, new = name.partition(" as ")
        yield old, new or old


def linked(folder: Path) -> dict[str, bytes]:
    """What is published of the pages' folder, by key. What lies in `assets/` may be kept for good: its address holds a
    hash of it all."""
    files = dict(_files(folder))
    page = _text_of(files, "index.html")
    styles = _STYLE.findall(page)
    chunks = {
        **Modules(folder).chunks(),
        "site.css": "".join(_sheet(_text_of(files, path), bool(printed)) for path, printed in styles),
        "theme.js": _text_of(files, "core/theme.js"),
    }
    digest = hashlib.sha256(json.dumps(chunks, sort_keys=True).encode()).hexdigest()[:16]
    assets = f"{ASSETS}{digest}/"
    page = _STYLE.sub(f'    <link rel="stylesheet" href="/{assets}site.css">\n', page, count=1)
    page = _NOTE.sub("", _STYLE.sub(lambda match: match[0] * (assets in match[0]), page))
    page = page.replace("/core/theme.js", f"/{assets}theme.js").replace(f"/{ENTRY}", f"/{assets}{ENTRY}")
    kept = {key: content for key, content in files.items() if not key.endswith((".js", "index.html"))}
    return {**{assets + name: text.encode() for name, text in chunks.items()}, **kept, "index.html": page.encode()}


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Only what pages are made of: an editor's copies, hidden files and links to elsewhere stay here."""
    for path in sorted(folder.rglob("*")):
        key = path.relative_to(folder)
        is_own = path.resolve().is_relative_to(folder.resolve()) and not any(part.startswith(".") for part in key.parts)
        if path.is_file() and path.suffix in KINDS and is_own:
            yield key.as_posix(), path.read_bytes()


def _text_of(files: dict[str, bytes], key: str) -> str:
    try:
        return files[key].decode()
    except KeyError:
        raise NotLinkable(f"index.html needs {key}, which does not exist.") from None
    except UnicodeDecodeError:
        raise NotLinkable(f"{key} is not a text in UTF-8.") from None


def _sheet(text: str, printed: bool) -> str:
    return f"@media print {{\n{text}}}\n" if printed else text
