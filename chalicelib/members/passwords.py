"""The rules for a console password: the account's policy, in words that a member can read.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalicelib.words import Words

# What IAM counts as a symbol; a space or a letter with an accent is none.
SYMBOLS = "!@#$%^&*()_+-=[]{}|'"
MAXIMUM_LENGTH = 128

IsKept = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """The account's policy; without an argument, AWS's own, which holds where the account has none.

    ``kinds_needed`` is how many of the four kinds of characters there have to be, whichever they are;
    ``maximum_age_days`` is None where passwords do not expire.
    """

    minimum_length: int = 8
    needs_uppercase: bool = False
    needs_lowercase: bool = False
    needs_numbers: bool = False
    needs_symbols: bool = False
    kinds_needed: int = 3
    maximum_age_days: int | None = None


def rules(policy: PasswordPolicy) -> tuple[Words, ...]:
    """The rules, as they are shown before a password is chosen."""
    return tuple(words for words, _ in _rules(policy))


def broken(policy: PasswordPolicy, password: str) -> tuple[Words, ...]:
    """The rules that ``password`` breaks; IAM still has the last word."""
    return tuple(words for words, is_kept in _rules(policy) if not is_kept(password))


def _rules(policy: PasswordPolicy) -> Iterator[tuple[Words, IsKept]]:
    shortest = policy.minimum_length
    yield (
        Words("%(shortest)s to %(longest)s characters", shortest=shortest, longest=MAXIMUM_LENGTH),
        lambda password: shortest <= len(password) <= MAXIMUM_LENGTH,
    )
    if policy.needs_uppercase:
        yield Words("at least one capital letter, A to Z"), _has_uppercase
    if policy.needs_lowercase:
        yield Words("at least one small letter, a to z"), _has_lowercase
    if policy.needs_numbers:
        yield Words("at least one digit, 0 to 9"), _has_number
    if policy.needs_symbols:
        yield Words("at least one of these symbols: %(symbols)s", symbols=SYMBOLS), _has_symbol
    if policy.kinds_needed:
        words = Words(
            "at least %(count)s of these four: capital letters, small letters, digits, symbols out of %(symbols)s",
            count=policy.kinds_needed,
            symbols=SYMBOLS,
        )
        yield words, lambda password: _kinds(password) >= policy.kinds_needed
        # The portal knows only the account's number, so it leaves this rule to IAM.
        yield Words("not the name or the email address of the AWS account"), lambda _: True
    yield Words("no kanji, kana, full-width characters, emoji, or signs such as €"), _is_typed_anywhere
    # IAM would take one, but nobody sees it: it comes from copying, and locks the member out.
    yield Words("no space at the beginning or at the end"), lambda password: password == password.strip()
    if policy.maximum_age_days:
        days = policy.maximum_age_days
        yield Words("to be changed in the console within %(days)s days, when it expires", days=days), lambda _: True


def _kinds(password: str) -> int:
    return sum(has(password) for has in (_has_uppercase, _has_lowercase, _has_number, _has_symbol))


def _has_uppercase(password: str) -> bool:
    return any("A" <= char <= "Z" for char in password)


def _has_lowercase(password: str) -> bool:
    return any("a" <= char <= "z" for char in password)


def _has_number(password: str) -> bool:
    return any("0" <= char <= "9" for char in password)


def _has_symbol(password: str) -> bool:
    return any(char in SYMBOLS for char in password)


def _is_typed_anywhere(password: str) -> bool:
    """The characters that IAM takes (U+0020 to U+00FF), without control characters, which no keyboard has."""
    return all(" " <= char <= "~" or "\xa0" <= char <= "\xff" for char in password)
