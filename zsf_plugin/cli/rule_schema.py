"""`zsf rules schema`: the schema of rules with the fields of the workspace's org, as last read, for
editors and linters that know nothing of Salesforce."""

from __future__ import annotations

import argparse

from zsf_plugin.cli import arguments
from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action
from zsf_plugin.cli.output import utc_time
from zsf_plugin.cli.schema_file import FIRST_LINE, RuleSchema, rule_schema, write_schema
from zsf_plugin.cli.streams import note, say, say_json
from zsf_plugin.rulebook.schema import SCHEMA_NAME

_PUT_FIRST = f"Put this line first in each rule file beside it: {FIRST_LINE}"


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
