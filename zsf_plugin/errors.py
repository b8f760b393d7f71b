"""Every error the product raises, named by who must act.

    ZsfError
    ├── InvalidEvent        the host's event breaks its schema       host; the event is held
    ├── Unavailable         Salesforce or the network failed         no one; retry later
    │   ├── NotSent         … before anything left this machine      no one; retry later
    │   ├── GatewayRefused  … because a gateway answered instead     no one; narrowed down
    │   └── RowBusy         … because one row is locked              no one; that entry waits
    ├── QuotaReached        the org's API limit, or our share        no one; the workspace pauses
    ├── ReconnectRequired   the grant is gone, or is another org's   admin; the workspace pauses
    │   └── OtherOrg        … the sign-in was to another org         admin; nothing changed
    ├── OutOfOrder          a step came too early or too late        admin; do the other step first
    ├── Rejected            Salesforce refused this record           admin; the entry is held
    │   └── DuplicateFound  … because similar records exist          linked if certain, else held
    ├── OutcomeUnknown      sent, but no answer came                 search before writing again
    ├── Halted              a consequence of another failure         follow the cause
    ├── Fenced              another drain took the lease             no one; stop, settle nothing
    ├── StoreUnavailable    the database cannot be read or written   operator
    │   └── StoreDamaged    … or is damaged, or not ours             operator; nothing changed
    ├── RulesChanged        the rules changed as an event was stored no one; decide it again
    ├── ConfigurationError  settings or rule files are wrong         operator or rule author
    │   └── AppRefused      … or our app's registration is           operator, or who made the app
    └── MissingExtra        an optional package is not installed     operator

Errors carry plain data only: never a token, an e-mail address or the text of a message.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import Literal, NamedTuple

from zsf_plugin.messages.connection import connection_text
from zsf_plugin.messages.store import damage_text
from zsf_plugin.messages.unanswered import order_text, unanswered_text


class ZsfError(Exception):
    """Base class of every error that this package raises on purpose."""


class InvalidEvent(ZsfError):
    """A hook's payload breaks its schema. Raised by intake; the event is recorded as held.

    `pointer` is a JSON pointer into the call's arguments; `reason` never quotes a value of the
    payload; `data` is the same as data: the fault's code (`fault`) and the values of its text.
    """

    def __init__(self, pointer: str, reason: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{pointer}: {reason}")
        self.pointer = pointer
        self.reason = reason
        self.data = data or {}


class Unavailable(ZsfError):
    """Salesforce could not serve the request for now, and it wrote nothing.

    `code` is one of `messages.unanswered`, `data` the values of its text; `str()` says why.
    `retry_after_s` is in seconds; `is_asked`: the answer itself named that time. `put_off` is the
    status of an answer that was not Salesforce's: if the same comes again and again while other
    requests get through, it is about what the request holds. Raised for failed reads, 5xx responses
    and locked rows, and before sending.
    """

    is_asked = False
    put_off: int | None = None

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
    """The request never left this machine (connection refused, unknown host, TLS failure, an
    earlier stage failed)."""


#: What came instead of Salesforce's answer: an HTML page, other text, nothing, or JSON that is not
#: of Salesforce's shape (salesforce-api.md §4.1); or whatever said “not now” again and again.
Content = Literal["page", "text", "empty", "json", "not_now"]


class GatewayRefused(Unavailable):
    """Something between here and Salesforce refused the request with that status, and Salesforce
    did nothing (salesforce-api.md §9 trap 67). It may be about what the request holds.

    Never quotes what came.
    """

    def __init__(self, status: int, content: Content) -> None:
        super().__init__("gateway", data={"status": status})
        self.status = status
        self.content = content


class RowBusy(Unavailable):
    """One row is locked by another transaction (UNABLE_TO_LOCK_ROW, §4.2); the other rows of the
    request were processed."""


class QuotaReached(ZsfError):
    """The org's API limit, or our share of it, is reached (salesforce-api.md §2.2). The
    workspace is paused.

    `kind` is `daily`, `concurrent`, or `app`: the limit of our app alone, not the org's.
    `retry_after_s` is in seconds.
    """

    def __init__(self, kind: str, retry_after_s: float) -> None:
        super().__init__(f"the org's {kind} API limit is reached")
        self.kind = kind
        self.retry_after_s = retry_after_s


class ReconnectRequired(ZsfError):
    """The connection needs a person: grant revoked, user inactive, token of another org.

    `code` is one of `messages.connection`, `data` the values of its text (ids, an address). `str()`
    says in one line why, and what to do.
    """

    def __init__(self, code: str, data: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.data = data or {}

    def __str__(self) -> str:
        return connection_text(self)


class OtherOrg(ReconnectRequired):
    """The workspace belongs to the org `belongs_to`, but the sign-in was to `came_from`
    (18-character ids)."""

    def __init__(self, belongs_to: str, came_from: str) -> None:
        super().__init__("other_org", {"belongs_to": belongs_to, "came_from": came_from})
        self.belongs_to = belongs_to
        self.came_from = came_from


class OutOfOrder(ZsfError):
    """A person requested a step too early, or one that was already done. Nothing changed.

    `code` is one of `messages.unanswered`, `data` the values of its text; `str()` says which step
    comes first, or why it is too late.
    """

    def __init__(self, code: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.data = data or {}

    def __str__(self) -> str:
        return order_text(self)


class Rejected(ZsfError):
    """Salesforce refused one record, and would refuse it again unchanged (salesforce-api.md §4.2).

    `code` is Salesforce's errorCode/statusCode, `fields` the API names in it, `message` its text.
    The message may contain a value of the record: show it to the admin on request, never log it.
    `data` are further values for the text of the cause.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        fields: tuple[str, ...] = (),
        data: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.fields = fields
        self.data = data or {}


class DuplicateRecord(NamedTuple):
    """A record that Salesforce named as a duplicate: object API name and 18-character id."""

    object: str
    id: str


class DuplicateFound(Rejected):
    """Refused because a duplicate rule or a unique field found other records (salesforce-api.md
    §7).

    `records` may be empty: collections name none, and a record hidden by sharing is `<unknown>`.
    `overridable`: the rule only alerts, and lets the record be saved on request.
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
    """The request was sent but no answer came: the write may have happened, or may happen later (§9
    trap 43). `code` and `data` as in `Unavailable`."""

    def __init__(self, code: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.data = data or {}

    def __str__(self) -> str:
        return unanswered_text(self)


class Halted(ZsfError):
    """Not tried, or rolled back, because another write of the same request failed
    (PROCESSING_HALTED and similar codes)."""


class Fenced(ZsfError):
    """The lease's epoch changed: another drain owns the org now. The old holder must stop and
    settle nothing."""


class StoreUnavailable(ZsfError):
    """The store cannot be opened, read or written. The message says which file or server, and what
    to do."""


class StoreDamaged(StoreUnavailable):
    """The database file may not be used as it is, and nothing was changed. `code` is one of
    `messages.store`; `str()` says what is wrong, where, and what to do."""

    def __init__(self, code: str, file: PurePath) -> None:
        super().__init__(damage_text(code, str(file)))
        self.code = code


class RulesChanged(ZsfError):
    """An event was to be stored by rules of the console that are no longer in force. Nothing was
    stored."""


class ConfigurationError(ZsfError):
    """Settings or rule files are wrong. `findings` has all faults that were found, each a complete
    sentence with its place."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


class AppRefused(ConfigurationError):
    """Salesforce does not accept our app: its registration or our settings for it are wrong. The
    grants of its users are not in doubt. `code` and `data` as in `ReconnectRequired`."""

    def __init__(self, code: str, data: Mapping[str, str] | None = None) -> None:
        self.code = code
        self.data = data or {}
        super().__init__((connection_text(self),))


class MissingExtra(ZsfError):
    """A command needs an optional package. The message ends with the pip command that installs
    it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an optional package that is not installed: pip install "
            f"'zsf-plugin[{extra}]'"
        )


def missing_module(error: ImportError) -> str:
    """Why a module cannot be imported, in one line: a Python that was built without it (`sqlite3`),
    or an installation that is not whole."""
    what = f"the module {error.name}" if error.name else f"a module ({error})"
    return f"{what} cannot be imported: use a Python that has it, or install zsf-plugin again"


def place_of(error: BaseException) -> str:
    """The place where a caught error was raised, for a log: `function:line`."""
    # Not by the traceback module, which opens the sources: there may be no file left to open.
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return "?" if at is None else f"{at.tb_frame.f_code.co_name}:{at.tb_lineno}"


def unexpected_text(error: BaseException) -> str:
    """A defect in one line, by its type and place only: its own text may quote a value. Of an
    error of the system, its number says what it is."""
    number = error.errno if isinstance(error, OSError) else None
    cause = f" ({os.strerror(number)})" if isinstance(number, int) else ""
    return f"an unexpected {type(error).__name__}{cause} in zsf-plugin, at {place_of(error)}"


class Log(logging.LoggerAdapter[logging.Logger]):
    """A logger of the product's. A handler or filter of the host's that raises costs its line, and
    nothing else: a line is written between a commit and its receipt, and by threads that drain."""

    def __init__(self, name: str) -> None:
        super().__init__(logging.getLogger(name))

    def log(self, level: int, msg: object, *args: object, **_: object) -> None:
        """Log the line, with the caller's place. Takes no `exc_info`: a traceback may quote a
        value."""
        with suppress(Exception):
            super().log(level, msg, *args, stacklevel=2)
