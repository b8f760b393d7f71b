"""`zsf rules`: its actions. What each does stands in a module of its own."""

from __future__ import annotations

import argparse

from zsf_plugin.cli.checking import add_check
from zsf_plugin.cli.common import add_actions
from zsf_plugin.cli.rule_cases import add_rule_cases
from zsf_plugin.cli.rule_diff import add_diff
from zsf_plugin.cli.rule_explain import add_explain
from zsf_plugin.cli.rule_layout import add_fmt
from zsf_plugin.cli.rule_migration import add_migrate
from zsf_plugin.cli.rule_replay import add_replay
from zsf_plugin.cli.rule_schema import add_schema
from zsf_plugin.cli.rule_show import add_show


def add_rules(parser: argparse.ArgumentParser) -> None:
    """The actions of `rules`."""
    actions = add_actions(parser)
    add_check(actions)
    add_show(actions)
    add_explain(actions)
    add_rule_cases(actions)
    add_schema(actions)
    add_fmt(actions)
    add_migrate(actions)
    add_diff(actions)
    add_replay(actions)
