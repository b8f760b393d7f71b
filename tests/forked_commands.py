"""`zsf` in processes that are forked from one which has everything loaded: each has its own arguments,
environment and streams as any process, but `zsf status` takes 0.07 s of processor time, not 0.5 s.

Tests of how the interpreter starts or ends a command run `python -m zsf_plugin` themselves.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from pkgutil import walk_packages
from typing import IO

import zsf_plugin

_LENGTH = 8
#: What the package's modules import at first use.
_LAZY_IMPORTS = (
    *("cryptography.fernet", "jsonschema", "requests", "rich.console", "rich.table"),
    *("encodings.idna", "encodings.utf_8_sig", "encodings.utf_16_le"),
)


class ForkedCommand:
    """A command that was started. Negative exit codes are signals."""

    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers
        self.pid = int(answers.readline())
        self.code: int | None = None

    def has_ended(self) -> bool:
        """Whether its exit code is known, or waits to be read."""
        return self.code is not None or bool(select.select([self._answers], [], [], 0)[0])

    def wait(self) -> int:
        """Wait until it has ended; returns its exit code."""
        if self.code is None:
            self.code = int(self._answers.readline())
            self._answers.close()
        return self.code


class ReadCommand:
    """A command that was started, whose stdout and stderr are read while it runs. `stdin` is a file
    for it to read, by default what `read_to_end` is given."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], stdin: int | None = None
    ) -> None:
        (out, written), (errors, reported), (read, typed) = os.pipe(), os.pipe(), os.pipe()
        streams = (read if stdin is None else stdin, written, reported)
        self._command = start_command(arguments, environment, streams)
        for file in (written, reported, read):
            os.close(file)
        self._stdin = open(typed, "w", encoding="utf-8")  # noqa: SIM115
        self.stdout = open(out, encoding="utf-8")  # noqa: SIM115
        self.stderr = open(errors, encoding="utf-8")  # noqa: SIM115

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if not self._command.has_ended():
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(self._command.pid, number)

    def wait(self) -> int:
        """Wait until it has ended; returns its exit code. What it wrote can still be read."""
        return self._command.wait()

    def read_to_end(self, typed: str = "") -> tuple[int, str, str]:
        """Its exit code, and what it still writes to stdout and stderr, when it has ended."""
        with self.stdout, self.stderr:
            with suppress(BrokenPipeError), self._stdin:
                self._stdin.write(typed)
            output, errors = self.stdout.read(), self.stderr.read()
            return self.wait(), output, errors


def run_command(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    with tempfile.TemporaryFile() as given, _output() as out, _output() as errors:
        given.write(stdin.encode("utf-8"))
        given.seek(0)
        streams = (given.fileno(), out.fileno(), errors.fileno())
        code = start_command(arguments, environment, streams).wait()
        out.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(list(arguments), code, out.read(), errors.read())


def _output() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8")


def start_command(
    arguments: Sequence[str], environment: Mapping[str, str], streams: tuple[int, int, int]
) -> ForkedCommand:
    """Start a command with these files as its stdin, stdout and stderr."""
    answers, answer_to = os.pipe()
    asked = json.dumps([list(arguments), dict(environment), os.getcwd()]).encode()
    socket.send_fds(_server(), [b"%*d" % (_LENGTH, len(asked))], [*streams, answer_to])
    _server().sendall(asked)
    os.close(answer_to)
    return ForkedCommand(open(answers, encoding="ascii"))


@lru_cache(maxsize=1)
def _server() -> socket.socket:
    """The connection to the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "tests.forked_commands", str(theirs.fileno())]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    theirs.close()
    atexit.register(_end, ours, process)
    return ours


def _end(connection: socket.socket, server: subprocess.Popen[bytes]) -> None:
    connection.close()
    server.wait()


def _serve(requests: socket.socket) -> int:
    """Fork for each request, until nobody asks any more. A keeper of each command reports its end."""
    load_everything()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are not waited for
    while True:
        length, files, *_ = socket.recv_fds(requests, _LENGTH, 4)
        if not length:
            return 0
        asked = b""
        while len(asked) < int(length):
            asked += requests.recv(int(length) - len(asked))
        if os.fork() == 0:
            requests.close()
            return _keep(asked, files)
        for file in files:
            os.close(file)


def load_everything() -> None:
    """Import the package with all that it imports later, and build what it builds once."""
    from zsf_plugin.emulator.soql.grammar import parse_query
    from zsf_plugin.model.no_companies import names_no_company
    from zsf_plugin.model.shared_hosts import has_known_ending

    for module in walk_packages(zsf_plugin.__path__, "zsf_plugin."):
        if not module.name.endswith(("__main__", ".socks_proxies")):  # that needs an extra
            import_module(module.name)
    for name in _LAZY_IMPORTS:
        import_module(name)
    parse_query("SELECT Id FROM Lead")  # builds the parser
    has_known_ending("acme.com")  # reads the list of public suffixes
    names_no_company("Acme")  # compiles its pattern


def _keep(asked: bytes, files: list[int]) -> int:
    """Run the command in one more process, and report its pid and exit code."""
    *streams, answer_to = files
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(answer_to)
        _end_process(_run(asked, streams))
    for stream in streams:
        os.close(stream)
    os.write(answer_to, f"{pid}\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(answer_to, f"{code}\n".encode())
    os._exit(0)


def _run(asked: bytes, streams: list[int]) -> int:
    """Become the command."""
    from zsf_plugin.cli.main import main

    arguments, environment, folder = json.loads(asked)
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    encoding = environment.get("PYTHONIOENCODING")
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding=encoding)  # noqa: SIM115
        for number, mode in enumerate("rww")
    )
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    tempfile.tempdir = None
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["zsf", *arguments]
    return main()


def _end_process(code: int) -> None:
    """End as an interpreter does, without the time that it takes to clear every module."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(_serve(socket.socket(fileno=int(sys.argv[1]))))
