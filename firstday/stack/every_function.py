"""All functions of the portal besides the one for its pages, with what belongs to each."""

from chalicelib.settings.records import Settings
from firstday.stack.audit_watcher_resources import audit_watcher_resources
from firstday.stack.census_resources import census_resources
from firstday.stack.key_ageing_resources import key_ageing_resources
from firstday.stack.key_retirement_resources import key_retirement_resources
from firstday.stack.mail_resources import mail_resources
from firstday.stack.own_functions import Resource
from firstday.stack.suspension_resources import suspension_resources
from firstday.stack.sweeper_resources import sweeper_resources


def function_resources(
    settings: Settings, portal_url: Resource, retention_days: int, runtime: str
) -> dict[str, Resource]:
    """The functions that these settings need, their schedules, roles and log groups."""
    return {
        **mail_resources(settings, portal_url, retention_days, runtime),
        **sweeper_resources(retention_days, runtime),
        **key_retirement_resources(settings, retention_days, runtime),
        **key_ageing_resources(settings, retention_days, runtime),
        **census_resources(retention_days, runtime),
        **suspension_resources(settings, retention_days, runtime),
        **audit_watcher_resources(settings, retention_days, runtime),
    }
