"""A stage: one stack of resources from the template, found by its name, on whichever cloud boto3 talks to."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cloud import addresses
from cloud.errors import CloudError

TEMPLATE = Path(__file__).parent / "template.yaml"
_MARK = {"Key": "application", "Value": "commonplace"}
_NEVER_MADE = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


@dataclass
class Stage:
    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", self.name):
            raise CloudError(
                f"'{self.name}' can't be a stage's name: up to 20 lower case letters, digits and hyphens, letter first."
            )

    @property
    def stack(self) -> str:
        return f"commonplace-{self.name}"

    @cached_property
    def _cloudformation(self) -> Any:
        return boto3.client("cloudformation")

    def describe(self) -> dict[str, Any] | None:
        """The stack as it is, or None where there is none."""
        try:
            stack: dict[str, Any] = self._cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def existing(self) -> dict[str, Any]:
        stack = self.describe()
        if not stack:
            raise CloudError(f"There is no stage '{self.name}': `python -m cloud deploy --stage {self.name}` makes it.")
        self._check_mark(stack)
        return stack

    def outputs(self) -> dict[str, str]:
        """What the template says of its resources, and where the stack is."""
        stack = self.existing()
        found = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        _, partition, _, region, account, _ = stack["StackId"].split(":", 5)
        return {
            **found,
            "Stage": self.name,
            "Partition": partition,
            "Region": region,
            "AccountId": account,
            "SocketEndpoint": addresses.data_plane("{api}", region),
        }

    def put(self, parameters: dict[str, str], progress: Callable[[str], None]) -> dict[str, str]:
        """Create or update the resources; where nothing has changed nothing is done."""
        stack = self.describe()
        if stack:
            self._check_mark(stack)
            self._settle(stack, progress)
            stack = self.describe()
        arguments = {
            "StackName": self.stack,
            "TemplateBody": TEMPLATE.read_text("utf-8"),
            "Parameters": _parameters({"Stage": self.name, **parameters}, stack),
            "Capabilities": ["CAPABILITY_IAM"],
            "Tags": [_MARK],
        }
        try:
            if stack:
                self._cloudformation.update_stack(**arguments)
            else:
                self._cloudformation.create_stack(**arguments, OnFailure="DELETE")
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise CloudError(f"The template was refused: {_said(error)}") from error
        else:
            self._wait(progress)
        return self.outputs()

    def delete(self, progress: Callable[[str], None]) -> None:
        self._cloudformation.delete_stack(StackName=self.stack)
        while stack := self.describe():
            if stack["StackStatus"].endswith("FAILED"):
                raise CloudError(f"The resources of '{self.name}' can't be deleted: {self._first_failure(stack)}")
            progress(stack["StackStatus"].lower().replace("_", " "))
            time.sleep(_pause(stack))

    def _check_mark(self, stack: dict[str, Any]) -> None:
        if _MARK not in stack.get("Tags", []):
            taken = f"the stack '{self.stack}' was not made by Commonplace"
            raise CloudError(f"The stage name '{self.name}' is taken, {taken}: choose another with --stage.")

    def _settle(self, stack: dict[str, Any], progress: Callable[[str], None]) -> None:
        """A command that was cut off may have left the stack in the middle of something."""
        status = stack["StackStatus"]
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            self._wait(progress)
        elif status in _NEVER_MADE:
            self.delete(progress)
        elif status not in _GOOD:
            raise CloudError(f"The stack '{self.stack}' is in {status}: bring it to an end in CloudFormation first.")

    def _wait(self, progress: Callable[[str], None]) -> None:
        stack_id = self._cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]["StackId"]
        while True:
            stack = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
            status = stack["StackStatus"]
            if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                return
            if not status.endswith("IN_PROGRESS"):
                raise CloudError(f"The resources could not be made: {self._first_failure(stack)}")
            progress(status.lower().replace("_", " "))
            time.sleep(_pause(stack))

    def _first_failure(self, stack: dict[str, Any]) -> str:
        """CloudFormation lists events newest first; the last failure of this run is where it began."""
        failed = [event for event in self._events_of_this_run(stack) if event["ResourceStatus"].endswith("FAILED")]
        told = [event for event in failed if "ResourceStatusReason" in event]
        if not told:
            return str(stack.get("StackStatusReason", stack["StackStatus"]))
        first = told[-1]
        return f"{first['LogicalResourceId']}: {first['ResourceStatusReason']}"

    def _events_of_this_run(self, stack: dict[str, Any]) -> Iterator[dict[str, Any]]:
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack["StackId"])
        for event in (event for page in pages for event in page["StackEvents"]):
            yield event
            if event.get("ResourceStatusReason") == "User Initiated" and event["LogicalResourceId"] == self.stack:
                return


def _parameters(values: dict[str, str], stack: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What is not given stays as it was."""
    before = [one["ParameterKey"] for one in (stack or {}).get("Parameters", [])]
    kept: list[dict[str, Any]] = [
        {"ParameterKey": key, "UsePreviousValue": True} for key in before if key not in values
    ]
    return kept + [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _pause(stack: dict[str, Any]) -> float:
    """Short at first (an embedded cloud is done at once), then as AWS likes it."""
    began = stack.get("LastUpdatedTime") or stack["CreationTime"]
    return 0.05 if time.time() - began.timestamp() < 2 else 3


def _said(error: ClientError) -> str:
    """In one line: a parser's complaint has many."""
    return " ".join(error.response["Error"]["Message"].split())


def in_words(error: ClientError | BotoCoreError) -> str:
    """For a person at a command line."""
    if isinstance(error, ClientError):
        return f"AWS refused {error.operation_name}: {_said(error)}"
    return f"AWS can't be reached: {error} Is the cloud running, and does `python -m cloud env` know it?"
