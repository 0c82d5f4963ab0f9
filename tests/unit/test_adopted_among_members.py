"""What the doctor says of adopted members: what they kept is expected as long as the boundary caps it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from firstday.doctor.findings import Finding
from tests.helpers.doctor_faults import SETTINGS
from tests.helpers.doctor_snapshots import NOW, found_in, good_member, good_snapshot, good_user, with_identity

ADOPTED: dict[str, Any] = {
    "adopted_at": NOW - timedelta(days=2),
    "former_path": "/people/",
    "former_groups": ("Legacy-Team",),
}
OWN: dict[str, Any] = {"inline": {"own": {}}, "attached": ("arn:aws:iam::aws:policy/AmazonS3FullAccess",)}
BOUNDARY = "arn:aws:iam::123456789012:policy/members/firstday-member-boundary"


def findings(*groups: str, boundary: str | None = BOUNDARY, **record: Any) -> list[Finding]:
    user = good_user(SETTINGS)
    user = replace(user, groups=(*user.groups, *groups), boundary=boundary, **OWN)
    snapshot = with_identity(good_snapshot(SETTINGS), users=(user,))
    return found_in(SETTINGS, replace(snapshot, members=(good_member(SETTINGS, **record),)))


def test_groups_and_policies_from_before_are_expected_under_the_boundary() -> None:
    assert findings("Legacy-Team", **ADOPTED) == []


def test_a_group_that_came_after_the_adoption_is_an_error_and_goes_alone() -> None:
    (found,) = findings("Legacy-Team", "Newer-Team", **ADOPTED)
    assert (found.check, found.message) == ("administrator-among-members", "This user has the group Newer-Team.")
    assert found.remedy == ("aws iam remove-user-from-group --group-name Newer-Team --user-name dev-simple-user")


@pytest.mark.parametrize("boundary", [None, "arn:aws:iam::123456789012:policy/another"])
def test_without_the_boundary_nothing_caps_them_and_the_boundary_is_the_remedy(boundary: str | None) -> None:
    found, without = findings("Legacy-Team", boundary=boundary, **ADOPTED)
    assert (found.check, without.check) == ("administrator-among-members", "member-without-boundary")
    for what in (
        "the group Legacy-Team",
        "the policy own",
        "AmazonS3FullAccess",
        "the boundary that capped them is gone",
    ):
        assert what in found.message
    assert found.remedy.startswith("aws iam put-user-permissions-boundary --user-name dev-simple-user")


def test_who_was_not_adopted_is_an_administrator_as_before() -> None:
    (found,) = findings("Legacy-Team")
    assert "the policy own" in found.message
    assert "remove-user-from-group --group-name Legacy-Team" in found.remedy
