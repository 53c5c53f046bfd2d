"""What the pages load of every feature, written from what there is: its declaration, and its stylesheet."""

from __future__ import annotations

import re
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
TARGET = FRONTEND / "features.js"
INDEX = FRONTEND / "index.html"
_SHARED = {"core", "live"}
_ADDRESS = re.compile(r'path: "/([\w-]+)')
_BETWEEN = re.compile(r"(?<=<!-- of features -->\n).*?(?= *<!-- of all -->)", re.DOTALL)


def text() -> str:
    names = [path.parent.name for path in sorted(FRONTEND.glob("*/feature.js"))]
    return "\n".join(
        [
            "// What each feature declares in its folder: written by `python -m cloud generate`.\n",
            *(f'import * as {name} from "./{name}/feature.js";' for name in names),
            "\n/** @type {{routes: any[], commands?: any[], start?: (features: any[]) => void,"
            " today?: () => Promise<any>}[]} */",
            f"export const features = [{', '.join(names)}];\n",
        ]
    )


def pages() -> list[str]:
    """The first parts of the addresses that the features declare."""
    declared = "".join(path.read_text("utf-8") for path in FRONTEND.glob("*/feature.js"))
    return sorted(set(_ADDRESS.findall(declared)))


def index() -> str:
    """The page, with a link to the stylesheet of each feature."""
    paths = sorted(FRONTEND.glob("*/*.css"))
    names = [path.relative_to(FRONTEND).as_posix() for path in paths if path.parent.name not in _SHARED]
    links = "".join(f'    <link rel="stylesheet" href="/{name}">\n' for name in names)
    return _BETWEEN.sub(links, INDEX.read_text("utf-8"), count=1)
