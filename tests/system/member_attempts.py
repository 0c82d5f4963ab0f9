"""How a member might get further than their roles: what is tried, and what stops it."""

import json

from chalicelib.roles import boundary_arn
from tests.system.attempts import Control, Row
from tests.system.lambda_role import ALLOW_ALL, IDENTITY

ITSELF, OTHER, ADMIN = "restless-member", "targeted-member", "admin"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
BOUNDARY = boundary_arn("aws", IDENTITY)
ROLES = f"arn:aws:iam::{IDENTITY}:role"
OWN_ROLE = f"{ROLES}/dev-SwitchRole-S3FullAccess"
OTHER_ROLE = "arn:aws:iam::210987654321:role/stg-SwitchRole-Operations"
DOCUMENT = json.dumps(ALLOW_ALL)
CODES = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
DENY, TRUST, OTHER_RESOURCE = Control.EXPLICIT_DENY, Control.TRUST, Control.OTHER_RESOURCE


def assuming(arn: str, name: str = ITSELF) -> dict[str, str]:
    return {"RoleArn": arn, "RoleSessionName": name}


# fmt: off
# Sentence, action, client and method, arguments, and what stops it where that is not the lack of any Allow.
WITH_THE_KEY_ALONE: tuple[Row, ...] = (
    ("using a role without a code", "sts:AssumeRole", "sts.assume_role", assuming(OWN_ROLE), DENY),
    ("looking at one's keys", "iam:ListAccessKeys", "iam.list_access_keys", {}, DENY),
    ("issuing another key", "iam:CreateAccessKey", "iam.create_access_key", {}, DENY),
    ("taking the device away that is asked for", "iam:DeactivateMFADevice", "iam.deactivate_mfa_device",
     {"UserName": ITSELF, "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{ITSELF}"}, DENY),
    ("listing buckets", "s3:ListAllMyBuckets", "s3.list_buckets", {}, DENY),
    ("reading records", "dynamodb:Scan", "dynamodb.scan", {"TableName": "<members>"}, DENY),
    ("registering a device of another name", "iam:CreateVirtualMFADevice", "iam.create_virtual_mfa_device",
     {"VirtualMFADeviceName": "second"}),
    ("enabling a second device", "iam:EnableMFADevice", "iam.enable_mfa_device",
     {"UserName": ITSELF, "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/second", **CODES}),
    ("getting credentials for a federated user", "sts:GetFederationToken", "sts.get_federation_token",
     {"Name": "x1", "Policy": DOCUMENT}, DENY),
)
WITH_MFA: tuple[Row, ...] = (
    ("attaching a policy to oneself", "iam:AttachUserPolicy", "iam.attach_user_policy",
     {"UserName": ITSELF, "PolicyArn": ADMINISTRATOR}),
    ("writing a policy of one's own", "iam:PutUserPolicy", "iam.put_user_policy",
     {"UserName": ITSELF, "PolicyName": "p", "PolicyDocument": DOCUMENT}),
    ("taking the boundary off", "iam:DeleteUserPermissionsBoundary", "iam.delete_user_permissions_boundary",
     {"UserName": ITSELF}),
    ("putting another boundary in its place", "iam:PutUserPermissionsBoundary", "iam.put_user_permissions_boundary",
     {"UserName": ITSELF, "PermissionsBoundary": ADMINISTRATOR}),
    ("writing a new version of the boundary", "iam:CreatePolicyVersion", "iam.create_policy_version",
     {"PolicyArn": BOUNDARY, "PolicyDocument": DOCUMENT, "SetAsDefault": True}),
    ("joining another group", "iam:AddUserToGroup", "iam.add_user_to_group",
     {"UserName": ITSELF, "GroupName": "operators"}),
    ("leaving the baseline group, and with it the Deny", "iam:RemoveUserFromGroup", "iam.remove_user_from_group",
     {"UserName": ITSELF, "GroupName": "firstday-members"}),
    ("writing one's group's policy", "iam:PutGroupPolicy", "iam.put_group_policy",
     {"GroupName": "developers", "PolicyName": "p", "PolicyDocument": DOCUMENT}),
    ("issuing oneself another key", "iam:CreateAccessKey", "iam.create_access_key", {"UserName": ITSELF}),
    ("making a user without a boundary", "iam:CreateUser", "iam.create_user", {"UserName": "out"}),
    ("making a role that trusts everybody", "iam:CreateRole", "iam.create_role",
     {"RoleName": "out", "AssumeRolePolicyDocument": DOCUMENT}),
    ("opening a role to oneself", "iam:UpdateAssumeRolePolicy", "iam.update_assume_role_policy",
     {"RoleName": "firstday-admin", "PolicyDocument": DOCUMENT}),
    ("moving oneself out of the members' path", "iam:UpdateUser", "iam.update_user",
     {"UserName": ITSELF, "NewPath": "/admins/"}),
    ("looking at another member's keys", "iam:ListAccessKeys", "iam.list_access_keys", {"UserName": OTHER}),
    ("issuing another member's key", "iam:CreateAccessKey", "iam.create_access_key", {"UserName": OTHER}),
    ("taking another member's device away", "iam:DeactivateMFADevice", "iam.deactivate_mfa_device",
     {"UserName": OTHER, "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{OTHER}"}),
    ("giving another member a device of one's own", "iam:EnableMFADevice", "iam.enable_mfa_device",
     {"UserName": OTHER, "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{ITSELF}", **CODES}),
    ("deleting another member's unassigned device", "iam:DeleteVirtualMFADevice", "iam.delete_virtual_mfa_device",
     {"SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{OTHER}"}),
    ("changing another member's password", "iam:UpdateLoginProfile", "iam.update_login_profile",
     {"UserName": OTHER, "Password": "correct Horse battery 1"}),
    ("changing an administrator's password", "iam:UpdateLoginProfile", "iam.update_login_profile",
     {"UserName": ADMIN, "Password": "correct Horse battery 1"}),
    ("assuming the admin role", "sts:AssumeRole", "sts.assume_role", assuming(f"{ROLES}/firstday-admin"),
     OTHER_RESOURCE),
    ("assuming the portal's role", "sts:AssumeRole", "sts.assume_role", assuming("<own_role_arn>"), OTHER_RESOURCE),
    ("replacing the portal's code", "lambda:UpdateFunctionCode", "lambda.update_function_code",
     {"FunctionName": "<function>", "ZipFile": b"PK"}),
    ("reading the audit trail", "dynamodb:Scan", "dynamodb.scan", {"TableName": "<audit>"}),
    ("making oneself another record", "dynamodb:PutItem", "dynamodb.put_item",
     {"TableName": "<members>", "Item": {"directory": {"S": "members"}, "name": {"S": ITSELF}}}),
)
OF_A_SESSION: tuple[Row, ...] = (
    ("getting credentials for a federated user", "sts:GetFederationToken", "sts.get_federation_token",
     {"Name": "x1", "Policy": DOCUMENT}, Control.SESSION),
)
# Another member's part of OWN_ACTIONS: the resource names whoever asks.
OF_OTHERS: tuple[Row, ...] = (
    ("looking at another member", "iam:GetUser", "iam.get_user", {"UserName": OTHER}, OTHER_RESOURCE),
    ("looking at another member's devices", "iam:ListMFADevices", "iam.list_mfa_devices", {"UserName": OTHER},
     OTHER_RESOURCE),
    ("resynchronising another member's device", "iam:ResyncMFADevice", "iam.resync_mfa_device",
     {"UserName": OTHER, "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{OTHER}", **CODES}, OTHER_RESOURCE),
    ("assuming a role of another group", "sts:AssumeRole", "sts.assume_role", assuming(OTHER_ROLE), OTHER_RESOURCE),
)
NAMES: tuple[Row, ...] = (
    ("using one's role under another member's name", "sts:AssumeRole", "sts.assume_role", assuming(OWN_ROLE, OTHER),
     TRUST),
    ("using one's role under a name in capitals", "sts:AssumeRole", "sts.assume_role",
     assuming(OWN_ROLE, ITSELF.upper()), TRUST),
)
# The role may do everything in S3 (firstday.toml), and the portal's code is in a bucket of the same account:
# the Deny on what Firstday itself is made of stands before that.
WITH_THE_ROLE: tuple[Row, ...] = (
    ("reading users with the role", "iam:ListUsers", "iam.list_users", {}),
    ("going on to another role", "sts:AssumeRole", "sts.assume_role", assuming(OTHER_ROLE)),
    ("going on to the admin role", "sts:AssumeRole", "sts.assume_role", assuming(f"{ROLES}/firstday-admin")),
    ("renewing the role by itself, without a code", "sts:AssumeRole", "sts.assume_role", assuming(OWN_ROLE)),
    ("getting credentials for a federated user", "sts:GetFederationToken", "sts.get_federation_token",
     {"Name": "x1", "Policy": DOCUMENT}),
    ("putting other code where the next deployment takes it from", "s3:PutObject", "s3.put_object",
     {"Bucket": "<code_bucket>", "Key": "x.zip", "Body": b"PK"}, DENY),
    ("deleting the portal's code", "s3:DeleteObject", "s3.delete_object",
     {"Bucket": "<code_bucket>", "Key": "x.zip"}, DENY),
    ("opening the bucket of the code", "s3:PutBucketPolicy", "s3.put_bucket_policy",
     {"Bucket": "<code_bucket>", "Policy": DOCUMENT}, DENY),
)
# What the role is kept from even where it has AdministratorAccess, but for IAM itself.
WITH_A_MIGHTY_ROLE: tuple[Row, ...] = (
    ("replacing the portal's code", "lambda:UpdateFunctionCode", "lambda.update_function_code",
     {"FunctionName": "<function>", "ZipFile": b"PK"}, DENY),
    ("invoking the portal past API Gateway", "lambda:InvokeFunction", "lambda.invoke",
     {"FunctionName": "<function>", "Payload": b"{}"}, DENY),
    ("telling the portal of another caller", "apigateway:PATCH", "apigateway.update_integration",
     {"restApiId": "<api>", "resourceId": "r", "httpMethod": "GET", "patchOperations": []}, DENY),
    ("reading the members' records", "dynamodb:Scan", "dynamodb.scan", {"TableName": "<members>"}, DENY),
    ("writing a record", "dynamodb:PutItem", "dynamodb.put_item",
     {"TableName": "<members>", "Item": {"directory": {"S": "members"}, "name": {"S": ITSELF}}}, DENY),
    ("dropping the audit table", "dynamodb:DeleteTable", "dynamodb.delete_table", {"TableName": "<audit>"}, DENY),
    ("reading the portal's code", "s3:GetObject", "s3.get_object",
     {"Bucket": "<code_bucket>", "Key": "x.zip"}, DENY),
)
# fmt: on
