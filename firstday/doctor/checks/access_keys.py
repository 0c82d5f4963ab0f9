"""Access keys of members that are older than they may become."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from chalicelib.members import key_ages
from chalicelib.members.record import Member
from chalicelib.settings.records import Settings
from chalicelib.settings.time_zones import zone_of
from firstday.doctor import mending, upkeep_findings
from firstday.doctor.findings import Finding

# Where keys do not age.
KEYS_LAST = timedelta(days=90)
# The key ageing runs once a day.
RUNS_WITHIN = timedelta(days=1)


def check_old_keys(settings: Settings, members: Collection[Member], now: datetime) -> Iterator[Finding]:
    """Keys that the portal knows to be old. IAM would have to be asked for each member; ``--refresh`` does.

    Where keys age, the record has what the key ageing has seen in IAM, also of keys from before an adoption.
    """
    limit = timedelta(days=settings.access_key_days) or KEYS_LAST
    for member in members:
        if settings.access_key_days and (member.ageing_keys or member.offboarding_at):
            yield from _of_ageing(settings, member, now)
            continue
        created_at = member.access_key_created_at
        if created_at and now - created_at > limit:
            message = f"The access key is from {created_at:%Y-%m-%d}, {(now - created_at).days} days ago."
            words = ("--user-name", member.user_name, "--access-key-id")
            remedy = mending.iam("delete-access-key", *words, member.access_key_id or "KEY_ID")
            again = mending.typed("firstday", "invite", member.user_name)
            yield upkeep_findings.ACCESS_KEY_OLD.found(member.user_name, message, remedy, again)


def _of_ageing(settings: Settings, member: Member, now: datetime) -> Iterator[Finding]:
    """A key whose end is over and that is active nevertheless."""
    today = key_ages.day_of(now, zone_of(settings.time_zone))
    for key in key_ages.ageing_keys(member):
        if not key.has_ended and key.ends_on < today - RUNS_WITHIN:
            message = f"The access key {key.access_key_id} was to end on {key.ends_on}, and was not deactivated."
            words = ("--user-name", member.user_name, "--access-key-id", key.access_key_id)
            remedy = mending.iam("update-access-key", *words, "--status", "Inactive")
            yield upkeep_findings.ACCESS_KEY_OLD.found(member.user_name, message, remedy)
