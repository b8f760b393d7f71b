"""The parser behind every command: one line for what is wrong with a command line, help with
examples, options that every command takes, and commands that are imported when they are used.

`zsf --help` loads this: what a wrong command line needs is imported where it is found wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import takewhile
from typing import Any, NamedTuple, NoReturn

from zsf_plugin.cli.streams import write

Run = Callable[[argparse.Namespace], int]
#: Where nothing says how wide the terminal is.
_DEFAULT_WIDTH = 80


class Command(NamedTuple):  # a dataclass would take longer to import than all that `--help` does
    """A command: its line of help, its examples, and the module (below `zsf_plugin`) whose
    `add_NAME` adds its arguments to its parser."""

    name: str
    module: str
    help: str
    examples: tuple[str, ...] = ()


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Wraps descriptions and leaves examples as they are."""

    def __init__(self, prog: str) -> None:  # one is made for each argument that a parser gets
        super().__init__(prog, width=_terminal_width() - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


def _terminal_width() -> int:
    """As `shutil.get_terminal_size`, for which argparse loads several libraries."""
    with suppress(KeyError, ValueError):
        columns = int(os.environ["COLUMNS"])
        if columns > 0:
            return columns
    stdout = sys.__stdout__
    with suppress(ValueError, OSError):
        if stdout is not None:
            return os.get_terminal_size(stdout.fileno()).columns or _DEFAULT_WIDTH
    return _DEFAULT_WIDTH


class Parser(argparse.ArgumentParser):
    """Raises UsageError for a command line that cannot be understood."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", _HelpFormatter)
        # An abbreviation that a script uses becomes ambiguous with the next option.
        super().__init__(**options, add_help=False, allow_abbrev=False)
        self.add_argument("-h", "--help", action="help", help="Show this help and exit")

    def parse_known_args(  # type: ignore[override]  # argparse's own overloads say the same
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As argparse does, and unknown arguments are refused by the parser that met them."""
        self.load()
        self._refuse_early_option(args or ())
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self._refuse(unknown[0])
        return parsed, unknown

    def load(self) -> None:
        """Add the arguments, if that was put off until they are needed."""

    def _refuse_early_option(self, arguments: Sequence[str]) -> None:
        """Refuse an unknown option before the command: argparse takes its value for the command."""
        if self._subparsers is None:
            return
        for argument in takewhile(lambda text: len(text) > 2 and text[:2] == "--", arguments):
            if argument.partition("=")[0] not in self._option_string_actions:
                self._refuse(argument)

    def _refuse(self, argument: str) -> NoReturn:
        from zsf_plugin.cli.failures import UsageError, closest

        name = argument.partition("=")[0]
        if not name.startswith("-"):
            raise UsageError(f"unexpected argument {argument!r}", self._see_help())
        hint = closest(name, self._option_string_actions)
        if not hint and self._subparsers is not None:
            hint = "options go after the command; "
        raise UsageError(f"unknown option {name}", f"{hint}{self._see_help()}")

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's own message."""
        from zsf_plugin.cli.failures import UsageError

        plain = message.replace("ignored explicit argument", "takes no value, but has")
        raise UsageError(plain, self._see_help())

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """As argparse does, but `--option=--` is refused; argparse makes it an empty list."""
        if action.option_strings and "--" in arg_strings:
            from zsf_plugin.cli.failures import UsageError

            name = "/".join(action.option_strings)
            raise UsageError(f"argument {name}: '--' is not accepted", self._see_help())
        return super()._get_values(action, arg_strings)

    def _see_help(self) -> str:
        return f"see `{self.prog} --help`"

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse does, with the nearest of the accepted values."""
        if action.choices is None or value in action.choices:
            return
        from zsf_plugin.cli.failures import UsageError, closest, listed

        accepted = list(map(str, action.choices))
        if isinstance(action, argparse._SubParsersAction):
            what = f"`{self.prog}` has no {str(action.metavar).lower()} {value!r}"
            advice = self._see_help()
        else:
            what = f"{'/'.join(action.option_strings) or action.metavar}: unknown value {value!r}"
            advice = f"accepted: {listed(accepted)}"
        raise UsageError(what, f"{closest(str(value), accepted)}{advice}")

    def _print_message(self, message: str, file: object = None) -> None:
        """Print help and version. Raises OutputError; argparse ignores it."""
        if file is not sys.stderr:
            write(message)


class CommandParser(Parser):
    """The parser of one command. Its arguments are added when it first parses."""

    command: Command | None = None

    def load(self) -> None:
        """Import the command's module and add its arguments, once."""
        command, self.command = self.command, None
        if command is not None:
            module = import_module(f"zsf_plugin.{command.module}")
            getattr(module, f"add_{command.name.replace('-', '_')}")(self)
            add_common_options(self)


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """The options that every command takes."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        default=argparse.SUPPRESS,
        help="Print results and errors only: no notes, no progress",
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        default=argparse.SUPPRESS,
        help="Also print details and the log to stderr",
    )


def add_subcommands(
    parser: argparse.ArgumentParser, metavar: str, parser_class: type[Parser]
) -> argparse._SubParsersAction[Any]:
    """The place for the commands of a parser. Without one, the parser's help is printed."""
    parser.set_defaults(run=lambda _: print_help(parser))
    return parser.add_subparsers(
        title=f"{metavar.lower()}s", metavar=metavar, parser_class=parser_class
    )


def print_help(parser: argparse.ArgumentParser) -> int:
    """Print the parser's help; return the exit code."""
    parser.print_help(sys.stdout)
    return 0


def examples(lines: Iterable[str]) -> str:
    """The examples of a command, as they stand below its help."""
    return "\n".join(("Examples:", *(f"  {line}" for line in lines)))
