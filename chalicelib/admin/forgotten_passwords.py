"""A forgotten console password: take it away, and let the member choose another. Every step may be repeated."""

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.changing_groups import existing
from chalicelib.admin.inviting import renew
from chalicelib.admin.mailed_links import link_terms
from chalicelib.admin.quarantine import refuse_held
from chalicelib.admin.resetting import Reset
from chalicelib.admin.suspending import refuse_suspended
from chalicelib.audit import Action
from chalicelib.errors import BeingOffboarded, NoPasswordReset
from chalicelib.members.belongings import Belonging, Kind
from chalicelib.members.invitations import new_passcode
from chalicelib.members.link_tokens import new_secret
from chalicelib.members.new_users import awaited
from chalicelib.members.record import Member
from chalicelib.members.versions import next_version
from chalicelib.settings.records import Settings
from chalicelib.words import Words

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration


def reset_password(
    request: AdminRequest, *, user_name: str, with_passcode: bool, basis: str, by_mail: bool | None = None
) -> Reset:
    """Remove the member's console password, and invite them to choose another after two codes of their device.

    Devices, groups and access keys stay, and so does the proof of MFA. Nothing is changed unless the record still
    is what ``basis`` was made from.

    The record comes first, so that no link or session leads to a new password meanwhile; then the password.
    Whatever fails, less is open than before.
    """
    iam = request.iam
    member = existing(request.members, user_name)
    if member.offboarding_at:
        raise BeingOffboarded
    refuse_suspended(member)
    version = next_version(member, basis, request.actor, Action.PASSWORD_RESET)
    check_resettable(request.settings, member)
    terms = link_terms(request.settings, member, new_passcode(), with_passcode=with_passcode, by_mail=by_mail)
    with awaited(member, request.now):
        name = iam.member(member.user_name).user_name
        refuse_held(name, iam.groups(name))
        _check_device(iam, name)
        has_password = iam.password_created_at(name) is not None
    request.members.record_revoked(member, version, request.event(Action.PASSWORD_RESET, name))
    member = replace(member, version=version, revoked_at=member.revoked_at or request.now)
    password = Belonging(Kind.LOGIN_PROFILE, name)
    iam.remove(name, password)  # also one that IAM does not show yet
    invitation = renew(request, replace(member, created_user=False), member, new_secret(), terms)
    return Reset(invitation, (password,) if has_password else ())


def check_resettable(settings: Settings, member: Member) -> None:
    """NoPasswordReset where members have no passwords, or this one has not proved MFA and needs another link."""
    if not settings.console_password:
        raise NoPasswordReset(
            Words("The portal’s settings give members no console password: console_password is off.")
        )
    if member.proved_at is None:
        raise NoPasswordReset(
            Words(
                "%(user_name)s has no proved MFA device, and a new password needs its codes. An ordinary invitation"
                " leads to the device, then to the password; one that is there already can be reset after that.",
                user_name=member.user_name,
            )
        )


def _check_device(iam: "IAMAdministration", user_name: str) -> None:
    """Without a device to prove, the link alone would lead to a new device and a new password."""
    if not iam.devices(user_name):
        raise NoPasswordReset(
            Words(
                "IAM has no MFA device of %(user_name)s that shows codes. Reset the MFA device first: the password"
                " can be reset when a new device is proved.",
                user_name=user_name,
            )
        )
