"""Links into the AWS Management Console."""

from urllib.parse import urlencode

from chalicelib.settings import Role

# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html; the hosts of
# the other partitions are those of their consoles.
_SIGN_IN_HOSTS = {
    "aws": "signin.aws.amazon.com",
    "aws-cn": "signin.amazonaws.cn",
    "aws-us-gov": "signin.amazonaws-us-gov.com",
    "aws-eusc": "signin.amazonaws-eusc.eu",
}


def switch_role_url(role: Role, partition: str) -> str | None:
    """The link that opens the console's Switch Role page, filled in; None for a partition without a known one."""
    if partition not in _SIGN_IN_HOSTS:
        return None
    name = f"{role.path}{role.role_name}".removeprefix("/")
    query = urlencode({"account": role.account_id, "roleName": name, "displayName": role.profile})
    return f"https://{_SIGN_IN_HOSTS[partition]}/switchrole?{query}"
