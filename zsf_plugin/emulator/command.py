"""The emulator as a program: prints its address and serves until it is stopped."""

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
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def add_emulator(parser: argparse.ArgumentParser) -> None:
    """Add the emulator's arguments, shared by `zsf emulator` and this program."""
    parser.set_defaults(run=serve)
    parser.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="N",
        help="Port to listen on, on 127.0.0.1 (default: any free port)",
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
        help="Milliseconds to wait before each response (default: 0)",
    )


def _port(text: str) -> int:
    return _integer(text, MAX_PORT, f"a port is a number between 0 and {MAX_PORT}")


def _latency_ms(text: str) -> int:
    return _integer(text, MAX_LATENCY_MS, f"give milliseconds from 0 to {MAX_LATENCY_MS}")


def _integer(text: str, highest: int, accepted: str) -> int:
    if (
        text.isascii()
        and text.isdigit()
        and len(text) <= len(str(highest))
        and int(text) <= highest
    ):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not accepted; {accepted}")


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM. Raises OSError with a readable `strerror`."""
    emulator = _bind(_spec(options), options.port)
    stopped = _stop_on_signal()
    with emulator:
        sys.stdout.write(f"listening {emulator.url}\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def _spec(options: argparse.Namespace) -> OrgSpec:
    spec = _load(options.org) if options.org else OrgSpec.stock()
    return replace(spec, latency_ms=options.latency_ms or spec.latency_ms)


def _load(path: Path) -> OrgSpec:
    """Load the spec. A JSON value of the wrong type may fail in many ways."""
    try:
        return OrgSpec.load(path)
    except OSError as error:
        raise OSError(
            error.errno, f"{error.strerror}; give --org a JSON file", str(path)
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _invalid_org(path, error) from error


def _invalid_org(path: Path, error: Exception) -> OSError:
    return OSError(None, f"not a valid org ({error}); correct --org", str(path))


def _bind(spec: OrgSpec, port: int) -> Emulator:
    try:
        return Emulator(spec, port)
    except OSError as error:
        message = f"port {port} cannot be used ({error.strerror}); choose another --port"
        raise OSError(error.errno, message) from error


def _stop_on_signal() -> threading.Event:
    """Install signal handlers; the first SIGINT or SIGTERM sets the returned event."""
    stopped = threading.Event()
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and serve; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="zsf emulator", description="A Salesforce emulator on this machine"
    )
    add_emulator(parser)
    try:
        return serve(parser.parse_args(argv))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"zsf emulator: {where}{error.strerror}\n")
        return 2
