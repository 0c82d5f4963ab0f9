"""Reading JSON objects so that every mistake is collected, as those of the settings are."""

import json
from collections.abc import Mapping

from chalicelib.settings.table import Rule, Table
from firstday.sandbox.planting.contents import Document

DAYS = 3650


class JSONTable(Table):
    """One object of the file, read name by name."""

    TABLE = "an object"
    ENTRY = "name"

    def objects(self, name: str) -> "list[JSONTable]":
        """The list of objects at ``name``, which may be left out."""
        return [one for one in self.tables(name, required=False) if isinstance(one, JSONTable)]

    def document(self, name: str, longest: int) -> Document:
        """The policy at ``name``, of so many characters at most.

        IAM judges it when it is planted, but it has to look like one.
        """
        table = self.table(name)
        is_object = isinstance(self.values.get(name), dict)
        if is_object and not isinstance(table.values.get("Statement"), list | dict):
            table.complain("Statement", "A policy has statements.", 'Write "Statement": [...].')
        if len(json.dumps(table.values, separators=(",", ":"))) > longest:
            self.complain(name, "The policy is longer than AWS takes.", f"Keep to {longest} characters.")
        return table.values

    def documents(self, name: str, rule: Rule, longest: int) -> dict[str, Document]:
        """The policies at ``name`` by their names, which obey ``rule``; it may be left out."""
        inner = self._named(name, rule)
        return {key: inner.document(key, longest) for key in inner.values}

    def texts_by_name(self, name: str, key_rule: Rule, value_rule: Rule) -> dict[str, str]:
        """Texts by names; it may be left out."""
        inner = self._named(name, key_rule)
        return {key: inner.text(key, value_rule) for key in inner.values}

    def days_by_name(self, name: str, key_rule: Rule) -> dict[str, int]:
        """Numbers of days by names; it may be left out."""
        inner = self._named(name, key_rule)
        return {key: inner.number(key, 0, DAYS, 0) for key in inner.values}

    def inner(self, name: str) -> "JSONTable":
        """The object at ``name``, or an empty one."""
        if name not in self.values:
            self.ignore(name)
            empty: Mapping[str, object] = {}
            return JSONTable(empty, self.path(name), [])
        table = self.table(name)
        return table if isinstance(table, JSONTable) else JSONTable({}, self.path(name), [])

    def _named(self, name: str, rule: Rule) -> "JSONTable":
        """The object at ``name``, whose names have to obey ``rule``."""
        inner = self.inner(name)
        for key in inner.values:
            if complaint := rule(key):
                inner.complain(key, *complaint)
        return inner
