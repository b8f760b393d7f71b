"""Reading host events from files: one JSON object a call, `{"hook": …, arguments}`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from zsf_plugin.model.event import HOOK_KINDS
from zsf_plugin.model.json import JsonObject


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call: the hook's name and its keyword arguments."""

    hook: str
    arguments: JsonObject


def read_call(text: str) -> HookCall:
    """The call of one line. Raises ValueError with words that quote nothing of it."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("not a JSON object") from error
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    hook = document.pop("hook", None)
    if not isinstance(hook, str) or hook not in HOOK_KINDS:
        raise ValueError(f"no known hook: give one of {', '.join(HOOK_KINDS)}")
    return HookCall(hook, document)
