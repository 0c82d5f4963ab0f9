"""How an attacker with the portal's own credentials might get further: the attempts, and what stops each."""

import json

from chalicelib.arns import boundary_arn
from tests.system.attempts import Attempt, Control, Row
from tests.system.lambda_role import ALLOW_ALL, IDENTITY

MEMBER, ADMIN = "escalating-member", "admin"
# A user under a path below the members', a group below the switch-role groups', and a member who is held.
BELOW, GROUP_BELOW, HELD = "below-the-members", "below-the-groups", "held-for-good"
QUARANTINE = "firstday-quarantine"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
BOUNDARY = boundary_arn("aws", IDENTITY)
ROLES = f"arn:aws:iam::{IDENTITY}:role"
DOCUMENT = json.dumps(ALLOW_ALL)
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]})
EVENT = {"pk": {"S": "<event_pk>"}, "sk": {"S": "<event_sk>"}}
FORGED = {**EVENT, "actor": {"S": "nobody"}}
OTHER_RESOURCE, CONDITION, NOT_HERE = Control.OTHER_RESOURCE, Control.CONDITION, Control.NOT_HERE
EXPLICIT_DENY = Control.EXPLICIT_DENY

# fmt: off
# Sentence, action, client and method, arguments, and what stops it if that is not a missing Allow.
USERS: tuple[Row, ...] = (
    ("creating a user under a path that begins alike", "iam:CreateUser", "iam.create_user",
     {"UserName": "out", "Path": "/membersx/", "PermissionsBoundary": BOUNDARY}, OTHER_RESOURCE),
    ("creating a user under the path in capitals", "iam:CreateUser", "iam.create_user",
     {"UserName": "out", "Path": "/MEMBERS/", "PermissionsBoundary": BOUNDARY}, OTHER_RESOURCE),
    ("creating a user under a path below the members'", "iam:CreateUser", "iam.create_user",
     {"UserName": "out", "Path": "/members/admins/", "PermissionsBoundary": BOUNDARY}, EXPLICIT_DENY),
    ("issuing the key of somebody below the members", "iam:CreateAccessKey", "iam.create_access_key",
     {"UserName": BELOW}, EXPLICIT_DENY),
    ("giving somebody below the members a password", "iam:CreateLoginProfile", "iam.create_login_profile",
     {"UserName": BELOW, "Password": "correct Horse battery 1"}, EXPLICIT_DENY),
    ("taking the device of somebody below the members away", "iam:DeactivateMFADevice", "iam.deactivate_mfa_device",
     {"UserName": BELOW, "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{BELOW}"}, EXPLICIT_DENY),
    ("deleting somebody below the members", "iam:DeleteUser", "iam.delete_user", {"UserName": BELOW},
     EXPLICIT_DENY),
    ("creating a member without a boundary", "iam:CreateUser", "iam.create_user",
     {"UserName": "out", "Path": "/members/"}, CONDITION),
    ("creating a member with a boundary that allows everything", "iam:CreateUser", "iam.create_user",
     {"UserName": "out", "Path": "/members/", "PermissionsBoundary": ADMINISTRATOR}, CONDITION),
    ("moving an administrator to the members' path, to issue a key afterwards", "iam:UpdateUser", "iam.update_user",
     {"UserName": ADMIN, "NewPath": "/members/"}),
    ("renaming an administrator", "iam:UpdateUser", "iam.update_user", {"UserName": ADMIN, "NewUserName": "gone"}),
    ("changing an administrator's password", "iam:UpdateLoginProfile", "iam.update_login_profile",
     {"UserName": ADMIN, "Password": "correct Horse battery 1"}),
    ("giving an administrator a password", "iam:CreateLoginProfile", "iam.create_login_profile",
     {"UserName": ADMIN, "Password": "correct Horse battery 1"}, OTHER_RESOURCE),
    ("issuing an administrator's key", "iam:CreateAccessKey", "iam.create_access_key", {"UserName": ADMIN},
     OTHER_RESOURCE),
    ("taking an administrator's device away", "iam:DeactivateMFADevice", "iam.deactivate_mfa_device",
     {"UserName": ADMIN, "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{ADMIN}"}, OTHER_RESOURCE),
    ("giving a member credentials of another kind", "iam:CreateServiceSpecificCredential",
     "iam.create_service_specific_credential",
     {"UserName": MEMBER, "ServiceName": "codecommit.amazonaws.com"}),
    ("giving a member an SSH key", "iam:UploadSSHPublicKey", "iam.upload_ssh_public_key",
     {"UserName": MEMBER, "SSHPublicKeyBody": "ssh-rsa AAAA"}),
    ("tagging a member, where policies go by tags", "iam:TagUser", "iam.tag_user",
     {"UserName": MEMBER, "Tags": [{"Key": "team", "Value": "admins"}]}),
)
POLICIES: tuple[Row, ...] = (
    ("taking a member's boundary off", "iam:DeleteUserPermissionsBoundary", "iam.delete_user_permissions_boundary",
     {"UserName": MEMBER}),
    ("putting another boundary in its place", "iam:PutUserPermissionsBoundary", "iam.put_user_permissions_boundary",
     {"UserName": MEMBER, "PermissionsBoundary": ADMINISTRATOR}),
    ("writing a new version of the boundary", "iam:CreatePolicyVersion", "iam.create_policy_version",
     {"PolicyArn": BOUNDARY, "PolicyDocument": DOCUMENT, "SetAsDefault": True}),
    ("making an earlier version of the boundary the one that counts", "iam:SetDefaultPolicyVersion",
     "iam.set_default_policy_version", {"PolicyArn": BOUNDARY, "VersionId": "v1"}),
    ("deleting the boundary", "iam:DeletePolicy", "iam.delete_policy", {"PolicyArn": BOUNDARY}),
    ("attaching a policy to a member", "iam:AttachUserPolicy", "iam.attach_user_policy",
     {"UserName": MEMBER, "PolicyArn": ADMINISTRATOR}),
    ("attaching a policy to a switch-role group", "iam:AttachGroupPolicy", "iam.attach_group_policy",
     {"GroupName": "developers", "PolicyArn": ADMINISTRATOR}),
    ("writing a switch-role group's policy", "iam:PutGroupPolicy", "iam.put_group_policy",
     {"GroupName": "developers", "PolicyName": "firstday", "PolicyDocument": DOCUMENT}),
    ("deleting the baseline group's Deny", "iam:DeleteGroupPolicy", "iam.delete_group_policy",
     {"GroupName": "firstday-members", "PolicyName": "firstday"}),
    ("moving a group of administrators among the switch-role groups", "iam:UpdateGroup", "iam.update_group",
     {"GroupName": "administrators", "NewPath": "/switch-role/"}),
    ("adding a member to a group of administrators", "iam:AddUserToGroup", "iam.add_user_to_group",
     {"UserName": MEMBER, "GroupName": "administrators"}, OTHER_RESOURCE),
    ("adding a member to a group below the switch-role groups", "iam:AddUserToGroup", "iam.add_user_to_group",
     {"UserName": MEMBER, "GroupName": GROUP_BELOW}, EXPLICIT_DENY),
    ("attaching a policy to its own role", "iam:AttachRolePolicy", "iam.attach_role_policy",
     {"RoleName": "<own_role>", "PolicyArn": ADMINISTRATOR}),
    ("writing its own role's policy", "iam:PutRolePolicy", "iam.put_role_policy",
     {"RoleName": "<own_role>", "PolicyName": "p", "PolicyDocument": DOCUMENT}),
    ("letting others into its own role", "iam:UpdateAssumeRolePolicy", "iam.update_assume_role_policy",
     {"RoleName": "<own_role>", "PolicyDocument": TRUST}),
    ("letting itself into the admin role", "iam:UpdateAssumeRolePolicy", "iam.update_assume_role_policy",
     {"RoleName": "firstday-admin", "PolicyDocument": TRUST}),
    ("making the account's rules for passwords weaker", "iam:UpdateAccountPasswordPolicy",
     "iam.update_account_password_policy", {"MinimumPasswordLength": 6}),
    ("letting an identity provider in", "iam:CreateSAMLProvider", "iam.create_saml_provider",
     {"Name": "idp", "SAMLMetadataDocument": "x" * 1000}),
)
QUARANTINED: tuple[Row, ...] = (
    ("taking a held member out of the quarantine", "iam:RemoveUserFromGroup", "iam.remove_user_from_group",
     {"UserName": HELD, "GroupName": QUARANTINE}, OTHER_RESOURCE),
    ("holding an administrator", "iam:AddUserToGroup", "iam.add_user_to_group",
     {"UserName": ADMIN, "GroupName": QUARANTINE}, OTHER_RESOURCE),
    ("holding a member", "iam:AddUserToGroup", "iam.add_user_to_group",
     {"UserName": MEMBER, "GroupName": QUARANTINE}, OTHER_RESOURCE),
    ("deleting the quarantine's Deny", "iam:DeleteGroupPolicy", "iam.delete_group_policy",
     {"GroupName": QUARANTINE, "PolicyName": "firstday"}),
    ("writing another policy in its place", "iam:PutGroupPolicy", "iam.put_group_policy",
     {"GroupName": QUARANTINE, "PolicyName": "firstday", "PolicyDocument": DOCUMENT}),
    ("deleting the quarantine", "iam:DeleteGroup", "iam.delete_group", {"GroupName": QUARANTINE}),
    ("moving the quarantine among the switch-role groups", "iam:UpdateGroup", "iam.update_group",
     {"GroupName": QUARANTINE, "NewPath": "/switch-role/"}),
    ("renaming a held member", "iam:UpdateUser", "iam.update_user", {"UserName": HELD, "NewUserName": "free"}),
)
ROLE_SESSIONS: tuple[Row, ...] = (
    *(
        (f"assuming {what}", "sts:AssumeRole", "sts.assume_role", {"RoleArn": arn, "RoleSessionName": "intruder"})
        for what, arn in {
            "the admin role": f"{ROLES}/firstday-admin",
            "a switch role of its account": f"{ROLES}/dev-SwitchRole-S3FullAccess",
            "a switch role of another account": "arn:aws:iam::210987654321:role/stg-SwitchRole-Operations",
            "its own role again": "<own_role_arn>",
        }.items()
    ),
    ("getting credentials for a federated user", "sts:GetFederationToken", "sts.get_federation_token",
     {"Name": "intruder", "Policy": DOCUMENT}),
)
CODE: tuple[Row, ...] = (
    # iam:PassRole is not a call: calls like this one need it.
    ("making a function with a role passed to it", "lambda:CreateFunction", "lambda.create_function",
     {"FunctionName": "f", "Role": "<own_role_arn>", "Runtime": "python3.13", "Handler": "a.b",
      "Code": {"ZipFile": b"PK"}}),
    ("replacing the portal's code", "lambda:UpdateFunctionCode", "lambda.update_function_code",
     {"FunctionName": "<function>", "ZipFile": b"PK"}),
    ("pointing the function at other tables", "lambda:UpdateFunctionConfiguration",
     "lambda.update_function_configuration", {"FunctionName": "<function>", "Timeout": 900}),
    ("letting everybody invoke the function past API Gateway", "lambda:AddPermission", "lambda.add_permission",
     {"FunctionName": "<function>", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}),
    ("giving the function a public address", "lambda:CreateFunctionUrlConfig", "lambda.create_function_url_config",
     {"FunctionName": "<function>", "AuthType": "NONE"}),
    ("invoking the function as an administrator would be announced", "lambda:InvokeFunction", "lambda.invoke",
     {"FunctionName": "<function>", "Payload": b"{}"}),
    ("reading the function's code", "lambda:GetFunction", "lambda.get_function", {"FunctionName": "<function>"}),
    ("putting other code where the next deployment takes it from", "s3:PutObject", "s3.put_object",
     {"Bucket": "<code_bucket>", "Key": "x.zip", "Body": b"PK"}),
    ("reading a bucket of the account", "s3:GetObject", "s3.get_object",
     {"Bucket": f"firstday-demo-{IDENTITY}", "Key": "welcome.txt"}),
    ("deleting the stack", "cloudformation:DeleteStack", "cloudformation.delete_stack", {"StackName": "firstday"}),
    ("updating the stack", "cloudformation:UpdateStack", "cloudformation.update_stack",
     {"StackName": "firstday", "TemplateBody": "{}"}),
    ("opening the API to everybody", "apigateway:PATCH", "apigateway.update_rest_api",
     {"restApiId": "<api>", "patchOperations": []}),
)
RECORDS: tuple[Row, ...] = (
    ("deleting an audit event in a batch", "dynamodb:BatchWriteItem", "dynamodb.batch_write_item",
     {"RequestItems": {"<audit>": [{"DeleteRequest": {"Key": EVENT}}]}}),
    ("writing audit events in a batch, without conditions", "dynamodb:BatchWriteItem", "dynamodb.batch_write_item",
     {"RequestItems": {"<audit>": [{"PutRequest": {"Item": FORGED}}]}}),
    ("deleting an audit event", "dynamodb:DeleteItem", "dynamodb.delete_item",
     {"TableName": "<audit>", "Key": EVENT}, OTHER_RESOURCE),
    ("deleting an audit event in a transaction", "dynamodb:DeleteItem", "dynamodb.transact_write_items",
     {"TransactItems": [{"Delete": {"TableName": "<audit>", "Key": EVENT}}]}, OTHER_RESOURCE),
    ("changing an audit event in a transaction", "dynamodb:UpdateItem", "dynamodb.transact_write_items",
     {"TransactItems": [{"Update": {"TableName": "<audit>", "Key": EVENT, "UpdateExpression": "REMOVE actor"}}]},
     OTHER_RESOURCE),
    ("letting audit events expire", "dynamodb:UpdateTimeToLive", "dynamodb.update_time_to_live",
     {"TableName": "<audit>", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "sk"}}),
    ("turning point-in-time recovery off", "dynamodb:UpdateContinuousBackups", "dynamodb.update_continuous_backups",
     {"TableName": "<audit>", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}),
    ("dropping the members' table", "dynamodb:DeleteTable", "dynamodb.delete_table", {"TableName": "<members>"}),
    ("dropping the audit table", "dynamodb:DeleteTable", "dynamodb.delete_table", {"TableName": "<audit>"}),
    ("exporting a table", "dynamodb:ExportTableToPointInTime", "dynamodb.export_table_to_point_in_time",
     {"TableArn": "<audit_arn>", "S3Bucket": "somebody-elses"}),
    ("copying a table by a backup", "dynamodb:CreateBackup", "dynamodb.create_backup",
     {"TableName": "<members>", "BackupName": "copy"}),
    ("letting another account into a table", "dynamodb:PutResourcePolicy", "dynamodb.put_resource_policy",
     {"ResourceArn": "<members_arn>", "Policy": DOCUMENT}),
    ("reading another table of the account", "dynamodb:GetItem", "dynamodb.get_item",
     {"TableName": "payroll", "Key": {"pk": {"S": "x"}}}, OTHER_RESOURCE),
    ("writing another table of the account", "dynamodb:PutItem", "dynamodb.put_item",
     {"TableName": "payroll", "Item": {"pk": {"S": "x"}}}, OTHER_RESOURCE),
    ("reading the members' table whole", "dynamodb:Scan", "dynamodb.scan", {"TableName": "<members>"}),
    ("deleting the log", "logs:DeleteLogGroup", "logs.delete_log_group", {"logGroupName": "<logs>"}),
    ("deleting the access log", "logs:DeleteLogGroup", "logs.delete_log_group", {"logGroupName": "<access_logs>"}),
    ("deleting a stream of the log", "logs:DeleteLogStream", "logs.delete_log_stream",
     {"logGroupName": "<logs>", "logStreamName": "s"}),
    ("letting the log expire in a day", "logs:PutRetentionPolicy", "logs.put_retention_policy",
     {"logGroupName": "<logs>", "retentionInDays": 1}),
    ("reading the log", "logs:FilterLogEvents", "logs.filter_log_events", {"logGroupName": "<logs>"}),
)
NOT_IN_THE_SANDBOX: tuple[Row, ...] = (
    ("reading a secret", "secretsmanager:GetSecretValue", "secretsmanager.get_secret_value", {"SecretId": "s"},
     NOT_HERE),
    ("reading a parameter", "ssm:GetParameter", "ssm.get_parameter", {"Name": "p"}, NOT_HERE),
    ("decrypting with a key of the account", "kms:Decrypt", "kms.decrypt", {"CiphertextBlob": b"x"}, NOT_HERE),
    ("stopping CloudTrail", "cloudtrail:StopLogging", "cloudtrail.stop_logging", {"Name": "trail"}, NOT_HERE),
    ("silencing an alarm", "cloudwatch:DisableAlarmActions", "cloudwatch.disable_alarm_actions",
     {"AlarmNames": ["a"]}, NOT_HERE),
    ("leaving the organisation", "organizations:LeaveOrganization", "organizations.leave_organization", {},
     NOT_HERE),
)
# fmt: on
TABLES = (USERS, POLICIES, QUARANTINED, ROLE_SESSIONS, CODE, RECORDS, NOT_IN_THE_SANDBOX)
ATTEMPTS = tuple(Attempt(*row) for table in TABLES for row in table)
