"""When a member's access keys end by their age, for pages; the rules are loaded only where keys age."""

from collections.abc import Iterable
from datetime import date

from chalicelib.members.iam_records import AccessKeyInfo
from chalicelib.members.record import Member
from chalicelib.settings.records import Settings
from chalicelib.settings.time_zones import zone_of


def ends_of(settings: Settings, member: Member, keys: Iterable[AccessKeyInfo]) -> dict[str, date]:
    """The day on which each active key ends, by its id; nothing where keys do not age."""
    if not settings.access_key_days:
        return {}
    from chalicelib.members.key_ages import end_of  # imported here to keep it off the cold start

    zone = zone_of(settings.time_zone)
    return {key.access_key_id: end_of(key, member, settings.access_key_days, zone) for key in keys if key.is_active}


def end_of_config_key(settings: Settings, member: Member) -> date | None:
    """The same of the key that the portal has issued last, as the record tells."""
    if member.access_key_id is None or member.access_key_created_at is None:
        return None
    key = AccessKeyInfo(member.access_key_id, member.access_key_created_at)
    return ends_of(settings, member, [key]).get(key.access_key_id)
