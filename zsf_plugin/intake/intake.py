"""The way of an event up to its receipt: schema, identity, switches, outbox. Nothing escapes into
the host."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from zsf_plugin.decision import causes
from zsf_plugin.decision.admit import admit
from zsf_plugin.errors import InvalidEvent, StoreUnavailable
from zsf_plugin.intake.reading import Validator, as_json, read_event
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import (
    HOOK_KINDS,
    PLUGIN,
    Cause,
    Event,
    Json,
    JsonObject,
    Kind,
    Receipt,
    State,
    Step,
    refused,
    text_at,
)
from zsf_plugin.ports import Accepted, Clock, NewEntry, RuleSource, Store

_log = logging.getLogger("zsf_plugin.intake")

MAX_ID_LENGTH = 255  # characters


class Intake:
    """Takes hook calls. `digest_key` keys the digests by which a repeated event is told from a
    conflicting one."""

    def __init__(
        self,
        store: Store,
        rules: RuleSource,
        clock: Clock,
        validate: Validator,
        digest_key: bytes,
        wake: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._validate = validate
        self._digest_key = digest_key
        self._wake = wake

    def receive(self, hook: str, call: Mapping[str, object]) -> Receipt:
        """Keep one call, whatever it holds, and say what became of it. Never raises."""
        try:
            receipt = self._receive(HOOK_KINDS[hook], call)
            if receipt["state"] == "pending" and not receipt["duplicate"]:
                self._wake(str(call["workspace"]))
        except StoreUnavailable as error:
            return refused(f"not kept: {error}")
        except Exception as error:  # noqa: BLE001 - promise 2: nothing is raised into the host
            _log.exception("taking in a call of %s failed", hook)
            kind = type(error).__name__
            return refused(f"not kept: an unforeseen {kind} in zsf-plugin; see the log")
        return receipt

    def _receive(self, kind: Kind, call: Mapping[str, object]) -> Receipt:
        try:
            document = as_json(call)
        except InvalidEvent as unreadable:
            return self._keep_invalid(kind, _shallow(call), unreadable)
        digest = self._digest(document)
        try:
            event = read_event(kind, document, self._validate)
        except InvalidEvent as fault:
            return self._keep_invalid(kind, document, fault, digest)
        return self._keep(event, digest)

    def _keep(self, event: Event, digest: str) -> Receipt:
        """Keep what the switches of now let be kept of a valid event."""
        admission = admit(event, self._rules.rules_for(event.workspace, event.scope))
        if admission.skipped is None:
            return self._accept(admission.event, event.prospect_id, digest, "pending")
        skipped = replace(admission.event, payload={})
        reason = Step(admission.skipped)
        return self._accept(skipped, event.prospect_id, digest, "skipped", reason)

    def _accept(
        self,
        event: Event,
        lane: str,
        digest: str,
        state: State,
        reason: Step | None = None,
        cause: Cause | None = None,
    ) -> Receipt:
        """Keep an event as a new entry."""
        entry = NewEntry(
            workspace=event.workspace,
            event_id=event.event_id,
            kind=event.kind,
            lane=lane,
            state=state,
            digest=digest,
            payload=event.payload,
            occurred_at=event.occurred_at,
            received_at=self._clock.now(),
            reason=reason,
            cause=cause,
        )
        return _receipt(self._store.accept(entry))

    def _keep_invalid(
        self, kind: Kind, document: JsonObject, fault: InvalidEvent, digest: str | None = None
    ) -> Receipt:
        """Record a broken call with ids, pointer and reason alone: what it holds may be
        anything."""
        cause = causes.invalid_event(fault.pointer, cast(JsonObject, fault.data))
        digest = digest or self._digest(document)
        event = Event(
            kind,
            _id_at(document, "workspace") or "default",
            _id_at(document, "event_id") or f"invalid-{digest[:24]}",
            _id_at(document, "occurred_at") or "",
            {},
        )
        lane = _id_at(document, "prospect", "id") or ""
        return self._accept(event, lane, digest, "held", causes.reason_of(cause), cause)

    def _digest(self, document: JsonObject) -> str:
        """An event's identity: a keyed digest of the whole call less `occurred_at`; keyed, so that
        it tells nothing."""
        content = {key: value for key, value in document.items() if key != "occurred_at"}
        text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hmac.new(self._digest_key, text.encode(), hashlib.sha256).hexdigest()


def _shallow(call: Mapping[str, object]) -> JsonObject:
    """The ids of a call that could not be read whole."""
    ids: dict[str, Json] = {}
    for key in ("workspace", "event_id"):
        value = call.get(key)
        if isinstance(value, str):
            ids[key] = value
    prospect = call.get("prospect")
    prospect_id = prospect.get("id") if isinstance(prospect, Mapping) else None
    if isinstance(prospect_id, str):
        ids["prospect"] = {"id": prospect_id}
    return ids


def _id_at(document: Json, *path: str) -> str | None:
    text = text_at(document, *path)
    return text[:MAX_ID_LENGTH] if text is not None else None


def _receipt(accepted: Accepted) -> Receipt:
    reason = step_text(accepted.reason) if accepted.reason is not None else None
    if accepted.conflict:
        reason = (
            "an event of this id was kept before, with other content; this one is "
            "refused and recorded"
        )
    return Receipt(
        plugin=PLUGIN,
        accepted=not accepted.conflict,
        entry=accepted.entry_id,
        state=accepted.state,
        duplicate=accepted.duplicate or accepted.conflict,
        reason=reason,
    )
