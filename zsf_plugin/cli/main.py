"""`zsf`: the parser, and one place where every expected error becomes one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from zsf_plugin.cli.output import fail, take_any_text
from zsf_plugin.errors import ConfigurationError, ZsfError

Command = Callable[[argparse.Namespace], int]

#: Modules with an `add(subparsers)` each, in the order that help shows them.
_FAMILIES = (
    "demo",
    "setup",
    "connecting",
    "rules",
    "fields",
    "provision",
    "feeding",
    "draining",
    "status",
    "outbox",
    "badges",
    "console",
    "emulator",
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line in one line, as every other error."""

    def error(self, message: str) -> NoReturn:
        """End with what could not run."""
        raise SystemExit(fail(f"{message}; see `{self.prog} --help`"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    take_any_text()
    options = build_parser().parse_args(argv)
    run: Command = options.run
    try:
        return run(options)
    except ConfigurationError as error:
        for finding in error.findings:
            fail(finding)
        return 2
    except ZsfError as error:
        return fail(str(error) or type(error).__name__)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return fail("stopped; what was begun is kept, and the next run goes on from there")


def build_parser() -> argparse.ArgumentParser:
    """All commands."""
    parser = _Parser(
        prog="zsf",
        description="Keeps Salesforce in step with Zaplify.",
        epilog=(
            "Exit codes: 0 well, 1 findings, 2 could not run. Settings: ZSF_CONFIG_DIR, "
            "ZSF_DATA_DIR …"
        ),
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for family in _FAMILIES:
        import_module(f"zsf_plugin.cli.{family}").add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
