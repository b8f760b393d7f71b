"""A file that cannot be read or written stops no other: each failure is in the report, and the exit
code is 2."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.zsf import Zsf
from zsf_plugin.cli import chosen_rules, rule_layout
from zsf_plugin.cli.running import run

MESSY = '# Ours.\nmode="lead" # x\nname="N"\n'
TIDY = 'name = "N"\n# Ours.\nmode = "lead"  # x\n'


def _read_only(file: Path) -> None:
    file.chmod(0o444)


def _linked(file: Path) -> None:
    (file.parent.parent / "other").hardlink_to(file)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


def _to_itself(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


REFUSED = {
    "read_only": _read_only,
    "hard_linked": _linked,
    "not_a_file": _folder,
    "not_found": _nowhere,
    "not_read": _to_itself,
}


@pytest.fixture
def folder(zsf: Zsf, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three rules that are not laid out."""
    for name, value in zsf.environment.items():
        monkeypatch.setenv(name, value)
    for number in (10, 20, 30):
        zsf.write(f"rules/{number}.toml", MESSY)
    return zsf.folder / "rules"


@pytest.mark.parametrize(("code", "spoil"), [*REFUSED.items(), ("not_a_file", _pipe)])
def test_a_file_that_fails_stops_no_other(
    folder: Path, capsys: pytest.CaptureFixture[str], code: str, spoil: Callable[[Path], None]
) -> None:
    files = [folder / f"{number}.toml" for number in (10, 20, 30)]
    spoil(files[1])
    assert run(["rules", "fmt", str(folder), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["changed"] == [str(files[0]), str(files[2])]
    (failed,) = document["failures"]
    assert (failed["file"], failed["code"]) == (str(files[1]), code)
    assert str(files[1]) in failed["message"]
    assert [file.read_text() for file in (files[0], files[2])] == [TIDY, TIDY]
    assert run(["rules", "fmt", str(folder)]) == 2
    *_, shown, counts = capsys.readouterr().out.splitlines()
    assert shown == f"Failed: {failed['message']}; {failed['hint']}"
    assert counts == "0 files changed, 2 unchanged, 1 file failed"


def test_what_was_written_is_said_beside_what_was_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "10.toml").chmod(0o444)
    (folder / "20.toml").write_text("mod = 1\n")
    assert run(["rules", "fmt", str(folder)]) == 2
    invalid, written, failed, counts = capsys.readouterr().out.splitlines()
    assert invalid.startswith(f"{folder}/20.toml:1: /mod: unknown key")
    assert written == f"Laid out {folder}/30.toml"
    assert failed.startswith(
        f"Failed: {folder}/10.toml is read-only for this user; make it writable"
    )
    assert counts == "1 file changed, 0 unchanged, 1 file left alone, 1 file failed"


def test_a_file_that_may_not_be_written_can_be_checked(folder: Path) -> None:
    (folder / "10.toml").chmod(0o444)
    assert run(["rules", "fmt", "--check", str(folder)]) == 1


def test_a_full_disk_stops_no_other_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(temporary: Path, file: Path, replace: Callable[..., None] = os.replace) -> None:
        if file.name == "20.toml":
            raise OSError(28, "No space left on device")
        replace(temporary, file)

    monkeypatch.setattr(os, "replace", fail)
    assert run(["rules", "fmt", str(folder), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert [failed["code"] for failed in document["failures"]] == ["not_written"]
    assert len(document["changed"]) == 2


def test_a_folder_that_cannot_be_listed_stops_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = folder.parent / "closed"
    closed.mkdir()

    def list_names(place: Path, listdir: Callable[[Path], list[str]] = os.listdir) -> list[str]:
        if place == closed:
            raise PermissionError(13, "Permission denied")
        return listdir(place)

    monkeypatch.setattr(chosen_rules.os, "listdir", list_names)
    assert run(["rules", "fmt", str(closed), str(folder), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    (failed,) = document["failures"]
    assert (failed["file"], failed["code"]) == (str(closed), "unreadable")
    assert len(document["changed"]) == 3


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        (lambda file: file.write_text('mode = "contact"\n'), "changed_meanwhile"),
        (lambda file: file.unlink(), "not_found"),
        (_folder, "not_a_file"),
    ],
)
def test_what_a_person_does_meanwhile_is_never_undone(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    meanwhile: Callable[[Path], None],
    code: str,
) -> None:
    file = folder / "20.toml"
    seen: list[str] = []

    def lay_out(text: str, is_toml: bool) -> str:
        seen.append(text)
        if len(seen) == 2:
            meanwhile(file)
        return TIDY if is_toml else text

    monkeypatch.setattr(rule_layout, "_laid_out", lay_out)
    assert run(["rules", "fmt", str(folder), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert [(one["file"], one["code"]) for one in document["failures"]] == [(str(file), code)]
    assert len(document["changed"]) == 2
    assert not file.is_file() or file.read_text() == 'mode = "contact"\n'
