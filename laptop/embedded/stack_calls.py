"""What CloudFormation calls for each type of resource, with the rights of who deploys.

From the `handlers` of AWS's resource schemas, for the types and properties that templates here have had.
"""

from __future__ import annotations

from typing import NamedTuple

Call = tuple[str, str]  # an action, and a pattern of its resource: `{name}` stands for its name


# AWS decides on these without a resource.
ANYWHERE = {
    "cloudfront:CreateCachePolicy",
    "cloudfront:CreateDistribution",
    "cloudfront:CreateOriginAccessControl",
    "cloudfront:CreateOriginRequestPolicy",
    "cloudfront:CreateResponseHeadersPolicy",
    "cognito-identity:CreateIdentityPool",
    "cognito-identity:SetIdentityPoolRoles",
    "cognito-idp:CreateUserPool",
    "cognito-idp:DescribeUserPoolDomain",
    "lambda:CreateEventSourceMapping",
    "lambda:GetAccountSettings",
    "lambda:ListEventSourceMappings",
    "lambda:ListFunctions",
    "lambda:ListLayerVersions",
    "lambda:ListLayers",
    "sns:GetSubscriptionAttributes",
}

# The service that a role is passed to.
PASSED_TO = {
    "AWS::Cognito::IdentityPoolRoleAttachment": "cognito-identity.amazonaws.com",
    "AWS::DAX::Cluster": "dax.amazonaws.com",
}
TO_LAMBDA = "lambda.amazonaws.com"


class Calls(NamedTuple):
    making: list[Call]  # also for a change
    deleting: list[Call]


def _of(place: str, making: str, deleting: str, *also: Call) -> Calls:
    """Actions of one service on one kind of resource, if they name one; `also` are others, in both cases."""
    service, resource = place.split(":", 1)[0], f"arn:aws:{place}"

    def calls(names: str) -> list[Call]:
        actions = [f"{service}:{name}" for name in names.split()]
        nowhere = place.endswith(":")
        return [*((one, "*" if nowhere or one in ANYWHERE else resource) for one in actions), *also]

    return Calls(calls(making), calls(deleting))


_ROLE = "arn:aws:iam::*:role/{name}"
_TAGS = "ListTagsForResource TagResource UntagResource"
_TABLE = _of(
    "dynamodb:*:*:table/{name}",
    "CreateTable DescribeContinuousBackups DescribeContributorInsights DescribeKinesisStreamingDestination "
    "DescribeTable DescribeTimeToLive GetResourcePolicy ListTagsOfResource TagResource UntagResource "
    "UpdateContinuousBackups UpdateTable UpdateTimeToLive",
    "DeleteTable DescribeTable",
)
_REPLICAS = _of(
    "dynamodb:*:*:table/{name}",
    # Those on items are asked for in the replica's region
    "BatchWriteItem CreateTableReplica DeleteItem DeleteTableReplica DescribeTableReplicaAutoScaling GetItem PutItem "
    "Query Scan UpdateItem",
    "DeleteTableReplica",
    ("iam:CreateServiceLinkedRole", "arn:aws:iam::*:role/aws-service-role/replication.dynamodb.amazonaws.com/*"),
)
_LINKED_TO_DAX = ("iam:CreateServiceLinkedRole", "arn:aws:iam::*:role/aws-service-role/dax.amazonaws.com/*")
_OF_A_BUCKET = (  # CloudFormation reads all of it, set or not
    "GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLogging "
    "GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration "
    "GetBucketOwnershipControls GetBucketPublicAccessBlock GetBucketTagging GetBucketVersioning GetBucketWebsite "
    "GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration "
    "GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration"
)
_EDGE = "GetDistribution GetDistributionConfig"


def _of_the_edge(what: str, kind: str) -> Calls:
    place, own = f"cloudfront::*:{kind}/*", f"{{}}{what}"
    made = " ".join(own.format(verb) for verb in ("Create", "Get", "Update"))
    return _of(place, made, " ".join(own.format(verb) for verb in ("Delete", "Get")))


def _of_the_network(making: str, deleting: str) -> Calls:
    return _of("ec2:", f"{making} CreateTags DeleteTags", deleting)


CALLS: dict[str, Calls] = {
    "AWS::CloudFront::CachePolicy": _of_the_edge("CachePolicy", "cache-policy"),
    "AWS::CloudFront::Distribution": _of(
        "cloudfront::*:distribution/*",
        f"CreateDistribution {_EDGE} {_TAGS} UpdateDistribution",
        f"DeleteDistribution {_EDGE} UpdateDistribution",
    ),
    "AWS::CloudFront::Function": _of(
        "cloudfront::*:function/{name}",
        f"CreateFunction DescribeFunction GetFunction PublishFunction UpdateFunction {_TAGS}",
        "DeleteFunction DescribeFunction",
    ),
    "AWS::CloudFront::OriginAccessControl": _of_the_edge("OriginAccessControl", "origin-access-control"),
    "AWS::CloudFront::OriginRequestPolicy": _of_the_edge("OriginRequestPolicy", "origin-request-policy"),
    "AWS::CloudFront::ResponseHeadersPolicy": _of_the_edge("ResponseHeadersPolicy", "response-headers-policy"),
    "AWS::CloudWatch::Alarm": _of(
        "cloudwatch:*:*:alarm:{name}",
        f"DescribeAlarms PutMetricAlarm {_TAGS}",
        "DeleteAlarms DescribeAlarms",
    ),
    "AWS::Cognito::IdentityPool": _of(
        "cognito-identity:*:*:identitypool/*",
        f"CreateIdentityPool DescribeIdentityPool {_TAGS} UpdateIdentityPool",
        "DeleteIdentityPool",
    ),
    "AWS::Cognito::IdentityPoolRoleAttachment": _of(
        "cognito-identity:*:*:identitypool/*",
        "GetIdentityPoolRoles SetIdentityPoolRoles",
        "GetIdentityPoolRoles SetIdentityPoolRoles",
        ("iam:PassRole", _ROLE),
    ),
    "AWS::Cognito::UserPool": _of(
        "cognito-idp:*:*:userpool/*",
        f"AddCustomAttributes CreateUserPool DescribeUserPool GetUserPoolMfaConfig {_TAGS} SetUserPoolMfaConfig "
        "UpdateUserPool",
        "DeleteUserPool DescribeUserPool",
    ),
    "AWS::Cognito::UserPoolClient": _of(
        "cognito-idp:*:*:userpool/*",
        "CreateUserPoolClient DescribeUserPoolClient ListUserPoolClientSecrets UpdateUserPoolClient",
        "DeleteUserPoolClient",
    ),
    "AWS::Cognito::UserPoolDomain": _of(
        "cognito-idp:*:*:userpool/*",
        "CreateUserPoolDomain DescribeUserPoolDomain UpdateUserPoolDomain",
        "DeleteUserPoolDomain DescribeUserPoolDomain",
        ("cloudfront:UpdateDistribution", "arn:aws:cloudfront::*:distribution/*"),
    ),
    "AWS::Cognito::UserPoolGroup": _of(
        "cognito-idp:*:*:userpool/*", "CreateGroup GetGroup UpdateGroup", "DeleteGroup GetGroup"
    ),
    "AWS::DAX::Cluster": _of(
        "dax:*:*:cache/{name}",
        "CreateCluster DescribeClusters IncreaseReplicationFactor DecreaseReplicationFactor ListTags TagResource "
        "UntagResource UpdateCluster",
        "DeleteCluster DescribeClusters",
        ("iam:PassRole", _ROLE),
        _LINKED_TO_DAX,
    ),
    "AWS::DAX::SubnetGroup": _of(
        "dax:",
        "CreateSubnetGroup DescribeSubnetGroups UpdateSubnetGroup",
        "DeleteSubnetGroup DescribeSubnetGroups",
        _LINKED_TO_DAX,
    ),
    "AWS::DynamoDB::GlobalTable": Calls(_TABLE.making + _REPLICAS.making, _TABLE.deleting + _REPLICAS.deleting),
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::EC2::EIP": _of_the_network(
        "AllocateAddress AssociateAddress DescribeAddresses DescribeTags DisassociateAddress",
        "DescribeAddresses DisassociateAddress ReleaseAddress",
    ),
    "AWS::EC2::InternetGateway": _of_the_network(
        "CreateInternetGateway DescribeInternetGateways", "DeleteInternetGateway DescribeInternetGateways"
    ),
    "AWS::EC2::NatGateway": _of_the_network(
        "CreateNatGateway DescribeNatGateways", "DeleteNatGateway DescribeNatGateways"
    ),
    "AWS::EC2::Route": _of_the_network(
        "CreateRoute DescribeNetworkInterfaces DescribeRouteTables ReplaceRoute", "DeleteRoute DescribeRouteTables"
    ),
    "AWS::EC2::RouteTable": _of_the_network(
        "CreateRouteTable DescribeRouteTables", "DeleteRouteTable DescribeRouteTables"
    ),
    "AWS::EC2::SecurityGroup": _of_the_network(
        "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateSecurityGroup DescribeSecurityGroups "
        "RevokeSecurityGroupEgress RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsEgress "
        "UpdateSecurityGroupRuleDescriptionsIngress",
        "DeleteSecurityGroup DescribeInstances DescribeSecurityGroups",
    ),
    "AWS::EC2::Subnet": _of_the_network(
        "CreateSubnet DescribeAvailabilityZones DescribeNetworkAcls DescribeSubnets ModifySubnetAttribute",
        "DeleteSubnet DescribeSubnets",
    ),
    "AWS::EC2::SubnetRouteTableAssociation": _of_the_network(
        "AssociateRouteTable DescribeRouteTables DescribeSubnets ReplaceRouteTableAssociation",
        "DescribeRouteTables DescribeSubnets DisassociateRouteTable",
    ),
    "AWS::EC2::VPC": _of_the_network(
        "CreateVpc DescribeNetworkAcls DescribeSecurityGroups DescribeVpcAttribute DescribeVpcEncryptionControls "
        "DescribeVpcs ModifyVpcAttribute",
        "DeleteVpc DescribeVpcs",
    ),
    "AWS::EC2::VPCEndpoint": _of_the_network(
        "CreateVpcEndpoint DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs ModifyVpcEndpoint",
        "DeleteVpcEndpoints DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs",
    ),
    "AWS::EC2::VPCGatewayAttachment": _of_the_network(
        "AttachInternetGateway DescribeInternetGateways DescribeVpnGateways",
        "DescribeInternetGateways DescribeVpnGateways DetachInternetGateway",
    ),
    "AWS::IAM::Role": _of(
        "iam::*:role/{name}",
        "CreateRole DeleteRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies ListRoleTags "
        "PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole",
        "DeleteRole DeleteRolePolicy GetRole ListAttachedRolePolicies ListRolePolicies",
    ),
    "AWS::Lambda::LayerVersion": _of(
        "lambda:*:*:layer:{name}",
        "GetLayerVersion PublishLayerVersion",
        "DeleteLayerVersion GetLayerVersion",
        ("s3:GetObject", "arn:aws:s3:::{name}/*"),
    ),
    "AWS::S3::Bucket": _of(
        "s3:::{name}",
        f"{_OF_A_BUCKET} {_TAGS} CreateBucket ListBucket PutBucketCORS PutBucketNotification "
        "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration "
        "PutLifecycleConfiguration",
        "DeleteBucket ListBucket",
    ),
    "AWS::S3::BucketPolicy": _of(
        "s3:::{name}", "GetBucketPolicy PutBucketPolicy", "DeleteBucketPolicy GetBucketPolicy"
    ),
    "AWS::SES::ConfigurationSet": _of(
        "ses:*:*:configuration-set/{name}",
        f"CreateConfigurationSet GetConfigurationSet PutConfigurationSetSuppressionOptions {_TAGS}",
        "DeleteConfigurationSet",
    ),
    "AWS::SES::ConfigurationSetEventDestination": _of(
        "ses:*:*:configuration-set/{name}",
        "CreateConfigurationSetEventDestination GetConfigurationSetEventDestinations "
        "UpdateConfigurationSetEventDestination",
        "DeleteConfigurationSetEventDestination",
    ),
    "AWS::SES::EmailIdentity": _of(
        "ses:*:*:identity/*",
        f"CreateEmailIdentity GetEmailIdentity PutEmailIdentityConfigurationSetAttributes {_TAGS} "
        "PutEmailIdentityDkimAttributes PutEmailIdentityFeedbackAttributes PutEmailIdentityMailFromAttributes",
        "DeleteEmailIdentity",
    ),
    "AWS::SNS::Topic": _of(
        "sns:*:*:{name}",
        f"CreateTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic {_TAGS} SetTopicAttributes",
        "DeleteTopic GetTopicAttributes",
    ),
    "AWS::SNS::TopicPolicy": _of("sns:*:*:{name}", "SetTopicAttributes", "SetTopicAttributes"),
    "AWS::SQS::Queue": _of(
        "sqs:*:*:{name}",
        "CreateQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue UntagQueue",
        "DeleteQueue GetQueueAttributes",
    ),
    "AWS::SQS::QueuePolicy": _of("sqs:*:*:{name}", "SetQueueAttributes", "SetQueueAttributes"),
}
