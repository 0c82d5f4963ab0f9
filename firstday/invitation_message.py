"""The message that an administrator pastes to a new member."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_MESSAGES = {
    "en": """\
Welcome to {organisation}! This link sets up your access to AWS in about five minutes:

{invitation_url}

Open it on the computer on which you will use AWS, with your phone and an authenticator app at hand.
It is yours alone and open until {expires_at}; please do not pass it on.{passcode}
""",
    "ja": """\
{organisation} へようこそ。次のリンクから、AWS を使うための設定が 5 分ほどで終わります。

{invitation_url}

AWS を使うパソコンで開き、認証アプリを入れたスマートフォンをお手元にご用意ください。
このリンクはあなた専用で、有効期限は {expires_at} です。ほかの人には渡さないでください。{passcode}
""",
}
_PASSCODE = {
    "en": "\nThe page asks for a passcode, which you will be told separately.",
    "ja": "\nページで求められるパスコードは、別の方法でお知らせします。",
}


def message(invitation: Mapping[str, Any], language: str) -> str:
    """The text for the member; it never holds the passcode, which goes another way."""
    return _MESSAGES[language].format(
        organisation=invitation["organisation"],
        invitation_url=invitation["invitation_url"],
        expires_at=expiry(invitation),
        passcode=_PASSCODE[language] if invitation["passcode"] else "",
    )


def expiry(invitation: Mapping[str, Any]) -> str:
    """In the time zone of the administrator, who is mostly the member's neighbour."""
    local = datetime.fromisoformat(invitation["expires_at"]).astimezone()
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M} (UTC{offset[:3]}:{offset[3:]})"


def summary(invitation: Mapping[str, Any]) -> str:
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
    for language in _MESSAGES:
        lines += [f"---- ready to paste ({language}) ----", message(invitation, language)]
    return "\n".join(lines)
