"""`zsf rules fmt`: one layout for all rule files, so that a change shows nothing but itself."""

from __future__ import annotations

import argparse

from zsf_plugin.cli.common import Actions, CommandApp, add_action
from zsf_plugin.cli.rewriting import add_files, rewrite_files, rewriting
from zsf_plugin.cli.rewriting_report import Rewritten, show_rewritten
from zsf_plugin.rulebook.schema import schema_document

_HELP = "Give rule files their canonical layout, with all comments; the meaning never changes"
_EXAMPLES = ("zsf rules fmt", "zsf rules fmt --check rules/")


def add_fmt(actions: Actions) -> None:
    """The arguments of `rules fmt`."""
    run = rewriting(_gather, _show)
    add_files(add_action(actions, "fmt", run, _HELP, _EXAMPLES))


def _gather(app: CommandApp, options: argparse.Namespace) -> Rewritten:
    return rewrite_files(app, options, _laid_out)


def _laid_out(text: str, is_toml: bool) -> str | None:
    from zsf_plugin.authoring.layout import LayoutRefused, laid_out

    try:
        return laid_out(text, is_toml=is_toml, schema=schema_document("rule"))
    except LayoutRefused:
        return None


def _show(rewritten: Rewritten) -> None:
    show_rewritten(rewritten, "Laid out", "would change")
