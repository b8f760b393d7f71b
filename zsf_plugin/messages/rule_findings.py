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
    "RULE_FILE_OTHER",
    "RULE_FOLDER_CASE",
    "RULE_FOLDER_UNSAFE",
    "RULE_FILES_TOO_MANY",
    "CONFIG_NOT_A_FOLDER",
    "CONFIG_MISSING",
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
    "RULE_FILE_OTHER": "is no rule file: the name of one ends in .toml or .json, but not in "
    ".test.toml or .test.json (cases, which `zsf rules test` reads), nor in .event.json; give rule "
    "files, or their folder",
    "RULE_FOLDER_CASE": "is not read: the workspace is '{workspace}'; rename the folder to "
    "'{folder}'",
    "RULE_FOLDER_UNSAFE": "is not read: '{workspace}' is no name for a folder of rules; only "
    "letters, digits, '.', '_' and '-' are, at most 128; put its rules into CONFIG/rules, each "
    "with `when = \"workspace == '{workspace}'\"`",
    "RULE_FILES_TOO_MANY": "has too many files: the first {limit} by name are read, and the others "
    "are not; put several rules into one file, or move files out of the folder",
    "CONFIG_NOT_A_FOLDER": "is no folder, so no rules are read from it; set ZSF_CONFIG_DIR to the "
    "folder that holds the folder 'rules'",
    "CONFIG_MISSING": "is not there, so no rules are read from it; create it with `zsf init`, "
    "mount it, or set ZSF_CONFIG_DIR to another",
}
#: What in an expression is the same for every event.
PointlessCode = Literal[
    "COMPARISON_NEVER_TRUE",
    "COMPARISON_ALWAYS_TRUE",
    "CALL_ALWAYS_FAILS",
    "CAPITALS_IN_LOWER",
    "NOT_BEFORE_PATH",
    "NO_SUCH_PART",
    "WHEN_NEVER_TRUE",
    "WHEN_ALWAYS_TRUE",
    "ALWAYS_NULL",
]
POINTLESS: Mapping[str, str] = {
    "COMPARISON_NEVER_TRUE": "{text} is never true, because {subject} is {kinds}; {hint}",
    "COMPARISON_ALWAYS_TRUE": "{text} is always true, because {subject} is {kinds}; {hint}",
    "CALL_ALWAYS_FAILS": "{text} never gives a value, because it does not take {given}; see the "
    "functions in the rule reference",
    "CAPITALS_IN_LOWER": "{text} is never true, because lower() gives no capital letters; write "
    "the text in lower case",
    "NOT_BEFORE_PATH": "{text} is always null, because ! takes only the first name; write "
    "!({path})",
    "NO_SUCH_PART": "{text} is always null, because {subject} is {kinds} and has no keys; end the "
    "path there",
    "WHEN_NEVER_TRUE": "this condition is never true, so the rule never applies; remove the rule, "
    "or write `false` to switch it off",
    "WHEN_ALWAYS_TRUE": "this condition is true for every event; remove it, or write `true`",
    "ALWAYS_NULL": "{text} is null for every event; remove it",
}
MATCH_KEY_UNFILLED = "MATCH_KEY_UNFILLED"
UNFILLED: Mapping[str, str] = {
    MATCH_KEY_UNFILLED: "nothing fills {object}.{field}, so this key never matches; {hint}",
}
MATCH_KEY_UNMAPPED = "MATCH_KEY_UNMAPPED"
UNMAPPED: Mapping[str, str] = {
    MATCH_KEY_UNMAPPED: "without {object}.{field}, the shipped match key {key} never matches; set "
    "the keys to match by under [match], or map the field to something else",
}
#: Errors in files that are in force all the same.
IN_FORCE = frozenset((*POINTLESS, *UNFILLED, *UNMAPPED))
#: What may be a slip, but also a key that only the host knows.
UNKNOWN_PLACE = "UNKNOWN_PLACE"
SUSPECT: Mapping[str, str] = {
    UNKNOWN_PLACE: "{text} is no documented place of an event; did you mean {meant}? If the host "
    "sends it, nothing is wrong",
}
#: Stands for the org among the files of findings.
ORG = "Salesforce"
#: Stands for the outbox among the files of findings.
OUTBOX = "outbox"
#: What in the rules does not fit the org, or has no effect.
OF_ORG: Mapping[str, str] = {
    "FIELD_MISSING": "{object}.{field}: {why}; {hint}create it in Salesforce, or unmap it",
    "FIELD_GONE": "{object}.{field}: {why}; make it visible in Salesforce again, or unmap it",
    "FIELD_READ_ONLY": "{object}.{field} cannot be written by the connected user, so this has no "
    "effect; make it editable in Salesforce, or unmap it",
    "OBJECT_HIDDEN": "{object} is hidden from the connected user; give it Read, Create and Edit on "
    "{object} in Salesforce",
    "VALUE_NEVER_FITS": "{object}.{field} never takes {value}: {why}{hint}",
    "SAMPLE_MISFIT": "{object}.{field}: of {tried} sample events, {count} had a value that does "
    "not fit: {why}",
    "SAMPLE_UNTRIED": "the rules could not be tried on the events of the entries {entries}: {why}; "
    "the others were tried; report it with what `zsf outbox show ID` says of the entry",
    "REQUIRED_UNFILLED": "Salesforce requires {object}.{field}, and no rule fills it{some}: no "
    "{object} can be created; fill it in [{section}], or give it a default in Salesforce",
}
RULE_OVERRIDDEN = "RULE_OVERRIDDEN"
OVERRIDDEN: Mapping[str, str] = {
    RULE_OVERRIDDEN: "has no effect: all that it sets is set again by {files}; remove the file, or "
    "give it a later name",
}


def finding_text(code: str, data: Mapping[str, object]) -> str:
    """The words for a finding's code and the values they need."""
    return _TEXTS[code].format_map(data)


_TEXTS: Mapping[str, str] = {
    **UNREAD,
    **POINTLESS,
    **UNFILLED,
    **UNMAPPED,
    **SUSPECT,
    **OF_ORG,
    **OVERRIDDEN,
}
