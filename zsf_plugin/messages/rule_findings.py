"""Texts for findings about rule files that are not read, and about conditions and expressions that
cannot mean what they say, by the finding's code. Data and rendering only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

#: Why a file that may hold a rule is not read.
UnreadCode = Literal[
    "RULE_FILE_ENDING",
    "RULE_FILE_HIDDEN",
    "RULE_FILE_IN_SUBFOLDER",
    "RULE_FILE_MISPLACED",
    "RULE_FOLDER_CASE",
    "RULE_FOLDER_UNSAFE",
]
UNREAD: Mapping[str, str] = {
    "RULE_FILE_ENDING": "is not read: the name of a rule file ends in .toml or .json; rename it to "
    "'{suggested}', or move it out of the folder",
    "RULE_FILE_HIDDEN": "is not read: its name begins with a dot; rename it to '{suggested}', or "
    "move it out of the folder",
    "RULE_FILE_IN_SUBFOLDER": "is not read: folders inside {folder} are not; move it to "
    "'{folder}/{suggested}', or out of the folder",
    "RULE_FILE_MISPLACED": "is not read: rules are in CONFIG/rules and "
    "CONFIG/workspaces/WORKSPACE/rules; move it to '{folder}/{suggested}'",
    "RULE_FOLDER_CASE": "is not read: the workspace is '{workspace}'; rename the folder to "
    "'{folder}'",
    "RULE_FOLDER_UNSAFE": "is not read: '{workspace}' is no name for a folder of rules; only "
    "letters, digits, '.', '_' and '-' are, at most 128; put its rules into CONFIG/rules, each "
    "with `when = \"workspace == '{workspace}'\"`",
}


def finding_text(code: str, data: Mapping[str, object]) -> str:
    """The words for a finding's code and the values they need."""
    return _TEXTS[code].format_map(data)


_TEXTS: Mapping[str, str] = {**UNREAD}
