"""Every error the product raises, named by who must act.

    ZsfError
    ├── InvalidEvent        the host sent what its schema refuses    host; the event is held
    ├── Unavailable         Salesforce or the wire failed for now    nobody; back off
    │   ├── NotSent         … and nothing had left this machine      nobody; back off
    │   └── RowBusy         … about one locked row                   nobody; that entry waits
    ├── QuotaReached        the org's allocation, or our share    nobody; the workspace pauses
    ├── ReconnectRequired   the grant is gone, or is another org's   admin; the workspace pauses
    │   └── OtherOrg        … a sign-in came back from another org   admin; nothing changed
    ├── OutOfOrder          a step before the one it needs           admin; that one comes first
    ├── Rejected            Salesforce refused this record           admin; the entry is held
    │   └── DuplicateFound  … because records like it exist          linked where certain, else held
    ├── OutcomeUnknown      sent, and no answer came                 look before writing again
    ├── Halted              a consequence of another failure         follow the cause
    ├── Fenced              another drainer took over                nobody; stop, settle nothing
    ├── StoreUnavailable    the database cannot be read or written   operator
    ├── ConfigurationError  settings or rule files are wrong         operator or rule author
    └── MissingExtra        an optional part is not installed        operator

Errors carry plain data only, never a token, an e-mail address or a message's text.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.messages.connection import connection_text
from zsf_plugin.messages.unanswered import order_text, unanswered_text


class ZsfError(Exception):
    """The root of everything this package raises on purpose."""


class InvalidEvent(ZsfError):
    """A hook's payload breaks its schema. Raised by intake; the event is recorded as held.

    `pointer` is a JSON pointer into the call's arguments; `reason` never quotes the payload's
    values; `data` says the same as a code (`fault`) with what its words need.
    """

    def __init__(self, pointer: str, reason: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{pointer}: {reason}")
        self.pointer = pointer
        self.reason = reason
        self.data = data or {}


class Unavailable(ZsfError):
    """Salesforce could not serve the request for now; nothing was written by it.

    `code` is one of `messages.unanswered`, `data` what its words need; as text the error says why.
    `retry_after_s` is in seconds. Raised for reads that broke, for 5xx, for locked rows, and before
    sending.
    """

    def __init__(
        self, code: str, retry_after_s: float = 30.0, data: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.data = data or {}
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return unanswered_text(self)


class NotSent(Unavailable):
    """The request never left this machine (connection refused, name not found, TLS failed, an
    earlier stage broke)."""


class RowBusy(Unavailable):
    """One row is locked by somebody's other work (UNABLE_TO_LOCK_ROW, §4.2); the rest of the
    request went on."""


class QuotaReached(ZsfError):
    """The org's daily allocation, or our share of it, is used (salesforce-api.md §2.2). The
    workspace is paused.

    `kind` is `daily` or `concurrent`; `retry_after_s` is in seconds.
    """

    def __init__(self, kind: str, retry_after_s: float) -> None:
        super().__init__(f"the org's {kind} API limit is reached")
        self.kind = kind
        self.retry_after_s = retry_after_s


class ReconnectRequired(ZsfError):
    """The connection cannot go on without a person: grant revoked, user inactive, token of another
    org.

    `code` is one of `messages.connection`, `data` what its words need (ids, an address). As text
    the error says why in one line, and what to do.
    """

    def __init__(self, code: str, data: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.data = data or {}

    def __str__(self) -> str:
        return connection_text(self)


class OtherOrg(ReconnectRequired):
    """A sign-in came back from `came_from`, and the workspace belongs to the org `belongs_to`
    (18-character ids)."""

    def __init__(self, belongs_to: str, came_from: str) -> None:
        super().__init__("other_org", {"belongs_to": belongs_to, "came_from": came_from})
        self.belongs_to = belongs_to
        self.came_from = came_from


class OutOfOrder(ZsfError):
    """A person asked for a step before the one that it needs, or for one that was taken already.
    Nothing changed.

    `code` is one of `messages.unanswered`, `data` what its words need; as text the error says
    what comes first, or why it is too late.
    """

    def __init__(self, code: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.data = data or {}

    def __str__(self) -> str:
        return order_text(self)


class Rejected(ZsfError):
    """Salesforce refused one record; trying again unchanged would be refused again
    (salesforce-api.md §4.2).

    `code` is Salesforce's errorCode/statusCode, `fields` the API names it blames, `message` its own
    words. The message may hold a value of the record: show it to the admin on request, never log
    it.
    """

    def __init__(self, code: str, message: str = "", fields: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.fields = fields


@dataclass(frozen=True, slots=True)
class DuplicateRecord:
    """A record that Salesforce named as a duplicate: object API name and 18-character id."""

    object: str
    id: str


class DuplicateFound(Rejected):
    """Refused because a duplicate rule or a unique field found other records (salesforce-api.md
    §7).

    `records` may be empty: collections name none, and a record hidden by sharing is `<unknown>`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        records: tuple[DuplicateRecord, ...],
        overridable: bool = False,
    ) -> None:
        super().__init__(code, message)
        self.records = records
        self.overridable = overridable


class OutcomeUnknown(ZsfError):
    """The request was sent and no answer came: the write may have happened, now or late (§9 trap
    43). `code` and `data` are as those of `Unavailable`."""

    def __init__(self, code: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.data = data or {}

    def __str__(self) -> str:
        return unanswered_text(self)


class Halted(ZsfError):
    """Not tried, or rolled back, because another write of the same request failed
    (PROCESSING_HALTED and kin)."""


class Fenced(ZsfError):
    """The lease's epoch moved on: another drainer owns the org now. The holder must stop and settle
    nothing."""


class StoreUnavailable(ZsfError):
    """The store cannot be opened, read or written. The message says which file or server, and what
    to do."""


class ConfigurationError(ZsfError):
    """Settings or rule files are wrong. `findings` are complete sentences, all that were found,
    each with its place."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


class MissingExtra(ZsfError):
    """A command needs an optional package. The message ends with the pip line that brings it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an optional part that is not installed: pip install "
            f"'zsf-plugin[{extra}]'"
        )


def place_of(error: BaseException) -> str:
    """The function and line in which a caught error was raised, as a log may tell it:
    `function:line`."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{at.name}:{at.lineno}"
