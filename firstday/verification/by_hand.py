"""The steps that need a browser and a person instead of the robot, and what the person should see."""

from chalicelib.arns import user_arn
from chalicelib.settings.records import Credentials, Settings


def steps(settings: Settings) -> list[str]:
    """One line each; none if the settings offer no such step."""
    return [*_aws_login(settings), *_console(settings)]


def _aws_login(settings: Settings) -> list[str]:
    if Credentials.AWS_LOGIN not in settings.credentials:
        return []
    identity = user_arn(settings.partition, settings.identity_account, "NAME")
    role = settings.roles[0]
    assumed = f"arn:{settings.partition}:sts::{role.account_id}:assumed-role/{role.role_name}/NAME"
    return [
        "aws login, with a member NAME of your own, after their journey, and with the AWS CLI 2.32 or newer:",
        f"  1. aws login --profile NAME --region {settings.region}",
        "     See: the browser opens, takes password and MFA code, and sends you back. If access is denied,",
        "     add signin:AuthorizeOAuth2Access and signin:CreateOAuth2Token to allowed_without_mfa, or do without.",
        "  2. aws configure get login_session --profile NAME",
        f"     See: {identity}",
        f"  3. aws sts get-caller-identity --profile {role.profile}",
        f"     See: {assumed}",
        "     If it is AccessDenied, the session carries no MFA: leave aws-login out of the settings.",
    ]


def _console(settings: Settings) -> list[str]:
    if not settings.console_password:
        return []
    return [
        "The console, with a member of your own, after their journey:",
        "  1. Follow the link to the console on the last page.",
        "     See: it asks for password and MFA code, and opens.",
        "  2. Follow a switch-role link there.",
        "     See: account and role are filled in, and the role is at the top of the console.",
    ]
