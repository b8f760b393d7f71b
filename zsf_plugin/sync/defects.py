"""Entries that meet a defect of ours: held each by itself, so that it cannot stop the others."""

from __future__ import annotations

import logging
import traceback
from functools import partial

from zsf_plugin.decision import causes
from zsf_plugin.model import Changes, OrgFacts
from zsf_plugin.ports import Entry, Settlement
from zsf_plugin.sync.context import DrainContext
from zsf_plugin.sync.settlements import held_settlement

_log = logging.getLogger("zsf_plugin.sync")

#: Where the org's facts are not known, or not to blame.
NO_FACTS = OrgFacts("", False, None)


def hold_for_defect(
    context: DrainContext, entry: Entry, error: Exception, facts: OrgFacts = NO_FACTS
) -> Settlement:
    """The settlement that holds the entry. The log gets the place of the defect, never a value that
    the error may quote."""
    kind = type(error).__name__
    _log.error("entry %s met a defect: %s at %s", entry.id, kind, place_of(error))
    return held_settlement(
        entry, Changes(), causes.defect(kind), partial(context.fingerprint, facts)
    )


def place_of(error: BaseException) -> str:
    """The function and line in which a caught error was raised: `function:line`."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{at.name}:{at.lineno}"
