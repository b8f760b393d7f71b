"""All URLs of a console, from its own URL map: a new page is included automatically."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

#: URLs that are not pages: files, what probes ask, and the callback, which only the answer to a
#: sign-in opens.
_NO_PAGES = frozenset({"static", "health", "connection.finish"})


@dataclass(frozen=True, slots=True)
class Address:
    """An endpoint and a path to it, with made-up values for its parameters."""

    endpoint: str
    path: str


def pages(app: Flask, values: Mapping[str, str] | None = None) -> list[Address]:
    """All pages whose path parameters are in `values`."""
    known = values or {}
    return [one for one in _addresses(app, "GET", known, ()) if one.endpoint not in _NO_PAGES]


def reads(app: Flask) -> list[Address]:
    """All URLs that answer GET, with made-up path parameters."""
    return list(_addresses(app, "GET", {}, ("unknown",)))


def writes(app: Flask, values: Mapping[str, str] | None = None) -> list[Address]:
    """All URLs that answer POST, with made-up path parameters unless given."""
    return list(_addresses(app, "POST", values or {}, ("unknown",)))


def _addresses(
    app: Flask, method: str, known: Mapping[str, str], other: tuple[str, ...]
) -> Iterator[Address]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        values = _filled(rule, known, other)
        if method in (rule.methods or ()) and values is not None:
            built = rule.build(values)
            assert built is not None
            yield Address(rule.endpoint, built[1])


def _filled(rule: Rule, known: Mapping[str, str], other: tuple[str, ...]) -> dict[str, str] | None:
    """Values for the path parameters; None if one is missing and none may be made up."""
    values = {name: known.get(name, *other) for name in rule.arguments}
    return None if None in values.values() else {name: str(value) for name, value in values.items()}
