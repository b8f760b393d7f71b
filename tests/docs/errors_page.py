"""Generates docs/errors.md from the code's own tables: `python -m tests.docs.errors_page` writes it,
and a test compares it."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

from zsf_plugin.decision import causes
from zsf_plugin.decision.misfits import MisfitCode
from zsf_plugin.errors import Rejected
from zsf_plugin.messages.causes import REFUSALS, UNKNOWN
from zsf_plugin.messages.connection import connection_text
from zsf_plugin.messages.keys import (
    KEY_TOO_SHORT,
    TOKENS_UNREADABLE,
    short_key_text,
    unreadable_text,
)
from zsf_plugin.messages.network import NETWORK_WORDS
from zsf_plugin.messages.rule_findings import POINTLESS, SUSPECT, UNREAD, finding_text
from zsf_plugin.messages.store import DAMAGE, PLACES
from zsf_plugin.messages.text import cause_advice, cause_text, misfit_text
from zsf_plugin.messages.unanswered import UNANSWERED_WORDS
from zsf_plugin.model import (
    GATEWAY_REFUSED,
    AvailabilityCode,
    Cause,
    ReconnectReason,
    RecordSearch,
    Unasked,
)
from zsf_plugin.rulebook.folder import MAX_RULE_FILES
from zsf_plugin.salesforce.answers import CONNECTION, RETRY_AFTER_S
from zsf_plugin.salesforce.sign_in_errors import _TEMPORARY, DESCRIBED, ERRORS
from zsf_plugin.store.sqlite.advice import ADVICE

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"

#: One example of each of our own causes.
OURS: tuple[Cause, ...] = (
    causes.person_missing(),
    causes.several_match("Contact", ["Email"], "hold"),
    causes.shared_mailbox("Lead", ["Email"]),
    causes.key_not_askable(
        RecordSearch("Contact", "match_key", (), ("Email",)), Unasked("encrypted", "Email")
    ),
    causes.required_empty("Lead", "Region__c"),
    causes.does_not_fit("Lead", "Industry", {"misfit": "not_in_picklist"}),
    causes.object_hidden("Contact"),
    causes.person_account("Contact"),
    causes.no_closed_status(),
    causes.outcome_unclear("Lead"),
    causes.invalid_event("/prospect/id", {"fault": "missing"}),
    causes.from_rejection(
        Rejected(GATEWAY_REFUSED, data={"status": 403, "answer": "page"}), "Lead"
    ),
    causes.defect("KeyError"),
)
#: The codes about a workspace's org, with examples of their data.
OTHER_ORGS: dict[str, dict[str, str]] = {
    "other_org": {"belongs_to": "00D…1", "came_from": "00D…2"},
    "org_changed": {"org": "00D…2"},
    "moved": {"org": "00D…2"},
}
PAUSES: tuple[tuple[AvailabilityCode, str, str], ...] = (
    ("not_connected", "not connected yet; entries wait", "run `zsf connect`"),
    (
        "reconnect",
        "the sign-in ended, or the connection needs a person (see below)",
        "do what the reason says, then run `zsf connect`",
    ),
    (
        "previewing",
        "connected in the console, but no one has seen the first preview yet",
        "review the preview in the console, then send or skip the waiting entries",
    ),
    (
        "quota",
        "the org's daily API calls, or the plugin's share of them, are used up",
        "nothing; it resumes automatically. If it happens often, raise `[limits]` in a rule, or the org's allocation",
    ),
    (
        "throttled",
        "one purpose has used its share of the org's API calls; the others continue",
        "nothing; it resumes automatically. If it happens often, change `[limits]` in a rule",
    ),
    (
        "concurrent",
        "too many long requests are running in the org",
        "nothing; it resumes automatically",
    ),
    (
        "unavailable",
        "Salesforce cannot be reached, or gave no usable answer",
        "nothing; it resumes automatically",
    ),
    (
        "in_doubt",
        "the answer to a write was lost, and without `Zaplify_Id__c` its outcome is known only later",
        "nothing; it resumes within 10 minutes. To avoid the wait, create the field: `zsf provision --apply`",
    ),
)

#: Reasons of the pause `unavailable` that someone can end.
GATEWAYS = (
    (
        "gateway",
        "nothing, if it passes; else ask whoever runs the firewall, the proxy or the network to let requests to "
        "Salesforce's addresses pass",
    ),
    (
        "gateway_refuses",
        "ask whoever runs the firewall or proxy to let POST requests below `/services/data/` pass; a few records are "
        "held as `GATEWAY_REFUSED`, the others wait",
    ),
    (
        "gateway_searches",
        "ask whoever runs the firewall or proxy to let POST requests below `/services/data/` pass; everything waits, "
        "and one search is tried every 15 minutes",
    ),
    ("http_429", "nothing; the pause that the answer asks for is kept, within an hour"),
    ("http_503", "nothing; the pause that the answer asks for is kept, within an hour"),
    (
        "login_moved",
        "nothing, if it passes; else run `zsf connect` with the org's new address (My Domain)",
    ),
)

#: What the texts of misfits are filled with.
MISFIT_DATA = {"limit": 80, "type": "address", "last_seen": "2026-11-01", "code": "CODE"}
LEFT_OUT = (
    'The rest of the record is written. With `misfit = "hold"` in the field\'s rule the entry is held instead, as',
    "`DOES_NOT_FIT`; on create a required field always holds it, as `REQUIRED_EMPTY`. Map another value or a list of",
    "sources, translate the value (`values`), or change the field in Salesforce ([Values](values.md#what-fills-a-field)).",
    "",
)

UNREAD_DATA = {
    "folder": "rules",
    "suggested": "60-eu.toml",
    "workspace": "acme",
    "limit": str(MAX_RULE_FILES),
}
_EMPLOYEES = "prospect.company.employees"
POINTLESS_DATA = {
    "COMPARISON_NEVER_TRUE": {
        "text": f"{_EMPLOYEES} > '100'",
        "subject": _EMPLOYEES,
        "kinds": "a whole number or null",
        "hint": "write a number in backticks: `100`",
    },
    "COMPARISON_ALWAYS_TRUE": {
        "text": f"{_EMPLOYEES} != '100'",
        "subject": _EMPLOYEES,
        "kinds": "a whole number or null",
        "hint": "write a number in backticks: `100`",
    },
    "CALL_ALWAYS_FAILS": {
        "text": f"contains({_EMPLOYEES}, '1')",
        "given": "a whole number or null, text",
    },
    "CAPITALS_IN_LOWER": {"text": "contains(lower(prospect.title), 'Chief')"},
    "NOT_BEFORE_PATH": {"text": "!prospect.email", "path": "prospect.email"},
    "NO_SUCH_PART": {
        "text": "prospect.email.domain",
        "subject": "prospect.email",
        "kinds": "text or null",
    },
    "WHEN_NEVER_TRUE": {},
    "WHEN_ALWAYS_TRUE": {},
    "ALWAYS_NULL": {"text": "prospect.email[0]"},
    "UNKNOWN_PLACE": {"text": "prospect.emial", "meant": "prospect.email"},
}
UNREAD_MEANWHILE = (
    "Syncing goes on meanwhile. If such a file mentions a switch, or cannot be looked into, message contents stay off, unless",
    "a rule that is read turns them on.",
    "",
)

HEAD = """\
# Causes and errors

Every cause, pause and connection error, with what to do. To start from a symptom, see
[Troubleshooting](troubleshooting.md). Generated from the code (`python -m tests.docs.errors_page`).

Every **held** entry has a cause:

- `zsf outbox list --cause` lists the causes, `zsf outbox list --cause CODE` the entries held by one.
- `zsf outbox show ID` shows one entry with Salesforce's message. If a validation rule or lookup filter refused the
  record, the rule's own message comes first.
- `zsf outbox retry --cause CODE` retries entries after you have fixed their cause.

A retry by hand looks again: what was remembered of the org, such as a search that it refused, no longer counts.

Held entries are also retried automatically when the rules, the org's fields or the connection change, and within the hour once
a permission, a lock, full storage or a firewall no longer stands in their way ([API allocation](allocation.md)), except for
`OUTCOME_UNCLEAR` and `INVALID_EVENT`, which need a person. A cause never contains a value of a person's record.
"""


NETWORK_HEAD = """\
## Nothing could be sent

The network, the proxy or the certificates ([Configuration](configuration.md#proxies-and-certificates)). Nothing left this
machine, so nothing is doubted: the workspace is paused as `unavailable` and tries again. `zsf status` shows the reason.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            HEAD,
            *_section(
                "Held by our own rules",
                ("cause", "what the admin sees, for example", "what to do"),
                map(_ours, OURS),
            ),
            *_section(
                "Held because Salesforce refused the record",
                ("Salesforce's code", "what the admin sees", "what to do"),
                _refused(),
            ),
            "These codes get a second try before the entry is held, because what the plugin knows about the record, its",
            "owner or the org's fields may be out of date: " + _listed(_second_looks()) + ".",
            "That costs one lookup and one write, once per entry.",
            "",
            "A refusal that names fields that were written takes the next value that the rule has for each, or its default. A field",
            "that has none is left out, unless its rule holds the entry (`misfit`) or a create requires it: then, or after a fifth",
            "refusal, the entry is held with the refusal's own cause. Fields that were not written, such as a formula that a validation",
            "rule names as well, and fields that no rule fills, such as an activity's person, are passed over; a refusal that names only",
            "those holds the entry, and so does one that names none, since no message is taken apart. The entry says `Title left out:",
            "Salesforce refused the value (CODE)`. An owner that a rule maps is such a value: without it, the event's user owns the record. Codes about",
            "permissions, missing values and other records always hold.",
            "",
            *_section(
                "Values left out",
                ("misfit", "what the entry's story says after “Industry left out: ”"),
                _misfits(),
            ),
            *LEFT_OUT,
            *_section(
                "Temporary: retried automatically",
                ("Salesforce's code", "delay in seconds"),
                _waits(),
            ),
            *_section(
                "The workspace is paused",
                ("`paused.code` in `zsf status --json`", "why", "what to do"),
                _paused(),
            ),
            *_section(
                "The connection needs a person",
                ("Salesforce's code", "what to do"),
                [
                    (f"`{code}`", connection_text(ReconnectReason(code.lower())))
                    for code in (*sorted(CONNECTION), "address_moved")
                ],
            ),
            *_section(
                "Something answers in Salesforce's place",
                ("what `zsf status` says", "what to do"),
                [(UNANSWERED_WORDS[code].format(status="…"), advice) for code, advice in GATEWAYS],
            ),
            *_section(
                "The workspace belongs to another org",
                ("code", "what to do"),
                [
                    (f"`{code}`", connection_text(ReconnectReason(code, data)))
                    for code, data in OTHER_ORGS.items()
                ],
            ),
            NETWORK_HEAD,
            *_section(
                "Nothing could be sent",
                ("code", "why", "what to do"),
                ((f"`{code}`", *map(_shown, words)) for code, words in NETWORK_WORDS.items()),
            )[2:],
            *_section("Signing in was refused", ("Salesforce says", "what to do"), _sign_in()),
            *_section(
                "Rule files that are not read",
                ("`code` in `zsf rules check --json`", "what it says after the file's name"),
                _unread(),
            ),
            *UNREAD_MEANWHILE,
            *_section(
                "Expressions that are the same for every event",
                ("`code` in `zsf rules check --json`", "what it says, for example"),
                _pointless(),
            ),
            "The rule stays in force. Only what is certain is a finding; `UNKNOWN_PLACE` is a warning, since the host may send other keys",
            "([Rules](rules.md#what-zsf-rules-check-finds)).",
            "",
            *_section(
                "The secret key",
                ("code", "what it says, for example", ""),
                [
                    (f"`{TOKENS_UNREADABLE}`", *unreadable_text(["acme"]).split(". ", 1)),
                    (
                        f"`{KEY_TOO_SHORT}`",
                        *short_key_text("ZSF_SECRET_KEY", is_file=False).split(". ", 1),
                    ),
                ],
            ),
            *_section(
                "The database",
                ("the file …", "", ""),
                [
                    (advice.partition(": ")[0], "", advice.partition(": ")[2])
                    for advice in dict.fromkeys(ADVICE.values())
                ]
                + [(what, "", advice) for what, advice in DAMAGE.values()]
                + [(_shown(what), "", advice) for what, advice in PLACES.values()],
            ),
        ]
    )


def _shown(template: str) -> str:
    """A template with names in place of its values."""
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    return template.format_map({name: name.upper() for name in names})


def _section(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A heading and a table; columns without a name are left out."""
    kept = [number for number, name in enumerate(columns) if name or number == len(columns) - 1]
    names = [columns[number] or "what to do" for number in kept]
    lines = [[row[number] for number in kept] for row in rows]
    return [f"## {title}", "", _line(names), _line(["---"] * len(names)), *map(_line, lines), ""]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _ours(cause: Cause) -> tuple[str, str, str]:
    return f"`{cause.code}`", cause_text(cause), cause_advice(cause)


def _refused() -> list[tuple[str, str, str]]:
    rows = [
        (f"`{code}`", refusal.why, refusal.advice) for code, refusal in sorted(REFUSALS.items())
    ]
    return [*rows, ("any other", UNKNOWN.why, UNKNOWN.advice)]


def _paused() -> list[tuple[str, str, str]]:
    return [(f"`{code}`", why, advice) for code, why, advice in PAUSES]


def _misfits() -> list[tuple[str, str]]:
    return [
        (f"`{code}`", misfit_text({"misfit": code, **MISFIT_DATA}))
        for code in sorted(get_args(MisfitCode))
    ]


def _second_looks() -> list[str]:
    from zsf_plugin.sync.settlements import LOOK_AGAIN

    return sorted(LOOK_AGAIN)


def _waits() -> list[tuple[str, str]]:
    return [(f"`{code}`", f"{seconds:g}") for code, seconds in sorted(RETRY_AFTER_S.items())]


def _sign_in() -> list[tuple[str, str]]:
    """A row for each of our codes: what Salesforce says for it."""
    said: dict[str, list[str]] = {}
    for error, code in ERRORS.items():
        said.setdefault(code, []).append(f"`{error}`")
    for fragment, code in DESCRIBED.items():
        said.setdefault(code, []).append(f"…{fragment}…")
    rows = [(", ".join(names), _sign_in_text(code)) for code, names in said.items()]
    return [*rows, ("any other", connection_text(ReconnectReason("login")))]


def _sign_in_text(code: str) -> str:
    if code in _TEMPORARY:
        return _shown(UNANSWERED_WORDS[_TEMPORARY[code][0]])
    return connection_text(ReconnectReason(code, {"callback": "URL"}))


def _unread() -> list[tuple[str, str]]:
    return [(f"`{code}`", finding_text(code, UNREAD_DATA)) for code in UNREAD]


def _pointless() -> list[tuple[str, str]]:
    return [
        (f"`{code}`", finding_text(code, POINTLESS_DATA[code])) for code in (*POINTLESS, *SUSPECT)
    ]


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes[:-1]) + f" and `{codes[-1]}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
