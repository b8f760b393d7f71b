"""Words for rule files that decide: what they are called, whom a `when` means. Pure."""

from __future__ import annotations

import re

_EQUALS = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*)\s*==\s*'([^']*)'\s*")


def short(file: str) -> str:
    """A rule file as people call it: the folder that all share goes without saying."""
    return file.removeprefix("rules/")


def set_by(what: str, file: str) -> str:
    """ "Contact.Phone is set by 10-eu.toml. Change it in that file." """
    return f"{what} is set by {short(file)}. Change it in that file."


def decides(file: str, when: str) -> str:
    """ "10-eu.toml decides for DE and FR." """
    return f"{short(file)} decides {when_words(when)}."


def when_words(when: str) -> str:
    """For whom a rule is: "DE and FR" for comparisons of one path joined by or, else the expression as it is."""
    parts = [_EQUALS.fullmatch(part) for part in when.split("||")]
    found = [part for part in parts if part is not None]
    if len(found) != len(parts) or len({part[1] for part in found}) != 1:
        return f"where {when}"
    *first, last = [part[2] for part in found]
    return f"for {', '.join(first)} and {last}" if first else f"for {last}"
