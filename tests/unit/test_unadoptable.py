"""Who administers the portal, and is not adopted by the way."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.settings.records import Administrators
from firstday.adoption.found_account import FoundAccount, FoundRole, FoundUser, HeldPolicy
from firstday.adoption.unadoptable import administering_grant, user_refusals
from tests.helpers.adoptable_user import allowing
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()
NOW = datetime(2026, 11, 30, tzinfo=UTC)
ADMIN_ROLE = "arn:aws:iam::123456789012:role/firstday-admin"
ARN = "arn:aws:iam::123456789012:user/dev/dev-simple-user"
NOBODY = FoundAccount()
POWER_USER = {"Statement": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}]}


def user(document: Any) -> FoundUser:
    return FoundUser("dev-simple-user", "/dev/", ARN, inline=(HeldPolicy("own", document),))


def grant(document: Any, account: FoundAccount = NOBODY, **settings: Any) -> str | None:
    return administering_grant(replace(SETTINGS, **settings), account, user(document), NOW)


@pytest.mark.parametrize(
    "document",
    [
        allowing("sts:AssumeRole", resource=ADMIN_ROLE),
        allowing("sts:*", resource="arn:aws:iam::123456789012:role/firstday-*"),
        allowing("*"),
    ],
)
def test_who_is_meant_to_assume_the_admin_role_administers(document: Any) -> None:
    assert grant(document) == "own allows sts:AssumeRole on firstday-admin"


@pytest.mark.parametrize(
    "document",
    [
        allowing("sts:AssumeRole", resource="arn:aws:iam::123456789012:role/dev"),
        allowing("sts:AssumeRole"),
        allowing("s3:*"),
        POWER_USER,
    ],
)
def test_who_may_assume_any_role_without_being_meant_does_not(document: Any) -> None:
    assert grant(document) is None


@pytest.mark.parametrize(
    "statements",
    [
        [{"Action": "*", "NotResource": "arn:aws:s3:::example/*"}],
        [{"Action": "iam:*", "Resource": "*"}, {"Action": "sts:*", "Resource": "*"}],
    ],
)
def test_who_may_do_everything_in_other_words_administers(statements: Any) -> None:
    assert grant({"Statement": [{"Effect": "Allow", **one} for one in statements]})


@pytest.mark.parametrize("is_said", [True, False])
def test_whom_a_role_that_administers_names_is_refused_whatever_is_said(is_said: bool) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": ARN}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    role = FoundRole("portal-admins", "arn:aws:iam::123456789012:role/portal-admins", trust)
    (refusal,) = user_refusals(
        replace(SETTINGS, administrators=Administrators(roles=("portal-*",))),
        FoundAccount(roles=(role,)),
        user(allowing("s3:Get*")),
        ("developers",),
        caller_arn="arn:aws:iam::123456789012:user/admins/deployer",
        at=NOW,
        with_administrators=is_said,
    )
    assert "the trust policy of portal-admins lets them in without a grant" in refusal


def test_a_boundary_that_leaves_it_out_takes_it_away() -> None:
    limited = replace(user(allowing("*")), boundary="arn:limit")
    account = FoundAccount(policies={"arn:limit": allowing("s3:*")})
    assert administering_grant(SETTINGS, account, limited, NOW) is None


def test_roles_of_the_settings_count_where_they_let_the_user_in() -> None:
    arn = "arn:aws:iam::123456789012:role/portal-admins"
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    document = allowing("sts:AssumeRole", resource=arn)
    patterns = Administrators(roles=("portal-*",))
    for principal, found in (
        ({"AWS": "123456789012"}, True),
        ({"Federated": "arn:aws:iam::123456789012:saml-provider/x"}, False),
    ):
        role = FoundRole(
            "portal-admins", arn, {"Version": "2012-10-17", "Statement": trust | {"Principal": principal}}
        )
        assert bool(grant(document, FoundAccount(roles=(role,)), administrators=patterns)) is found
    assert grant(document) is None


def test_they_are_refused_unless_it_is_said() -> None:
    for is_said, count in ((False, 1), (True, 0)):
        refusals = user_refusals(
            SETTINGS,
            FoundAccount(),
            user(allowing("*")),
            ("developers",),
            caller_arn="arn:aws:iam::123456789012:user/admins/deployer",
            at=NOW,
            with_administrators=is_said,
        )
        assert len([*refusals]) == count


def test_nobody_adopts_themselves() -> None:
    (refusal,) = user_refusals(
        SETTINGS,
        FoundAccount(),
        user(allowing("*")),
        ("developers",),
        caller_arn=ARN,
        at=NOW,
        with_administrators=True,
    )
    assert "have somebody else adopt you" in refusal
