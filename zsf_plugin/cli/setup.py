"""`zsf init`: folders, and a rule file whose every line is a comment."""

from __future__ import annotations

import argparse

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
        rule = app.settings.config_dir / "rules" / "10-rules.toml"
        try:
            rule.parent.mkdir(parents=True, exist_ok=True)
            made = not rule.exists()
            if made:
                rule.write_text(_RULE, encoding="utf-8")
        except OSError as error:
            words = f"{rule}: {error.strerror}; make the folder writable or set ZSF_CONFIG_DIR"
            raise ConfigurationError((words,)) from error
        app.store.counts(options.workspace)
        if options.json:
            say_json({"rule": str(rule), "made": made, "data_dir": str(app.settings.data_dir)})
        else:
            say(f"{'made' if made else 'kept'}  {rule}")
            say(f"ready {app.settings.data_dir}")
            say("next  zsf connect")
    return 0
