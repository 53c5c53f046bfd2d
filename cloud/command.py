"""Shared by this project's commands: setting parameters and reporting failures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import CloudError
from cloud.stage import in_words


def outcome(command: Callable[[], None]) -> int:
    """The command's exit code; a failure is printed as one sentence."""
    try:
        command()
        return 0
    except CloudError as error:
        message = str(error)
    except (ClientError, BotoCoreError) as error:
        message = in_words(error)
    except KeyboardInterrupt:
        message = "Stopped."
    print(f"\n{message}", file=sys.stderr)
    return 1


def _setting(text: str) -> tuple[str, str]:
    name, is_one, value = text.partition("=")
    if not name or not is_one:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    return name, value


# Template parameters can be set; a stage remembers them.
SETTING: dict[str, Any] = {
    "action": "append",
    "type": _setting,
    "default": [],
    "metavar": "NAME=VALUE",
    "help": "a template parameter; the stage remembers it",
}
