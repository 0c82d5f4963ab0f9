"""What ``firstday adopt`` and ``release`` say before they do anything."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import click
import pytest

from firstday.adoption.adopting import Outcome, Status
from firstday.adoption.adoption_plan import AdoptionPlan, Credentials, KeyFacts, Stage
from firstday.adoption.mentions import Effect, Mention
from firstday.adoption.releasing import ReleasePlan
from firstday.adoption.service_losses import ServiceLoss
from firstday.adoption.voided_permissions import Assumable
from firstday.cli.views import adoption_view as view
from firstday.cli.views import release_view

NAME = "dev-simple-user"
USED = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
NOTHING = Credentials(devices=("arn:aws:iam::123456789012:mfa/phone",), keys=(), has_password=False, others=())
QUIET = AdoptionPlan(
    user_name=NAME,
    stage=Stage.NEW,
    groups=("developers",),
    former_path="/dev/",
    arn_before=f"arn:aws:iam::123456789012:user/dev/{NAME}",
    arn_after=f"arn:aws:iam::123456789012:user/members/{NAME}",
    credentials=NOTHING,
)
S3 = ServiceLoss("s3", ("GetObject",), ("objects",), (), USED, is_known=True)
EC2 = replace(S3, service="ec2", actions=("*",), used_at=None)


def told(plan: AdoptionPlan) -> str:
    return click.unstyle(view.plan_text(plan))


def with_key(**facts: object) -> AdoptionPlan:
    key = KeyFacts("AKIAEXAMPLE", is_active=True)
    return replace(QUIET, credentials=replace(NOTHING, keys=(replace(key, **facts),)))  # type: ignore[arg-type]


def test_roles_that_open_by_the_users_own_policies_are_told_and_asked_about() -> None:
    dev, audit = "arn:aws:iam::123456789012:role/dev", "arn:aws:iam::123456789012:role/audit"
    plan = replace(QUIET, roles=Assumable((dev, audit)), entered=(dev,))
    assert plan.stops
    assert f"    opens at once, by their own policies, whatever their groups: {dev}\n" in told(plan)
    assert f"    assuming roles of the settings: {audit}\n" in told(plan)


def test_a_key_that_may_register_a_device_is_told_and_asked_about() -> None:
    plan = replace(with_key(), may_add_device=True)
    assert plan.stops
    assert "whoever has an access key alone may register a further MFA device with it" in told(plan)
    assert "register a further" not in told(replace(QUIET, may_add_device=True))


def test_the_plan_says_what_changes_and_what_stays() -> None:
    plan = replace(QUIET, kept_groups=("old-team",), roles=Assumable(("arn:aws:iam::123456789012:role/dev",)))
    assert not plan.stops
    assert told(plan) == (
        "dev-simple-user\n"
        "  changes\n"
        "    ARN now: arn:aws:iam::123456789012:user/dev/dev-simple-user\n"
        "    ARN then: arn:aws:iam::123456789012:user/members/dev-simple-user\n"
        "    permissions boundary: firstday-member-boundary\n"
        "    groups: firstday-members now; with the proof of MFA developers\n"
        "  stays\n"
        "    groups, as far as the boundary leaves what they allow: old-team\n"
        "    assuming roles of the settings: arn:aws:iam::123456789012:role/dev\n"
        "    MFA device arn:aws:iam::123456789012:mfa/phone, virtual"
    )


STOPPING: dict[str, tuple[AdoptionPlan, str]] = {
    "a used service": (
        replace(QUIET, lost=(S3,)),
        "s3: used 2026-11-28, stops (GetObject; by objects)",
    ),
    "a service that may be used": (
        replace(QUIET, lost=(replace(S3, used_at=None, is_known=False),), unknown_usage="not permitted"),
        "s3: stops; whether it was used is not known: not permitted (GetObject; by objects)",
    ),
    "other roles": (
        replace(QUIET, roles=Assumable((), ("arn:aws:iam::123456789012:role/old",))),
        "assuming roles: arn:aws:iam::123456789012:role/old",
    ),
    "all other roles": (
        replace(QUIET, roles=Assumable((), ("*",))),
        "assuming roles: *, other than those of the settings",
    ),
    "a policy nobody could read": (replace(QUIET, unread=("secret",)), "secret: what this policy allows could not"),
    "a policy by name": (
        replace(
            QUIET, mentions=(Mention("the policy of the bucket b", "aws:PrincipalArn", "arn:x", Effect.STOPS),)
        ),
        "the policy of the bucket b, aws:PrincipalArn arn:x: no longer allows: it goes by name; change it there",
    ),
    "a used key": (
        with_key(used_at=USED, used_for="s3"),
        "access key AKIAEXAMPLE: used 2026-11-28 for s3; without MFA it can do nothing any more",
    ),
    "a key that may be used": (with_key(is_known=False), "AKIAEXAMPLE: whether it is used is not known"),
    "keys nobody could see": (
        replace(QUIET, credentials=replace(NOTHING, keys=None)),
        "access keys: not permitted to look; any use without MFA stops",
    ),
    "an SSH key": (
        replace(QUIET, credentials=replace(NOTHING, others=("SSH key APKAEXAMPLE",))),
        "SSH key APKAEXAMPLE: it knows no MFA",
    ),
}


@pytest.mark.parametrize("name", STOPPING)
def test_what_stops_is_said_under_its_heading(name: str) -> None:
    plan, words = STOPPING[name]
    assert plan.stops
    assert words in told(plan).partition("\n  STOPS\n")[2].partition("\n  stays")[0]


def test_what_was_not_used_does_not_stop_anybody() -> None:
    plan = replace(QUIET, lost=(EC2,))
    assert not plan.stops
    shown = told(plan).partition("no longer possible, and not used\n")[2]
    assert shown.startswith("    ec2: allowed, not used in the tracking period (400 days) (*; by objects)")


def test_many_services_of_one_policy_take_one_line() -> None:
    lost = tuple(replace(EC2, service=f"service{number}", policies=("SecurityAudit",)) for number in range(118))
    shown = told(replace(QUIET, lost=lost))
    assert "    118 services: allowed, not used in the tracking period (400 days): service0, service1, " in shown
    assert shown.partition("118 services")[2].partition("\n")[0].endswith("service117 (by SecurityAudit)")


def test_a_former_boundary_is_named_with_what_it_kept_away() -> None:
    plan = replace(QUIET, former_boundary="arn:aws:iam::123456789012:policy/old", opened=("iam:GetUser",))
    assert plan.stops
    shown = told(plan)
    assert "firstday-member-boundary; it replaces arn:aws:iam::123456789012:policy/old" in shown
    assert "possible without the former boundary: iam:GetUser" in shown
    assert "could not be read" in told(replace(plan, opened=None))


def test_who_has_a_key_and_no_device_is_to_be_invited_soon() -> None:
    plan = with_key()
    assert "invite soon" not in told(plan)
    plan = replace(plan, credentials=replace(plan.credentials, devices=()))
    assert "MFA device: none; AWS denies nearly everything" in told(plan)
    assert "invite soon" in told(plan)


@pytest.mark.parametrize(
    ("serial", "kind"),
    [
        ("arn:aws:iam::123456789012:mfa/phone", "virtual"),
        ("GAHT12345678", "hardware"),
        ("arn:aws:iam::123456789012:u2f/user/x/key", "a passkey or security key: it shows no codes"),
    ],
)
def test_devices_are_named_by_their_kind(serial: str, kind: str) -> None:
    plan = replace(QUIET, credentials=replace(NOTHING, devices=(serial,)))
    assert f"MFA device {serial}, {kind}" in told(plan)


def test_who_cannot_be_adopted_is_told_why_and_who_is_a_member_is_named() -> None:
    refused = replace(QUIET, stage=Stage.REFUSED, refusals=("IAM has no user of this name.",))
    assert told(refused) == "dev-simple-user  cannot be adopted\n  IAM has no user of this name."
    assert told(replace(QUIET, stage=Stage.DONE)) == "dev-simple-user  is a member already"
    assert told(replace(QUIET, stage=Stage.BEGUN)).startswith("dev-simple-user  begun, and goes on\n")


def test_what_was_not_seen_is_said() -> None:
    shown = view.limits_text(["kms:GetKeyPolicy"])
    assert "Policies in other regions and other accounts" in shown
    assert shown.endswith("Not permitted, so not known:\n  kms:GetKeyPolicy")


def test_the_plan_for_programs_is_json() -> None:
    record = view.plan_record([replace(QUIET, lost=(S3,))], ["kms:GetKeyPolicy"])
    (user,) = json.loads(json.dumps(record))["users"]
    assert (user["user_name"], user["stops"], user["lost"][0]["used_at"]) == (NAME, True, USED.isoformat())


def test_in_the_end_those_come_first_who_need_something() -> None:
    outcomes = [
        Outcome("one", Status.ADOPTED),
        Outcome("two", Status.FAILED, "AWS is busy."),
        Outcome("three", Status.LEFT_ALONE),
    ]
    assert view.outcome_text(outcomes, "What comes next") == (
        "two: failed: AWS is busy.\nthree: left alone\n1 adopted, 1 left alone, 1 failed."
    )
    assert view.outcome_text(outcomes[:1], "What comes next") == "1 adopted.\nWhat comes next"


def test_a_release_says_what_is_put_back_and_what_to_know() -> None:
    keys = (KeyFacts("AKIAOLD", is_active=False), KeyFacts("AKIANEW", is_active=True))
    plan = ReleasePlan(
        NAME,
        path_now="/members/",
        former_path="/dev/",
        former_boundary="arn:aws:iam::123456789012:policy/old",
        groups=("developers", "firstday-members"),
        left_groups=("old-team",),
        credentials=Credentials(("arn:phone",), keys, has_password=False, others=()),
        issued_key="AKIANEW",
        registered=("arn:phone",),
    )
    shown = click.unstyle(release_view.plan_text(plan))
    assert "path: /members/ becomes /dev/" in shown
    assert "leaves the groups: developers, firstday-members" in shown
    assert "permissions boundary: arn:aws:iam::123456789012:policy/old" in shown
    assert "access key AKIAOLD is inactive. To activate it: aws iam update-access-key" in shown
    assert "access key AKIANEW, which the portal issued, stays active" in shown
    assert "MFA device arn:phone, registered through the portal, stays" in shown
    assert "somebody took them away since: old-team" in shown


def test_a_release_that_is_refused_says_why() -> None:
    plan = ReleasePlan(NAME, ("This member was not adopted.",))
    assert (
        click.unstyle(release_view.plan_text(plan)) == f"{NAME}  cannot be released\n  This member was not adopted."
    )
