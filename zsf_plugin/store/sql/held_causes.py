"""How the held entries of one cause are found, however many others are held. Runs nothing."""

from __future__ import annotations

from zsf_plugin.store.sql.rows import Value

# Goes from each cause of the code to the next inside the index, and reads one row of each for its
# group. The ids of their entries are in the index too, and are sorted before any row is read.
IDS_OF_CAUSE = """
    WITH RECURSIVE causes (first) AS (
        SELECT id FROM (
            SELECT id FROM entries INDEXED BY entries_held
            WHERE workspace = :workspace AND state = 'held' AND cause_code = :code
            ORDER BY cause_key LIMIT 1) AS lowest
        UNION ALL SELECT (
            SELECT later.id FROM entries AS later INDEXED BY entries_held
            WHERE later.workspace = :workspace AND later.state = 'held'
                AND later.cause_code = :code AND later.cause_key > known.cause_key
            ORDER BY later.cause_key LIMIT 1)
        FROM causes JOIN entries AS known ON known.id = causes.first
    )
    SELECT these.id FROM causes CROSS JOIN entries AS cause ON cause.id = causes.first
    CROSS JOIN entries AS these INDEXED BY entries_held
        ON these.workspace = :workspace AND these.state = 'held' AND these.cause_code = :code
        AND these.cause_key = cause.cause_key AND these.id < :before AND these.id > :after
    WHERE :cause IN (cause.cause_code, cause.cause_group)
    ORDER BY these.id DESC LIMIT :max_rows
"""


def of_cause(cause: str) -> dict[str, Value]:
    """The values for a cause, given by its code or its group, which begins with the code."""
    return {"cause": cause, "code": cause.partition(":")[0]}
