"""Another secret key: tokens stay readable whatever dies, repeated events stay the same event, and
what cannot be read is said at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from tests.contract.store_contract import connection
from zsf_plugin.model import Tokens
from zsf_plugin.ports import Store
from zsf_plugin.settings import Settings, from_environment
from zsf_plugin.store import open_store
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
    zsf.environment |= {"ZSF_SECRET_KEY": "two", "ZSF_SECRET_KEY_PREVIOUS": "one"}
    assert fed(zsf, PURCHASE)["duplicate"] == 1
    assert fed(zsf, OTHER_CONTENT)["refused"] == 1
    assert zsf("rotate-key").returncode == 0
    del zsf.environment["ZSF_SECRET_KEY_PREVIOUS"]
    assert fed(zsf, PURCHASE)["duplicate"] == 1
    assert fed(zsf, OTHER_CONTENT)["refused"] == 1


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


#: Rotates the key file, and dies at the Nth change of a file or of the database.
DIE_AT = """
import os, sqlite3, sys
from pathlib import Path
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store
from zsf_plugin.store import secrecy
from zsf_plugin.wiring.keys import rotate_key
import zsf_plugin.store.sqlite.sealed as sealed

folder, last = Path(sys.argv[1]), int(sys.argv[2])
settings = from_environment(dict(os.environ), config_dir=folder, data_dir=folder / "data")
store = open_store(settings)
steps = 0

def step(call):
    def counted(*arguments, **named):
        global steps
        for _ in range(2):
            steps += 1
            if steps == last:
                os._exit(9)
            if _ == 0:
                result = call(*arguments, **named)
        return result
    return counted

os.replace, os.fsync, os.unlink = step(os.replace), step(os.fsync), step(os.unlink)
sealed.execute = step(sealed.execute)
rotate_key(settings, store, finish=False)
print(steps)
"""


def test_a_kill_at_any_step_of_rotating_leaves_the_tokens_readable(tmp_path: Path) -> None:
    steps, last = 0, 0
    while True:
        last += 1
        folder = tmp_path / str(last)
        saved(folder)
        done = subprocess.run(
            [sys.executable, "-c", DIE_AT, str(folder), str(last)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert readable(folder), f"killed at step {last}"
        store = opened(folder)
        rotate_key(settings(folder), store, finish=False)
        rotate_key(settings(folder), store, finish=True)
        store.close()
        assert readable(folder), f"rotated again after a kill at step {last}"
        if done.returncode == 0:
            steps = int(done.stdout)
            break
        assert done.returncode == 9, done.stderr
    assert last == steps + 1
    assert steps >= 20


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
