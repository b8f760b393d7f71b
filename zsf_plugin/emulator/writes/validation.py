"""Validation rules: conditions on a complete row, and the errors of all that apply
(salesforce-api.md §4.2, §9 trap 34)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from zsf_plugin.emulator.documents import Document
from zsf_plugin.emulator.errors import Json, SalesforceError

_KNOWN = frozenset({"object", "message", "field", "equals", "where", "blank", "fields", "on"})
_SAVES = ("", "create", "update")


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """One rule. It refuses rows that have the values of `where` and lack one of the fields `blank`.

    `fields`: what the error names; often nothing, or fields that the save did not set. `on`:
    `create` or `update`; blank for both.
    """

    object: str
    message: str
    where: Mapping[str, Json] = field(default_factory=dict)
    blank: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    on: str = ""

    @classmethod
    def parse(cls, document: Mapping[str, Json]) -> ValidationRule:
        """Parse a rule: {object, message} with {field, equals}, `where` or `blank`.

        Raises ValueError for an unknown key, a rule without a condition or an unknown `on`.
        """
        given = Document(document)
        where = dict(given.nested("where").values)
        if "field" in document:
            where[given.text("field")] = document.get("equals")
        rule = cls(
            object=given.text("object"),
            message=given.text("message"),
            where=where,
            blank=given.texts("blank"),
            fields=given.texts("fields"),
            on=given.text("on"),
        )
        rule._check(document)
        return rule

    def _check(self, document: Mapping[str, Json]) -> None:
        unknown = sorted(document.keys() - _KNOWN)
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r}; use {', '.join(sorted(_KNOWN))}")
        if not (self.where or self.blank):
            raise ValueError("a validation rule needs a condition: field, where or blank")
        if self.on not in _SAVES:
            raise ValueError(f"on is {self.on!r}; use create or update")

    @property
    def error(self) -> SalesforceError:
        """The error of a row that the rule refuses."""
        code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        return SalesforceError(400, code, self.message, self.fields)

    def refuses(self, row: Mapping[str, Json], *, creating: bool) -> bool:
        """Whether the rule applies to this save and refuses the row."""
        if self.on == ("update" if creating else "create"):
            return False
        if any(row.get(name) != value for name, value in self.where.items()):
            return False
        return not self.blank or any(row.get(name) is None for name in self.blank)


def check_rules(
    rules: Iterable[ValidationRule], row: Mapping[str, Json], *, creating: bool
) -> None:
    """Raises FIELD_CUSTOM_VALIDATION_EXCEPTION with an error for each rule that refuses the row."""
    errors = [rule.error for rule in rules if rule.refuses(row, creating=creating)]
    if errors:
        raise errors[0].followed_by(errors[1:])
