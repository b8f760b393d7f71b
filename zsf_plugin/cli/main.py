"""The entry point of `zsf`. Imports everything inside `main`, so that Ctrl-C is one line from the
beginning."""

from __future__ import annotations

import sys
from collections.abc import Sequence

EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. `argv` is the process's own by default."""
    try:
        from zsf_plugin.cli.running import run

        return run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
