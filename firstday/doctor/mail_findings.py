"""The kinds of findings about Amazon SES, where the settings have ``[mail]``."""

from firstday.doctor.findings import ERROR, NOTE, WARNING, Check
from firstday.doctor.needed_actions import MAIL_ACCOUNT, MAIL_IDENTITY, MAIL_SET

NO_MAIL = "Mail waits for a day, and is then given up; pasting links goes on working."
MAIL_IDENTITY_MISSING = Check(
    "mail-identity-missing",
    ERROR,
    "Amazon SES does not have the identity that mail is sent from",
    NO_MAIL,
    (MAIL_IDENTITY,),
)
MAIL_IDENTITY_UNVERIFIED = Check(
    "mail-identity-unverified",
    ERROR,
    "Amazon SES has not verified the identity that mail is sent from",
    NO_MAIL,
    (MAIL_IDENTITY,),
)
MAIL_SET_MISSING = Check(
    "mail-set-missing",
    ERROR,
    "Amazon SES does not have the configuration set of the settings",
    NO_MAIL,
    (MAIL_SET,),
)
MAIL_PAUSED = Check(
    "mail-paused", ERROR, "Amazon SES does not send: it is paused", NO_MAIL, (MAIL_ACCOUNT, MAIL_SET)
)
MAIL_SANDBOXED = Check(
    "mail-sandboxed",
    WARNING,
    "Amazon SES is in sandbox mode: it sends to verified addresses only",
    "Every other member's mail is refused, and seen as such at the member.",
    (MAIL_ACCOUNT,),
)
MAIL_UNSIGNED = Check(
    "mail-unsigned",
    WARNING,
    "Mail is not signed with DKIM",
    "Many servers put unsigned mail among the spam, or refuse it.",
    (MAIL_IDENTITY,),
)
MAIL_NOT_SEEN = Check(
    "mail-not-seen",
    WARNING,
    "Amazon SES could not be looked at",
    "Whether mail can be sent is not known.",
)
MAIL_FROM_SHARED = Check(
    "mail-from-shared",
    NOTE,
    "Mail has no MAIL FROM domain of the organisation's own",
    "Spam filters count that more than any wording: the sender is then another domain than the one that is shown.",
    (MAIL_IDENTITY,),
)
MAIL_UNHEARD = Check(
    "mail-unheard",
    NOTE,
    "The portal does not hear of mail that does not arrive",
    "A bounce is then seen at no member. SES tells only topics in the region that mail is sent from.",
)
