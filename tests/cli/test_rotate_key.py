"""Another secret key: tokens stay readable whatever dies, repeated events stay the same event, and
what cannot be read is said at once."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from tests.contract.store_contract import connection
from zsf_plugin.model import SignInKey, Tokens
from zsf_plugin.ports import Store
from zsf_plugin.settings import Settings, from_environment
from zsf_plugin.store import (
    Cipher,
    forget_previous_key,
    open_cipher,
    open_store,
    replace_key_file,
)
from zsf_plugin.store.sql import sealed
from zsf_plugin.wiring.keys import rotate_key

OTHER_CONTENT = {**PURCHASE, "prospect": {"id": "p1", "last_name": "Lovelace"}}


def settings(folder: Path, **environment: str) -> Settings:
    return from_environment(environment, config_dir=folder, data_dir=folder / "data")


def opened(folder: Path, **environment: str) -> Store:
    return open_store(settings(folder, **environment))


def saved(folder: Path, **environment: str) -> None:
    """A store with the tokens of a workspace, and a digest key."""
    store = opened(folder, **environment)
    store.save_connection(connection(), Tokens("ACCESS", "REFRESH"))
    store.digest_keys()
    store.close()


def readable(folder: Path, **environment: str) -> bool:
    store = opened(folder, **environment)
    try:
        if store.unreadable_tokens():
            return False
        tokens = store.tokens("w")
        return tokens is not None and (tokens.access, tokens.refresh) == ("ACCESS", "REFRESH")
    finally:
        store.close()


@pytest.fixture
def zsf(tmp_path: Path) -> Zsf:
    return Zsf(tmp_path)


def fed(zsf: Zsf, event: dict[str, object]) -> dict[str, int]:
    path = zsf.write("events.jsonl", json.dumps(event) + "\n")
    document: dict[str, int] = json.loads(zsf("feed", path, "--json").stdout)
    return document


def test_a_repeated_event_is_the_same_under_another_key(zsf: Zsf) -> None:
    zsf.environment["ZSF_SECRET_KEY"] = "one"
    assert fed(zsf, PURCHASE)["accepted"] == 1
    zsf.environment["ZSF_SECRET_KEY"] = "two"
    again = fed(zsf, PURCHASE)
    assert (again["duplicate"], again["refused"]) == (1, 0)
    new = {**PURCHASE, "event_id": "e2"}
    assert (fed(zsf, new)["accepted"], fed(zsf, new)["duplicate"]) == (1, 1)
    assert fed(zsf, {**OTHER_CONTENT, "event_id": "e2"})["refused"] == 1


def test_with_the_previous_key_other_content_is_still_a_conflict(zsf: Zsf) -> None:
    zsf.environment["ZSF_SECRET_KEY"] = "one"
    fed(zsf, PURCHASE)
    zsf.environment |= {"ZSF_SECRET_KEY": "two" * 8, "ZSF_SECRET_KEY_PREVIOUS": "one"}
    assert fed(zsf, PURCHASE)["duplicate"] == 1
    assert fed(zsf, OTHER_CONTENT)["refused"] == 1
    done = zsf("rotate-key")
    assert (done.returncode, done.stderr) == (0, "")
    del zsf.environment["ZSF_SECRET_KEY_PREVIOUS"]
    assert fed(zsf, PURCHASE)["duplicate"] == 1
    assert fed(zsf, OTHER_CONTENT)["refused"] == 1


@pytest.mark.parametrize("length", [1, 21, 22])
def test_a_key_that_is_too_short_still_works_and_status_and_each_start_say_so(
    zsf: Zsf, length: int
) -> None:
    saved(zsf.folder, ZSF_SECRET_KEY="s" * length)
    zsf.environment["ZSF_SECRET_KEY"] = "s" * length
    status = zsf("status", "--json")
    shown = json.loads(status.stdout)["secret_key"]
    assert (status.returncode, shown["unreadable"]) == (0, [])
    assert shown["code"] == ("KEY_TOO_SHORT" if length < 22 else None)
    started = zsf("outbox", "list")
    assert (started.returncode, "fewer than 22" in started.stderr) == (0, length < 22)
    assert ("Secret key" in zsf("status").stdout) == (length < 22)
    assert "sss" not in status.stdout + status.stderr


def test_a_short_key_in_the_key_file_says_how_to_get_a_longer_one(tmp_path: Path) -> None:
    saved(tmp_path)
    file = tmp_path / "data" / "secret.key"
    file.write_text("short\n")
    words = open_cipher(settings(tmp_path)).short_key
    assert words is not None
    assert f"the key in {file} has fewer than 22 characters" in words
    replace_key_file(file)
    assert open_cipher(settings(tmp_path)).short_key is None


def test_the_previous_key_reads_and_the_present_one_writes(tmp_path: Path) -> None:
    saved(tmp_path, ZSF_SECRET_KEY="one")
    assert not readable(tmp_path, ZSF_SECRET_KEY="two")
    both = {"ZSF_SECRET_KEY": "two", "ZSF_SECRET_KEY_PREVIOUS": "one"}
    assert readable(tmp_path, **both)
    store = opened(tmp_path, **both)
    resealed = store.reseal()
    store.close()
    assert (resealed.sealed, resealed.kept, resealed.unreadable) == (3, 0, ())
    assert readable(tmp_path, ZSF_SECRET_KEY="two")
    assert not readable(tmp_path, ZSF_SECRET_KEY="one")


def test_rotating_with_a_key_file_makes_a_new_one_and_keeps_the_previous(zsf: Zsf) -> None:
    saved(zsf.folder)
    file = zsf.folder / "data" / "secret.key"
    before = file.read_text()
    done = json.loads(zsf("rotate-key", "--json").stdout)
    assert (done["made_key"], done["sealed"], done["unreadable"]) == (True, 3, [])
    assert file.read_text() != before
    previous = file.with_name("secret.key.previous")
    assert previous.read_text().strip() == before.strip()
    assert {path.stat().st_mode & 0o777 for path in (file, previous)} == {0o600}
    assert readable(zsf.folder)
    finished = json.loads(zsf("rotate-key", "--finish", "--json").stdout)
    assert (finished["removed_previous"], finished["made_key"]) == (True, False)
    assert not previous.exists()
    assert readable(zsf.folder)


def test_a_running_process_takes_the_new_key_file(tmp_path: Path) -> None:
    saved(tmp_path)
    running = opened(tmp_path)
    assert running.tokens("w") is not None
    other = opened(tmp_path)
    rotate_key(settings(tmp_path), other, finish=False)
    rotate_key(settings(tmp_path), other, finish=True)
    found = running.tokens("w")
    assert found is not None
    assert (found.access, found.refresh) == ("ACCESS", "REFRESH")
    running.save_connection(connection(), Tokens("ACCESS", "REFRESH"))
    running.close()
    other.close()
    (tmp_path / "data" / "secret.key.previous").unlink(missing_ok=True)
    assert readable(tmp_path)


def test_rotating_twice_forgets_no_key_that_is_needed(tmp_path: Path) -> None:
    saved(tmp_path)
    store = opened(tmp_path)
    for _ in range(3):
        rotate_key(settings(tmp_path), store, finish=False)
    store.close()
    assert readable(tmp_path)


def at_once(*calls: Callable[[], object]) -> None:
    """Run the calls at once, each in a thread; raises what one of them raised."""
    begin = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        begin.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        for done in [threads.submit(run, call) for call in calls]:
            done.result()


@pytest.mark.parametrize("finishing", [0, 2])
def test_rotations_at_once_lose_no_key(tmp_path: Path, finishing: int) -> None:
    saved(tmp_path)
    stores = [opened(tmp_path) for _ in range(4)]

    def rotations(store: Store, finish: bool) -> Callable[[], None]:
        def run() -> None:
            for _ in range(4):
                rotate_key(settings(tmp_path), store, finish=finish)

        return run

    at_once(*(rotations(store, number < finishing) for number, store in enumerate(stores)))
    for store in stores:
        store.close()
    assert readable(tmp_path)


def test_tokens_are_read_at_any_moment_of_a_rotation(tmp_path: Path) -> None:
    saved(tmp_path)
    running, other, is_over = opened(tmp_path), opened(tmp_path), threading.Event()

    def read() -> None:
        while not is_over.is_set():
            assert running.tokens("w") is not None

    def rotate() -> None:
        try:
            for number in range(20):
                rotate_key(settings(tmp_path), other, finish=number % 2 == 1)
        finally:
            is_over.set()

    at_once(read, read, rotate)
    running.close()
    other.close()


def test_a_token_that_is_stored_during_a_rotation_has_the_new_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path)
    drain, other = opened(tmp_path), opened(tmp_path)
    is_sealed, threads = threading.Event(), ThreadPoolExecutor(1)
    monkeypatch.setattr(Cipher, "encrypt", noted(Cipher.encrypt, is_sealed))
    refreshed = Tokens("NEW", "FRESH")

    def change() -> None:
        is_sealed.clear()
        pending.append(
            threads.submit(
                drain.rotate_tokens, "w", refreshed, instance_url="https://a", expected_version=0
            )
        )
        assert not is_sealed.wait(0.1)  # before the rotation is over
        replace_key_file(settings(tmp_path).key_file)

    pending: list[Future[bool]] = []
    assert other.reseal(change).has_changed
    assert pending[0].result()
    forget_previous_key(settings(tmp_path).key_file)
    threads.shutdown()
    drain.close()
    other.close()
    store = opened(tmp_path)
    found = store.tokens("w")
    store.close()
    assert found is not None
    assert (found.access, found.refresh) == ("NEW", "FRESH")


def noted(
    encrypt: Callable[[Cipher, str], bytes], event: threading.Event
) -> Callable[[Cipher, str], bytes]:
    """Encrypting, with a note that it began."""

    def noting(cipher: Cipher, text: str) -> bytes:
        event.set()
        return encrypt(cipher, text)

    return noting


def test_a_key_file_that_breaks_costs_a_running_process_nothing(tmp_path: Path) -> None:
    saved(tmp_path)
    running = opened(tmp_path)
    file = settings(tmp_path).key_file
    key = file.read_text()
    file.write_text("")
    assert running.rotate_tokens(
        "w", Tokens("NEW", "FRESH"), instance_url="https://a", expected_version=0
    )
    running.close()
    file.write_text(key)
    store = opened(tmp_path)
    found = store.tokens("w")
    store.close()
    assert found is not None
    assert found.access == "NEW"


@pytest.mark.parametrize("previous", [{}, {"ZSF_SECRET_KEY_PREVIOUS": "one"}])
def test_without_another_previous_key_rotating_a_variable_says_that_nothing_changed(
    zsf: Zsf, previous: dict[str, str]
) -> None:
    saved(zsf.folder, ZSF_SECRET_KEY="one")
    zsf.environment |= {"ZSF_SECRET_KEY": "one", **previous}
    done = zsf("rotate-key")
    assert done.returncode == 0
    assert "ZSF_SECRET_KEY_PREVIOUS" in done.stderr


def test_no_key_is_made_while_tokens_cannot_be_read(zsf: Zsf) -> None:
    saved(zsf.folder, ZSF_SECRET_KEY="lost")
    before = (zsf.folder / "data").joinpath("secret.key").exists()
    done = zsf("rotate-key")
    assert (done.returncode, before) == (2, False)
    assert "ZSF_SECRET_KEY_PREVIOUS" in done.stderr
    assert not (zsf.folder / "data" / "secret.key.previous").exists()
    zsf.environment["ZSF_SECRET_KEY_PREVIOUS"] = "lost"
    assert zsf("rotate-key").returncode == 0
    del zsf.environment["ZSF_SECRET_KEY_PREVIOUS"]
    assert readable(zsf.folder)


def test_status_and_drain_say_whose_tokens_cannot_be_read(zsf: Zsf) -> None:
    saved(zsf.folder, ZSF_SECRET_KEY="one")
    zsf.environment["ZSF_SECRET_KEY"] = "two"
    event = {**PURCHASE, "workspace": "w"}
    assert fed(zsf, event)["accepted"] == 1
    status = zsf("status", "--workspace", "w")
    assert status.returncode == 1
    assert "ZSF_SECRET_KEY_PREVIOUS" in status.stdout
    document = json.loads(zsf("status", "--workspace", "w", "--json").stdout)
    assert document["secret_key"]["unreadable"] == ["w"]
    assert document["secret_key"]["code"] == "TOKENS_UNREADABLE"
    drained = zsf("drain", "--workspace", "w")
    assert drained.returncode == 2
    assert "ZSF_SECRET_KEY_PREVIOUS" in drained.stderr
    zsf.environment["ZSF_SECRET_KEY"] = "one"
    healed = zsf("status", "--workspace", "w", "--json")
    assert json.loads(healed.stdout)["secret_key"]["unreadable"] == []
    assert healed.returncode == 0


class _Death:
    """Ends the process at the Nth step: before or after a change of a file or of the database."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.last:
            os._exit(DIED)

    def around(self, owner: object, name: str) -> None:
        call = getattr(owner, name)

        def stepping(*arguments: object, **named: object) -> object:
            self.step()
            result = call(*arguments, **named)
            self.step()
            return result

        setattr(owner, name, stepping)


DIED, NOT_DIED, FAILED = 9, 0, 1


def rotates_and_dies(folder: Path, last: int, *, finish: bool) -> int:
    """How a process ends that rotates the key and dies at that step; NOT_DIED if it has fewer."""
    child = os.fork()
    if child == 0:
        try:
            store, death = opened(folder), _Death(last)
            for owner, name in ((os, "replace"), (os, "fsync"), (os, "unlink")):
                death.around(owner, name)
            death.around(sealed, "execute")
            rotate_key(settings(folder), store, finish=finish)
            os._exit(NOT_DIED)
        except BaseException:
            os._exit(FAILED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(("finish", "least"), [(False, 20), (True, 8)])
def test_a_kill_at_any_step_of_rotating_leaves_the_tokens_readable(
    tmp_path: Path, finish: bool, least: int
) -> None:
    first, ended, last = tmp_path / "first", DIED, 0
    saved(first)
    if finish:  # of a rotation that was killed once before
        assert rotates_and_dies(first, 17, finish=False) == DIED
    while ended == DIED:
        last += 1
        folder = tmp_path / str(last)
        shutil.copytree(first, folder)
        ended = rotates_and_dies(folder, last, finish=finish)
        assert readable(folder), f"killed at step {last}"
        store = opened(folder)
        rotate_key(settings(folder), store, finish=False)
        rotate_key(settings(folder), store, finish=True)
        store.close()
        assert readable(folder), f"rotated again after a kill at step {last}"
    assert ended == NOT_DIED
    assert last > least


def test_a_sign_in_key_that_cannot_be_read_is_named_though_its_session_can(tmp_path: Path) -> None:
    """As if the previous key was taken away before everything was sealed again."""
    store = opened(tmp_path, ZSF_SECRET_KEY="one")
    key = SignInKey("client_credentials", "s3cret")
    store.save_connection(connection(), Tokens("ACCESS", None), key=key)
    store.close()
    both = opened(tmp_path, ZSF_SECRET_KEY="two", ZSF_SECRET_KEY_PREVIOUS="one")
    fresh = Tokens("FRESH", None)
    assert both.rotate_tokens("w", fresh, instance_url="https://a", expected_version=0)
    assert both.unreadable_tokens() == []
    both.close()
    only = opened(tmp_path, ZSF_SECRET_KEY="two")
    assert only.unreadable_tokens() == ["w"]
    only.close()


@pytest.mark.parametrize("sealed_with", ["one", "two"])
def test_a_kill_with_keys_of_the_environment_leaves_the_tokens_readable(
    tmp_path: Path, sealed_with: str
) -> None:
    saved(tmp_path, ZSF_SECRET_KEY=sealed_with)
    both = {"ZSF_SECRET_KEY": "two", "ZSF_SECRET_KEY_PREVIOUS": "one"}
    assert readable(tmp_path, **both)


def test_the_documented_steps_change_the_key_file(zsf: Zsf) -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.partition("## Change the secret key")[2].partition("\n## ")[0]
    steps = section.partition("```sh\n")[2].partition("```")[0].split("\n")
    saved(zsf.folder)
    before = (zsf.folder / "data" / "secret.key").read_text()
    commands = [step.split()[1:] for step in steps if step]
    assert len(commands) == 3
    for command in commands:
        assert zsf(*command).returncode == 0
    assert (zsf.folder / "data" / "secret.key").read_text() != before
    assert not (zsf.folder / "data" / "secret.key.previous").exists()
    assert readable(zsf.folder)
