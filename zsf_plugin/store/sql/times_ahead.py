"""What a clock that was ahead has left in the outbox: waits that end later than any, and creates in
doubt that were sent later than now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsf_plugin.ports import MAX_CLOCK_SKEW_S
from zsf_plugin.store.sql.database import SqlConnection, execute

if TYPE_CHECKING:
    from zsf_plugin.ports import Moment

_WAITS = """
    entries INDEXED BY entries_backing_off
    WHERE workspace = :workspace AND state IN ('pending', 'writing') AND not_before > 0
        AND not_before > :latest
"""
# One needs no help while the org's clock, which was not set, says when it was sent and what the
# time is. Its time by that clock is kept: the org may say the time again.
_WAS_AHEAD = "sent_at > :sent_by AND (sent_at_org IS NULL OR :now_at_org IS NULL)"
_OWN = f"""
    entries INDEXED BY entries_writing
    WHERE workspace = :workspace AND kind IN ('purchase', 'touchpoint') AND state = 'writing'
        AND {_WAS_AHEAD}
"""
_OF_THE_ORG = f"""
    entries INDEXED BY entries_writing_in_org
    WHERE org_id = :org_id AND state = 'writing' AND kind = 'purchase' AND {_WAS_AHEAD}
"""
_LEFT = f"left_in_doubt WHERE org_id = :org_id AND {_WAS_AHEAD}"
_PLACES = (_WAITS, _OWN, _OF_THE_ORG, _LEFT)
_IS_ANY = " OR ".join(f"EXISTS (SELECT 1 FROM {place})" for place in _PLACES)
ANY = f"SELECT 1 WHERE {_IS_ANY}"
_DUE_NOW = f"UPDATE entries SET not_before = 0 WHERE id IN (SELECT id FROM {_WAITS})"
_SENT_NOW = (
    f"""
    UPDATE entries SET sent_at = :now
    WHERE id IN (SELECT id FROM {_OWN} UNION SELECT id FROM {_OF_THE_ORG})
    """,
    f"UPDATE left_in_doubt SET sent_at = :now WHERE org_id = :org_id AND {_WAS_AHEAD}",
)


def values_of(workspace: str, org_id: str, now: Moment, latest: float) -> dict[str, object]:
    """What the statements of this module ask by."""
    sent_by = now.at + MAX_CLOCK_SKEW_S
    return {
        "workspace": workspace,
        "org_id": org_id,
        "now": now.at,
        "now_at_org": now.at_org,
        "latest": latest,
        "sent_by": sent_by,
    }


def forget(connection: SqlConnection, values: dict[str, object]) -> int:
    """Make entries due that would wait until after `latest`, and count creates that were sent after
    now as sent now. Returns the number of entries that are due."""
    for statement in _SENT_NOW:
        execute(connection, statement, **values)
    return execute(connection, _DUE_NOW, **values).rowcount
