"""What the commands of this project have in common: how a parameter is set, and how a failure is told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import CloudError
from cloud.stage import in_words


def outcome(command: Callable[[], None]) -> int:
    """The exit code of a command; what went wrong is one sentence."""
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
        raise argparse.ArgumentTypeError(f"'{text}' sets nothing: NAME=VALUE")
    return name, value


# What can be set is the parameters of the template; a stage remembers them.
SETTING: dict[str, Any] = {
    "action": "append",
    "type": _setting,
    "default": [],
    "metavar": "NAME=VALUE",
    "help": "a parameter of the template, remembered by the stage",
}
