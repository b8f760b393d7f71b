"""Words for why a step cannot be taken yet, or any more, by the code of the error. Data and
rendering. Whole sentences, as a page shows them alone."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.messages.shape import Reason, Values

#: The first steps of a workspace by name: what one that comes later says of it.
FIRST_STEPS: Mapping[str, str] = {
    "connect": "Connect to Salesforce first.",
    "id_field": "Create the Zaplify ID field, or go on without it, first.",
    "mapping": "Fill the required fields first.",
    "preview": "See the first preview first.",
    "waiting": "Decide on the waiting entries first.",
}
#: Why nothing can be decided on the entries that wait.
DECISIONS: Mapping[str, str] = {
    "no_preview": "See the first preview before you decide on the entries that wait.",
    "not_connected": "There is nothing to decide on: this workspace is not connected.",
    "signed_in_again": "Somebody signed in anew meanwhile: nothing was sent or skipped. Decide "
    "once more.",
    "no_rest": "There is nothing to decide on: this workspace does not rest for a first preview.",
    "waiting_sent": "It was decided already, by {by}: the entries that waited were sent.",
    "waiting_skipped": "It was decided already, by {by}: the entries that waited were skipped.",
}
_WORDS = {**FIRST_STEPS, **DECISIONS}


def order_text(refusal: Reason) -> str:
    """The sentence for a code; a code that has none is shown as it is."""
    template = _WORDS.get(refusal.code)
    if template is None:
        return refusal.code
    return template.format_map(Values(refusal.data, by=refusal.data.get("by") or "somebody"))
