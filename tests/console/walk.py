"""All addresses of a console, from its own map: a page that is new is walked without anybody's
naming it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

#: Addresses that are no pages: files, and the way back from Salesforce, which only a sign-in's own
#: answer opens.
_NO_PAGES = frozenset({"static", "connection.finish"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where an endpoint is reached, with made-up values for what its path asks."""

    endpoint: str
    path: str


def pages(app: Flask, values: Mapping[str, str] | None = None) -> list[Address]:
    """Everything that a browser may open, where `values` has what its path asks for."""
    known = values or {}
    return [one for one in _addresses(app, "GET", known, ()) if one.endpoint not in _NO_PAGES]


def reads(app: Flask) -> list[Address]:
    """Everything that answers GET, with made-up values in its path."""
    return list(_addresses(app, "GET", {}, ("unknown",)))


def writes(app: Flask, values: Mapping[str, str] | None = None) -> list[Address]:
    """Everything that answers POST, with made-up values where none are given."""
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
    """Values for what the path asks; None where one is unknown and nothing may be made up."""
    values = {name: known.get(name, *other) for name in rule.arguments}
    return None if None in values.values() else {name: str(value) for name, value in values.items()}
