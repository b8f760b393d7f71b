"""The last good content of rule files, so that a process that starts over a wrong one has it. Never
the files."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.model import JsonObject
from zsf_plugin.store.sqlite.database import Part
from zsf_plugin.store.sqlite.rows import document_of, encode, loaded, stored

_KEPT = "SELECT name, document FROM rule_files WHERE folder = ?"
_FORGET = "DELETE FROM rule_files WHERE folder = ?"
_KEEP = "INSERT INTO rule_files (folder, name, document) VALUES (?, ?, ?)"


class RuleFiles(Part):
    """What rule files said."""

    def kept_rules(self, folder: str) -> Mapping[str, JsonObject]:
        """The documents last kept of a folder's rule files, by file name."""
        with self._database.reading() as connection:
            rows = connection.execute(_KEPT, (stored(folder),)).fetchall()
        return {loaded(row["name"]): document_of(row["document"]) for row in rows}

    def keep_rules(self, folder: str, documents: Mapping[str, JsonObject]) -> None:
        """Keep these in the place of all that was kept of that folder, in one transaction."""
        key = stored(folder)
        rows = [(key, stored(name), encode(document)) for name, document in documents.items()]
        with self._database.writing() as connection:
            connection.execute(_FORGET, (key,))
            connection.executemany(_KEEP, rows)
