"""The emulator as a program: prints where it listens, and serves until a signal comes."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from zsf_plugin.emulator.org.spec import OrgSpec
from zsf_plugin.emulator.server import Emulator

MAX_PORT = 65_535
MAX_LATENCY_MS = 600_000
_ENDING = (signal.SIGINT, signal.SIGTERM)


def add_emulator(parser: argparse.ArgumentParser) -> None:
    """The emulator's own arguments, of `zsf emulator` and of this program alike."""
    parser.set_defaults(run=serve)
    parser.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="N",
        help="Port to listen on, on 127.0.0.1 (default: any free one)",
    )
    parser.add_argument(
        "--org",
        type=Path,
        metavar="FILE",
        help="JSON file with the org's users, fields, records and rules (default: an empty org)",
    )
    parser.add_argument(
        "--latency-ms",
        type=_latency_ms,
        default=0,
        metavar="MS",
        help="Milliseconds to wait before each answer (default: 0)",
    )


def _port(text: str) -> int:
    return _whole_number(text, MAX_PORT, f"a port is a number between 0 and {MAX_PORT}")


def _latency_ms(text: str) -> int:
    return _whole_number(text, MAX_LATENCY_MS, f"give milliseconds from 0 to {MAX_LATENCY_MS}")


def _whole_number(text: str, most: int, accepted: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not accepted; {accepted}")


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM. Raises OSError, its `strerror` in words, if it cannot."""
    emulator = _listening(_spec(options), options.port)
    ended = _ended_by_signal()
    with emulator:
        sys.stdout.write(f"listening {emulator.url}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


def _spec(options: argparse.Namespace) -> OrgSpec:
    spec = _loaded(options.org) if options.org else OrgSpec.stock()
    return replace(spec, latency_ms=options.latency_ms or spec.latency_ms)


def _loaded(path: Path) -> OrgSpec:
    """The spec of a file. A JSON value of the wrong kind may fail anywhere in reading it."""
    try:
        return OrgSpec.load(path)
    except OSError as error:
        raise OSError(
            error.errno, f"{error.strerror}; give --org a JSON file", str(path)
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _wrong_org(path, error) from error


def _wrong_org(path: Path, error: Exception) -> OSError:
    return OSError(None, f"not an org that can be emulated ({error}); correct --org", str(path))


def _listening(spec: OrgSpec, port: int) -> Emulator:
    try:
        return Emulator(spec, port)
    except OSError as error:
        words = f"port {port} cannot be used ({error.strerror}); choose another --port"
        raise OSError(error.errno, words) from error


def _ended_by_signal() -> threading.Event:
    """An event that the first SIGINT or SIGTERM sets."""
    ended = threading.Event()
    for number in _ENDING:
        signal.signal(number, lambda *_: ended.set())
    return ended


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and serve; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="zsf emulator", description="A Salesforce emulator on this machine"
    )
    add_emulator(parser)
    try:
        return serve(parser.parse_args(argv))
    except OSError as error:
        sys.stderr.write(f"zsf emulator: {error.filename or error.strerror}\n")
        return 2
