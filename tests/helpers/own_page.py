"""A member who comes back: the link to their own page, and what they do there."""

from firstday.verification.browser import Browser, Page, PageAnswer
from tests.helpers.worlds import MEMBER, World, in_process

ARN = f"arn:aws:iam::123456789012:user/members/{MEMBER}"


def asked_for_link(arn: str | None = ARN) -> PageAnswer:
    """The answer to a caller that API Gateway has verified; None means no caller."""
    identity = {} if arn is None else {"userArn": arn}
    return in_process("POST", "/api/member/link", {}, "", **identity)


def token() -> str:
    """That of a new link."""
    answer = asked_for_link()
    assert answer.status == 200, answer.body
    return answer.body.strip().partition("/me#")[2]


def opened(browser: Browser) -> Page:
    """The own page, opened with a new link."""
    return browser.submit(browser.get("me").form("me"), token=token())


CODES = {"code1": "123456", "code2": "234567"}
OTHER_CODES = {"code1": "345678", "code2": "456789"}


def serials(world: World, user_name: str = MEMBER) -> list[str]:
    """The serial numbers of the devices that IAM has, the oldest first."""
    found = world.iam.list_mfa_devices(UserName=user_name)["MFADevices"]
    return [device["SerialNumber"] for device in sorted(found, key=lambda device: device["EnableDate"])]
