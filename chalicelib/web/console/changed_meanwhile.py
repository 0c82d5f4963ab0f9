"""The answer to a form whose member has changed meanwhile: who has changed what, and the form again."""

from chalice.app import Response

from chalicelib.errors import ChangedMeanwhile
from chalicelib.members.invitations import is_pending
from chalicelib.members.record import state_of
from chalicelib.members.versions import basis_of
from chalicelib.web.console.error_words import words_of
from chalicelib.web.console.frame import ConsoleVisit, console_html, group_choices

EVENTS_SHOWN = 5
# The forms that have a page of the same name; every other form is on the member's page.
OWN_PAGES = ("reset-mfa", "reset-password", "suspend", "resume", "offboard")


def changed_page(visit: ConsoleVisit, error: ChangedMeanwhile) -> Response:
    """Nothing was done. The member as they are now, the latest events, and where to decide again."""
    member, form = error.member, visit.path.rpartition("/")[2]
    name = member.user_name if member else visit.user_name
    return console_html(
        visit,
        "changed-meanwhile",
        status=error.status,
        words=words_of(error),
        user_name=name,
        member=member,
        state=state_of(member, visit.now) if member else None,
        is_pending=member is not None and is_pending(member, visit.now),
        events=visit.portal.audit.events(now=visit.now, subject=name, limit=EVENTS_SHOWN).events,
        # The current groups are ticked: the choice was made for other groups.
        groups=group_choices(visit.settings, member.groups) if member and form == "groups" else None,
        basis=basis_of(member),
        form=form if form in OWN_PAGES else None,
    )
