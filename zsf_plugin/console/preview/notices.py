"""What is to be known before the rest of a preview: why the org was not looked at, that the
purchase would be skipped or held. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.labels import sentence
from zsf_plugin.console.mapping.prospects import Prospect
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.explain.preview import Preview
from zsf_plugin.messages.availability import PREVIEW_IS_PLAN_ALONE, PREVIEW_WITHOUT_ANSWER
from zsf_plugin.messages.text import cause_advice, cause_text
from zsf_plugin.model import Availability, Cause

_SKIPPED = "New purchases are skipped, with this reason."
_STILL_SENT = " This one came before that, and is still sent."
_WHAT_IS_SHOWN = " Shown is what the mapping makes of one."


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know before the rest: `action` names what may be done about it."""

    title: str
    text: RichText
    action: Literal["", "connect", "again"] = ""


def notices(preview: Preview, prospect: Prospect) -> Iterator[Notice]:
    """All of them, in the order in which they are read."""
    if preview.unknown is not None:
        yield _unknown(preview.unknown)
    if preview.explanation.skipped is not None:
        yield _skipped(prospect)
    if preview.explanation.cause is not None:
        yield _held(preview.explanation.cause)


def _skipped(prospect: Prospect) -> Notice:
    now = _STILL_SENT if prospect.on_its_way else ""
    return Notice("Sync prospects is off.", (f"{_SKIPPED}{now}{_WHAT_IS_SHOWN}",))


def _held(cause: Cause) -> Notice:
    text = f"{sentence(cause_text(cause))} {sentence(cause_advice(cause))}"
    return Notice("It would be held.", (text,))


def _unknown(unknown: Availability) -> Notice:
    """Why the org was not looked at, and until when where that is known."""
    why = PREVIEW_IS_PLAN_ALONE.get(unknown.code)
    if why is not None:
        return _plan_alone(unknown, why)
    text = (PREVIEW_WITHOUT_ANSWER, *_until(unknown))
    return Notice("Salesforce didn’t answer.", text, "again")


def _plan_alone(unknown: Availability, why: str) -> Notice:
    title = "What Salesforce has is unknown right now."
    if unknown.code in ("not_connected", "reconnect"):
        return Notice(title, (why,), "connect")
    return Notice(title, (why, *_until(unknown)))


def _until(unknown: Availability) -> RichText:
    return ("", At(unknown.until), ".") if unknown.until is not None else ("later.",)
