"""Resolves the field paths of a SOQL statement to fields, and reads their values from rows.

`Account.Owner.Name` follows relationships; what the user cannot see does not exist (§6, §8).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Field, ObjectType, Row

Read = Callable[[Row], Json]

_TYPE = Field("Type", "string", 40)
_NAME_FIELDS = ("id", "name", "firstname", "lastname")
_HINT = (
    "If you are attempting to use a custom field, be sure to append the '__c' after the "
    "custom field name."
)


@dataclass(frozen=True, slots=True)
class ResolvedPath:
    """A resolved path: its steps, its field, and a function that reads the value from a row."""

    steps: tuple[str, ...]
    field: Field
    read: Read


def queried_object(org: Org, name: str) -> ObjectType:
    """The object of a FROM clause. Raises INVALID_TYPE for one the user cannot see."""
    try:
        return org.object_type(name)
    except SalesforceError as error:
        raise bad(
            "INVALID_TYPE",
            f"\nSELECT ... FROM {name}\nsObject type '{name}' is not supported. {_HINT}",
        ) from error


class Paths:
    """Resolves a statement's paths, starting from one object. `text` is quoted in messages."""

    def __init__(self, org: Org, object_: ObjectType, text: str) -> None:
        self._org = org
        self._object = object_
        self.text = text

    def resolve(self, path: str) -> ResolvedPath:
        """Resolve a path. Raises INVALID_FIELD if a step is unknown or hidden."""
        steps = tuple(path.split("."))
        object_, is_polymorphic = self._follow(steps[:-1])
        last = steps[-1]
        if is_polymorphic and last.lower() == "type":
            return ResolvedPath(steps, _TYPE, self._read_type(steps))
        if is_polymorphic and object_.name != "User" and last.lower() not in _NAME_FIELDS:
            raise self._no_column(last, "Name")
        field = self._visible_field(object_, last)
        return ResolvedPath(steps, field, self._read_field(steps, field.name))

    def _visible_field(self, object_: ObjectType, name: str) -> Field:
        field = self._org.visible(object_, name)
        if field is None:
            raise self._no_column(name, object_.name)
        return field

    def related(self, row: Row, steps: Sequence[str]) -> tuple[ObjectType, Row] | None:
        """The record reached from a row through relationships; None if one is empty."""
        found: tuple[ObjectType, Row] | None = self._object, row
        for step in steps:
            found = self._follow_from(*found, step) if found is not None else None
        return found

    def _follow_from(
        self, object_: ObjectType, row: Row, step: str
    ) -> tuple[ObjectType, Row] | None:
        reference = object_.related_by(step)
        return None if reference is None else self._org.records.get(row.get(reference.name))

    def relationship_name(self, row: Row, steps: Sequence[str]) -> str:
        """The name of the last relationship as defined, or as written if unknown."""
        near = self.related(row, steps[:-1])
        reference = near[0].related_by(steps[-1]) if near is not None else None
        return str(reference.relationship) if reference is not None else steps[-1]

    def invalid(self, message: str) -> SalesforceError:
        """INVALID_FIELD, quoting the statement."""
        return bad("INVALID_FIELD", f"\n{self.text}\n{message}")

    def _follow(self, steps: Sequence[str]) -> tuple[ObjectType, bool]:
        """The object that relationships lead to, and whether the last one is polymorphic."""
        object_, is_polymorphic = self._object, False
        for step in steps:
            reference = self._relationship(object_, step)
            object_ = self._org.objects[self._target(reference)]
            is_polymorphic = len(reference.references) > 1
        return object_, is_polymorphic

    def _relationship(self, object_: ObjectType, step: str) -> Field:
        reference = object_.related_by(step)
        if reference is None:
            raise self.invalid(f"Didn't understand relationship '{step}' in field path.")
        return reference

    def _target(self, reference: Field) -> str:
        for name in reversed(reference.references):
            if name in self._org.objects:
                return name
        return "User"

    def _read_field(self, steps: tuple[str, ...], name: str) -> Read:
        if len(steps) == 1:
            return lambda row: row.get(name)

        return partial(self._value_at, steps[:-1], name)

    def _value_at(self, steps: Sequence[str], name: str, row: Row) -> Json:
        found = self.related(row, steps)
        return None if found is None else found[1].get(name)

    def _read_type(self, steps: tuple[str, ...]) -> Read:
        return partial(self._type_at, steps[:-1])

    def _type_at(self, steps: Sequence[str], row: Row) -> Json:
        found = self.related(row, steps)
        return None if found is None else found[0].name

    def _no_column(self, name: str, entity: str) -> SalesforceError:
        at = self.text.find(name)
        caret = f"\n{self.text}\n{' ' * at}^\nERROR at Row:1:Column:{at + 1}\n"
        message = f"No such column '{name}' on entity '{entity}'. {_HINT}"
        advice = "Please reference your WSDL or the describe call for the appropriate names."
        return bad("INVALID_FIELD", f"{caret}{message} {advice}")
