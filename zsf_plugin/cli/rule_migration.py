"""`zsf rules migrate`: rule files with the current name of each key. Files with former names stay
valid; this is for people who read them."""

from __future__ import annotations

import argparse

from zsf_plugin.cli.common import Actions, CommandApp, add_action
from zsf_plugin.cli.rewriting import add_files, rewrite_files, rewriting
from zsf_plugin.cli.rewriting_report import Rewritten, show_rewritten
from zsf_plugin.rulebook import language
from zsf_plugin.rulebook.schema import schema_document

_HELP = "Rewrite rule files whose keys were renamed since, with all comments"
_EXAMPLES = ("zsf rules migrate --check", "zsf rules migrate rules/10-rules.toml")


def add_migrate(actions: Actions) -> None:
    """The arguments of `rules migrate`."""
    run = rewriting(_gather, _show)
    add_files(add_action(actions, "migrate", run, _HELP, _EXAMPLES))


def _gather(app: CommandApp, options: argparse.Namespace) -> Rewritten:
    return rewrite_files(app, options, _migrated)


def _migrated(text: str, is_toml: bool) -> str | None:
    """The text with current names, in the canonical layout; unchanged if it has them."""
    from zsf_plugin.authoring.layout import LayoutRefused, has_former_names, laid_out

    renames = language.RENAMES
    if not has_former_names(text, is_toml=is_toml, renames=renames):
        return text
    try:
        return laid_out(text, is_toml=is_toml, schema=schema_document("rule"), renames=renames)
    except LayoutRefused:
        return None


def _show(rewritten: Rewritten) -> None:
    show_rewritten(rewritten, "Migrated", "would be migrated")
