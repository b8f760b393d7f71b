"""The entry point of `zsf`. Imports everything inside `main`, so that Ctrl-C is one line from the
beginning."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence

#: A command that could not run.
EXIT_FAILED = 2
#: What a shell reports of a program that Ctrl-C ended.
EXIT_INTERRUPTED = 130
#: What it reports of one that stopped because nobody read its output any more.
EXIT_UNREAD = 141
#: The number of objects more, made and not freed, after which garbage is looked for, and how often
#: the older ones are looked through. A drain makes many that stay until it ends, and hardly any
#: cycles: with Python's own (700, 10, 10) an eighth of a large one's processor time goes there.
_GARBAGE_THRESHOLDS = (20_000, 50, 100)
_LINE = b"Interrupted.\n"
_DOCUMENT = b'{"error": {"code": "interrupted", "message": "Interrupted.", "hint": null}}\n'


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. `argv` is the process's own by default."""
    if argv is not None:
        from zsf_plugin.cli.running import run

        return run(argv)
    _replace_handler(signal.default_int_handler, _end_at_once)
    gc.disable()  # modules are no garbage: looking through them for some would only take time
    from zsf_plugin.cli.running import run

    code = run(sys.argv[1:], _begin)
    gc.freeze()  # nor need the end of the process look through what is left
    _replace_handler(_interrupt, signal.SIG_DFL)
    # `python -m` ends itself by SIGINT if KeyboardInterrupt, handled or not, left the last text
    # that was run as code (CPython, `run_eval_code_obj`), and dataclasses run some when imported
    exec("")  # noqa: S102 - runs nothing
    return code


def _begin() -> None:
    """The command begins: from here on garbage is collected, but not looked for among the modules,
    and Ctrl-C raises KeyboardInterrupt, so that the command ends in order."""
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    gc.enable()
    _replace_handler(_end_at_once, _interrupt)


def _interrupt(*_: object) -> None:
    """Raise KeyboardInterrupt for the first Ctrl-C; the system ends the process at the second."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt


def _replace_handler(
    known: Callable[..., None], handler: Callable[..., None] | signal.Handlers
) -> None:
    """Replace the handler of SIGINT, unless it is another, or the signal is ignored."""
    if signal.getsignal(signal.SIGINT) is known:
        signal.signal(signal.SIGINT, handler)


def _end_at_once(*_: object) -> None:
    """End the process before the command begins: in an import, KeyboardInterrupt may become another
    error."""
    if "--json" in sys.argv:
        os.write(1, _DOCUMENT)
    os.write(2, _LINE)
    os._exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
