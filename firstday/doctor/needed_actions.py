"""What the doctor has to be allowed, as IAM calls it."""

DETAILS = "iam:GetAccountAuthorizationDetails"
ROLE = "iam:GetRole"
DEVICES = "iam:ListVirtualMFADevices"
OWN_DEVICES = "iam:ListMFADevices"
KEYS = "iam:ListAccessKeys"
PASSWORD_POLICY = "iam:GetAccountPasswordPolicy"  # noqa: S105  # no password
RECORDS = "dynamodb:Query"
# Also knows the organisation's policies; answers about roles by their ARN.
SIMULATION = "iam:SimulatePrincipalPolicy"
# Tells where the members table is; without that, there is nothing to compare with.
STACK = "cloudformation:DescribeStacks"
# The same for an account's roles, if the settings have none for it.
ROLES_STACK = f"{STACK} (firstday-roles)"
# Tells resources that somebody deleted by hand from those that were never deployed.
STACK_RESOURCES = "cloudformation:ListStackResources"
TABLES = "dynamodb:DescribeTable"
MAPPINGS = "lambda:ListEventSourceMappings"
# Of Amazon SES, where the settings have [mail].
MAIL_IDENTITY = "ses:GetEmailIdentity"
MAIL_ACCOUNT = "ses:GetAccount"
MAIL_SET = "ses:GetConfigurationSet"
