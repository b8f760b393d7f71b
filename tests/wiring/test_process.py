"""Who is certainly dead: only a process that this one could see, and that is gone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from zsf_plugin.sync.leases import OwnerName, read_owner
from zsf_plugin.wiring import process
from zsf_plugin.wiring.process import ProcessIdentity, SystemClock

LINUX = sys.platform == "linux"
NAME_A_PROCESS = (
    "from zsf_plugin.wiring.process import ProcessIdentity as P; import sys;"
    " print(P().new_owner(), flush=True); sys.stdin.readline()"
)
CHECK = (
    "from zsf_plugin.wiring.process import ProcessIdentity as P; import sys;"
    " print(P().is_dead(sys.argv[1]))"
)


@pytest.mark.skipif(not LINUX, reason="the clock of Linux")
def test_what_a_machine_slept_is_counted_since_its_start() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    since_boot = SystemClock().since_boot()
    assert since_boot is not None
    assert before <= since_boot <= time.clock_gettime(time.CLOCK_BOOTTIME)


def test_a_system_without_a_clock_that_counts_sleep_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "_BOOT_CLOCK", None)
    assert SystemClock().since_boot() is None


def own_name() -> OwnerName:
    name = read_owner(ProcessIdentity().new_owner())
    assert name is not None
    return name


def is_dead(name: OwnerName) -> bool:
    return ProcessIdentity().is_dead("/".join(map(str, astuple(name))))


def ended_pid() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_this_process_is_alive_and_each_name_is_new() -> None:
    identity = ProcessIdentity()
    first, second = identity.new_owner(), identity.new_owner()
    assert first != second
    assert not identity.is_dead(first)
    assert own_name().machine == socket.gethostname()
    assert own_name().pid == os.getpid()


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_on_linux_a_name_says_which_kernel_and_which_process_ids() -> None:
    name = own_name()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    assert (name.boot, name.namespace) == (boot, os.readlink("/proc/self/ns/pid"))
    assert name.started.isdecimal()


def test_a_process_of_ours_that_ended_is_dead() -> None:
    assert is_dead(replace(own_name(), pid=ended_pid()))


@pytest.mark.parametrize(
    "unlike",
    [
        {"machine": "another"},
        {"boot": "another"},
        {"namespace": "pid:[1]"},
        {"boot": "-"},
        {"namespace": "-"},
    ],
)
def test_a_process_that_might_run_where_we_do_not_see_is_not_checked(
    unlike: dict[str, str],
) -> None:
    gone = replace(own_name(), pid=ended_pid())
    assert is_dead(gone)
    assert not is_dead(replace(gone, **unlike))


def test_where_the_system_does_not_say_who_we_are_nobody_is_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = replace(own_name(), pid=ended_pid())
    unknown = (gone.machine, process.UNKNOWN, process.UNKNOWN)
    monkeypatch.setattr(process, "_place", lambda: unknown)
    assert not is_dead(gone)
    assert not is_dead(replace(gone, boot=process.UNKNOWN, namespace=process.UNKNOWN))


def test_names_of_former_versions_are_not_checked() -> None:
    host = socket.gethostname()
    assert not ProcessIdentity().is_dead(f"{host}/boot/{ended_pid()}/123/abcd")


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_another_process_that_got_the_same_id_is_not_the_owner() -> None:
    assert is_dead(replace(own_name(), started="1"))


def test_a_process_whose_start_is_not_known_is_alive_while_its_id_is_in_use() -> None:
    assert not is_dead(replace(own_name(), started="-"))


def test_a_process_that_we_may_not_look_at_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(process, "_started", lambda pid: None)  # /proc mounted with hidepid
    monkeypatch.setattr(os, "kill", refuse)
    assert not is_dead(own_name())


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_a_process_that_ended_and_was_not_waited_for_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(replace(own_name(), pid=child.pid))
    child.wait()


# --- two namespaces of process ids, as two containers have them ----------------------------------


def unshare() -> list[str]:
    """The command that runs another one in a pid namespace of its own; skips where it may not."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    found = ["unshare", *user, "--pid", "--fork", "--kill-child", "--mount-proc"]
    if not LINUX or shutil.which("unshare") is None:
        pytest.skip("NOT TESTED: two pid namespaces need unshare, of util-linux")
    tried = subprocess.run([*found, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"NOT TESTED: this machine makes no pid namespaces: {tried.stderr.strip()}")
    return found


def seen_dead_by(name: str, *before: str) -> bool:
    done = subprocess.run(
        [*before, sys.executable, "-c", CHECK, name], capture_output=True, text=True, check=True
    )
    return done.stdout.strip() == "True"


def named(*before: str, mounts: bool = True) -> tuple[str, subprocess.Popen[str]]:
    """The name of an owner in a process that runs until it is killed."""
    command = [each for each in before if mounts or each != "--mount-proc"]
    running = subprocess.Popen(
        [*command, sys.executable, "-c", NAME_A_PROCESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    return running.stdout.readline().strip(), running


@pytest.mark.parametrize("mounts", [True, False])
def test_containers_do_not_check_each_others_processes(mounts: bool) -> None:
    apart = unshare()
    name, running = named(*apart, mounts=mounts)
    try:
        assert not seen_dead_by(name)
        assert not seen_dead_by(name, *apart)
        assert not seen_dead_by(ProcessIdentity().new_owner(), *apart)
    finally:
        running.kill()
        running.communicate()
    assert not seen_dead_by(name)


def test_a_killed_process_of_ones_own_namespace_is_dead() -> None:
    name, running = named()
    assert not seen_dead_by(name)
    running.kill()
    running.communicate()
    assert seen_dead_by(name)
