"""A job of Bulk API 2.0: what was asked for, and what came of it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.emulator.errors import Json

#: The tables of an ingest job, and the one of a query.
SUCCESSFUL, FAILED, RESULTS = "successfulResults", "failedResults", "results"


@dataclass(slots=True)
class BulkJob:
    """One job. `asked`: the properties it was created with; `tables`: its results, each with the
    names of its columns first."""

    asked: Mapping[str, Json]
    state: str
    data: str = ""
    error: str = ""
    tables: dict[str, list[list[str]]] = field(default_factory=dict)

    def count(self, table: str) -> int:
        """The number of rows of a table."""
        return max(len(self.tables.get(table, ())) - 1, 0)
