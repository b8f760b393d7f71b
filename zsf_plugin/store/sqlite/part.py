"""What each part of the engine stands on: the database they share. Nothing else."""

from __future__ import annotations

from zsf_plugin.store.sqlite.database import Database


class Part:
    """A part of the engine. All parts of one store share one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
