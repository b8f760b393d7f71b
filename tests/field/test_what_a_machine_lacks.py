"""A machine that lacks something: hooks, a drain and the commands work without it, or say in one
line what is missing. Each thing is taken away in an interpreter of its own, before anything of ours
is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.id_fields import FIELDS
from tests.forked_commands import run_command
from tests.plugin.host_process import call
from tests.plugin.test_bad_company import HostFolder
from zsf_plugin.emulator import Emulator, OrgSpec

THREADS = "threads"
#: What is taken away, as statements that run first. Things that do not touch each other share an
#: interpreter.
LACKING = {
    "nothing": "",
    "fork and users": (
        "lose(os, 'register_at_fork', 'fork', 'forkpty'); absent('pty')\n"
        "lose(os, 'getuid', 'geteuid', 'getgid', 'getegid', 'getlogin'); absent('pwd', 'grp')"
    ),
    "what Windows lacks": (
        "lose(os, 'register_at_fork', 'fork', 'getuid', 'geteuid', 'fchmod', 'fchown', 'chown',"
        " 'uname', 'setsid', 'getpgid', 'killpg', 'pread', 'posix_fallocate', 'sched_getaffinity',"
        " 'statvfs', 'ST_RDONLY')\n"
        "absent('fcntl', 'pwd', 'grp', 'resource', 'termios', 'tty', 'pty', 'readline', 'syslog')\n"
        "lose(signal, 'SIGHUP', 'SIGKILL', 'SIGUSR1', 'SIGALRM', 'SIGCHLD', 'SIGQUIT', 'SIGWINCH',"
        " 'pthread_sigmask', 'sigwait', 'setitimer', 'alarm')\n"
        "no_folders()\n"
    ),
    "hard links, folder syncs, signals to processes and a host name": (
        "fail(os, 'link', errno.EPERM); no_folder_sync(errno.EINVAL)\n"
        "fail(os, 'kill', errno.EPERM); socket.gethostname = lambda: ''"
    ),
    "hard links and folder syncs, as a share or FUSE has it, and calls that only Linux has": (
        "fail(os, 'link', errno.ENOSYS); no_folder_sync(errno.EBADF)\n"
        "lose(os, 'sendfile', 'copy_file_range', 'splice')"
    ),
    "os.link, opening folders, IPv6, unix sockets, time zones and temporary folders": (
        "lose(os, 'link'); no_folders()\n"
        "socket.has_ipv6 = False; lose(socket, 'AF_INET6', 'AF_UNIX')\n"
        "zoneinfo.reset_tzpath(to=()); absent('tzdata')\n"
        "tempfile.tempdir = '/nowhere'; os.environ['TMPDIR'] = '/nowhere'"
    ),
    "stdin": "sys.stdin = None",
    "stdout and stderr": "sys.stdout = sys.stderr = sys.stdin = None",
    "a console to write to": "sys.stdout = sys.stderr = io.StringIO()",
    THREADS: (
        'def refuse(_): raise RuntimeError("can\'t start new thread")\n'
        "threading.Thread.start = refuse"
    ),
    "docstrings": "",
    "a locale": "",
    "a home folder": "",
    "an environment": "",
}
OPTIONS = {"docstrings": ["-OO"], "a locale": ["-X", "utf8=0"]}
ENVIRONMENTS: dict[str, dict[str, str | None]] = {
    "a locale": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a home folder": {"HOME": None, "USER": None, "LOGNAME": None},
    "an environment": {
        name: None for name in os.environ if name not in ("PYTHONPATH", "SYSTEMROOT")
    },
}

SCRIPT = """
import contextlib, errno, io, json, os, signal, socket, stat, sys, tempfile, threading, zoneinfo

said = sys.stdout

def lose(module, *names):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)

def absent(*names):
    for name in names:
        sys.modules[name] = None

def fail(module, name, code):
    def failing(*_, **__):
        raise OSError(code, os.strerror(code))
    setattr(module, name, failing)

def no_folder_sync(code):
    sync = os.fsync
    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        sync(descriptor)
    os.fsync = fsync

def no_folders():
    opened = os.open
    def open_(path, *others, **named):
        if os.path.isdir(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, *others, **named)
    os.open = open_

exec(sys.argv[1])

import pluggy
import zsf_plugin

plugins = pluggy.PluginManager("zaplify")
plugins.add_hookspecs(zsf_plugin.hookspecs)
plugins.load_setuptools_entrypoints("zaplify")
plugins.check_pending()
call, report = json.loads(sys.argv[3]), {}
folder = sys.argv[2]
plugins.hook.on_host_started(
    config_dir=folder + "/config", data_dir=folder + "/data", settings={"drain": "external"})
report["receipt"] = plugins.hook.on_prospect_purchased(**call)[0]
report["again"] = plugins.hook.on_prospect_purchased(**call)[0]
report["badge"] = plugins.hook.on_search_results(
    workspace="default", results=[{"id": "x"}], user={})[0]["results"]["x"]["badge"]
plugins.hook.on_host_stopping()

from zsf_plugin.cli.main import main
os.environ.update(ZSF_CONFIG_DIR=folder + "/config", ZSF_DATA_DIR=folder + "/data")
with open(folder + "/events.jsonl", "w", encoding="utf-8") as lines:
    lines.write(json.dumps({"hook": "on_prospect_purchased", **call, "event_id": "fed"}) + "\\n")
report["codes"], report["said"] = {}, {}
for words in json.loads(sys.argv[4]):
    try:
        if sys.stdout is None:
            code = main(words.replace("FOLDER", folder).split())
        else:
            out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                code = main(words.replace("FOLDER", folder).split())
    except BaseException as error:
        code = repr(error)
    report["codes"][words] = code
    if code:
        report["said"][words] = out.buffer.getvalue().decode() if sys.stdout else ""
said.write(json.dumps(report) + "\\n")
"""
COMMANDS = {
    "--help": 0,
    "--version": 0,
    "status --json": 0,
    "feed FOLDER/events.jsonl --json": 0,
    "drain --json": 0,
    "rules check": 0,
    "rules show": 0,
    "outbox list": 0,
    "console --help": 0,
    "worker --help": 0,
    "connect --help": 0,
    "demo --help": 0,
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[HostFolder]:
    """A host's folders, connected to an org."""
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        yield HostFolder(tmp_path, emulator)


def run(lacking: str, folder: Path) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZSF_")}
    environment = {**kept, "PYTHONPATH": os.getcwd()}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # the next one starts faster
    for name, value in ENVIRONMENTS.get(lacking, {}).items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    arguments = [LACKING[lacking], str(folder), json.dumps(call("m", 1)), json.dumps([*COMMANDS])]
    done = subprocess.run(
        [sys.executable, *OPTIONS.get(lacking, []), "-c", SCRIPT, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("lacking", LACKING)
def test_without_it_events_are_kept_and_sent_and_commands_run(
    house: HostFolder, lacking: str
) -> None:
    report = run(lacking, house.folder)
    assert report["receipt"]["accepted"], report["receipt"]["reason"]
    assert report["receipt"]["state"] == "pending"
    assert (report["again"]["accepted"], report["again"]["duplicate"]) == (True, True)
    assert report["badge"] == "unknown"
    can_drain = lacking != THREADS  # the thread that renews its lease
    assert report["codes"] == COMMANDS | ({} if can_drain else {"drain --json": 2})
    if not can_drain:
        assert "no thread can be started" in report["said"]["drain --json"]
    assert house.people() == (["m1"] if can_drain else [])
    assert (house.folder / "data" / "secret.key").stat().st_mode & 0o077 == 0


# --- where nothing can be kept: one line, exit 2, and the receipt has the reason -------------------


def zsf(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZSF_")}
    return run_command(words, {**kept, **environ})


NOWHERE = {
    "a data folder that is a file": ("data", "is a file: remove it"),
    "a data folder below a file": ("data/below", "cannot be created"),
    "a data folder that nobody may create": ("/proc/zsf", "cannot be created"),
}


@pytest.mark.parametrize("case", NOWHERE)
def test_where_nothing_can_be_kept_a_command_and_a_receipt_say_so_in_one_line(
    tmp_path: Path, case: str
) -> None:
    place, words = NOWHERE[case]
    (tmp_path / "data").write_text("")
    folder = tmp_path / place
    done = zsf("status", "--json", ZSF_DATA_DIR=str(folder), ZSF_CONFIG_DIR=str(tmp_path))
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert words in f"{error['message']} {error['hint']}"
    done = zsf("status", ZSF_DATA_DIR=str(folder), ZSF_CONFIG_DIR=str(tmp_path))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr


LIBRARIES = """
import sys
sys.modules[sys.argv[1]] = None
from zsf_plugin.plugin import plugin
receipt = plugin.on_prospect_purchased("w", "e", "2026-11-01T10:00:00Z", {"id": "p"}, {})
print(receipt["accepted"], receipt["reason"])
plugin.on_host_stopping()
from zsf_plugin.cli.main import main
sys.exit(main(["status"]))
"""


@pytest.mark.parametrize("module", ["sqlite3", "_sqlite3"])
def test_a_python_without_a_module_that_is_needed_names_it_in_one_line(
    tmp_path: Path, module: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIBRARIES, module],
        env={**os.environ, "ZSF_DATA_DIR": str(tmp_path), "ZSF_CONFIG_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    words = f"the module {module} cannot be imported: use a Python that has it"
    assert done.returncode == 2, done.stderr
    assert done.stdout.startswith(f"False not stored: {words}")
    assert done.stderr.splitlines()[-1].startswith(f"zsf: {words}")
    assert "Traceback" not in done.stderr


HOMELESS = """
import sys
sys.modules["pwd"] = None
from zsf_plugin.cli.main import main
from zsf_plugin.plugin import plugin
receipt = plugin.on_prospect_purchased("w", "e", "2026-11-01T10:00:00Z", {"id": "p"}, {})
print(receipt["accepted"], receipt["reason"])
sys.exit(main(["status"]))
"""


def test_a_user_without_a_home_folder_learns_which_variables_to_set() -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ZSF_", "XDG_")) and name != "HOME"
    }
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    words = "set ZSF_CONFIG_DIR and ZSF_DATA_DIR"
    assert (done.returncode, done.stdout.split()[0]) == (2, "False")
    assert words in done.stdout
    assert words in done.stderr.splitlines()[-1]
