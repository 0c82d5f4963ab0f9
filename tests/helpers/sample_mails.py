"""Every kind of mail with something to say, for the checks of texts and for screenshots of the HTML."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.audit import KEY_AGEING, SUSPENSION, Action, AuditEvent
from chalicelib.letters import write_letter
from chalicelib.mail.kinds import BY_MAIL
from chalicelib.mail.outgoing import Letter, Outgoing
from chalicelib.members.record import Member
from tests.helpers.settings_makers import example_settings
from tests.helpers.strict_ses import MAIL

NOW = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
NAME = "dev-simple-user"
ADMIN = "arn:aws:sts::123456789012:assumed-role/firstday-admin/admin"
PORTAL_URL = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/api"
LINK = f"{PORTAL_URL}/start#0mrsxmllTnfwxa3dffv2xgzlsexample"
MEMBER = Member(
    NAME,
    created_at=NOW,
    token_hash="0" * 64,
    invited_at=NOW,
    expires_at=NOW + timedelta(days=7),
    email="dev-simple-user@example.com",
    is_mailed=True,
    until="2026-12-31",
)
DEVICE = {"serial_number": f"arn:aws:iam::123456789012:mfa/{NAME}"}
KEY = {"access_key_id": "AKIAIOSFODNN7EXAMPLE"}
SEEN = {"source_ip": "203.0.113.7"}


@dataclass(frozen=True)
class SampleMail:
    """``name`` is that of its screenshot."""

    name: str
    mail: Outgoing
    member: Member | None = MEMBER
    link: str | None = None

    def letter(self, language: str) -> Letter:
        is_known = self.member is not None and not self.mail.for_administrators
        languages = ("en", "ja") if is_known else (language,)
        settings = replace(example_settings(), mail=MAIL, time_zone="Asia/Tokyo", languages=languages)
        member = replace(self.member, language=language) if self.member else None
        return write_letter(settings, PORTAL_URL, self.mail, member, self.link)


def samples() -> Iterator[SampleMail]:
    """Every kind, in each variant that reads differently."""
    invitation = _mail(Action.INVITATION_CREATED, link=BY_MAIL)
    yield SampleMail("invitation", invitation, link=LINK)
    yield SampleMail("invitation with passcode", invitation, replace(MEMBER, passcode_hash="0" * 64), LINK)
    reminder = _mail(Action.INVITATION_REMINDED, actor=SUSPENSION)
    yield SampleMail("reminder", reminder, link=LINK)
    yield SampleMail("reminder of a link that was passed on", reminder, replace(MEMBER, is_mailed=False))
    for action in (Action.MFA_ENABLED, Action.DEVICE_ADDED, Action.DEVICE_REMOVED):
        yield SampleMail(action, _mail(action, actor=NAME, **DEVICE, **SEEN))
    for action in (Action.ACCESS_KEY_ISSUED, Action.ACCESS_KEY_DEACTIVATED, Action.ACCESS_KEY_DELETED):
        yield SampleMail(action, _mail(action, actor=NAME, **KEY, **SEEN))
    yield SampleMail("key ageing", _mail(Action.ACCESS_KEY_AGEING, actor=KEY_AGEING, ends_on="2026-12-10", **KEY))
    yield SampleMail("key ageing without a day", _mail(Action.ACCESS_KEY_AGEING, actor=KEY_AGEING, **KEY))
    yield SampleMail("key ended", _mail(Action.ACCESS_KEY_DEACTIVATED, actor=KEY_AGEING, **KEY))
    yield SampleMail("password", _mail(Action.PASSWORD_CREATED, actor=NAME, **SEEN))
    yield SampleMail("groups", _mail(Action.GROUPS_CHANGED, groups="developers", before=""))
    for action in (Action.MFA_RESET, Action.PASSWORD_RESET, Action.ACCESS_RESUMED):
        yield SampleMail(action, _mail(action))
    for action in (Action.ACCESS_ENDING, Action.ACCESS_SUSPENDED):
        mail = _mail(action, actor=SUSPENSION, until="2026-12-31")
        yield SampleMail(action, mail)
        yield SampleMail(f"{action} for administrators", replace(mail, for_administrators=True))
    yield SampleMail("offboarding", _mail(Action.OFFBOARDING_BEGUN), None)


def _mail(action: Action, actor: str = ADMIN, **details: str) -> Outgoing:
    return Outgoing("2026-11-30T08:30:00.000000+00:00#0001", AuditEvent(actor, action, NAME, NOW, details))
