"""A parsed query over an org's rows: what matches, in what order, shown how (salesforce-api.md
§3.12, §6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import cast

from lark import Token, Tree

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.ids import canonical
from zsf_plugin.emulator.org import Org, Row
from zsf_plugin.emulator.schema import Field, ObjectType
from zsf_plugin.emulator.soql import Node, Query, dotted, parse, refuse_deep_semi_joins, unquoted

_Test = Callable[[Row], bool]
_NUMERIC = ("int", "double", "currency", "percent", "long")
_TEXTS, _FLAGS, _NUMBERS = ("STRING",), ("TRUE", "FALSE"), ("NUMBER",)
_DAYS, _INSTANTS = ("DATE", "RELATIVE"), ("DATETIME", "RELATIVE")
_TYPE = Field("Type", "string", 40)
_NAME_FIELDS = ("id", "name", "firstname", "lastname")
#: Rows that FIELDS(ALL) may be asked for.
_MOST_OF_ALL = 200
_MOST_SKIPPED = 2000
_VIEW = (
    "If you are attempting to use a custom field, be sure to append the '__c' after the "
    "custom field name."
)


def run(org: Org, text: str, *, deleted: bool = False) -> tuple[list[dict[str, Json]], int]:
    """(rows as they are shown, total size) of a statement. Raises SalesforceError."""
    query = parse(text)
    object_ = _object(org, query.object)
    if query.offset > _MOST_SKIPPED:
        words = f"Maximum SOQL offset allowed is {_MOST_SKIPPED}"
        raise bad("NUMBER_OUTSIDE_VALID_RANGE", words)
    refuse_deep_semi_joins(query)
    evaluator = _Evaluator(org, object_, query)
    rows = [
        row
        for row in org.rows[object_.name].values()
        if (deleted or not row["IsDeleted"]) and org.shared(row)
    ]
    if not deleted and "IsArchived" in object_.fields:
        rows = [row for row in rows if not row.get("IsArchived")]
    matching = [row for row in rows if evaluator.test(row)]
    if query.items and query.items[0].data == "count_all":
        return [], len(matching)
    ordered = evaluator.ordered(matching)[query.offset :]
    kept = ordered if query.limit is None else ordered[: query.limit]
    return [evaluator.shown(row) for row in kept], len(kept)


def _object(org: Org, name: str) -> ObjectType:
    found = next((o for o in org.objects.values() if o.name.lower() == name.lower()), None)
    if found is None or found.name in org.allowed().hidden_objects:
        raise bad(
            "INVALID_TYPE",
            f"\nSELECT ... FROM {name}\nsObject type '{name}' is not supported. {_VIEW}",
        )
    return found


def _refuse_what_is_not_evaluated(query: Query) -> None:
    """Salesforce takes these; this stand-in knows them, and says so rather than answer something
    else."""
    odd = {str(item.data) for item in query.items} & {"aggregate", "subquery", "typeof"}
    odd |= query.apart | ({"group"} if query.group is not None else set())
    if odd:
        words = "is not part of this stand-in" if len(odd) == 1 else "are not part of this stand-in"
        raise bad("MALFORMED_QUERY", f"{', '.join(sorted(odd))} {words}")


class _Evaluator:
    """One query's conditions compiled to tests, its paths resolved once."""

    def __init__(self, org: Org, object_: ObjectType, query: Query) -> None:
        self._org = org
        self._object = object_
        self._query = query
        _refuse_what_is_not_evaluated(query)
        paths = [path for item in query.items for path in self._paths(item)]
        self._shown = [(dotted(path), *self._path(path)) for path in paths]
        self.test: _Test = (
            self._condition(query.where) if query.where is not None else lambda _: True
        )
        self._keys = (
            [self._ordering(node) for node in query.order.children]
            if query.order is not None
            else []
        )

    def shown(self, row: Row) -> dict[str, Json]:
        """The selected fields, related records nested, each with its attributes."""
        shown: dict[str, Json] = {"attributes": self._attributes(self._object, row)}
        for name, field, read in self._shown:
            steps = name.split(".")
            at, near = shown, self._object
            for depth, step in enumerate(steps[:-1], start=1):
                reference, related = (
                    self._reference(near, step),
                    self._related(self._object, row, steps[:depth]),
                )
                shown_as = str(reference.relationship if reference is not None else step)
                if related is None:
                    at[shown_as] = None
                    break
                near = related[0]
                at = cast(
                    dict[str, Json],
                    at.setdefault(shown_as, {"attributes": self._attributes(*related)}),
                )
            else:
                at[field.name] = read(row)
        return shown

    def ordered(self, rows: list[Row]) -> list[Row]:
        """The rows by ORDER BY, nulls first unless told otherwise; ids last, for a stable order."""
        for read, descending, nulls_last in reversed(self._keys):
            filled = [row for row in rows if read(row) is not None]
            empty = [row for row in rows if read(row) is None]
            filled.sort(key=lambda row: _sortable(read(row)), reverse=descending)
            rows = filled + empty if nulls_last else empty + filled
        return rows

    def _paths(self, item: Node) -> list[Node]:
        """The paths that an item stands for: its own, a label's, or those of FIELDS(…)."""
        if item.data == "label":
            return [cast(Node, item.children[-1])]
        if item.data != "fields":
            return [item] if item.data == "path" else []
        kind = str(item.children[-1]).upper()
        if kind not in ("ALL", "STANDARD", "CUSTOM"):
            raise bad("MALFORMED_QUERY", f"unknown group of fields: {kind}")
        if kind != "STANDARD" and (self._query.limit is None or self._query.limit > _MOST_OF_ALL):
            raise bad(
                "MALFORMED_QUERY",
                f"The SOQL FIELDS function must have a LIMIT of at most {_MOST_OF_ALL}",
            )
        fields = self._org.visible_fields(self._object)
        wanted = [
            field.name for field in fields if kind == "ALL" or field.custom == (kind == "CUSTOM")
        ]
        return [Tree("path", [Token("NAME", name)]) for name in wanted]

    def _attributes(self, object_: ObjectType, row: Row) -> dict[str, Json]:
        return {
            "type": object_.name,
            "url": f"/services/data/v68.0/sobjects/{object_.name}/{row['Id']}",
        }

    def _ordering(self, node: object) -> tuple[Callable[[Row], Json], bool, bool]:
        tree = cast(Node, node)
        words = [str(child).upper() for child in tree.children if isinstance(child, Token)]
        field, read = self._path(cast(Node, tree.children[0]))
        if not field.filterable:
            raise bad(
                "INVALID_FIELD",
                f"\n{self._query.text}\nfield '{field.name}' can not be sorted in a query call",
            )
        return read, "DESC" in words, any("LAST" in word for word in words)

    def _path(self, path: Node) -> tuple[Field, Callable[[Row], Json]]:
        """The field at the end of a path and how to read it; INVALID_FIELD where a step is unknown
        or hidden."""
        steps = dotted(path).split(".")
        object_, several = self._object, False
        for step in steps[:-1]:
            object_, several = self._follow(object_, step)
        if several and steps[-1].lower() == "type":
            return (
                _TYPE,
                lambda row: (
                    other[0].name
                    if (other := self._related(self._object, row, steps[:-1]))
                    else None
                ),
            )
        if several and object_.name != "User" and steps[-1].lower() not in _NAME_FIELDS:
            raise self._no_column(steps[-1], "Name")
        field = self._org.visible(object_, steps[-1])
        if field is None:
            raise self._no_column(steps[-1], object_.name)
        if len(steps) == 1:
            return field, lambda row: row.get(field.name)
        return field, lambda row: self._far(row, steps, field)

    def _far(self, row: Row, steps: list[str], field: Field) -> Json:
        related = self._related(self._object, row, steps[:-1])
        return None if related is None else related[1].get(field.name)

    def _related(
        self, object_: ObjectType, row: Row, steps: list[str]
    ) -> tuple[ObjectType, Row] | None:
        found: tuple[ObjectType, Row] | None = (object_, row)
        for step in steps:
            if found is None:
                return None
            reference = self._reference(found[0], step)
            found = self._org.get(found[1].get(reference.name)) if reference is not None else None
        return found

    def _follow(self, object_: ObjectType, step: str) -> tuple[ObjectType, bool]:
        """The object a relationship leads to, and whether it may lead to others as well."""
        reference = self._reference(object_, step)
        if reference is None:
            words = f"Didn't understand relationship '{step}' in field path."
            raise bad("INVALID_FIELD", f"\n{self._query.text}\n{words}")
        target = next(
            (name for name in reversed(reference.references) if name in self._org.objects), "User"
        )
        return self._org.objects[target], len(reference.references) > 1

    def _reference(self, object_: ObjectType, step: str) -> Field | None:
        return next(
            (
                f
                for f in object_.fields.values()
                if f.relationship and f.relationship.lower() == step.lower()
            ),
            None,
        )

    def _no_column(self, name: str, entity: str) -> Exception:
        at = self._query.text.find(name)
        caret = f"\n{self._query.text}\n{' ' * at}^\nERROR at Row:1:Column:{at + 1}\n"
        rest = "Please reference your WSDL or the describe call for the appropriate names."
        return bad(
            "INVALID_FIELD", f"{caret}No such column '{name}' on entity '{entity}'. {_VIEW} {rest}"
        )

    def _condition(self, node: Node) -> _Test:
        if node.data in ("all_of", "any_of"):
            tests = [self._condition(cast(Node, child)) for child in node.children]
            joined = all if node.data == "all_of" else any
            return lambda row: joined(test(row) for test in tests)
        if node.data == "negation":
            inner = self._condition(cast(Node, node.children[0]))
            return lambda row: not inner(row)
        if node.data == "group_of":
            return self._condition(cast(Node, node.children[0]))
        return self._comparison(node)

    def _comparison(self, node: Node) -> _Test:
        field, read = self._path(cast(Node, node.children[0]))
        if not field.filterable:
            words = f"field '{field.name}' can not be filtered in a query call"
            raise bad("INVALID_FIELD", f"\n{self._query.text}\n{words}")
        kind = str(node.data)
        if kind == "compare":
            return self._compare(field, read, str(node.children[1]), cast(Token, node.children[2]))
        if kind == "like":
            pattern = _like(
                unquoted(str(node.children[1]), for_like=True), exact=field.case_sensitive
            )
            return lambda row: (
                isinstance(value := read(row), str) and pattern.fullmatch(value) is not None
            )
        wanted = self._wanted(field, kind, cast(Node, node.children[1]))
        if kind in ("includes", "excludes"):
            return lambda row: (
                (bool(set(str(read(row) or "").split(";")) & wanted)) == (kind == "includes")
            )
        negated = kind.startswith("not")
        return lambda row: (_form(field, read(row)) in wanted) != negated

    def _wanted(self, field: Field, kind: str, node: Node) -> set[Json]:
        if kind.endswith("query"):
            return self._semi_join(node)
        literals = [self._literal(field, cast(Token, child)) for child in node.children]
        return (
            set(literals)
            if kind in ("includes", "excludes")
            else {_form(field, value) for value in literals}
        )

    def _semi_join(self, node: Node) -> set[Json]:
        name = next(str(child) for child in node.children if isinstance(child, Token))
        path = cast(Node, node.children[0])
        where = next(
            (
                child
                for child in node.children
                if isinstance(child, type(node)) and child.data == "where"
            ),
            None,
        )
        condition = cast("Node | None", where.children[0] if where is not None else None)
        query = Query(self._query.text, name, (path,), condition, None, None, None, 0)
        inner = _Evaluator(self._org, _object(self._org, name), query)
        field, read = inner._path(path)
        everything = self._org.rows[inner._object.name].values()
        rows = (row for row in everything if not row["IsDeleted"] and not row.get("IsArchived"))
        return {_form(field, read(row)) for row in rows if inner.test(row)}

    def _compare(
        self, field: Field, read: Callable[[Row], Json], operator: str, literal: Token
    ) -> _Test:
        wanted = _form(field, self._literal(field, literal))
        if operator == "=":
            return lambda row: _form(field, read(row)) == wanted
        if operator in ("!=", "<>"):
            return lambda row: _form(field, read(row)) != wanted
        if wanted is None or isinstance(wanted, bool):
            raise bad(
                "INVALID_FIELD",
                f"\n{self._query.text}\ninvalid operator on field '{field.name}': {operator}",
            )
        compare = {
            "<": lambda a, b: a < b,
            ">": lambda a, b: a > b,
            "<=": lambda a, b: a <= b,
            ">=": lambda a, b: a >= b,
        }
        return lambda row: (
            (held := _form(field, read(row))) is not None and compare[operator](held, wanted)
        )

    def _literal(self, field: Field, token: Token) -> Json:
        """A literal's value; one of the wrong kind for the field is refused as Salesforce does."""
        kind, text = token.type, str(token)
        if kind == "NULL":
            return None
        wanted = {"date": _DAYS, "datetime": _INSTANTS, "boolean": _FLAGS}.get(field.type, _TEXTS)
        wanted = _NUMBERS if field.type in _NUMERIC else wanted
        if kind not in wanted and kind != "STRING":
            raise self._mistyped(field, "should" if wanted is _TEXTS else "should not")
        if kind not in wanted:
            raise self._mistyped(field, "should not")
        if kind == "STRING":
            value = unquoted(text)
            if field.type in ("reference", "id") and value and canonical(value) is None:
                raise bad("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
            return value or None
        if kind in ("TRUE", "FALSE"):
            return kind == "TRUE"
        if kind == "NUMBER":
            return float(text)
        return _relative(text) if kind == "RELATIVE" else text

    def _mistyped(self, field: Field, should: str) -> Exception:
        kind = (
            "dateTime"
            if field.type == "datetime"
            else "string"
            if should == "should"
            else field.type
        )
        words = f"value of filter criterion for field '{field.name}' must be of type {kind}"
        return bad(
            "INVALID_FIELD", f"\n{self._query.text}\n{words} and {should} be enclosed in quotes"
        )


def _form(field: Field, value: Json) -> Json:
    """A value as comparisons see it: ids long, text folded unless the field says otherwise,
    instants in UTC."""
    if isinstance(value, bool) or value is None:
        return bool(value) if field.type == "boolean" else value
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str):
        return None
    if field.type in ("reference", "id"):
        return canonical(value)
    if field.type == "datetime":
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value if field.case_sensitive else value.lower()


def _like(pattern: str, *, exact: bool) -> re.Pattern[str]:
    """LIKE's pattern as a regular expression: `%` any run, `_` one character, a backslash takes the
    next literally."""
    parts: Iterable[str] = re.findall(r"\\.|.", pattern, re.DOTALL)
    known = {"%": ".*", "_": "."}
    text = "".join(known.get(part, re.escape(part[-1])) for part in parts)
    return re.compile(text, re.DOTALL if exact else re.IGNORECASE | re.DOTALL)


def _relative(text: str) -> str:
    word, _, number = text.upper().partition(":")
    days = {
        "TODAY": 0,
        "YESTERDAY": -1,
        "TOMORROW": 1,
        "LAST_90_DAYS": -90,
        "NEXT_90_DAYS": 90,
    }.get(word)
    if days is None and word not in ("LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO"):
        raise bad("MALFORMED_QUERY", f"{word} is not part of this stand-in")
    shift = days if days is not None else int(number) * (1 if word.startswith("NEXT") else -1)
    return (datetime.now(UTC).date() + timedelta(days=shift)).isoformat()


def _sortable(value: Json) -> tuple[int, float, str]:
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    return (1, 0.0, value.isoformat() if isinstance(value, date) else str(value).lower())
