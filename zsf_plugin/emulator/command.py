"""The emulator as a program: prints its address and serves until it is stopped."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.org.spec import OrgSpec
from zsf_plugin.emulator.server import Emulator

MAX_PORT = 65_535
MAX_LATENCY_MS = 600_000
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: What JSON calls the kinds of values of an org's file.
_KINDS = {
    list: "a list",
    dict: "an object",
    str: "a string",
    int: "a whole number",
    bool: "true or false",
}


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
    parser.add_argument(
        "--json", action="store_true", help="Print the address as one JSON document"
    )


def _port(text: str) -> int:
    return _integer(text, MAX_PORT, f"a port is a number between 0 and {MAX_PORT}")


def _latency_ms(text: str) -> int:
    return _integer(text, MAX_LATENCY_MS, f"give milliseconds from 0 to {MAX_LATENCY_MS}")


def _integer(text: str, highest: int, accepted: str) -> int:
    if _is_whole(text, len(str(highest))) and int(text) <= highest:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not accepted; {accepted}")


def _is_whole(text: str, max_digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= max_digits


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM. Raises OSError, whose `strerror` says what to do, if it
    cannot."""
    emulator = _build(options)
    stopped = _stop_on_signal()
    with emulator:
        address = json.dumps({"listening": emulator.url})
        _say(address if options.json else f"listening {emulator.url}")
        stopped.wait()
    return 0


def _say(line: str) -> None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError as error:
        raise OSError(error.errno, f"cannot write to stdout ({error.strerror})") from error


def _build(options: argparse.Namespace) -> Emulator:
    if options.org is None:
        return _bind(OrgSpec.stock(), options)
    try:
        return _bind(_load(options.org), options)
    except (ValueError, LookupError, TypeError, AttributeError, SalesforceError) as error:
        words = f"not a valid org ({_reason(error)}); correct --org"
        raise OSError(None, words, str(options.org)) from error


def _load(path: Path) -> OrgSpec:
    try:
        spec = OrgSpec.load(path)
    except OSError as error:
        words = f"{error.strerror}; give --org a JSON file"
        raise OSError(error.errno, words, str(path)) from error
    for field in fields(spec):
        _check_kind(field.name, getattr(spec, field.name), getattr(OrgSpec(), field.name))
    return spec


def _check_kind(name: str, value: object, default: object) -> None:
    """Raises ValueError for a value that is not of the default's kind."""
    kind = list if isinstance(default, tuple) else type(default)
    if default is None or value is default:
        return
    if type(value) is not kind:
        raise ValueError(f"{name} must be {_KINDS[kind]}")
    if isinstance(value, list) and not all(isinstance(item, dict) for item in value):
        raise ValueError(f"{name} must be a list of objects")
    if isinstance(value, int) and value < 0:
        raise ValueError(f"{name} must not be negative")


def _reason(error: Exception) -> str:
    """What is wrong, without Python's own words for it."""
    match error:
        case KeyError():
            return f"{error} is missing"
        case ValueError():
            return str(error)
        case SalesforceError():
            return error.message
        case _:
            return "a value is of the wrong kind"


def _bind(spec: OrgSpec, options: argparse.Namespace) -> Emulator:
    spec = replace(spec, latency_ms=options.latency_ms or spec.latency_ms)
    try:
        return Emulator(spec, options.port)
    except OSError as error:
        words = f"port {options.port} cannot be used ({error.strerror}); choose another --port"
        raise OSError(error.errno, words) from error


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
        place = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"zsf emulator: {place}{error.strerror}\n")
        return 2
