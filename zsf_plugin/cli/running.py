"""From the arguments of a command line to an exit code: every expected error becomes one line.

What reports an error is imported once there is one: `zsf --help` needs none of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from zsf_plugin.cli.commands import build_parser
from zsf_plugin.cli.main import EXIT_FAILED, EXIT_UNREAD
from zsf_plugin.cli.streams import (
    StdoutUnread,
    discard_stdout,
    flush,
    is_verbose,
    prepare_streams,
    set_verbosity,
    warn,
)


def run(arguments: Sequence[str], before: Callable[[], None] = lambda: None) -> int:
    """Run one command; return its exit code. `before` is called when the command begins."""
    prepare_streams()
    as_json = _wants_json(arguments)
    try:
        return _run(arguments, before)
    except StdoutUnread:  # the work itself was what nobody reads
        return EXIT_UNREAD
    except (Exception, KeyboardInterrupt) as error:
        from zsf_plugin.cli.failures import EXPECTED, OutputError, report_failure

        if not isinstance(error, EXPECTED):
            raise
        if is_verbose():
            _show_traceback(error)
        if isinstance(error, OutputError):
            discard_stdout()
        return report_failure(error, as_json=as_json)


def _wants_json(arguments: Sequence[str]) -> bool:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def _run(arguments: Sequence[str], before: Callable[[], None]) -> int:
    try:
        code = _call(
            build_parser(arguments[0] if arguments else None).parse_args(arguments), before
        )
    except SystemExit as ended:  # argparse has printed the help or the version
        code = ended.code if isinstance(ended.code, int) else EXIT_FAILED
    flush()
    return code


def _call(options: argparse.Namespace, before: Callable[[], None]) -> int:
    set_verbosity(
        quiet=getattr(options, "quiet", False), verbose=getattr(options, "verbose", False)
    )
    before()
    code: int = options.run(options)
    return code


def _show_traceback(error: BaseException) -> None:
    import traceback

    for line in "".join(traceback.format_exception(error)).splitlines():
        warn(line)
