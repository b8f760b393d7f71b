"""From settings to files: which database and key, created by whom, readable by whom, and at what
cost."""

from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.settings import Settings
from zsf_plugin.store import Cipher, open_cipher, open_store
from zsf_plugin.store.opening import database_file


def settings(folder: Path, url: str | None = None, key: str | None = None) -> Settings:
    return Settings(config_dir=folder, data_dir=folder / "data", database_url=url, secret_key=key)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_database_and_key_are_created_for_their_owner_only(tmp_path: Path) -> None:
    store = open_store(settings(tmp_path))
    made = {path.name: mode(path) for path in (tmp_path / "data").iterdir()}
    store.close()
    assert mode(tmp_path / "data") == 0o700
    assert {"zsf.sqlite3", "secret.key"} <= set(made)
    assert set(made.values()) == {0o600}


@pytest.mark.parametrize("slashes", ["sqlite:///", "sqlite:////", "SQLITE:///"])
def test_a_path_in_the_url_is_absolute_wherever_the_service_was_started(
    tmp_path: Path, slashes: str
) -> None:
    file = tmp_path / "elsewhere" / "my.db"
    chosen = settings(tmp_path, f"{slashes}{str(file).lstrip('/')}")
    assert database_file(chosen) == file
    open_store(chosen).close()
    assert file.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql+psycopg://u:hunter2@db/zsf", "'postgresql+psycopg'"),
        ("postgresql://u:hunter2@db/zsf?no=such", "libpq does not understand"),
        ("postgres://u:hunter2@db/zsf?sslmode", "libpq does not understand"),
        ("mysql://u:hunter2@db/zsf", "'mysql'"),
        ("sqlite://", "names no database file"),
        ("sqlite:///", "names no database file"),
        ("sqlite:///:memory:", "names no database file"),
        ("sqlite:///tmp/x?mode=ro", "names no database file"),
        ("//[hunter2", "scheme"),
        ("hunter2", "scheme"),
    ],
)
def test_any_other_url_is_refused_with_what_is_accepted_and_without_its_password(
    tmp_path: Path, url: str, words: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_store(settings(tmp_path, url))
    assert words in str(refused.value)
    assert "sqlite:///PATH" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_folder_that_cannot_be_created_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands in the way")
    with pytest.raises(StoreUnavailable, match="ZSF_DATA_DIR"):
        open_store(settings(tmp_path))


def test_a_key_yields_the_same_digests_from_the_variable_and_from_the_file(tmp_path: Path) -> None:
    from_file = open_cipher(settings(tmp_path))
    text = (tmp_path / "data" / "secret.key").read_text()
    assert open_cipher(settings(tmp_path, key=text)).digest_key() == from_file.digest_key()
    assert (
        open_cipher(settings(tmp_path, key=text.strip())).decrypt(from_file.encrypt("token"))
        == "token"
    )
    assert open_cipher(settings(tmp_path, key="another")).digest_key() != from_file.digest_key()


def test_a_key_file_that_others_could_read_is_tightened(tmp_path: Path) -> None:
    before = open_cipher(settings(tmp_path)).digest_key()
    key_file = tmp_path / "data" / "secret.key"
    key_file.chmod(0o644)
    assert open_cipher(settings(tmp_path)).digest_key() == before
    assert mode(key_file) == 0o600


@pytest.mark.parametrize(
    "written", ["a key\n", '"a key"', "'a key'\r\n", "\ufeffa key", ' " a key "']
)
def test_white_space_quotes_and_a_mark_around_a_key_are_no_part_of_it(
    tmp_path: Path, written: str
) -> None:
    plain = open_cipher(settings(tmp_path, key="a key"))
    cipher = open_cipher(settings(tmp_path, key=written))
    assert plain.decrypt(cipher.encrypt("token")) == "token"
    as_written = Cipher(written.strip(), "a version that took them as a part of it")
    assert cipher.decrypt(as_written.encrypt("token")) == "token"


def test_quotes_within_a_key_are_a_part_of_it(tmp_path: Path) -> None:
    for key in ('"a', "a'", "\"a'", 'a "key"', '"'):
        sealed = open_cipher(settings(tmp_path, key=key)).encrypt("token")
        assert Cipher(key, "here").decrypt(sealed) == "token"


@pytest.mark.parametrize("blank", ["", " \n", '""', "\ufeff"])
def test_a_previous_key_that_is_blank_is_none(tmp_path: Path, blank: str) -> None:
    cipher = open_cipher(replace(settings(tmp_path, key="a key"), secret_key_previous=blank))
    assert not cipher.fits(Cipher(blank.strip(), "nothing").encrypt("forged"))


@pytest.mark.parametrize("blank", [" \n", '""', "\ufeff"])
def test_a_variable_that_is_set_to_nothing_is_refused(tmp_path: Path, blank: str) -> None:
    with pytest.raises(ConfigurationError, match="ZSF_SECRET_KEY is empty"):
        open_cipher(settings(tmp_path, key=blank))


@pytest.mark.parametrize("content", [b"", b"\n", b'""', b"\xff\xfe"])
def test_a_previous_key_file_without_a_key_opens_nothing(tmp_path: Path, content: bytes) -> None:
    open_cipher(settings(tmp_path))
    (tmp_path / "data" / "secret.key.previous").write_bytes(content)
    cipher = open_cipher(settings(tmp_path))
    assert not cipher.fits(Cipher("", "nobody").encrypt("forged"))
    assert len(cipher.session_keys()) == 1


def test_a_previous_key_file_that_others_could_read_is_tightened(tmp_path: Path) -> None:
    open_cipher(settings(tmp_path))
    previous = tmp_path / "data" / "secret.key.previous"
    previous.write_text("former\n")
    previous.chmod(0o644)
    assert open_cipher(settings(tmp_path)).fits(Cipher("former", "here").encrypt("token"))
    assert mode(previous) == 0o600


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\x00"])
def test_a_key_file_without_a_key_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "data").mkdir()
    key_file = tmp_path / "data" / "secret.key"
    key_file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"secret\.key"):
        open_cipher(settings(tmp_path))
    assert key_file.read_bytes() == content


def test_a_cipher_shows_nothing_of_its_key(tmp_path: Path) -> None:
    cipher = open_cipher(settings(tmp_path, key="hunter2"))
    assert "hunter2" not in f"{cipher!r} {vars(cipher)}"


_OPEN = """
import sys
from pathlib import Path
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_cipher, open_store
folder = Path(sys.argv[1])
chosen = Settings(config_dir=folder, data_dir=folder / "data")
print("ready", flush=True)
sys.stdin.readline()
store = open_store(chosen)
print(store.counts("w").pending, open_cipher(chosen).digest_key().hex())
"""


def test_processes_that_open_a_new_folder_at_once_share_one_database_and_one_key(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", _OPEN, str(tmp_path)]
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(6)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in processes]
    assert [error for _, error in answers if error] == []
    assert len({answer for answer, _ in answers}) == 1


def test_importing_the_store_loads_no_cryptography() -> None:
    code = "import sys, zsf_plugin.store; print('cryptography' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "False\n"
    )
