"""The configuration set that mail is sent with: SES publishes bounces and complaints for it."""

from chalicelib.settings.records import Settings

OWN_SET = "firstday"


def set_name(settings: Settings) -> str:
    """The set that the settings name, else the portal's own; empty where neither can be used.

    The portal's stack makes its own in its own region, and SES uses only sets of the region that it sends in.
    """
    if settings.mail is None:
        return ""
    return settings.mail.configuration_set or (OWN_SET if hears_events(settings) else "")


def hears_events(settings: Settings) -> bool:
    """Whether SES can tell the portal's stack of bounces: its topic has to be in the region of the set."""
    return settings.mail is not None and settings.mail.region == settings.region
