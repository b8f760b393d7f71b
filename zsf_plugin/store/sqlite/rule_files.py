"""The last good content of rule files, so that a process that starts over a wrong one has it. Never
the files."""

from __future__ import annotations

import json
from collections.abc import Mapping

from zsf_plugin.model import JsonObject
from zsf_plugin.store.sqlite.database import Part, run

_KEPT = "SELECT name, document FROM rule_files WHERE folder = ?"
_FORGET = "DELETE FROM rule_files WHERE folder = ?"
_KEEP = "INSERT INTO rule_files (folder, name, document) VALUES (?, ?, ?)"


class RuleFiles(Part):
    """What rule files said."""

    def kept_rules(self, folder: str) -> Mapping[str, JsonObject]:
        """The documents last kept of a folder's rule files, by file name."""
        rows = self._database.rows(_KEPT, folder)
        return {name: json.loads(document) for name, document in rows}

    def keep_rules(self, folder: str, documents: Mapping[str, JsonObject]) -> None:
        """Keep these in the place of all that was kept of that folder, in one transaction."""
        with self._database.writing() as connection:
            run(connection, _FORGET, folder)
            for name, document in documents.items():
                run(connection, _KEEP, folder, name, document)
