"""Proposed roles as TOML, ready to be pasted into ``firstday.toml``, with all that was found out in comments."""

from collections.abc import Iterable, Iterator, Sequence

from chalicelib.settings.records import Settings
from firstday.account_names import account_words
from firstday.existing_roles.account_roles import SHORTEST
from firstday.existing_roles.condition_words import EXTERNAL_ID_PATTERN
from firstday.existing_roles.escaping import comment, quoted
from firstday.existing_roles.proposals import LeftOut, Proposal
from firstday.existing_roles.trust_description import TrustDescription

# In a group's 5,120 characters, besides all else; the settings' reader counts exactly.
ABOUT_A_POLICY = 4_500
_HEADING = (
    "Roles that IAM users of {account} may assume. Paste those that members need below a [[groups]].",
    "The policy of that group demands MFA and the member's own session name, whatever a role leaves open.",
)


def toml_text(settings: Settings, proposed: Sequence[Proposal], left_out: Sequence[LeftOut]) -> str:
    """The whole output; without roles, it is comments alone."""
    blocks = ["\n".join(comment(line.format(account=settings.identity_account)) for line in _HEADING)]
    if not proposed:
        blocks.append(comment("There is none."))
    blocks += [_block(settings, one) for one in proposed]
    if notes := [*_room(settings, proposed), *_left_out(left_out)]:
        blocks.append("\n".join(map(comment, notes)))
    return "\n\n".join(blocks)


def _block(settings: Settings, proposal: Proposal) -> str:
    role, trust = proposal.role, proposal.trust
    lines = [
        comment(line) for line in [f"{role.arn}, in {account_words(settings, role.account_id)}", *_told(trust)]
    ]
    lines += [
        "[[groups.roles]]",
        f"profile = {quoted(proposal.profile)}",
        f"account = {quoted(proposal.account)}",
        f"role_name = {quoted(role.name)}",
        f"path = {quoted(role.path)}",
        "existing = true",
    ]
    if trust.external_id:
        lines.append(f"external_id = {quoted(trust.external_id)}")
    elif any(one.startswith(EXTERNAL_ID_PATTERN) for way in trust.ways for one in way.demands):
        lines.append('# external_id = ""  # Ask those who made the role: its trust policy has a pattern.')
    if role.maximum_session_seconds > SHORTEST:
        lines.append(f"maximum_session_seconds = {role.maximum_session_seconds}")
    return "\n".join(lines)


def _told(trust: TrustDescription) -> Iterator[str]:
    for number, way in enumerate(trust.ways):
        begins = "It also lets in" if number else "It lets in"
        yield f"{begins} {', '.join(way.whom)}.{' It demands:' if way.demands else ' It demands nothing.'}"
        yield from _items(way.demands)
    if trust.denials:
        yield "In any case:"
        yield from _items(trust.denials)
    if trust.others:
        yield f"Others whom it trusts: {', '.join(trust.others)}."
    if trust.gaps:
        yield "What is open in it:"
        yield from _items(trust.gaps)


def _items(words: Iterable[str]) -> Iterator[str]:
    return (f"- {one}" for one in words)


def _room(settings: Settings, proposed: Sequence[Proposal]) -> Iterator[str]:
    characters = sum(len(one.role.arn) for one in proposed)
    if characters > ABOUT_A_POLICY and not settings.roles_by_pattern:
        yield (
            f"The ARNs of all these have {characters} characters, and the policy of one group has room for some"
            f" {ABOUT_A_POLICY}: paste fewer, make several groups, or see roles_by_pattern in docs/settings.md."
        )


def _left_out(roles: Iterable[LeftOut]) -> Iterator[str]:
    """One line for each reason."""
    by_reason: dict[str, list[str]] = {}
    for one in roles:
        by_reason.setdefault(one.reason, []).append(one.role.arn)
    return (f"Left out: {', '.join(arns)}: {reason}." for reason, arns in by_reason.items())
