"""How a member might get further than their roles: the attempts, and what stops each."""

import json

from chalicelib.arns import boundary_arn
from tests.helpers.attempts import Control, Row
from tests.helpers.lambda_role import ALLOW_ALL, IDENTITY

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
# Sentence, action, client and method, arguments, and what stops it if that is not a missing Allow.
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
# OWN_ACTIONS on another member: the resource in the policy names the caller.
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
# the Deny on Firstday's own parts prevents access to it.
WITH_THE_ROLE: tuple[Row, ...] = (
    ("reading users with the role", "iam:ListUsers", "iam.list_users", {}),
    ("going on to another role", "sts:AssumeRole", "sts.assume_role", assuming(OTHER_ROLE)),
    ("going on to the admin role", "sts:AssumeRole", "sts.assume_role", assuming(f"{ROLES}/firstday-admin"), DENY),
    ("renewing the role by itself, without a code", "sts:AssumeRole", "sts.assume_role", assuming(OWN_ROLE), DENY),
    ("getting credentials for a federated user", "sts:GetFederationToken", "sts.get_federation_token",
     {"Name": "x1", "Policy": DOCUMENT}),
    ("putting other code where the next deployment takes it from", "s3:PutObject", "s3.put_object",
     {"Bucket": "<code_bucket>", "Key": "x.zip", "Body": b"PK"}, DENY),
    ("deleting the portal's code", "s3:DeleteObject", "s3.delete_object",
     {"Bucket": "<code_bucket>", "Key": "x.zip"}, DENY),
    ("opening the bucket of the code", "s3:PutBucketPolicy", "s3.put_bucket_policy",
     {"Bucket": "<code_bucket>", "Policy": DOCUMENT}, DENY),
)
# What the role can never do, whatever else it may do: with all of Lambda, as a power user, as an administrator.
MIGHT = tuple(
    f"arn:aws:iam::aws:policy/{name}" for name in ("AWSLambda_FullAccess", "PowerUserAccess", "AdministratorAccess")
)
_FUNCTION = {"Runtime": "python3.13", "Handler": "a.b", "Code": {"ZipFile": b"PK"}}
_STATEMENT = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
_EVENTS = [{"timestamp": 1, "message": "{}"}]
_METRIC = [{"metricNamespace": "Firstday", "metricName": "m", "metricValue": "0"}]
WITH_A_MIGHTY_ROLE: tuple[Row, ...] = (
    *(
        (f"making a function with {what}", "iam:PassRole", "lambda.create_function",
         {"FunctionName": "mine", "Role": arn, **_FUNCTION}, DENY)
        for what, arn in {
            "the portal's role": "<own_role_arn>",
            "the sweeper's role": "<sweeper_role_arn>",
            "the key retirement's role": "<key_retirement_role_arn>",
            "the census's role": "<census_role_arn>",
            "the watcher's role": "<watcher_role_arn>",
            "the role of the access log": "<access_log_role_arn>",
            "the admin role": f"{ROLES}/firstday-admin",
        }.items()
    ),
    ("giving one's own function the portal's role", "iam:PassRole", "lambda.update_function_configuration",
     {"FunctionName": "mine", "Role": "<own_role_arn>"}, DENY),
    ("pointing the portal at other tables", "lambda:UpdateFunctionConfiguration",
     "lambda.update_function_configuration", {"FunctionName": "<function>", "Timeout": 900}, DENY),
    ("opening the portal's function to everybody", "lambda:AddPermission", "lambda.add_permission",
     {"FunctionName": "<function>", **_STATEMENT}, DENY),
    ("giving the portal's function a public address", "lambda:CreateFunctionUrlConfig",
     "lambda.create_function_url_config", {"FunctionName": "<function>", "AuthType": "NONE"}, DENY),
    ("leaving the portal no room to run", "lambda:PutFunctionConcurrency", "lambda.put_function_concurrency",
     {"FunctionName": "<function>", "ReservedConcurrentExecutions": 0}, DENY),
    ("replacing the sweeper's code", "lambda:UpdateFunctionCode", "lambda.update_function_code",
     {"FunctionName": "firstday-sweeper", "ZipFile": b"PK"}, DENY),
    ("replacing the key retirement's code", "lambda:UpdateFunctionCode", "lambda.update_function_code",
     {"FunctionName": "firstday-key-retirement", "ZipFile": b"PK"}, DENY),
    ("replacing the census's code", "lambda:UpdateFunctionCode", "lambda.update_function_code",
     {"FunctionName": "firstday-census", "ZipFile": b"PK"}, DENY),
    ("replacing the watcher's code", "lambda:UpdateFunctionCode", "lambda.update_function_code",
     {"FunctionName": "firstday-audit-watcher", "ZipFile": b"PK"}, DENY),
    ("deleting the watcher", "lambda:DeleteFunction", "lambda.delete_function",
     {"FunctionName": "firstday-audit-watcher"}, DENY),
    ("deleting the sweeper", "lambda:DeleteFunction", "lambda.delete_function",
     {"FunctionName": "firstday-sweeper"}, DENY),
    ("assuming the portal's role", "sts:AssumeRole", "sts.assume_role", assuming("<own_role_arn>"), DENY),
    ("assuming the admin role", "sts:AssumeRole", "sts.assume_role", assuming(f"{ROLES}/firstday-admin"), DENY),
    *(
        (f"letting oneself into {what}", "iam:UpdateAssumeRolePolicy", "iam.update_assume_role_policy",
         {"RoleName": name, "PolicyDocument": DOCUMENT}, DENY)
        for what, name in {
            "the portal's role": "<own_role>",
            "the sweeper's role": "<sweeper_role>",
            "the admin role": "firstday-admin",
        }.items()
    ),
    ("attaching a policy to the portal's role", "iam:AttachRolePolicy", "iam.attach_role_policy",
     {"RoleName": "<own_role>", "PolicyArn": ADMINISTRATOR}, DENY),
    ("writing the portal's role's policy", "iam:PutRolePolicy", "iam.put_role_policy",
     {"RoleName": "<own_role>", "PolicyName": "p", "PolicyDocument": DOCUMENT}, DENY),
    ("deleting the portal's role", "iam:DeleteRole", "iam.delete_role", {"RoleName": "<own_role>"}, DENY),
    ("taking the Deny off one's own role", "iam:DeleteRolePolicy", "iam.delete_role_policy",
     {"RoleName": OWN_ROLE.rpartition("/")[2], "PolicyName": "firstday"}, DENY),
    ("opening one's own role to others", "iam:UpdateAssumeRolePolicy", "iam.update_assume_role_policy",
     {"RoleName": OWN_ROLE.rpartition("/")[2], "PolicyDocument": DOCUMENT}, DENY),
    ("issuing a member's key", "iam:CreateAccessKey", "iam.create_access_key", {"UserName": OTHER}, DENY),
    ("taking a member's device away", "iam:DeactivateMFADevice", "iam.deactivate_mfa_device",
     {"UserName": OTHER, "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{OTHER}"}, DENY),
    ("changing a member's password", "iam:UpdateLoginProfile", "iam.update_login_profile",
     {"UserName": OTHER, "Password": "correct Horse battery 1"}, DENY),
    ("taking a member's boundary off", "iam:DeleteUserPermissionsBoundary", "iam.delete_user_permissions_boundary",
     {"UserName": ITSELF}, DENY),
    ("attaching a policy to a member", "iam:AttachUserPolicy", "iam.attach_user_policy",
     {"UserName": ITSELF, "PolicyArn": ADMINISTRATOR}, DENY),
    ("making a member past the portal", "iam:CreateUser", "iam.create_user",
     {"UserName": "out", "Path": "/members/"}, DENY),
    ("joining another group", "iam:AddUserToGroup", "iam.add_user_to_group",
     {"UserName": ITSELF, "GroupName": "operators"}, DENY),
    ("leaving the baseline group", "iam:RemoveUserFromGroup", "iam.remove_user_from_group",
     {"UserName": ITSELF, "GroupName": "firstday-members"}, DENY),
    ("writing a switch-role group's policy", "iam:PutGroupPolicy", "iam.put_group_policy",
     {"GroupName": "developers", "PolicyName": "p", "PolicyDocument": DOCUMENT}, DENY),
    ("writing a new version of the boundary", "iam:CreatePolicyVersion", "iam.create_policy_version",
     {"PolicyArn": BOUNDARY, "PolicyDocument": DOCUMENT, "SetAsDefault": True}, DENY),
    ("updating the portal's stack", "cloudformation:UpdateStack", "cloudformation.update_stack",
     {"StackName": "firstday", "TemplateBody": "{}"}, DENY),
    ("updating the stack of the roles", "cloudformation:UpdateStack", "cloudformation.update_stack",
     {"StackName": "firstday-roles", "TemplateBody": "{}"}, DENY),
    ("preparing a change of the stack", "cloudformation:CreateChangeSet", "cloudformation.create_change_set",
     {"StackName": "firstday", "ChangeSetName": "c", "TemplateBody": "{}"}, DENY),
    ("carrying a change of the stack out", "cloudformation:ExecuteChangeSet", "cloudformation.execute_change_set",
     {"StackName": "firstday", "ChangeSetName": "c"}, DENY),
    ("lifting the stack's protection", "cloudformation:UpdateTerminationProtection",
     "cloudformation.update_termination_protection",
     {"StackName": "firstday", "EnableTerminationProtection": False}, DENY),
    ("deleting the stack", "cloudformation:DeleteStack", "cloudformation.delete_stack",
     {"StackName": "firstday"}, DENY),
    ("writing lines into the portal's log", "logs:PutLogEvents", "logs.put_log_events",
     {"logGroupName": "<logs>", "logStreamName": "s", "logEvents": _EVENTS}, DENY),
    ("deleting the portal's log", "logs:DeleteLogGroup", "logs.delete_log_group", {"logGroupName": "<logs>"}, DENY),
    ("deleting a stream of the access log", "logs:DeleteLogStream", "logs.delete_log_stream",
     {"logGroupName": "<access_logs>", "logStreamName": "s"}, DENY),
    ("letting the log expire in a day", "logs:PutRetentionPolicy", "logs.put_retention_policy",
     {"logGroupName": "<logs>", "retentionInDays": 1}, DENY),
    ("counting nothing in the log any more", "logs:PutMetricFilter", "logs.put_metric_filter",
     {"logGroupName": "<logs>", "filterName": "f", "filterPattern": "x", "metricTransformations": _METRIC}, DENY),
    ("reading the portal's log", "logs:FilterLogEvents", "logs.filter_log_events", {"logGroupName": "<logs>"},
     DENY),
    ("turning the account's API logs off", "apigateway:PATCH", "apigateway.update_account",
     {"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}]}, DENY),
    ("leading the portal's address elsewhere", "apigateway:POST", "apigateway.create_base_path_mapping",
     {"domainName": "firstday.example.com", "restApiId": "r"}, DENY),
    ("changing a record", "dynamodb:UpdateItem", "dynamodb.update_item",
     {"TableName": "<members>", "Key": {"directory": {"S": "members"}, "name": {"S": ITSELF}}}, DENY),
    ("sending the audit trail elsewhere", "dynamodb:UpdateTable", "dynamodb.update_table",
     {"TableName": "<audit>", "StreamSpecification": {"StreamEnabled": False}}, DENY),
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
