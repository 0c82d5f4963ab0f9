"""Takes over the marks that the parent process left: ages, uses and passkeys, which no call of IAM can set."""

from pathlib import Path

from ministack.core.responses import get_region
from ministack.services import iam

from firstday.sandbox.emulation.iam import key_last_used, mfa_devices, service_use
from firstday.sandbox.process import marks
from firstday.sandbox.process.marks import KeyMark, UseMark, UserMark


def take_over(directory: Path) -> None:
    """Do what the marks say, if there are any."""
    found = marks.take(directory)
    if found is None:
        return
    for key in found.keys:
        _mark_key(key)
    for user in found.users:
        _mark_user(user)
    for use in found.uses:
        _mark_use(use)
    for passkey in found.passkeys:
        mfa_devices.add_passkey(passkey.account_id, passkey.user_name, passkey.serial_number)


def _mark_key(mark: KeyMark) -> None:
    key = iam._access_keys.get_scoped(mark.account_id, None, mark.access_key_id)
    if key is not None:
        key["CreateDate"] = mark.created_at
        if mark.used_at:
            key_last_used.mark(key, mark.used_at, mark.used_service, get_region())


def _mark_user(mark: UserMark) -> None:
    user = iam._users.get_scoped(mark.account_id, None, mark.user_name)
    if user is not None:
        user["CreateDate"] = mark.created_at


def _mark_use(mark: UseMark) -> None:
    use = service_use.Use(mark.used_at, get_region())
    service_use.note(mark.unique_id, mark.service, "", use)
