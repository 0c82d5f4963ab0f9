"""Words for an administrator about an error: by the error's code, or the error's own words."""

from dataclasses import dataclass

from chalicelib.errors import FirstdayError, InvalidInput, Told
from chalicelib.words import Words


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """``heading`` names it, ``happened`` explains it, ``remedy`` is what to do."""

    heading: Words
    happened: Words
    remedy: Words | None = None


WAIT = Words("Wait a moment and try again.")
UNREADABLE = ErrorWords(
    Words("This cannot be used"),
    Words("Something was missing from the form, or too long."),
    Words("Go back and fill in the form again."),
)
NOT_FOUND = ErrorWords(Words("This page does not exist"), Words("The address may be mistyped or cut off."))
BY_CODE = {
    "being_offboarded": ErrorWords(
        Words("This member is being offboarded"),
        Words("The offboarding has begun, so nothing else can be done."),
        Words("Go through with it: open the member’s page and offboard again."),
    ),
    "busy": ErrorWords(
        Words("AWS is busy"),
        Words("AWS did not answer in time. Nothing is lost, and doing the same again is safe."),
        WAIT,
    ),
    "boundary_missing": ErrorWords(
        Words("The members’ permissions boundary is missing"),
        Words("The members’ permissions boundary is gone from IAM, and without it no user may be made."),
        Words("Ask a deployer of the portal to run firstday doctor, which says how to repair it. Then try again."),
    ),
    "changed_meanwhile": ErrorWords(
        Words("Changed meanwhile"),
        Words("This member has been changed since you looked."),
        Words("Look at the member as they are now, and decide again."),
    ),
    "console_signed_out": ErrorWords(
        Words("You are not signed in"),
        Words("Your session has ended, or there was none."),
        Words("Run this command in a terminal: it opens the console with your AWS credentials."),
    ),
    "cookies_blocked": ErrorWords(
        Words("Your browser keeps no cookies"),
        Words(
            "You did sign in, but the console knows you by a cookie, and your browser did not keep it. The sign-in"
            " link is used up."
        ),
        Words(
            "Allow cookies for this page in the browser’s settings, or make another browser your default one. Then"
            " run this command in a terminal again: it fetches a new link."
        ),
    ),
    "denied": ErrorWords(
        Words("AWS does not allow the portal to do this"),
        Words("A policy in your AWS does not let the portal do it."),
        Words(
            "Ask those who manage the policies of the account and the organisation; firstday doctor checks those"
            " of the portal. Earlier steps stay done: once it is allowed, do the same again. AWS did not say"
            " whether the thing that you asked about exists."
        ),
    ),
    "device_exists": ErrorWords(
        Words("An MFA device stands in the way"),
        Words("IAM has a device of the member’s name that could not be removed."),
        Words("Look at the device in the IAM console, then try again."),
    ),
    "group_limit": ErrorWords(
        Words("The member is in too many groups"),
        Words("IAM allows ten groups for one user."),
        Words("Take the member out of a group that is not needed, then try again."),
    ),
    "group_missing": ErrorWords(
        Words("A group is missing in IAM"),
        Words("A group that the portal needs was deleted from IAM, or moved to another path."),
        Words("Ask a deployer of the portal to run firstday doctor, which says how to repair it. Then try again."),
    ),
    "in_progress": ErrorWords(
        Words("This is already under way"), Words("Another request is doing the same for this member."), WAIT
    ),
    "internal": ErrorWords(
        Words("Something went wrong in the portal"),
        Words("CloudWatch has the portal’s log, which tells more."),
        Words("Look at the member’s page before you try again: what was done may be seen there."),
    ),
    "invalid": UNREADABLE,
    "invited_already": ErrorWords(
        Words("This member was invited already"),
        Words("There is an invitation that can be opened, or no need for one."),
    ),
    "member_unknown": ErrorWords(
        Words("There is no such member"),
        Words("The portal has no record of this user name. Perhaps the member was offboarded."),
        Words("Look for the name in the list of the members, or invite it as a new member."),
    ),
    "method_not_allowed": NOT_FOUND,
    "no_password_reset": ErrorWords(
        Words("The console password cannot be reset"),
        Words("There is no console password, or nothing to prove a new one with. Nothing was changed."),
    ),
    "not_your_task": ErrorWords(
        Words("Your role may not do this"),
        Words(
            "Your role is the help desk’s: it may look at members and check them, reset an MFA device or a console"
            " password, and read the audit trail. Nothing was changed."
        ),
        Words("Ask one of the portal’s administrators."),
    ),
    "obstacle": ErrorWords(
        Words("Something has to be done first"),
        Words("Something that the portal may not do has to be done first."),
        Words("When it is done, try again."),
    ),
    "page_not_found": NOT_FOUND,
    "quota": ErrorWords(
        Words("AWS allows no more of these"),
        Words("A quota of AWS’s has been reached."),
        Words("Remove what nobody needs, or ask AWS for a higher quota. Then try again."),
    ),
    "refused": ErrorWords(
        Words("We stopped this request"),
        Words(
            "It did not come from our own page, so we did not carry it out. This protects you from forged pages."
        ),
        Words("Open the console’s page again, and do it from there."),
    ),
    "sign_in_again": ErrorWords(
        Words("Sign in again first"),
        Words(
            "You signed in more than an hour ago. Changing groups, resetting a lost phone or a password,"
            " suspending, resuming and offboarding need a sign-in of the last hour. Nothing was changed."
        ),
        Words(
            "Run this command in a terminal within ten minutes: you come back to this member in this browser. What"
            " you had chosen on the page has to be chosen again."
        ),
    ),
    "sign_in_link": ErrorWords(
        Words("This sign-in link no longer works"),
        Words("It was used already, is older than a minute, or is not complete."),
        Words("Run this command in a terminal again: it fetches a new one."),
    ),
    "unsupported_media_type": UNREADABLE,
    "user_elsewhere": ErrorWords(
        Words("This IAM user is not where members are"),
        Words("IAM has a user of this name under another path, which the portal does not touch."),
        Words("When it is moved back, try again."),
    ),
    "user_limit": ErrorWords(
        Words("There is no room for another IAM user"),
        Words("The account has as many IAM users as its quota allows."),
        Words("Remove users that nobody needs, or ask AWS for a higher quota. Then try again."),
    ),
    "user_exists": ErrorWords(
        Words("This IAM user exists already"),
        Words("IAM has a user of this name already; it does not look at capital letters."),
        Words("Choose another user name."),
    ),
    "user_missing": ErrorWords(
        Words("IAM has no such user"),
        Words("The account has no IAM user of this name any more."),
        Words("Invite the member again to create the user, or offboard to clear up."),
    ),
}


def words_of(error: FirstdayError) -> ErrorWords:
    """What to say about ``error``."""
    known = BY_CODE.get(error.code, BY_CODE["internal"])
    # An error about input names its field in English, for programs; a form shows the error at the field.
    if not isinstance(error, Told) or (isinstance(error, InvalidInput) and error.field == "body"):
        return known
    return ErrorWords(known.heading, error.words, None if error.code == "invalid" else known.remedy)


def sentence_of(error: FirstdayError) -> Words:
    """What to say about ``error`` in one line of a list."""
    return words_of(error).happened
