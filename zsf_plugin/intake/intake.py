"""From a hook call to its receipt: schema, identity, switches, outbox. Raises nothing into the
host."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from zsf_plugin.decision import causes
from zsf_plugin.decision.admission import admit
from zsf_plugin.decision.identity import has_other_forms, same_in_every_form
from zsf_plugin.errors import (
    ConfigurationError,
    InvalidEvent,
    Log,
    RulesChanged,
    StoreUnavailable,
    place_of,
    unexpected_text,
)
from zsf_plugin.intake.reading import Validator, copy_call, read_event
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import (
    HOOK_KINDS,
    PLUGIN,
    Event,
    Json,
    JsonObject,
    Kind,
    Receipt,
    Step,
    refused_receipt,
    text_at,
)
from zsf_plugin.ports import NewEntry

if TYPE_CHECKING:
    from zsf_plugin.ports import AcceptResult, Clock, DigestKey, HookRules, Store

_log = Log("zsf_plugin.intake")

MAX_ID_LENGTH = 255  # characters
#: So often in a row the console's rules may change between what is decided and stored; then the
#: event is stored by the last ones that were read.
_MAX_CHANGES = 4
#: The number of calls that are stored in one transaction, for which hooks wait.
MAX_TOGETHER = 50


@dataclass(slots=True, eq=False)
class Intake:
    """Accepts hook calls. `digest_keys` key the digests that distinguish a repeated event
    from a conflicting one, the first those of new entries; `wake` has a workspace drained soon,
    `retry` whatever could not be drained before."""

    store: Store
    rules: HookRules
    clock: Clock
    validate: Validator
    digest_keys: Sequence[DigestKey]
    wake: Callable[[str], None] = lambda _: None
    retry: Callable[[], None] = lambda: None

    def receive(self, hook: str, call: Mapping[str, object]) -> Receipt:
        """Store one call, valid or not, and return its receipt. Never raises."""
        try:
            return self.accept_call(hook, call)
        except Exception as error:  # noqa: BLE001 - one call must not end those after it
            reason = unexpected_text(error)
            _log.error("a call to %s was not stored: %s", hook, reason)
            return refused_receipt(f"not stored: {reason}")

    def receive_all(self, calls: Sequence[tuple[str, Mapping[str, object]]]) -> list[Receipt]:
        """As `receive` for each (hook, call), in their order, but durable in groups, which take one
        sync of the disk each. What follows a group that cannot be stored is refused too. Never
        raises."""
        receipts: list[Receipt] = []
        for start in range(0, len(calls), MAX_TOGETHER):
            group = calls[start : start + MAX_TOGETHER]
            try:
                receipts += self._receive_group(group)
            except (StoreUnavailable, ConfigurationError) as error:
                reason = f"not stored: {error}"
                return [*receipts, *(refused_receipt(reason) for _ in calls[start:])]
            except Exception:  # noqa: BLE001 - one by one, each gets its own receipt or error
                receipts += [self.receive(hook, call) for hook, call in group]
        return receipts

    def _receive_group(self, calls: Sequence[tuple[str, Mapping[str, object]]]) -> list[Receipt]:
        """Store these calls together. Raises what the store raises, with none of them stored."""
        entries = [self._entry_of(HOOK_KINDS[hook], call) for hook, call in calls]
        accepted = self.store.accept_all(entries)
        receipts = []
        for entry, result in zip(entries, accepted, strict=True):
            receipts.append(_receipt(result))
            self._wake_for(receipts[-1], entry.workspace)
        return receipts

    def accept_call(
        self, hook: str, call: Mapping[str, object], *, is_retry: bool = False
    ) -> Receipt:
        """As `receive`, but raises what is unexpected, such as a time limit of the host's. Then the
        call may be stored or not: a retry finds it if it is, and returns its first receipt."""
        try:
            entry, accepted = self._accept(HOOK_KINDS[hook], call)
            receipt = _receipt(accepted)
        except (StoreUnavailable, ConfigurationError) as error:
            return refused_receipt(f"not stored: {error}")
        if is_retry:
            receipt["duplicate"] = not receipt["accepted"]
        self._wake_for(receipt, entry.workspace)
        return receipt

    def _accept(self, kind: Kind, call: Mapping[str, object]) -> tuple[NewEntry, AcceptResult]:
        """Store the entry of a call. If the console's rules were changed since they were last read,
        it is made again, by those."""
        for _ in range(_MAX_CHANGES):
            entry = self._entry_of(kind, call)
            try:
                return entry, self.store.accept(entry)
            except RulesChanged:
                self.rules.in_force(entry.workspace)
        entry = replace(self._entry_of(kind, call), console_version=None)
        return entry, self.store.accept(entry)

    def _wake_for(self, receipt: Receipt, workspace: str) -> None:
        """Have a new entry drained soon. It is durable: what becomes of the wake-up changes no
        receipt, and a later one or a survey finds the entry."""
        try:
            if receipt["duplicate"]:
                self.retry()
            elif receipt["state"] == "pending":
                self.wake(workspace)
        except Exception as error:  # noqa: BLE001 - the event is stored, and the receipt says so
            kind, place = type(error).__name__, place_of(error)
            _log.error("could not wake a drain, the next event will: %s at %s", kind, place)

    def _entry_of(self, kind: Kind, call: Mapping[str, object]) -> NewEntry:
        """The entry to store for a call, valid or not."""
        copied = copy_call(call)
        digests = _digests(self.digest_keys, copied.document)
        try:
            event = read_event(kind, copied, self.validate, self.rules)
        except InvalidEvent as error:
            return self._invalid(kind, copied.document, error, digests)
        return self._valid(event, digests)

    def _valid(self, event: Event, digests: Sequence[str]) -> NewEntry:
        """The entry of a valid event, as far as the current switches allow."""
        in_force, console_version = self.rules.last_known(event.workspace)
        admission = admit(event, in_force.switches_for(event.scope))
        entry = self._new_entry(admission.event, event.prospect_id, digests, console_version)
        if admission.skipped is not None:
            reason = Step(admission.skipped)
            entry = replace(entry, state="skipped", reason=reason, payload={})
        return entry

    def _invalid(
        self, kind: Kind, document: JsonObject, error: InvalidEvent, digests: Sequence[str]
    ) -> NewEntry:
        """The entry of an invalid call: held, with ids, pointer and reason only, since its content
        may be anything."""
        event_id = _id_at(document, "event_id") or f"invalid-{_hex(digests[0])[:24]}"
        workspace = _id_at(document, "workspace") or "default"
        event = Event(kind, workspace, event_id, _id_at(document, "occurred_at"), {})
        entry = self._new_entry(event, _id_at(document, "prospect", "id"), digests)
        cause = causes.invalid_event(error.pointer, cast(JsonObject, error.data))
        return replace(entry, state="held", reason=causes.held_reason(cause), cause=cause)

    def _new_entry(
        self,
        event: Event,
        lane: str,
        digests: Sequence[str],
        console_version: int | None = None,
    ) -> NewEntry:
        return NewEntry(
            workspace=event.workspace,
            event_id=event.event_id,
            kind=event.kind,
            lane=lane,
            state="pending",
            digest=digests[0],
            other_digests=tuple(digests[1:]),
            payload=event.payload,
            occurred_at=event.occurred_at,
            received_at=self.clock.now(),
            console_version=console_version,
        )


def _digests(keys: Sequence[DigestKey], document: JsonObject) -> list[str]:
    """An event's identity: a digest of the whole call without `occurred_at`, keyed so that it
    reveals nothing, after the name of its key; one for each key. Then those of the call as it
    came, by which former versions knew it."""
    content = {name: value for name, value in document.items() if name != "occurred_at"}
    as_it_came = _canonical_text(content)
    texts = [as_it_came]
    if has_other_forms(as_it_came):
        texts = [_canonical_text(same_in_every_form(content)), as_it_came]
    return [_digest(key, text.encode()) for text in texts for key in keys]


def _digest(key: DigestKey, text: bytes) -> str:
    keyed = _keyed(key.key).copy()
    keyed.update(text)
    digest = keyed.hexdigest()
    return f"{key.name}:{digest}" if key.name else digest


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> hmac.HMAC:
    """The beginning of each digest with that key: to begin costs more than the rest."""
    return hmac.new(key, digestmod="sha256")


def _hex(digest: str) -> str:
    """The digest without the name of its key."""
    return digest.rpartition(":")[2]


#: A copied document, which has no cycles, in the one form that digests are made of.
_canonical_text = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def _id_at(document: Json, *path: str) -> str:
    """The id at `path`, cut to the stored length; empty if there is none."""
    return (text_at(document, *path) or "")[:MAX_ID_LENGTH]


def _receipt(accepted: AcceptResult) -> Receipt:
    return Receipt(
        plugin=PLUGIN,
        accepted=not accepted.conflict,
        entry=accepted.entry_id,
        state=accepted.state,
        duplicate=accepted.duplicate or accepted.conflict,
        reason=_reason_in_words(accepted),
    )


def _reason_in_words(accepted: AcceptResult) -> str | None:
    """Its reason. The event is stored: a defect in the wording costs the wording alone."""
    try:
        return _reason_of(accepted)
    except Exception as error:  # noqa: BLE001 - the receipt must say that the event is stored
        _log.error("no wording for a receipt: %s at %s", type(error).__name__, place_of(error))
        return None


def _reason_of(accepted: AcceptResult) -> str | None:
    if accepted.conflict:
        return (
            "an event with this id but other content was stored before; this one is "
            "refused and recorded"
        )
    return None if accepted.reason is None else step_text(accepted.reason)
