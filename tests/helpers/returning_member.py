"""A member who comes back to their own page: the signed request for its link, a phone, and a real browser."""

import re
import time
from pathlib import Path

from botocore.session import get_session

from firstday.portal.http import SignedHTTP
from firstday.verification import aws_files
from firstday.verification.answers import Key
from tests.helpers.chromium import Visitor
from tests.helpers.embedded_aws import REGION, client_of
from tests.helpers.running_sandbox import Device, Member


def key_of(home: Path) -> Key:
    return aws_files.access_key((home / ".aws" / "credentials").read_text())


def session_of(member: Member) -> Key:
    """An hour's session for one code of the device that the member's config names."""
    assert member.device
    key, serial_number = key_of(member.home), named_device((member.home / ".aws" / "config").read_text())
    sts = client_of(member.environment["AWS_ENDPOINT_URL"], "sts", key.access_key_id, key.secret_access_key)
    mfa = {"SerialNumber": serial_number, "TokenCode": member.device.code()}
    found = sts.get_session_token(**mfa)["Credentials"]
    return Key(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def link_for(member: Member, session: Key) -> str:
    """A new link to the member's own page."""
    signer = get_session()
    signer.set_credentials(session.access_key_id, session.secret_access_key, session.token)
    signer.set_config_variable("region", REGION)
    answer = SignedHTTP(member.sandbox.portal_url, signer).send("POST", "/member/link", None)
    assert answer.status == 200, answer.text
    return answer.text.strip()


def named_device(config: str) -> str:
    """The serial number in the config, which is one everywhere in it."""
    (serial_number,) = set(re.findall(r"mfa_serial *= *(\S+)", config))
    return str(serial_number)


def hurry(device: Device) -> None:
    """Let the phone's clock jump ahead so that nobody waits for its next codes; resynchronising mends it."""

    ahead = max(0, device.last_step + 2 - int(time.time() // 30))
    device.now = lambda: time.time() + 30 * ahead


def type_codes(visitor: Visitor, codes: tuple[str, str]) -> None:
    visitor.page.fill("#code1", codes[0])
    visitor.page.fill("#code2", codes[1])


def serials(member: Member) -> list[str]:
    """The devices that IAM has of the member."""
    found = member.sandbox.root("iam").list_mfa_devices(UserName=member.user_name)["MFADevices"]
    return [device["SerialNumber"] for device in found]


def key_ids(member: Member, status: str = "Active") -> list[str]:
    keys = member.sandbox.root("iam").list_access_keys(UserName=member.user_name)["AccessKeyMetadata"]
    return [key["AccessKeyId"] for key in keys if key["Status"] == status]


def is_key_valid(member: Member) -> bool:
    """Whether AWS knows the access key in the member's file, for which it asks for no code."""
    status, shown = member.aws("sts", "get-caller-identity", "--profile", member.user_name)
    assert (status == 0) == (f":user/members/{member.user_name}" in shown), shown
    assert status == 0 or "InvalidClientTokenId" in shown
    return status == 0


def lists_buckets(member: Member, device: Device) -> bool:
    """Whether the AWS CLI gets into the role with a code of the device."""
    member.forget_role_sessions()
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=device.code())
    assert (status == 0) == ("firstday-demo-123456789012" in shown), shown
    return status == 0
