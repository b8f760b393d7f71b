"""The emulator as a program: prints where it listens, serves until it is told to end."""

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

_ENDING = (signal.SIGINT, signal.SIGTERM)


def add_emulator(parser: argparse.ArgumentParser) -> None:
    """The emulator's own arguments, of `zsf emulator` and of this program alike."""
    parser.set_defaults(run=serve)
    parser.add_argument(
        "--port", type=int, default=0, help="port on 127.0.0.1 (default: any free one)"
    )
    parser.add_argument(
        "--org",
        type=Path,
        metavar="FILE",
        help="JSON file: users, fields, records, rules of the org",
    )
    parser.add_argument("--latency-ms", type=int, default=0, help="wait so long before each answer")


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM. Exit code 2 where it cannot."""
    try:
        emulator = _emulator(options)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"zsf emulator: {error}; correct --org or --port\n")
        return 2
    ended = _ended_by_signal()
    with emulator:
        sys.stdout.write(f"listening {emulator.url}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


def _emulator(options: argparse.Namespace) -> Emulator:
    spec = OrgSpec.load(options.org) if options.org else OrgSpec.stock()
    latency_ms = options.latency_ms or spec.latency_ms
    return Emulator(replace(spec, latency_ms=latency_ms), options.port)


def _ended_by_signal() -> threading.Event:
    """An event that the first SIGINT or SIGTERM sets."""
    ended = threading.Event()
    for number in _ENDING:
        signal.signal(number, lambda *_: ended.set())
    return ended


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and serve."""
    parser = argparse.ArgumentParser(
        prog="zsf emulator", description="A Salesforce emulator on this machine"
    )
    add_emulator(parser)
    return serve(parser.parse_args(argv))
