"""The template: the features' separate declarations give the same as one file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloud import template
from cloud.__main__ import main
from cloud.errors import CloudError

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Stage: {Type: String}\n"
POLICY = "AWS::S3::BucketPolicy"
BUCKET = "Resources:\n  StateBucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'x-${Stage}'}}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with its own bucket."""
    monkeypatch.setattr(template, "PROJECT", tmp_path)
    declare(tmp_path, "cloud", HEAD + BUCKET)
    return tmp_path


def declare(project: Path, feature: str, text: str) -> None:
    path = project / feature / "resources.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")


def test_what_is_declared_apart_is_together(project: Path) -> None:
    declare(project, "chalicelib/notes", "Resources:\n  NotesTopic: {Type: AWS::SNS::Topic}\n")
    declare(project, "chalicelib/wall", "Conditions:\n  IsLarge: !Equals [!Ref Stage, 'large']\n")
    whole = template.parsed(template.whole())
    assert list(whole) == ["AWSTemplateFormatVersion", "Parameters", "Conditions", "Resources", "Outputs"]
    assert list(whole["Resources"]) == ["StateBucket", "NotesTopic", "StateBucketPolicy"]
    assert whole["Conditions"] == {"IsLarge": {"Equals": [{"Ref": "Stage"}, "large"]}}
    assert whole["Resources"]["StateBucket"]["Properties"] == {"BucketName": {"Sub": "x-${Stage}"}}


def test_it_can_be_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["cloud", "template"])
    assert not main()
    assert capsys.readouterr().out == template.whole()


def test_tags_and_quotes_stay_as_they_were_written(project: Path) -> None:
    declare(
        project,
        "chalicelib/notes",
        "Resources:\n  Notes:\n    Type: AWS::SNS::Topic\n    Properties:\n"
        '      Version: "2012-10-17"\n      Number: "1"\n      Topic: !If [IsLarge, !GetAtt A.B, !Ref AWS::NoValue]\n'
        "      Long: !Sub >-\n        one\n        ${Stage}\n",
    )
    text = template.whole()
    assert 'Version: "2012-10-17"' in text
    assert "!If [IsLarge, !GetAtt A.B, !Ref AWS::NoValue]" in text.replace("'", "")
    properties = template.parsed(text)["Resources"]["Notes"]["Properties"]
    assert properties["Number"] == "1" and properties["Long"] == {"Sub": "one ${Stage}"}


def test_outputs_follow_from_resources(project: Path) -> None:
    declare(
        project,
        "chalicelib/notes",
        "Resources:\n"
        "  NotesTable: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}}\n"
        "  PlainTable: {Type: AWS::DynamoDB::GlobalTable, Properties: {}}\n"
        "  News: {Type: AWS::SNS::Topic}\n"
        "  Work: {Type: AWS::SQS::Queue, Condition: IsLarge}\n"
        "  Role: {Type: AWS::IAM::Role}\n"
        "Outputs:\n  Own: {Value: !Ref Role}\n",
    )
    assert template.parsed(template.whole())["Outputs"] == {
        "Own": {"Value": {"Ref": "Role"}},
        "Stage": {"Value": {"Ref": "Stage"}},
        "StateBucket": {"Value": {"Ref": "StateBucket"}},
        "StateBucketArn": {"Value": {"GetAtt": "StateBucket.Arn"}},
        "NotesTable": {"Value": {"Ref": "NotesTable"}},
        "NotesTableArn": {"Value": {"GetAtt": "NotesTable.Arn"}},
        "NotesStream": {"Value": {"GetAtt": "NotesTable.StreamArn"}},
        "PlainTable": {"Value": {"Ref": "PlainTable"}},
        "PlainTableArn": {"Value": {"GetAtt": "PlainTable.Arn"}},
        "NewsArn": {"Value": {"Ref": "News"}},
        "WorkUrl": {"Condition": "IsLarge", "Value": {"Ref": "Work"}},
        "WorkArn": {"Condition": "IsLarge", "Value": {"GetAtt": "Work.Arn"}},
    }


def test_every_bucket_demands_tls(project: Path) -> None:
    """Also in a policy of its own; and a feature can't have the name of one that is derived."""
    declare(
        project,
        "chalicelib/notes",
        "Resources:\n  Notes: {Type: AWS::S3::Bucket}\n"
        "  Readers:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Notes\n"
        "      PolicyDocument: {Statement: [{Effect: Allow, Action: s3:GetObject}]}\n",
    )
    resources = template.parsed(template.whole())["Resources"]
    policies = {name: one["Properties"] for name, one in template.of_type({"Resources": resources}, POLICY).items()}
    assert {name: one["Bucket"]["Ref"] for name, one in policies.items()} == {
        "Readers": "Notes",
        "StateBucketPolicy": "StateBucket",
    }
    for one in policies.values():
        *others, denied = one["PolicyDocument"]["Statement"]
        bucket = one["Bucket"]["Ref"]
        assert denied == {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [{"GetAtt": f"{bucket}.Arn"}, {"Sub": f"${{{bucket}.Arn}}/*"}],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        assert len(others) == (bucket == "Notes")


def test_a_parameter_is_an_output_so_that_it_can_be_set_alone(project: Path) -> None:
    """CloudFormation does and stores nothing if no resource and no output changes."""
    declare(
        project,
        "chalicelib/notes",
        "Parameters:\n  Most: {Type: Number}\n  Place: {Type: String}\n"
        "Outputs:\n  Place: {Value: !Sub 'https://${Place}'}\n",
    )
    outputs = template.parsed(template.whole())["Outputs"]
    assert outputs["Most"] == {"Value": {"Ref": "Most"}}
    assert outputs["Place"] == {"Value": {"Sub": "https://${Place}"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Resources:\n  StateBucket: {}\n",
            "'StateBucket' .* cloud/resources.yaml and chalicelib/notes/resources.yaml",
        ),
        ("Resources:\n  Notes: {Type: A}\n  Notes: {Type: B}\n", "'Notes' .* in chalicelib/notes/resources.yaml:"),
        ("Outputs:\n  StateBucketArn: {Value: x}\n", "'StateBucketArn' .* and cloud/template.py:"),
        ("Resources: [\n", "chalicelib/notes/resources.yaml is not YAML"),
        ("", "chalicelib/notes/resources.yaml is not a template"),
        ("Resource:\n  Notes: {Type: A}\n", "chalicelib/notes/resources.yaml has a section 'Resource'"),
        ("Resources: none\n", "chalicelib/notes/resources.yaml has a section 'Resources'"),
    ],
    ids=["two features", "twice in one", "a derived output", "no YAML", "empty", "no such section", "no names"],
)
def test_a_mistake_is_said_in_a_sentence(project: Path, text: str, said: str) -> None:
    declare(project, "chalicelib/notes", text)
    with pytest.raises(CloudError, match=said) as error:
        template.whole()
    assert "\n" not in str(error.value) and str(error.value).endswith(".")


def test_what_holds_data_is_kept_and_protected(project: Path) -> None:
    """Of each feature; protected is only what exists, as a failed update could not take it back."""
    declare(
        project,
        "chalicelib/notes",
        "Resources:\n  Notes: {Type: AWS::DynamoDB::Table, Properties: {TableName: notes}}\n"
        "  Passing: {Type: AWS::S3::Bucket, DeletionPolicy: Delete, UpdateReplacePolicy: Delete, Properties: {}}\n"
        "  News: {Type: AWS::SNS::Topic}\n",
    )
    found = template.parsed(template.whole())["Resources"]
    kept = {
        name: (one.get("DeletionPolicy"), one.get("UpdateReplacePolicy"))
        for name, one in found.items()
        if one["Type"] != "AWS::S3::BucketPolicy"
    }
    ours = ("RetainExceptOnCreate", "Retain")
    assert kept == {"StateBucket": ours, "Notes": ours, "Passing": ("Delete", "Delete"), "News": (None, None)}
    assert found["Notes"]["Properties"]["DeletionProtectionEnabled"] is True
    assert template.parsed(template.whole(["StateBucket"]))["Resources"]["Notes"]["Properties"] == {
        "TableName": "notes"
    }


def test_a_replica_elsewhere_may_be_given_up() -> None:
    [articles] = template.of_type(template.parsed(template.whole()), "AWS::DynamoDB::GlobalTable").values()
    here, *elsewhere = articles["Properties"]["Replicas"]
    assert here["DeletionProtectionEnabled"] is True and "DeletionProtection" not in str(elsewhere)


def test_a_stage_begins_with_the_bucket_for_the_rest() -> None:
    first = template.parsed(template.first())
    assert (first["Resources"].keys(), first["Parameters"].keys()) == ({"StateBucket"}, {"Stage"})
    whole = template.parsed(template.whole())
    assert first["Resources"].items() <= whole["Resources"].items(), "the update leaves it as it is"
    [rule] = first["Resources"]["StateBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert int(rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) == 90, "each deployment overwrites some"


def test_the_edge_keeps_no_refusal() -> None:
    """Else a page that was looked for too early stays away, and an outage outlasts itself."""
    edge = template.parsed(template.whole())["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    kept = {one["ErrorCode"]: one["ErrorCachingMinTTL"] for one in edge["CustomErrorResponses"]}
    assert {int(code) for code in kept} == {403, 404, 500, 502, 503, 504} and {int(one) for one in kept.values()} == {0}
