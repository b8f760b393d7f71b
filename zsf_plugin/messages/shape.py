"""Types of the catalogue: the texts for a cause, the values of a template, the key of a text. No
texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class CauseWords(NamedTuple):
    """The texts for a cause.

    `why` follows "Lead.Industry: "; `advice` says what to do about it and may name commands. A page
    has its own texts if they differ: `title` is the cause as a heading, `todo` the advice, `brief`
    the few words after an entry's name. An empty one is derived from `why` and `advice`.
    `has_admin_message`: Salesforce's message for this code is text that an admin of the org wrote.
    """

    why: str
    advice: str
    title: str = ""
    todo: str = ""
    brief: str = ""
    has_admin_message: bool = False


class CodedReason(Protocol):
    """An error or a stored reason: a code, with the data that its text needs."""

    @property
    def code(self) -> str: ...
    @property
    def data(self) -> Mapping[str, object]: ...


class TemplateValues(dict[str, object]):
    """The values of a template. A value that an older version did not store reads as "?"."""

    def __missing__(self, _: str) -> str:
        return "?"


def filled_or_code(template: str | None, code: str, values: Mapping[str, object]) -> str:
    """The template with those values; without one, the unknown code as it is."""
    return code if template is None else template.format_map(values)
