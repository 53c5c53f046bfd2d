"""Each function's role on a running stage: exactly what its feature declares, and never the forbidden."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from tests.cloud.attempts import DECLARED, attempts, forbidden, granted
from tests.support.cloud import outputs, root
from tests.support.credentials import as_role, refused
from tests.support.stage import RunningStage


@pytest.mark.parametrize("function", sorted(DECLARED))
def test_a_function_may_do_what_is_declared_and_no_more(stage: RunningStage, function: str) -> None:
    own = granted(function, outputs(stage))
    tried = attempts(as_role(stage, function), outputs(stage))
    expected = {
        (action, resource)
        for action, resource in tried
        if any(action == granted and fnmatchcase(resource, pattern) for granted, pattern in own)
    }
    assert expected, "each has something to do"
    assert {grant for grant, call in tried.items() if not refused(call)} == expected


@pytest.mark.parametrize("function", sorted(DECLARED))
def test_what_no_function_may_do(stage: RunningStage, function: str) -> None:
    """But for the one that packs a person's own files for them."""
    tries = forbidden(as_role(stage, function), outputs(stage))
    allowed = ["read a person's file"] if function == "make_export" else []
    assert [what for what, call in tries.items() if not refused(call)] == allowed


def test_the_forbidden_can_be_done_by_root(stage: RunningStage) -> None:
    """Otherwise the attempts above would prove nothing: each must fail only for lack of permission."""
    tries = forbidden(lambda service, path="": root(stage, service), outputs(stage))
    harmless = ("scan the albums", "list tables", "list people", "list buckets", "list roles", "read a person's file")
    assert [what for what in harmless if refused(tries[what])] == []


def test_every_function_is_declared(stage: RunningStage) -> None:
    functions = root(stage, "lambda").list_functions()["Functions"]
    ours = [one for one in functions if one["FunctionName"].startswith(f"commonplace-{stage.name}")]
    roles = {one["Role"].rpartition("/")[2] for one in ours}
    assert roles == {f"commonplace-{stage.name}-{one}" for one in DECLARED}


# They act on the request's content; AWS has no resource for that.
WITHOUT_RESOURCE = {"comprehend:DetectDominantLanguage", "polly:SynthesizeSpeech", "translate:TranslateText"}


def test_no_policy_says_everything(stage: RunningStage) -> None:
    iam = root(stage, "iam")
    for role in iam.list_roles()["Roles"]:
        for policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                actions, resources = (
                    [value] if isinstance(value, str) else value
                    for value in (statement["Action"], statement["Resource"])
                )
                if set(actions) & WITHOUT_RESOURCE:
                    assert set(actions) <= WITHOUT_RESOURCE, (role["RoleName"], policy)
                    continue
                assert "*" not in resources and not any("*" in action for action in actions), (role["RoleName"], policy)
