"""`zsf init`: folders, and a rule file whose every line is a comment."""

from __future__ import annotations

import argparse
from pathlib import Path

from zsf_plugin.cli.common import add_report_arguments, application
from zsf_plugin.cli.output import say, say_json
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
    add_report_arguments(parser, _init)


def _init(options: argparse.Namespace) -> int:
    with application() as app:
        config_dir, data_dir = app.settings.config_dir, app.settings.data_dir
        rule = config_dir / "rules" / "10-rules.toml"
        is_new = _write_rule(rule)
        app.store.counts(options.workspace)  # opens the store, which makes its file
    if options.json:
        say_json({"rule": str(rule), "made": is_new, "data_dir": str(data_dir)})
    else:
        say(f"{'made' if is_new else 'kept'}  {rule}")
        say(f"ready {data_dir}")
        say("next  zsf connect")
    return 0


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
