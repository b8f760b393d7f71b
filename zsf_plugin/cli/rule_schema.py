"""`zsf rules schema`: the schema of rules with the fields of the workspace's org, as last read, for
editors and linters that know nothing of Salesforce."""

from __future__ import annotations

import argparse
import copy
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import cast

from zsf_plugin.authoring.org_schema import OBJECTS, TASK, org_schema
from zsf_plugin.cli import arguments
from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.output import utc_time
from zsf_plugin.cli.output_files import RULE_SCHEMA, check_replaceable, write_output
from zsf_plugin.cli.streams import note, say, say_json
from zsf_plugin.model import JsonObject, Rule, table_in
from zsf_plugin.rulebook.schema import SCHEMA_NAME, schema_document

#: What to put first in a rule file beside the schema.
FIRST_LINE = f"#:schema ./{SCHEMA_NAME}"
_PUT_FIRST = f"Put this line first in each rule file beside it: {FIRST_LINE}"


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


def add_schema(actions: Actions) -> None:
    """The arguments of `rules schema`."""
    help_ = (
        "Print the schema of rules with your org's fields, so that editors and linters check them"
    )
    run = Report(_gather, RuleSchema.as_json, _show)
    shown = ("zsf rules schema --write ~/.config/zsf/rules", "zsf rules schema > rule.schema.json")
    parser = add_action(actions, "schema", run, help_, shown)
    parser.add_argument(
        "--write",
        type=arguments.path,
        metavar="DIR",
        help=f"Write {SCHEMA_NAME} to this folder instead",
    )


def _gather(app: CommandApp, options: argparse.Namespace) -> RuleSchema:
    found = rule_schema(app, options.workspace)
    note(_org_in_words(found, options.workspace))
    return found if options.write is None else write_schema(found, options.write)


def rule_schema(app: CommandApp, workspace: str) -> RuleSchema:
    """The schema, with the fields of the workspace's org as last read; makes no call."""
    base = cast(JsonObject, copy.deepcopy(schema_document("rule")))
    known = app.orgs.known_facts(workspace)
    if known is None or not known.facts.describes:
        return RuleSchema(base)
    mapped = _shipped_fields(app.rulebook.rules(workspace))
    document = org_schema(base, known.facts, mapped)
    return RuleSchema(document, known.facts.org_id, known.read_at)


def _shipped_fields(rules: Sequence[Rule]) -> dict[str, set[str]]:
    """The fields that the shipped rules fill, by object."""
    shipped = [rule for rule in rules if rule.layer == "shipped"]
    tables = chain.from_iterable(_tables_in(rule) for rule in shipped)
    filled: dict[str, set[str]] = {}
    for object_, table in tables:
        filled.setdefault(object_, set()).update(table)
    return filled


def _tables_in(rule: Rule) -> Iterator[tuple[str, JsonObject]]:
    """The tables of fields of a rule, each with its object."""
    fields, channels = table_in(rule.document, "fields"), table_in(rule.document, "activity")
    yield from ((object_, table_in(fields, object_)) for object_ in OBJECTS)
    yield from ((TASK, table_in(channels, channel)) for channel in channels)


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


def _org_in_words(schema: RuleSchema, workspace: str) -> str:
    if schema.org_id is not None:
        return f"With the fields of org {schema.org_id}, as read {utc_time(schema.read_at)}"
    return (
        f"No fields of an org are known for workspace {workspace}, so any name is accepted: run "
        "`zsf connect`, then `zsf fields --refresh`, then this again"
    )


def _show(schema: RuleSchema) -> None:
    if schema.file is None:
        say_json(schema.document)
        return
    say(f"Wrote {schema.file}")
    say(_PUT_FIRST)
