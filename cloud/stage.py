"""A stage: one stack of resources from the template, found by its name, on whichever cloud boto3 talks to.

A stack begins with a single bucket. The whole template is put there and passed by URL, which allows twenty
times the length of one sent with the request. Each step can be repeated.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud import addresses, clients, template
from cloud.errors import CloudError

_MARK = {"Key": "application", "Value": "commonplace"}
_TAKEN = ("amazon", "aws", "cognito")  # the user pool's domain has the stage's name
_LONGEST = 20  # characters of a stage's name
PRODUCTION = "prod"
STATE = "StateBucket"  # the first that a stage gets, and the last that it loses
_RESERVED = re.compile(r"(main|prod)$|(b|prod)-")  # got by name only; with a digest, or with names like prod's things
_EMPTY = "REVIEW_IN_PROGRESS"  # what an interrupted plan of a first deployment leaves: no resources, no tags
_NEVER_MADE = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", _EMPTY)
_STUCK = "UPDATE_ROLLBACK_FAILED"
_NO_CHANGE = ("No updates are to be performed", "didn't contain changes")
_TEMPLATE = "template.yaml"
_OUTSIDE = (
    "A template without it, such as of earlier code, leaves it with its data outside of the stack: "
    "docs/way-back.md says how to take it back."
)
_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


@dataclass
class Stage:
    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", self.name):
            raise CloudError(
                f"'{self.name}' can't be a stage's name: up to 20 lower case letters, digits and hyphens, letter first."
            )
        if taken := next((word for word in _TAKEN if word in self.name), None):
            raise CloudError(
                f"'{self.name}' can't be a stage's name: AWS refuses '{taken}' in the address of a sign-in."
            )

    @property
    def stack(self) -> str:
        return f"commonplace-{self.name}"

    @cached_property
    def _cloudformation(self) -> Any:
        return clients.of("cloudformation")

    def describe(self) -> dict[str, Any] | None:
        """The stack's description, or None if there is none."""
        try:
            stack: dict[str, Any] = self._cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def existing(self) -> dict[str, Any]:
        stack = self.describe()
        if not stack or stack["StackStatus"] == _EMPTY:
            raise CloudError(
                f"There is no stage '{self.name}'; create it: `python -m cloud deploy --stage {self.name}`."
            )
        self._check_mark(stack)
        return stack

    def last(self) -> dict[str, Any]:
        """The stack, or the one that was deleted last, which may have left its data."""
        return (not self.describe() and self._deleted()) or self.existing()

    def _deleted(self) -> dict[str, Any] | None:
        pages = self._cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
        own = [one for page in pages for one in page["StackSummaries"] if one["StackName"] == self.stack]
        for one in sorted(own, key=lambda one: one["CreationTime"], reverse=True):
            stack: dict[str, Any] = self._cloudformation.describe_stacks(StackName=one["StackId"])["Stacks"][0]
            if _MARK in stack.get("Tags", []):  # not what a plan left
                return stack
        return None

    def kept(self, stack: dict[str, Any]) -> list[tuple[str, str]]:
        """Types and ids of what it left there, as its template says, when it was deleted or before."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack["StackId"])
        events = [event for page in pages for event in page["StackEvents"]]
        left = [one for one in events if one["ResourceStatus"] == "DELETE_SKIPPED" and one.get("PhysicalResourceId")]
        left.sort(key=lambda one: one["LogicalResourceId"] == STATE)
        return list(dict.fromkeys((one["ResourceType"], one["PhysicalResourceId"]) for one in left))

    def protect(self, is_protected: bool = True) -> None:
        """From being deleted, by anybody."""
        if self.existing().get("EnableTerminationProtection", False) != is_protected:
            self._cloudformation.update_termination_protection(
                StackName=self.stack, EnableTerminationProtection=is_protected
            )

    def outputs(self, stack: dict[str, Any] | None = None) -> dict[str, str]:
        """One that CloudFormation imported has none until it is updated; then the first bucket is found by its name."""
        stack = stack or self.existing()
        found = {"Stage": self.name, **outputs_of(stack)}
        made = {} if STATE in found else self._made(stack["StackId"])
        return {**found, STATE: made[STATE]["PhysicalResourceId"]} if STATE in made else found

    def parameters(self) -> dict[str, str]:
        """As they were set before, if they were."""
        given = (self.describe() or {}).get("Parameters", [])
        return {one["ParameterKey"]: str(one["ParameterValue"]) for one in given}

    def buckets(self) -> list[str]:
        """Those that exist, whatever the template now says, except for the one with the lock and the records."""
        return [
            one["PhysicalResourceId"]
            for name, one in self._made().items()
            if one["ResourceType"] == template.BUCKET and name != STATE
        ]

    def _made(self, stack: str | None = None) -> dict[str, dict[str, Any]]:
        """The stack's resources, by their names in the template."""
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack or self.stack)
        listed = [one for page in pages for one in page["StackResourceSummaries"]]
        there = [one for one in listed if "PhysicalResourceId" in one and one["ResourceStatus"] != "DELETE_COMPLETE"]
        return {one["LogicalResourceId"]: one for one in there}

    def changes(self, stack: dict[str, Any] | None, parameters: dict[str, str]) -> list[dict[str, Any]]:
        """What `put` would do to each resource, by CloudFormation's own answer; nothing of it is done."""
        try:
            made = self._cloudformation.create_change_set(
                StackName=self.stack,
                ChangeSetName=f"plan-{time.time_ns()}",
                ChangeSetType="UPDATE" if stack else "CREATE",
                TemplateBody=template.compact(self._made() if stack else None),
                Parameters=self._parameters(stack or {}, parameters),
                Capabilities=["CAPABILITY_IAM"],
                Tags=[_MARK],
            )
        except ClientError as error:
            raise _refused(error) from error
        asked = {"StackName": made["StackId"], "ChangeSetName": made["Id"]}
        try:
            return self._described(asked)
        finally:
            if stack:
                self._cloudformation.delete_change_set(**asked)
            else:  # with the empty stack that it made, and no other that has its name by now
                self._cloudformation.delete_stack(StackName=made["StackId"])

    def at_rest(self) -> dict[str, Any] | None:
        """The stack, or None if there is none yet."""
        stack = self.describe()
        if not stack or stack["StackStatus"] == _EMPTY:
            return None
        self._check_mark(stack)
        if stack["StackStatus"] not in _GOOD:
            raise CloudError(
                f"The stack '{self.stack}' is in {stack['StackStatus']}: deploy, which goes on from there."
            )
        return stack

    def _described(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        pause = 0.05
        while True:
            pages = [*self._cloudformation.get_paginator("describe_change_set").paginate(**asked)]
            match pages[0]["Status"]:
                case "CREATE_COMPLETE":
                    return [one["ResourceChange"] for page in pages for one in page.get("Changes", [])]
                case "FAILED":
                    reason = str(pages[0].get("StatusReason", ""))
                    if any(each in reason for each in _NO_CHANGE):
                        return []
                    raise CloudError(f"What would change can't be told: {reason}")
            time.sleep(pause)
            pause = 2

    def _parameters(self, stack: dict[str, Any], parameters: dict[str, str]) -> list[dict[str, Any]]:
        given = {"Stage": self.name, **parameters}
        return _given(given) + _kept(stack, template.parsed(template.whole())["Parameters"].keys() - given.keys())

    def put(self, parameters: dict[str, str], progress: Callable[[str], None]) -> dict[str, str]:
        """Create or update the resources; does nothing if nothing changed."""
        template.whole()  # a mistake in it is said before anything is made
        stack = self.begun(progress)
        whole = template.whole(self._made())
        self._update(self._put_template(whole), self._parameters(stack, parameters), progress)
        return self.outputs()

    def begun(self, progress: Callable[[str], None]) -> dict[str, Any]:
        """The stack, which has at least the bucket for what a deployment keeps."""
        stack = self.describe()
        if stack:
            self._check_mark(stack)
            self._settle(progress)
        if not self.describe():
            self._begin(progress)
        return self.existing()

    def _begin(self, progress: Callable[[str], None]) -> None:
        if (deleted := self._deleted()) and has_bucket(outputs_of(deleted)):
            raise CloudError(
                f"The stack '{self.stack}' was deleted, but what it held is still there: docs/way-back.md says how to "
                f"bring it back. To remove it: `python -m cloud destroy --stage {self.name}`."
            )
        try:
            made = self._cloudformation.create_stack(
                StackName=self.stack,
                TemplateBody=template.first(),
                Parameters=_given({"Stage": self.name}),
                Tags=[_MARK],
                OnFailure="DELETE",
            )
        except ClientError as error:
            raise _refused(error) from error
        self._wait(made["StackId"], progress)

    def _put_template(self, whole: str) -> str:
        """Returns its URL."""
        outputs = self.outputs()
        bucket = outputs[STATE]
        clients.of("s3").put_object(Bucket=bucket, Key=_TEMPLATE, Body=whole.encode())
        return f"{addresses.bucket(bucket, outputs['Region']).rstrip('/')}/{_TEMPLATE}"

    def _update(self, address: str, parameters: list[dict[str, Any]], progress: Callable[[str], None]) -> None:
        try:
            made = self._cloudformation.update_stack(
                StackName=self.stack,
                TemplateURL=address,
                Parameters=parameters,
                Capabilities=["CAPABILITY_IAM"],
                Tags=[_MARK],
            )
        except ClientError as error:
            if _NO_CHANGE[0] not in str(error):
                raise _refused(error) from error
        else:
            self._wait(made["StackId"], progress)

    def delete(self, progress: Callable[[str], None]) -> None:
        self._cloudformation.delete_stack(StackName=self.stack)
        while stack := self.describe():
            if stack["StackStatus"].endswith("FAILED"):
                raise CloudError(f"The resources of '{self.name}' can't be deleted: {self._first_failure(stack)}")
            progress(stack["StackStatus"].lower().replace("_", " "))
            time.sleep(_pause(stack))

    def _check_mark(self, stack: dict[str, Any]) -> None:
        if _MARK not in stack.get("Tags", []) and stack["StackStatus"] != _EMPTY:
            taken = f"the stack '{self.stack}' was not made by Commonplace"
            raise CloudError(f"The stage name '{self.name}' is taken, {taken}: choose another with --stage.")

    def rested(self, progress: Callable[[str], None]) -> dict[str, Any] | None:
        """The stack once nothing happens to it, whatever has become of it."""
        while stack := self.describe():
            status = stack["StackStatus"]
            if status == _EMPTY or not status.endswith("_IN_PROGRESS"):
                return stack
            progress(status.lower().replace("_", " "))
            time.sleep(_pause(stack))
        return None

    def _settle(self, progress: Callable[[str], None]) -> None:
        """An interrupted command may have left the stack in the middle of something."""
        stack = self.rested(progress)
        if stack and stack["StackStatus"] == _STUCK:
            self._cloudformation.continue_update_rollback(StackName=stack["StackId"])
            stack = self.rested(progress)
        if stack and stack["StackStatus"] in _NEVER_MADE:
            self.delete(progress)
        elif stack and stack["StackStatus"] not in _GOOD:
            said = f"{stack['StackStatus']} ({self._first_failure(stack)})"
            raise CloudError(f"The stack '{self.stack}' is in {said}: let it finish in CloudFormation first.")

    def _wait(self, stack_id: str, progress: Callable[[str], None]) -> None:
        self.rested(progress)
        stack = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise CloudError(f"The resources could not be created: {self._first_failure(stack)}")

    def _first_failure(self, stack: dict[str, Any]) -> str:
        """CloudFormation lists events newest first; the oldest failure of this run is the cause."""
        failed = [event for event in self._events_of_this_run(stack) if event["ResourceStatus"].endswith("FAILED")]
        told = [event for event in failed if "ResourceStatusReason" in event]
        if not told:
            return str(stack.get("StackStatusReason", stack["StackStatus"]))
        first = told[-1]
        said = f"{first['LogicalResourceId']}: {first['ResourceStatusReason']}"
        if "already exists" in said and first["ResourceType"] in template.DATA:
            said += f". {_OUTSIDE}"
        return said

    def _events_of_this_run(self, stack: dict[str, Any]) -> Iterator[dict[str, Any]]:
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack["StackId"])
        for event in (event for page in pages for event in page["StackEvents"]):
            yield event
            if event.get("ResourceStatusReason") == "User Initiated" and event["LogicalResourceId"] == self.stack:
                return


def has_bucket(outputs: dict[str, str]) -> bool:
    """The one for what a deployment keeps: the first that a stage gets, and the last that it loses."""
    s3 = clients.of("s3")
    with suppress(s3.exceptions.ClientError):
        return STATE in outputs and bool(s3.head_bucket(Bucket=outputs[STATE]))
    return False


def of_branch(branch: str) -> str:
    """The name of a branch's stage, and of no other's: one that isn't exactly the branch's has a digest."""
    plain = branch.removeprefix("stage/")
    own = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    is_free = own == plain and own[:1].isalpha() and len(own) <= _LONGEST and not _RESERVED.match(own)
    if own != branch and not is_free:
        digest = hashlib.sha256(branch.encode()).hexdigest()[:5]
        own = f"b-{own[: _LONGEST - 8].strip('-')}-{digest}"
    return Stage(own).name


def _given(values: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _kept(stack: dict[str, Any], names: set[str]) -> list[dict[str, Any]]:
    """They keep their values. CloudFormation would refuse parameters that the template no longer has."""
    before = {one["ParameterKey"] for one in stack.get("Parameters", [])}
    return [{"ParameterKey": name, "UsePreviousValue": True} for name in sorted(before & names)]


def outputs_of(stack: dict[str, Any]) -> dict[str, str]:
    """The stage's parameters, the template's outputs, and where the stack is."""
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    found = {output["OutputKey"]: output.get("OutputValue", "") for output in stack.get("Outputs", [])}
    _, partition, _, region, account, _ = stack["StackId"].split(":", 5)
    place = {"Partition": partition, "Region": region, "AccountId": account}
    return {**parameters, **found, **place, "SocketEndpoint": addresses.data_plane("{api}", region)}


def _pause(stack: dict[str, Any]) -> float:
    """Short at first, as an embedded cloud is done at once, then longer, as AWS prefers."""
    began = stack.get("LastUpdatedTime") or stack["CreationTime"]
    return 0.05 if time.time() - began.timestamp() < 2 else 3


def _refused(error: ClientError) -> CloudError:
    return CloudError(f"The template was refused: {_said(error)}")


def _said(error: ClientError) -> str:
    """In one line: parser errors have many."""
    return " ".join(error.response["Error"]["Message"].split())


def in_words(error: ClientError | BotoCoreError) -> str:
    """For a person at a command line."""
    if isinstance(error, ClientError):
        return f"AWS refused {error.operation_name}: {_said(error)}"
    return f"AWS can't be reached: {error} Is the cloud running, and is your `python -m cloud env` current?"
