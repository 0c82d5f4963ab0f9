"""Writes the letters: plain text, and HTML that says the same, from one template for each kind of mail.

A template's first paragraph is the subject. The HTML has no image, no style sheet, and no link but the portal's.
"""

import re

from chalicelib.arns import device_name_of
from chalicelib.audit import Action, named
from chalicelib.mail.outgoing import Letter, Outgoing
from chalicelib.members import invitation_message
from chalicelib.members.record import Member, comparable
from chalicelib.settings.records import Settings
from chalicelib.web.rendering import local_text, rendered_mail

TEMPLATES = {
    Action.INVITATION_CREATED: "invitation",
    Action.INVITATION_REMINDED: "invitation-reminded",
    Action.MFA_ENABLED: "device-added",
    Action.MFA_RESET: "devices-reset",
    Action.DEVICE_ADDED: "device-added",
    Action.DEVICE_REMOVED: "device-removed",
    Action.ACCESS_KEY_ISSUED: "access-key-issued",
    Action.ACCESS_KEY_AGEING: "access-key-ageing",
    Action.ACCESS_KEY_DEACTIVATED: "access-key-deactivated",
    Action.ACCESS_KEY_DELETED: "access-key-deleted",
    Action.PASSWORD_CREATED: "password-created",
    Action.PASSWORD_RESET: "password-reset",
    Action.GROUPS_CHANGED: "groups-changed",
    Action.ACCESS_ENDING: "access-ending",
    Action.ACCESS_SUSPENDED: "access-suspended",
    Action.ACCESS_RESUMED: "access-resumed",
    Action.OFFBOARDING_BEGUN: "offboarding-begun",
}


def write_letter(
    settings: Settings, portal_url: str, mail: Outgoing, member: Member | None, link: str | None
) -> Letter:
    """The letter about ``mail``, in the member's language where the organisation has it; ``link`` if it has one."""
    language = language_of(settings, None if mail.for_administrators else member)
    values = _values(settings, portal_url, mail, member)
    if link and member and member.expires_at:
        values["message"] = invitation_message.message(
            language,
            organisation=settings.organisation,
            invitation_url=link,
            expires_at=str(values["expires_at"]),
            has_passcode=member.passcode_hash is not None,
        )
    subject, paragraphs = _paragraphs(
        rendered_mail(f"{TEMPLATES[Action(mail.event.action)]}.txt", language, **values)
    )
    text = "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n"
    html = rendered_mail("frame.html", language, subject=subject, paragraphs=paragraphs, portal_url=portal_url)
    return Letter(subject, text, html)


def language_of(settings: Settings, member: Member | None) -> str:
    """What the member has read last, if the organisation still has it, else its first."""
    known = member.language if member else None
    return known if known in settings.languages and known else settings.languages[0]


# An actor is a user name, the name of a function, or an ARN; the most that each detail can be. Whoever may put mail
# into its table could put sentences and links there as well.
_NAME = r"[\w+=,.@-]+"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SHAPES = {
    "actor": rf"(arn:[a-z-]+:(iam|sts)::[0-9]{{12}}:[\w+=,.@/-]+|{_NAME})",
    "access_key_id": r"[A-Z0-9]{16,128}",
    "before": rf"{_NAME}( {_NAME})*",
    "groups": rf"{_NAME}( {_NAME})*",
    "ends_on": _DAY,
    "serial_number": rf"arn:[a-z-]+:iam::[0-9]{{12}}:mfa/({_NAME}/)*{_NAME}",
    "source_ip": r"[0-9A-Fa-f.:]{2,45}",
    "until": _DAY,
}
_LONGEST = 2048


def _values(settings: Settings, portal_url: str, mail: Outgoing, member: Member | None) -> dict[str, object]:
    """Everything that a template may name; what an event does not tell is empty."""
    event = mail.event
    details = {name: _shaped(name, event.details.get(name, "")) for name in _SHAPES}
    expires_at = member.expires_at if member else None
    known: dict[str, object] = {
        "user_name": event.subject,
        "by": _by(event.actor, event.subject),
        "actor": named(_shaped("actor", event.actor)),
        "occurred_at": local_text(event.occurred_at, settings.time_zone),
        "expires_at": local_text(expires_at, settings.time_zone) if expires_at else "",
        "device": device_name_of(details["serial_number"]),
        "until": details["until"] or _shaped("until", (member and member.until) or ""),
        **{name: details[name] for name in ("source_ip", "access_key_id", "groups", "before", "ends_on")},
    }
    values = {name: _one_line(str(value)) for name, value in known.items()}
    return {
        **values,
        "organisation": settings.organisation,
        "contact": settings.contact,
        "portal_url": portal_url,
        "for_administrators": mail.for_administrators,
        "message": "",
    }


def _shaped(name: str, text: str) -> str:
    """``text``, if it is nothing else than what is called so."""
    return text if len(text) <= _LONGEST and re.fullmatch(_SHAPES[name], text, re.ASCII) else ""


def _by(actor: str, subject: str) -> str:
    if actor.startswith("arn:"):
        return "administrator"
    return "member" if comparable(actor) == comparable(subject) else "portal"


def _one_line(text: str) -> str:
    """What an event tells cannot begin a paragraph of its own."""
    return " ".join(text.split())


def _paragraphs(text: str) -> tuple[str, list[list[str]]]:
    """The subject, and the lines of each paragraph."""
    found: list[list[str]] = [[]]
    for line in (line.strip() for line in text.splitlines()):
        if line:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    (subject,), *paragraphs = (lines for lines in found if lines)
    return subject, paragraphs
