"""`zsf init`: the folders, a first rule file and the schema that editors check it by."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

from zsf_plugin.cli.common import DEFAULT_WORKSPACE, CommandApp, Report, add_report_arguments
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.schema_file import FIRST_LINE, RuleSchema, rule_schema, write_schema
from zsf_plugin.cli.streams import say, warn
from zsf_plugin.cli.whole_files import write_whole
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.rulebook.names import SCHEMA_NAME, is_safe_workspace

_RULE = f"""\
{FIRST_LINE}
# A rule of zsf-plugin. Every line is a comment: remove a "#" to set a value. Later files override
# earlier ones, key by key. `zsf rules check` lists what is wrong, `zsf rules show` what applies.
# After `zsf connect`, `zsf rules schema --write DIR` lets your editor know the org's fields too.
#
# name = "Our own rule"
# mode = "contact"                  # lead | contact
#
# [switches]
# sync_prospects = true
# sync_activities = true
# include_contents = false
#
# [fields.Lead]                     # Salesforce field = JMESPath over the event, a list, or a table
# Rating = {{ value = "Warm", overwrite = "on_create" }}
"""


def add_init(parser: argparse.ArgumentParser) -> None:
    """The arguments of `init`."""
    run = Report(_create_folders, asdict, _show_folders, creates=True)
    add_report_arguments(parser, run)


@dataclass(frozen=True, slots=True)
class Folders:
    """The first rule file, whether it was created now or kept, its schema, and the data folder. Its
    fields are the document of `zsf init --json`. `connected`: whether the workspace has an org."""

    rule: Path
    made: bool
    schema: Path
    data_dir: Path
    connected: bool


def _create_folders(app: CommandApp, options: argparse.Namespace) -> Folders:
    folder = _rule_folder(app.settings.config_dir, options.workspace)
    rule, schema = folder / "10-rules.toml", folder / SCHEMA_NAME
    made = _write_rule(rule)
    app.store.counts(options.workspace)  # opens the store, which creates its file
    _write_schema(schema, rule_schema(app, options.workspace))
    is_connected = app.store.connection(options.workspace) is not None
    return Folders(rule, made, schema, app.settings.data_dir, is_connected)


def _write_schema(file: Path, schema: RuleSchema) -> None:
    """Write the schema; one that is there stays if this one knows no org."""
    if schema.org_id is None and file.exists():
        return
    try:
        write_schema(schema, file.parent)
    except CommandError as error:  # in a folder that is read-only, with the rules it should have
        warn(f"zsf: {error.what}; without it editors do not check rule files")


def _rule_folder(config_dir: Path, workspace: str) -> Path:
    """The folder of that workspace's rules; by default the one that serves every workspace."""
    if workspace == DEFAULT_WORKSPACE:
        return config_dir / "rules"
    if not is_safe_workspace(workspace):
        what = f"the workspace {workspace!r} can have no folder: its name is not safe in a path"
        hint = "use `zsf init`, and rules with when = \"workspace == '…'\""
        raise CommandError("unsafe_workspace", what, hint)
    return config_dir / "workspaces" / workspace / "rules"


def _show_folders(folders: Folders) -> None:
    say(f"{'Created' if folders.made else 'Kept'} {folders.rule}")
    say(f"Schema for editors {folders.schema}")
    say(f"Data folder {folders.data_dir}")
    say(f"Next: {'zsf rules check' if folders.connected else 'zsf connect'}")


def _write_rule(rule: Path) -> bool:
    """Write the first rule file in its folder; return False if there is one, which is kept. Raises
    ConfigurationError, CommandError."""
    try:
        rule.parent.mkdir(parents=True, exist_ok=True)
        if rule.exists():
            return False
        write_whole(rule, _RULE)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}"
        words = f"{what}; make it a folder that this user can write, or set ZSF_CONFIG_DIR"
        raise ConfigurationError((words,)) from error
    return True
