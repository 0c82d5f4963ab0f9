"""The texts of ``firstday invite`` about an invitation: for the administrator, and for the member."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.members import invitation_message

if TYPE_CHECKING:
    from firstday.portal.link_records import LinkedInvitation


def message(invitation: "LinkedInvitation", language: str) -> str:
    """The text for the member; it never holds the passcode, which goes another way."""
    return invitation_message.message(
        language,
        organisation=invitation["organisation"],
        invitation_url=invitation["invitation_url"],
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
        f"  {invitation['invitation_url']}",
        "",
    ]
    if invitation["passcode"]:
        lines += [f"Passcode (tell it another way, by phone for example): {invitation['passcode']}", ""]
    for language in invitation.get("languages", invitation_message.LANGUAGES):  # an older portal does not tell
        lines += [f"---- ready to paste ({language}) ----", message(invitation, language)]
    return "\n".join(lines)
