"""What doctor and deployment say of Amazon SES: every fault with its remedy, and what they could not see."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.settings.records import Settings
from firstday.cli.deploy_steps import found_before
from firstday.doctor import mail_findings
from firstday.doctor.diagnosis import diagnose
from firstday.doctor.findings import Check, Finding
from firstday.doctor.permissions import doctor_permissions
from tests.helpers.settings_makers import example_settings
from tests.helpers.strict_ses import MAIL

WITH_SET = replace(MAIL, configuration_set="mail-of-ours")
SETTINGS = replace(example_settings(), mail=WITH_SET)
IDENTITY = {
    "VerifiedForSendingStatus": True,
    "VerificationStatus": "SUCCESS",
    "DkimAttributes": {"SigningEnabled": True, "Status": "SUCCESS"},
    "MailFromAttributes": {"MailFromDomain": "mail.example.com", "MailFromDomainStatus": "SUCCESS"},
}
Spoil = Callable[["FakeSES"], object]


class NoSuchEntityException(Exception):
    pass


class FakeSES:
    """SES, and what else a doctor asks before there is a portal. ``refused`` maps calls to error codes."""

    exceptions = type("Exceptions", (), {"NoSuchEntityException": NoSuchEntityException})

    def __init__(self) -> None:
        self.identity: Any = dict(IDENTITY)
        self.account = {"ProductionAccessEnabled": True, "SendingEnabled": True}
        self.set: Any = {"SendingOptions": {"SendingEnabled": True}}
        self.refused: dict[str, str] = {}
        self.is_out_of_reach = False
        self.asked: list[tuple[str, Any]] = []

    def client(self, _service: str, _region: str | None = None) -> Any:
        return self

    def get_account_password_policy(self) -> None:
        return

    def get_caller_identity(self) -> Any:
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/auditor"}

    def get_email_identity(self, **asked: str) -> Any:
        return self._answer("GetEmailIdentity", asked, self.identity)

    def get_account(self) -> Any:
        return self._answer("GetAccount", {}, self.account)

    def get_configuration_set(self, **asked: str) -> Any:
        return self._answer("GetConfigurationSet", asked, self.set)

    def _answer(self, operation: str, asked: Any, answer: Any) -> Any:
        self.asked.append((operation, asked))
        if self.is_out_of_reach:
            raise EndpointConnectionError(endpoint_url="https://email.ap-northeast-1.amazonaws.com")
        if code := self.refused.get(operation) or (None if answer else "NotFoundException"):
            raise ClientError({"Error": {"Code": code, "Message": code}}, operation)
        return answer


def found(aws: FakeSES, settings: Settings = SETTINGS) -> list[Finding]:
    """What is found on the identity account before the portal is there."""
    everything = diagnose(settings, lambda one: aws if one == "123456789012" else None, None)
    return [finding for finding in everything if finding.check.startswith(("mail-", "not-permitted"))]


def changed(part: str, **changes: Any) -> Spoil:
    def spoil(aws: FakeSES) -> None:
        getattr(aws, part).update(changes)

    return spoil


def gone(part: str) -> Spoil:
    return lambda aws: setattr(aws, part, None)


ON = "--region ap-northeast-1"
FAULTS: dict[str, tuple[Check, Spoil, str]] = {
    "no identity": (
        mail_findings.MAIL_IDENTITY_MISSING,
        gone("identity"),
        f"aws sesv2 create-email-identity --email-identity example.com {ON}",
    ),
    "not verified": (
        mail_findings.MAIL_IDENTITY_UNVERIFIED,
        changed("identity", VerifiedForSendingStatus=False, VerificationStatus="PENDING"),
        "# Its DNS records are missing:",
    ),
    "no DKIM": (
        mail_findings.MAIL_UNSIGNED,
        changed("identity", DkimAttributes={"SigningEnabled": False, "Status": "NOT_STARTED"}),
        f"aws sesv2 put-email-identity-dkim-attributes --email-identity example.com --signing-enabled {ON}",
    ),
    "DKIM pending": (
        mail_findings.MAIL_UNSIGNED,
        changed("identity", DkimAttributes={"SigningEnabled": True, "Status": "PENDING"}),
        "aws sesv2 put-email-identity-dkim-attributes",
    ),
    "no MAIL FROM": (
        mail_findings.MAIL_FROM_SHARED,
        changed("identity", MailFromAttributes={}),
        "aws sesv2 put-email-identity-mail-from-attributes --email-identity example.com"
        f" --mail-from-domain mail.example.com {ON}",
    ),
    "MAIL FROM failed": (
        mail_findings.MAIL_FROM_SHARED,
        changed(
            "identity", MailFromAttributes={"MailFromDomain": "m.example.com", "MailFromDomainStatus": "FAILED"}
        ),
        "aws sesv2 put-email-identity-mail-from-attributes --email-identity example.com --mail-from-domain m.",
    ),
    "sandbox mode": (
        mail_findings.MAIL_SANDBOXED,
        changed("account", ProductionAccessEnabled=False),
        "# Amazon SES console",
    ),
    "account paused": (
        mail_findings.MAIL_PAUSED,
        changed("account", SendingEnabled=False),
        f"aws sesv2 put-account-sending-attributes --sending-enabled {ON}",
    ),
    "no set": (
        mail_findings.MAIL_SET_MISSING,
        gone("set"),
        f"aws sesv2 create-configuration-set --configuration-set-name mail-of-ours {ON}",
    ),
    "set paused": (
        mail_findings.MAIL_PAUSED,
        changed("set", SendingOptions={"SendingEnabled": False}),
        "aws sesv2 put-configuration-set-sending-options --configuration-set-name mail-of-ours --sending-enabled",
    ),
    "out of reach": (
        mail_findings.MAIL_NOT_SEEN,
        lambda aws: setattr(aws, "is_out_of_reach", True),
        "",
    ),
}


def test_nothing_is_wrong_with_an_account_that_is_set_up() -> None:
    assert found(FakeSES()) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_with_its_remedy_and_nothing_else(fault: str) -> None:
    check, spoil, remedy = FAULTS[fault]
    aws = FakeSES()
    spoil(aws)
    (finding,) = found(aws)
    assert (finding.check, finding.severity) == (check.name, check.severity)
    assert finding.remedy.startswith(remedy)


def test_every_finding_on_mail_is_tried() -> None:
    (elsewhere,) = found(FakeSES(), replace(SETTINGS, region="us-east-1"))
    tried = {check.name for check, *_ in FAULTS.values()} | {elsewhere.check}
    assert tried == {one.name for one in vars(mail_findings).values() if isinstance(one, Check)}


@pytest.mark.parametrize("fault", ["no identity", "not verified", "no set", "account paused"])
def test_a_portal_whose_mail_would_be_lost_is_not_deployed(fault: str) -> None:
    check, spoil, _ = FAULTS[fault]
    aws = FakeSES()
    spoil(aws)
    forbidding = found_before(SETTINGS, lambda one: aws if one == "123456789012" else None)
    assert [finding.check for finding in forbidding] == [check.name]


@pytest.mark.parametrize("fault", ["sandbox mode", "no DKIM", "no MAIL FROM", "out of reach"])
def test_what_is_only_unwise_or_unknown_does_not_keep_it_from_being_deployed(fault: str) -> None:
    aws = FakeSES()
    FAULTS[fault][1](aws)
    assert found_before(SETTINGS, lambda one: aws if one == "123456789012" else None) == ()


@pytest.mark.parametrize("operation", ["GetEmailIdentity", "GetAccount", "GetConfigurationSet"])
def test_what_it_may_not_look_at_is_told_as_that(operation: str) -> None:
    aws = FakeSES()
    aws.refused[operation] = "AccessDeniedException"
    (finding,) = found(aws)
    assert finding.check == "not-permitted"
    assert f"ses:{operation} is missing, so this was left out: mail-" in finding.message


def test_the_portals_own_set_and_another_accounts_identity_are_not_asked_for() -> None:
    aws = FakeSES()
    foreign = replace(MAIL, identity_arn=MAIL.identity_arn.replace("123456789012", "210987654321"))
    assert found(aws, replace(SETTINGS, mail=foreign)) == []
    assert aws.asked == [("GetAccount", {})]


def test_without_mail_nothing_is_asked_and_no_permission_needed() -> None:
    aws, settings = FakeSES(), example_settings()
    assert found(aws, settings) == []
    assert aws.asked == []
    assert "ses:" not in str(doctor_permissions(settings))
    assert "ses:GetEmailIdentity" in str(doctor_permissions(SETTINGS))
