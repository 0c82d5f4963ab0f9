"""Reading the JSON file of ``firstday sandbox --plant``: as a whole, before anything of it is made."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from chalicelib.errors import FirstdayError
from chalicelib.settings.records import Settings
from chalicelib.settings.table import Problem, in_words
from firstday.sandbox.planting.account_reader import AccountReader
from firstday.sandbox.planting.contents import AccountContents
from firstday.sandbox.planting.json_places import Places
from firstday.sandbox.planting.json_table import JSONTable
from firstday.stack.templates import known_accounts

# The place of a mistake in the file as a whole.
_FILE = ""


class PlantFileError(FirstdayError):
    """The file cannot be planted; ``problems`` are all the mistakes in it."""

    code = "plant_file"

    def __init__(self, problems: Iterable[Problem], file_name: str) -> None:
        self.problems = tuple(replace(each, key=file_name) if each.key == _FILE else each for each in problems)
        super().__init__(in_words(self.problems, file_name))


def load(path: Path, settings: Settings) -> tuple[AccountContents, ...]:
    """What the file says of each account, the identity account first; raises PlantFileError with all mistakes."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _unreadable(path, f"It cannot be read: {error.strerror}.", "Name a file that is there.") from None
    except UnicodeDecodeError:
        raise _unreadable(path, "It is not UTF-8 text.", "Save it as UTF-8.") from None
    try:
        return parse(text, settings, path.name)
    except RecursionError:
        raise _unreadable(path, "It is nested too deeply.", "Keep to the form of the example.") from None


def parse(text: str, settings: Settings, file_name: str) -> tuple[AccountContents, ...]:
    """The same of the file's text."""
    values = _json(text, file_name)
    places, problems = Places(text), list[Problem]()
    for path in places.repeated:
        problems.append(Problem(path, "This is written twice.", "Keep one of the two."))
    contents = _read(JSONTable(values, "", problems), settings)
    if problems:
        raise PlantFileError([replace(each, line=places.line_of(each.key)) for each in problems], file_name)
    return contents


def _json(text: str, file_name: str) -> dict[str, object]:
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"This is not JSON: {error.msg[0].lower()}{error.msg[1:]}, at column {error.colno}."
        problem = Problem(_FILE, message, "JSON wants names and text in double quotes, and no comma at an end.")
        raise PlantFileError([replace(problem, line=error.lineno)], file_name) from None
    if not isinstance(values, dict):
        remedy = 'Begin with the name of an account: {"dev": {"users": ...}}.'
        raise PlantFileError([Problem(_FILE, "This is no object.", remedy)], file_name)
    return values


def _read(top: JSONTable, settings: Settings) -> tuple[AccountContents, ...]:
    accounts, found = known_accounts(settings), dict[str, AccountContents]()
    for key in top.values:
        account_id = settings.accounts.get(key, key)
        if account_id not in accounts:
            remedy = f"Name one of [accounts], or its id: {', '.join((*settings.accounts, *accounts))}."
            top.complain(key, "The settings have no such account.", remedy)
        elif account_id in found:
            top.complain(key, f"This is the account {found[account_id].key} again.", "Put both together.")
        else:
            is_identity = account_id == settings.identity_account
            reader = AccountReader(account_id, is_identity=is_identity)
            found[account_id] = reader.read(top.inner(key), key)
    return tuple(found[account_id] for account_id in accounts if account_id in found)


def _unreadable(path: Path, message: str, remedy: str) -> PlantFileError:
    return PlantFileError([Problem(_FILE, message, remedy)], path.name)
