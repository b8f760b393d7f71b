"""The processes of a scenario: an emulator, and drain processes, forked or started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from tests.violence import drainer
from tests.violence.backlog import org


class ProcessHandle(Protocol):
    """A started process. Negative exit codes are signals."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, seconds: float) -> int: ...


class InterpreterProcess:
    """A new interpreter, as an operator starts it."""

    def __init__(
        self, module: str, arguments: Sequence[str], environment: dict[str, str] | None = None
    ) -> None:
        command = [sys.executable, "-m", module, *arguments]
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.poll()

    def wait(self, seconds: float) -> int:
        try:
            _, errors = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        if self._process.returncode > 0:
            sys.stderr.write(errors.decode("utf-8", "replace")[-2000:])
        return self._process.returncode


class ForkedWorker:
    """A drain process forked from this process, which has everything imported: it starts in 10 ms
    instead of 500 ms.

    The parent must have a single thread and no open store.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            code = 70
            try:
                code = drainer.main(arguments)
            except BaseException:
                import traceback

                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)

    def poll(self) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def wait(self, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                os.kill(self.pid, 9)
                self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
                raise subprocess.TimeoutExpired("drainer", seconds)
            time.sleep(0.002)
        return code


class EmulatorProcess:
    """`zsf emulator` as a separate process."""

    def __init__(self, folder: Path, org: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # a scenario's clock is not the machine's, whose time the org would send
        document = json.dumps({**org, "sends_date": False})
        (folder / "org.json").write_text(document, encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "zsf_plugin.cli.main",
            "emulator",
            "--org",
            str(folder / "org.json"),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[1]

    def __enter__(self) -> EmulatorProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.communicate(timeout=60)

    def control(self, method: str, what: str, body: Any = None) -> Any:
        """Run a command of the control API."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{what}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def clean(self) -> None:
        """Reset the org: no records, no faults, zero counts."""
        for method, what in (("DELETE", "chaos"), ("DELETE", "faults"), ("DELETE", "refusals")):
            self.control(method, what)
        self.wait_for_late_commits()
        self.control("POST", "records/reset")
        self.control("POST", "calls/reset")

    def wait_for_late_commits(self) -> None:
        """Wait until no late commit is pending."""
        deadline = time.monotonic() + 120
        while self.control("GET", "faults")["late"]:
            if time.monotonic() > deadline:
                raise AssertionError("a late commit never happened")
            time.sleep(0.01)


@contextmanager
def three_orgs(folder: Path) -> Iterator[list[EmulatorProcess]]:
    """Orgs for a fleet; the last has no `Zaplify_Id__c`."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(EmulatorProcess(folder / f"org-{number}", org(external_id=has_id)))
            for number, has_id in enumerate((True, True, False))
        ]
