"""The rules for the values in ``firstday.toml``: AWS's rules, each with its remedy.

A rule takes the text and returns None, or the complaint about it. Quotas and name
rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import re
from collections.abc import Iterable, Mapping

from chalicelib.arns import BASELINE_GROUP, QUARANTINE_GROUP, SUSPENDED_GROUP, partition_of
from chalicelib.settings.records import RESERVED_PROFILES
from chalicelib.settings.table import Complaint, Rule

LANGUAGES = ("ja", "en")


def one_line(value: str) -> Complaint | None:
    """Free text: it ends up in pages, INI files, QR codes and terminals."""
    # The second half are invisible marks that turn the direction of writing round.
    if re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]", value):
        return Complaint("There is a line break or control character in it.", "Write one line of plain text.")
    if not value.strip():
        return Complaint("It is empty.", "Write something here.")
    return None


def organisation(value: str) -> Complaint | None:
    """The name on the pages, and in authenticator apps, where there is little room."""
    if len(value) > 64:
        return Complaint(f"It has {len(value)} characters, of 64.", "Shorten it: it is shown on phones.")
    return one_line(value)


def contact(value: str) -> Complaint | None:
    """Where members ask for help: an address, a name, a chat room."""
    if len(value) > 200:
        return Complaint(f"It has {len(value)} characters, of 200.", "Shorten it.")
    return one_line(value)


def region(value: str) -> Complaint | None:
    """A region's name, or one that AWS may open tomorrow."""
    pattern = r"[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}"
    return like(pattern, value, "is not a region.", 'Write one such as "ap-northeast-1".')


def region_in(partition: str) -> Rule:
    """A region that a role of the organisation can be used in: no role crosses partitions."""

    def rule(value: str) -> Complaint | None:
        if (complaint := region(value)) or partition in ("", partition_of(value)):
            return complaint
        return Complaint(f"{quoted(value)} is not in the partition {partition}.", "Choose a region in it.")

    return rule


def language(value: str) -> Complaint | None:
    """A language that the pages are translated into."""
    if value in LANGUAGES:
        return None
    return Complaint(f"The portal does not speak {quoted(value)}.", f"Choose from: {', '.join(LANGUAGES)}.")


def one_of(choices: Iterable[str]) -> Rule:
    """One of a few words."""
    known = tuple(choices)

    def rule(value: str) -> Complaint | None:
        if value in known:
            return None
        return Complaint(f"{quoted(value)} cannot be chosen here.", f"Choose from: {', '.join(known)}.")

    return rule


def account_id(value: str) -> Complaint | None:
    """Twelve digits, without the hyphens that the console shows."""
    return like(r"[0-9]{12}", value, "is not an account id.", "Write its 12 digits, without hyphens.")


def account_name(value: str) -> Complaint | None:
    """The short name that roles use for an account."""
    remedy = "Use letters, digits, _ and -, 64 at most."
    return like(r"[A-Za-z0-9_-]{1,64}", value, "cannot name an account.", remedy)


def account_in(accounts: Mapping[str, str]) -> Rule:
    """A name from the table of accounts."""

    def rule(value: str) -> Complaint | None:
        if value in accounts:
            return None
        names = ", ".join(name for name in accounts if account_name(name) is None) or "none yet"
        return Complaint(f"{quoted(value)} is not in [accounts].", f"Add it there, or choose from: {names}.")

    return rule


def profile(value: str) -> Complaint | None:
    """A section of ``~/.aws/config`` and an argument of ``--profile``; the console shows it, up to 64."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", value, re.ASCII):
        remedy = "Use letters, digits, . _ and -, 64 at most."
        return Complaint(f"{quoted(value)} cannot name a profile.", remedy)
    if value.startswith("-"):
        return Complaint(f"{quoted(value)} would be taken for an option.", "Begin with a letter or a digit.")
    if reason := RESERVED_PROFILES.get(value.lower()):
        return Complaint(f"{quoted(value)} is reserved: {reason}.", 'Choose another name, such as "dev".')
    return None


def profile_prefix(value: str) -> Complaint | None:
    """What every role's profile begins with, so that names do not clash in one ``~/.aws/config``; may be empty."""
    if value and (complaint := profile(value + "x")):
        return Complaint(f"{quoted(value)} cannot begin a profile's name.", complaint.remedy)
    return None


def profile_after(prefix: str) -> Rule:
    """A profile's name, by itself and with ``prefix`` before it."""

    def rule(value: str) -> Complaint | None:
        return profile(value) or profile(prefix + value)

    return rule


def role_name(value: str) -> Complaint | None:
    """An IAM role's name."""
    return _iam_name(value, 64)


def group_name(value: str) -> Complaint | None:
    """A group's name, which is unique in the account whatever its path."""
    if value.lower() == BASELINE_GROUP:
        return Complaint(f"{quoted(value)} is the group that every member is in.", "Choose another name.")
    if value.lower() in (QUARANTINE_GROUP, SUSPENDED_GROUP):
        return Complaint(f"{quoted(value)} is a group of Firstday's own.", "Choose another name.")
    return _iam_name(value, 128)


def role_path(value: str) -> Complaint | None:
    """An IAM path, outside what AWS keeps for itself."""
    if not re.fullmatch(r"/([\w+=,.@-]+/)*", value, re.ASCII):
        remedy = 'Begin and end it with a slash: "/developers/".'
        return Complaint(f"{quoted(value)} is not an IAM path.", remedy)
    if value.startswith(("/aws-service-role/", "/aws-reserved/")):
        return Complaint(f"{quoted(value)} belongs to AWS.", "Choose another path.")
    return None


def managed_policy_in(partition: str, account_id: str) -> Rule:
    """An AWS managed policy's name, with its path if it has one, or the ARN of a policy in reach."""
    name = r"([\w+=,.@-]+/)*[\w+=,.@-]{1,128}"
    # One pattern for all accounts: with a hundred, making one for each would take longer than all else.
    pattern = rf"(arn:{partition or 'aws[a-z-]*'}:iam::(aws|[0-9]{{12}}):policy/)?{name}"

    def rule(value: str) -> Complaint | None:
        found = re.fullmatch(pattern, value, re.ASCII)
        if found and found[2] in (None, "aws", account_id or found[2]):
            return None
        if value.startswith("arn:"):
            remedy = f'Write "arn:{partition}:iam::{account_id}:policy/...", or the name of one of AWS\'s.'
            return Complaint(f"{quoted(value)} is no policy that a role in its account can have.", remedy)
        remedy = 'Write a name such as "ReadOnlyAccess" or "job-function/ViewOnlyAccess", or a whole ARN.'
        return Complaint(f"{quoted(value)} is not a managed policy.", remedy)

    return rule


def action(value: str) -> Complaint | None:
    """An action that needs no MFA: each by its name, as a wildcard would allow more than intended."""
    remedy = 'Write service and action, no wildcard: "iam:GetUser".'
    return like(r"[a-z0-9-]+:[A-Za-z0-9]+", value, "is not an action.", remedy)


def email_address(value: str) -> Complaint | None:
    """Where alarms are sent; may be empty. SNS takes what it is given, and CloudFormation ASCII only."""
    pattern = r"|(?=.{1,254}$)[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+"
    return like(pattern, value, "is not an e-mail address.", 'Write one such as "aws-alarms@example.com".')


def event_bus_in(region: str, account_id: str) -> Rule:
    """An event bus of the portal's own account and region, by name or ARN; may be empty.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
    """
    place = rf"arn:{partition_of(region)}:events:{region or '[a-z0-9-]+'}:{account_id or '[0-9]{12}'}:event-bus/"

    def rule(value: str) -> Complaint | None:
        remedy = 'Write "default", or the name or ARN of a bus in the region and identity account.'
        pattern = rf"|({place})?[\w./-]{{1,256}}"
        return like(pattern, value, "is no event bus that the portal can reach.", remedy)

    return rule


def domain_name(value: str) -> Complaint | None:
    """A host's name, without https:// or a path; DNS's rules."""
    label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    remedy = 'Write a host\'s name in small letters: "portal.example.com".'
    return like(rf"(?=.{{1,253}}$){label}(\.{label})+", value, "is not a domain name.", remedy)


def certificate_in(region: str, account_id: str) -> Rule:
    """A certificate of AWS Certificate Manager, in the API's region and account: what a regional address takes."""
    place = f"arn:{partition_of(region)}:acm:{region}:{account_id}:certificate/"
    pattern = place if region and account_id else r"arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/"

    def rule(value: str) -> Complaint | None:
        remedy = f'Write the ARN of one in the region and identity account: "{place}...".'
        return like(rf"{pattern}[\w-]{{1,64}}", value, "is no certificate that the portal can have.", remedy)

    return rule


def tag_key(value: str) -> Complaint | None:
    """A tag's name: what every service takes."""
    if value.lower().startswith("aws:"):
        return Complaint(f"{quoted(value)} belongs to AWS.", "Choose a name that does not begin with aws:.")
    return _tag(value, 1, 128)


def tag_value(value: str) -> Complaint | None:
    """A tag's value; may be empty."""
    return _tag(value, 0, 256)


def _tag(value: str, shortest: int, longest: int) -> Complaint | None:
    # ASCII only: letters of other scripts are taken by some services and refused by others.
    remedy = f"Use letters, digits, spaces and _ . : / = + - @, {longest} at most."
    return like(rf"[\w .:/=+@-]{{{shortest},{longest}}}", value, "cannot be in a tag.", remedy)


def _iam_name(value: str, longest: int) -> Complaint | None:
    remedy = f"Use letters, digits and + = , . @ _ -, {longest} at most."
    return like(rf"[\w+=,.@-]{{1,{longest}}}", value, "is not a name that IAM takes.", remedy)


def like(pattern: str, value: str, complaint: str, remedy: str) -> Complaint | None:
    """None if the whole of ``value`` is like the ``pattern``, whose classes are ASCII's."""
    if re.fullmatch(pattern, value, re.ASCII):
        return None
    return Complaint(f"{quoted(value)} {complaint}", remedy)


def quoted(value: str) -> str:
    """The value as it fits into a message: short, and without what would upset a terminal."""
    shown = value if len(value) <= 60 else value[:57] + "..."
    return '"' + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown) + '"'
