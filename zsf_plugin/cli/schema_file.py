"""The schema of rules with the fields of a workspace's org, and the file that it is written to."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from zsf_plugin.authoring.org_schema import fields_filled_by_shipped, org_schema
from zsf_plugin.cli.common import CommandApp
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.output_files import RULE_SCHEMA, check_replaceable, write_output
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook.schema import SCHEMA_NAME, schema_document

#: What to put first in a rule file beside the schema.
FIRST_LINE = f"#:schema ./{SCHEMA_NAME}"


@dataclass(frozen=True, slots=True)
class RuleSchema:
    """The schema, and the org whose fields it has, with the time at which they were read (seconds
    since 1970); both None if no org was read. `file` is where it was written, if it was."""

    document: JsonObject
    org_id: str | None = None
    read_at: float | None = None
    file: Path | None = None

    @property
    def text(self) -> str:
        """The schema as the text of a file."""
        return json.dumps(self.document, indent=2, ensure_ascii=False) + "\n"

    def as_json(self) -> JsonObject:
        """The document of `zsf rules schema --json`: the schema itself, or where it was written."""
        return self.document if self.file is None else self._written_document(self.file)

    def _written_document(self, file: Path) -> JsonObject:
        return {
            "file": str(file),
            "first_line": FIRST_LINE,
            "org_id": self.org_id,
            "read_at": self.read_at,
        }


def rule_schema(app: CommandApp, workspace: str) -> RuleSchema:
    """The schema, with the fields of the workspace's org as last read; makes no call."""
    base = cast(JsonObject, copy.deepcopy(schema_document("rule")))
    known = app.orgs.known_facts(workspace)
    if known is None or not known.facts.describes:
        return RuleSchema(base)
    mapped = fields_filled_by_shipped(app.rulebook.rules(workspace))
    document = org_schema(base, known.facts, mapped)
    return RuleSchema(document, known.facts.org_id, known.read_at)


def write_schema(schema: RuleSchema, folder: Path) -> RuleSchema:
    """Write the schema to a folder. Raises CommandError if that is none, or has another file of
    that name."""
    if not os.path.isdir(folder):
        what = f"{folder} is not a folder"
        raise CommandError("no_folder", what, "create it, or give the folder of your rule files")
    file = folder / SCHEMA_NAME
    check_replaceable(file, RULE_SCHEMA)
    write_output(file, schema.text)
    return replace(schema, file=file)
