"""The directive `cli-reference`: every command of `zsf` with its arguments, from its parser."""

from __future__ import annotations

import argparse
import contextlib
import io
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from zsf_plugin.cli.commands import build_parser


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_directive("cli-reference", CliReference)
    return {"parallel_read_safe": True}


class CliReference(SphinxDirective):
    """One section for each command, in the order of `zsf --help`."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        return [_section(parser) for parser in _commands(loaded_parser())]


def loaded_parser() -> argparse.ArgumentParser:
    """The parser of `zsf`, with the arguments that its commands add when they are used."""
    parser = build_parser()
    for name in _subparsers(parser):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
            parser.parse_args([name, "--help"])
    return parser


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers that have no commands of their own."""
    children = _subparsers(parser)
    if not children:
        yield parser
    for child in children.values():
        yield from _commands(child)


def _section(parser: argparse.ArgumentParser) -> nodes.section:
    name = parser.prog
    section = nodes.section(ids=[name.replace(" ", "-")], names=[name])
    section += nodes.title(name, name)
    if parser.description:
        section += nodes.paragraph(text=_sentence(parser.description))
    usage = parser.format_usage().removeprefix("usage: ").rstrip()
    section += nodes.literal_block(usage, usage, language="text")
    section += _arguments(parser)
    if parser.epilog:
        section += nodes.literal_block(parser.epilog, parser.epilog.strip(), language="text")
    return section


def _arguments(parser: argparse.ArgumentParser) -> nodes.definition_list:
    rows = nodes.definition_list()
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or isinstance(action, argparse._HelpAction):
            continue
        item = nodes.definition_list_item()
        item += nodes.term("", "", nodes.literal(text=_invocation(action)))
        help_ = parser._get_formatter()._expand_help(action) if action.help else ""
        item += nodes.definition("", nodes.paragraph(text=help_))
        rows += item
    return rows


def _invocation(action: argparse.Action) -> str:
    """How the argument is written: `--port N`, or `EVENTS.jsonl`."""
    value = action.metavar or (
        "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()
    )
    value = value if isinstance(value, str) else " ".join(value)
    if not action.option_strings:
        return value
    names = ", ".join(action.option_strings)
    return names if action.nargs == 0 else f"{names} {value}"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
