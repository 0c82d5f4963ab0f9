"""The texts of ``firstday invite`` about an invitation: for the administrator, and for the member."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.email_addresses import is_email_address
from chalicelib.members import invitation_message

if TYPE_CHECKING:
    from firstday.portal.link_records import LinkedInvitation


def message(invitation: "LinkedInvitation", language: str) -> str:
    """The text for the member; it never holds the passcode, which goes another way."""
    return invitation_message.message(
        language,
        organisation=invitation["organisation"],
        invitation_url=str(invitation["invitation_url"]),
        expires_at=expiry(invitation),
        has_passcode=bool(invitation["passcode"]),
    )


def expiry(invitation: "LinkedInvitation") -> str:
    """In the time zone of the administrator, which is mostly the member's, too."""
    local = datetime.fromisoformat(invitation["expires_at"]).astimezone()
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M} (UTC{offset[:3]}:{offset[3:]})"


def summary(invitation: "LinkedInvitation") -> str:
    """What the administrator reads in the terminal after ``firstday invite``."""
    groups = ", ".join(invitation["groups"])
    known = "" if invitation["is_new"] else " An earlier link no longer works."
    who = "is invited" if invitation["is_new"] else "is a member already, and is invited again"
    lines = [
        f"{invitation['user_name']} {who}; the groups will be: {groups}.",
        f"The link is open until {expiry(invitation)}.{known}",
        "",
    ]
    mailed_to = invitation.get("mailed_to")  # a portal that is yet to be upgraded does not tell
    lines += (
        _by_mail(invitation["user_name"], mailed_to) if mailed_to else [f"  {invitation['invitation_url']}", ""]
    )
    if invitation["passcode"]:
        lines += [f"Passcode (tell it another way, by phone for example): {invitation['passcode']}", ""]
    return "\n".join(lines[:-1] if mailed_to else [*lines, *_to_paste(invitation)])


def _by_mail(user_name: str, address: str) -> list[str]:
    return [
        f"It will be sent by mail to {address} in a few minutes; nobody else sees it.",
        f"What became of the mail: firstday member {user_name}",
        "",
    ]


def _to_paste(invitation: "LinkedInvitation") -> list[str]:
    lines = []
    for language in invitation.get("languages", invitation_message.LANGUAGES):  # an older portal does not tell
        lines += [f"---- ready to paste ({language}) ----", message(invitation, language)]
    user_name = invitation["user_name"]
    if invitation.get("sends_mail") and is_email_address(user_name):
        lines += [
            f"{user_name} looks like an e-mail address, but the portal sends mail there only once you say so.",
            f"This sends a new link there: firstday invite {user_name} --email same",
        ]
    return lines
