"""Names of files and folders beside the rules: which are rules, which are nobody's, and which were
perhaps meant to be read. Pure.

A file that was meant to be read and is not may have forbidden something, so whatever is not plainly
something else counts as meant.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from typing import Literal

from zsf_plugin.messages.rule_findings import UnreadCode

#: A rule file; a file that may have been meant as one, but is not read; anything else.
NameKind = Literal["rule", "unread", "nobody"]

#: Cases for rules lie beside them, with their events.
_CASES = (".test.toml", ".test.json", ".event.json")
#: The schema of rules, which editors find beside them.
SCHEMA_NAME = "rule.schema.json"
_SAFE_WORKSPACE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_RULE = re.compile(r"\.(?:toml|json)\Z", re.IGNORECASE)
# Compiled when a name is no rule's, which most never are.
#: What editors, package managers and people leave beside a file: backups, locks, unfinished
#: downloads, files that are switched off on purpose.
_LEFTOVER = (
    r"~$|^#.*#$|^~\$|"
    r"\.(?:bak|backup|orig|rej|old|save|tmp|temp|swp|swo|swx|swn|part|lock|log|"
    r"off|disabled|example|sample|template|dist|"
    r"rpmnew|rpmsave|rpmorig|dpkg-\w+|ucf-\w+|pacnew|pacsave)$"
)
#: Documents and programs; a rule is none of them, whatever its name was meant to be.
_OTHER = (
    r"\.(?:md|markdown|rst|adoc|html?|pdf|docx?|odt|xlsx?|ods|csv|tsv|png|jpe?g|gif|svg|webp|ico|"
    r"py|pyc|sh|ps1|bat|sql|zip|tar|gz|tgz|bz2|xz|7z|jsonl|ndjson|(?:sqlite3?|db)(?:-wal|-shm|-journal)?|key|pem|crt)$"
)
_FOR_PEOPLE = r"(?:readme|license|licence|copying|changelog|makefile)\b"
_OF_SYSTEMS = frozenset(("thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r", "lost+found"))
#: Endings that a rule's name is given by a slip, with what was meant.
_SLIPS = (
    r"(?:\.(?P<meant>toml|json))?"
    r"\.(?P<slip>txt|text|tml|tom|tomll|toml\d|tolm|ya?ml|jso|jsn|jsonc|json5|hjson|conf|cfg|ini|"
    r"toml|json|rule|rules)$"
)
#: What stands after a right ending: `60-a.toml.1`, `60-a.toml - Copy`.
_AFTER_ENDING = r"(?<=[^.])\.(?:toml|json)(?![a-z0-9_])(?s:.*)"


@lru_cache(maxsize=4096)
def kind_of_name(name: str) -> NameKind:
    """What a file of that name in a folder of rules is."""
    if not name.isascii() and _decoded(name) != name:
        return "unread"
    folded = name.casefold()
    if folded.endswith(_CASES) or folded == SCHEMA_NAME or _is_nobodys(name):
        return "nobody"
    if name.startswith("."):
        return "unread" if _RULE.search(name.rstrip()) else "nobody"
    return "rule" if _RULE.search(name) else "unread"


def is_case_or_event(name: str) -> bool:
    """Whether a file of that name holds cases, or an event of one."""
    return name.casefold().endswith(_CASES)


def _is_nobodys(name: str) -> bool:
    if name.startswith((".#", "._", "..")) or name.casefold() in _OF_SYSTEMS:
        return True
    if _RULE.search(name):
        return False
    return bool(
        re.search(_LEFTOVER, name, re.IGNORECASE)
        or re.search(_OTHER, name, re.IGNORECASE)
        or re.match(_FOR_PEOPLE, name, re.IGNORECASE)
    )


def is_hidden(name: str) -> bool:
    """Whether a folder of that name is not looked into: `.git`, and the `..data` that Kubernetes
    makes."""
    return name.startswith(".")


def why_unread(name: str) -> UnreadCode | None:
    """Why a file with that path below a folder of rules is not read; None if it is."""
    if "/" in name:
        return "RULE_FILE_IN_SUBFOLDER"
    if name.startswith("."):
        return "RULE_FILE_HIDDEN"
    return "RULE_FILE_ENDING" if kind_of_name(name) == "unread" else None


def why_no_rule(name: str) -> UnreadCode | None:
    """Why a file of that name is no rule, given by itself; None if it is one."""
    return why_unread(name) or ("RULE_FILE_OTHER" if kind_of_name(name) == "nobody" else None)


def shown_name(name: str) -> str:
    """The name on one line: bytes that are not UTF-8, and characters that are not printed, such as
    line breaks and those that a terminal obeys, are written as `\\xff`, `\\n` and the like."""
    return printable_line(_decoded(name))


def printable_line(text: str) -> str:
    """The text with characters that are not printed written as `\\n`, `\\x1b` and the like."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _decoded(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def suggested_name(name: str) -> str:
    """The name under which a file would be read: `60-a.toml` for `60-a.toml.txt`."""
    last = _visible(_decoded(name).rpartition("/")[2])
    if ending := re.search(_AFTER_ENDING, last, re.IGNORECASE):
        last = last[: ending.start()] + ending.group()[: len(".toml")]
    bare = ("10-rules" + last if _RULE.fullmatch(last) else last.lstrip(".")).rstrip(". ")
    slip = re.search(_SLIPS, bare, re.IGNORECASE)
    stem = bare[: slip.start()] if slip else bare
    meant = (slip["meant"] or slip["slip"]) if slip else ""
    ending_of = ".json" if meant.casefold().startswith(("js", "hj")) else ".toml"
    return f"{stem.rstrip() or '10-rules'}{ending_of}"


def _visible(name: str) -> str:
    """The name as one reads it: a full-width dot is a dot, and marks that nobody sees are none."""
    plain = unicodedata.normalize("NFKC", name)
    return "".join(char for char in plain.strip() if char.isprintable())


def is_safe_workspace(name: str) -> bool:
    """Whether a workspace of that name may have a folder of its own: its name is safe in a path."""
    return _SAFE_WORKSPACE.fullmatch(name) is not None


def is_same_but_for_case(one: str, other: str) -> bool:
    """Whether two names of workspaces differ only in case or in blanks around them."""
    return one != other and one.strip().casefold() == other.strip().casefold()
