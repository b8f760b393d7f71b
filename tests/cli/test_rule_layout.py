"""`zsf rules fmt` and `zsf rules migrate`: files are rewritten whole, what is invalid is left alone,
and `--check` writes nothing."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.cli.terminal import on_terminal
from tests.cli.zsf import Zsf
from zsf_plugin.cli.running import run
from zsf_plugin.rulebook import language
from zsf_plugin.rulebook.language import Rename

MESSY = '# Ours.\nmode="lead" # x\nname="N"\n'
TIDY = 'name = "N"\n# Ours.\nmode = "lead"  # x\n'


def test_the_files_in_force_are_laid_out_in_place(zsf: Zsf) -> None:
    shared = Path(zsf.write("config/rules/10.toml", MESSY))
    own = Path(zsf.write("config/workspaces/acme/rules/10.json", '{"mode":"lead","name":"N"}'))
    cases = Path(zsf.write("config/rules/10.test.toml", MESSY))
    shared.chmod(0o640)
    done = zsf("rules", "fmt", "--workspace", "acme", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "changed": [str(shared), str(own)],
        "unchanged": 0,
        "findings": [],
        "failures": [],
        "check": False,
    }
    assert shared.read_text() == TIDY
    assert stat.S_IMODE(shared.stat().st_mode) == 0o640
    assert own.read_text() == '{\n  "name": "N",\n  "mode": "lead"\n}\n'
    assert cases.read_text() == MESSY
    assert zsf("rules", "fmt", "--workspace", "acme").stdout == "0 files changed, 2 unchanged\n"


def test_check_writes_nothing_and_shows_what_would_change(zsf: Zsf) -> None:
    file = Path(zsf.write("10.toml", MESSY.replace("\n", "\r\n")))
    done = zsf("rules", "fmt", "--check", str(file))
    assert done.returncode == 1
    assert f"--- {file}\n+++ {file}\n" in done.stdout
    assert "^M" not in done.stdout
    assert '+mode = "lead"  # x\n' in done.stdout
    assert done.stdout.endswith("1 file would change, 0 unchanged\n")
    assert file.read_bytes() == MESSY.replace("\n", "\r\n").encode()
    zsf("rules", "fmt", str(file))
    assert file.read_bytes() == TIDY.replace("\n", "\r\n").encode()
    assert zsf("rules", "fmt", "--check", str(file)).returncode == 0


def test_a_terminal_shows_the_diff_in_colour_unless_it_must_not(zsf: Zsf) -> None:
    long = f'name = "{"x " * 60}"'
    file = zsf.write("10.toml", f"{long}\nmode='lead'\n")
    shown = on_terminal(zsf, "rules", "fmt", "--check", file).text
    assert "\x1b[31m-mode='lead'\x1b[0m" in shown
    assert "\x1b[32m+mode = 'lead'\x1b[0m" in shown
    assert long in shown
    assert "\x1b" not in zsf("rules", "fmt", "--check", file).stdout
    zsf.environment["NO_COLOR"] = "1"
    shown = on_terminal(zsf, "rules", "fmt", "--check", file).text
    assert "-mode='lead'\r\n+mode = 'lead'\r\n" in shown
    assert "\x1b" not in shown


def test_an_invalid_file_is_left_alone_with_its_finding(zsf: Zsf) -> None:
    invalid = Path(zsf.write("rules/10.toml", 'mod="lead"\n'))
    valid = Path(zsf.write("rules/20.toml", MESSY))
    done = zsf("rules", "fmt", str(zsf.folder / "rules"))
    assert done.returncode == 1
    assert f"{invalid}:1: /mod: unknown key 'mod'; did you mean 'mode'?\n" in done.stdout
    assert done.stdout.endswith("1 file changed, 0 unchanged, 1 file left alone\n")
    assert invalid.read_text() == 'mod="lead"\n'
    assert valid.read_text() == TIDY


@pytest.mark.parametrize("command", ["check", "fmt", "migrate"])
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("notes.md", "RULE_FILE_OTHER"),
        ("10.test.toml", "RULE_FILE_OTHER"),
        ("rule.schema.json", "RULE_FILE_OTHER"),
        ("10.toml.txt", "RULE_FILE_ENDING"),
        (".10.toml", "RULE_FILE_HIDDEN"),
    ],
)
def test_a_named_file_that_is_no_rule_is_a_finding_of_every_command(
    zsf: Zsf, command: str, name: str, code: str
) -> None:
    file = Path(zsf.write(name, "# notes\n"))
    done = zsf("rules", command, str(file), "--json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["file"], finding["code"]) == (1, str(file), code)
    assert f"{file}: is no" in zsf("rules", command, str(file)).stdout
    assert file.read_text() == "# notes\n"


def test_a_name_in_capitals_is_a_rules(zsf: Zsf) -> None:
    file = Path(zsf.write("10.TOML", MESSY))
    assert (
        zsf("rules", "fmt", str(file)).stdout == f"Laid out {file}\n1 file changed, 0 unchanged\n"
    )
    assert file.read_text() == TIDY


def test_with_a_missing_path_among_others_nothing_is_done_as_in_check(zsf: Zsf) -> None:
    file = Path(zsf.write("10.toml", MESSY))
    for command in ("check", "fmt"):
        done = zsf("rules", command, str(file), "rulse", "--json")
        assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "no_such_path")
    assert file.read_text() == MESSY


@pytest.mark.parametrize("command", ["fmt", "migrate"])
def test_a_path_that_does_not_exist_could_not_run(zsf: Zsf, command: str) -> None:
    done = zsf("rules", command, "rulse", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "no_such_path")
    assert json.loads(zsf("rules", command, "--json").stdout)["error"]["code"] == "no_config_folder"


def test_nothing_is_migrated_that_has_current_names(zsf: Zsf) -> None:
    file = Path(zsf.write("10.toml", MESSY))
    done = zsf("rules", "migrate", str(file))
    assert (done.returncode, done.stdout) == (0, "0 files changed, 1 unchanged\n")
    assert file.read_text() == MESSY


def test_a_former_name_is_migrated_with_its_comments(
    zsf: Zsf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in zsf.environment.items():
        monkeypatch.setenv(name, value)
    renames = (Rename(2, ("match", "shared"), "shared_mailbox"),)
    monkeypatch.setattr(language, "RENAMES", renames)
    file = Path(zsf.write("10.toml", '[match]\n# one of three\nshared="hold" # x\n'))
    assert run(["rules", "migrate", "--check", str(file)]) == 1
    shown = capsys.readouterr().out
    assert '-shared="hold" # x\n+shared_mailbox = "hold"  # x\n' in shown
    assert shown.endswith("1 file would be migrated, 0 unchanged\n")
    assert run(["rules", "migrate", str(file)]) == 0
    assert file.read_text() == '[match]\n# one of three\nshared_mailbox = "hold"  # x\n'


def test_checking_rules_loads_no_library_that_only_a_layout_needs(zsf: Zsf) -> None:
    from tests.cli.test_loading import modules_loaded_by

    assert "tomlkit" not in modules_loaded_by(zsf, "rules", "show")
