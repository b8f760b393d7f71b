"""`zsf init`: folders, and a rule file whose every line is a comment."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

from zsf_plugin.cli.common import CommandApp, Report, add_report_arguments
from zsf_plugin.cli.output import say
from zsf_plugin.errors import ConfigurationError

_RULE = """\
#:schema ./rule.schema.json
# A rule of zsf-plugin. Every line here is a comment: take away a "#" to set something. Later files
# override earlier ones, key by key. `zsf rules check` says what is wrong, `zsf rules show` what
# holds.
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
# Rating = { value = "Warm", overwrite = "on_create" }
"""


def add_init(parser: argparse.ArgumentParser) -> None:
    """The arguments of `init`."""
    add_report_arguments(parser, Report(_set_up, asdict, _show))


@dataclass(frozen=True, slots=True)
class Folders:
    """The first rule file, whether it was made now or kept, and where data lives. Its fields are
    the document of `zsf init --json`."""

    rule: Path
    made: bool
    data_dir: Path


def _set_up(app: CommandApp, options: argparse.Namespace) -> Folders:
    rule = app.settings.config_dir / "rules" / "10-rules.toml"
    folders = Folders(rule, _write_rule(rule), app.settings.data_dir)
    app.store.counts(options.workspace)  # opens the store, which makes its file
    return folders


def _show(folders: Folders) -> None:
    say(f"{'made' if folders.made else 'kept'}  {folders.rule}")
    say(f"ready {folders.data_dir}")
    say("next  zsf connect")


def _write_rule(rule: Path) -> bool:
    """Write the first rule file, and its folder; False where there is one, which is kept. Raises
    ConfigurationError."""
    try:
        rule.parent.mkdir(parents=True, exist_ok=True)
        if rule.exists():
            return False
        rule.write_text(_RULE, encoding="utf-8")
    except OSError as error:
        words = f"{rule}: {error.strerror}; make the folder writable or set ZSF_CONFIG_DIR"
        raise ConfigurationError((words,)) from error
    return True
