"""What the doctor has to be allowed, as IAM calls it."""

DETAILS = "iam:GetAccountAuthorizationDetails"
ROLE = "iam:GetRole"
DEVICES = "iam:ListVirtualMFADevices"
OWN_DEVICES = "iam:ListMFADevices"
KEYS = "iam:ListAccessKeys"
PASSWORD_POLICY = "iam:GetAccountPasswordPolicy"  # noqa: S105  # no password
RECORDS = "dynamodb:Query"
# Also knows the organisation's policies; answers about roles that it is asked for by their ARN.
SIMULATION = "iam:SimulatePrincipalPolicy"
# Tells where the members table is; without it, there is nothing to compare with.
STACK = "cloudformation:DescribeStacks"
# The same of an account's roles, where the settings have none for it.
ROLES_STACK = f"{STACK} (firstday-roles)"
# Tells what somebody has deleted by hand from what was never deployed.
STACK_RESOURCES = "cloudformation:ListStackResources"
TABLES = "dynamodb:DescribeTable"
MAPPINGS = "lambda:ListEventSourceMappings"
