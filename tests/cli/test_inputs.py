"""Files that commands read: UTF-8 with or without a byte order mark, from a path or from stdin."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.authoring.running import case
from tests.cli.zsf import PURCHASE, Zsf

BOM = b"\xef\xbb\xbf"
PERSON = {**PURCHASE, "prospect": {"id": "p1", "last_name": "Brontë"}}
EVENT = json.dumps(PERSON, ensure_ascii=False)


def write_file(zsf: Zsf, name: str, content: bytes) -> str:
    path: Path = zsf.folder / name
    path.write_bytes(content)
    return str(path)


def test_feed_refuses_a_line_that_is_not_utf8_and_takes_the_others(zsf: Zsf) -> None:
    other = json.dumps({**PERSON, "event_id": "e2"}, ensure_ascii=False)
    lines = [EVENT.encode(), EVENT.encode("latin-1"), b"not json", other.encode()]
    done = zsf("feed", write_file(zsf, "events.jsonl", b"\n".join(lines)), "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["accepted"], report["refused"]) == (1, 2, 2)
    reason = "not UTF-8 (byte 0xEB); save the file as UTF-8"
    assert report["refusals"][0] == {"line": 2, "reason": reason}
    assert f"events.jsonl:2: refused: {reason}" in done.stderr
    entry = json.loads(zsf("rules", "explain", "-", "--json", stdin=EVENT).stdout)
    assert "Brontë" in json.dumps(entry, ensure_ascii=False)


def test_feed_counts_every_refusal_and_shows_the_first(zsf: Zsf) -> None:
    done = zsf("feed", write_file(zsf, "events.jsonl", b"\xff\n" * 50))
    assert "refused 50" in done.stdout
    assert done.stderr.count(": refused: ") == 20
    assert "30 more lines refused" in done.stderr


@pytest.mark.parametrize("mark", [b"", BOM], ids=["plain", "byte order mark"])
@pytest.mark.parametrize(
    ("arguments", "content"),
    [
        (("feed",), EVENT.encode()),
        (("rules", "explain"), EVENT.encode()),
        (("badges",), b'[{"id": "p1"}]'),
    ],
    ids=["feed", "explain", "badges"],
)
def test_a_byte_order_mark_changes_nothing(
    zsf: Zsf, mark: bytes, arguments: tuple[str, ...], content: bytes
) -> None:
    path = write_file(zsf, "file", mark + content)
    assert zsf(*arguments, path, "--json").returncode == 0
    text = (mark + content).decode()
    assert zsf(*arguments, "-", "--json", stdin=text).returncode == 0


@pytest.mark.parametrize("arguments", [("rules", "explain"), ("badges",)])
def test_a_file_that_is_not_utf8_is_refused_with_its_line(
    zsf: Zsf, arguments: tuple[str, ...]
) -> None:
    done = zsf(*arguments, write_file(zsf, "file.json", b'{\n\n"name": "Bront\xeb"}'))
    assert done.returncode == 2
    assert "file.json:3: not UTF-8 (byte 0xEB); save the file as UTF-8" in done.stderr


@pytest.mark.parametrize("arguments", [("feed",), ("rules", "explain"), ("badges",)])
def test_a_folder_is_refused_as_a_file(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    done = zsf(*arguments, str(zsf.folder))
    assert done.returncode == 2
    assert "Is a directory; give a " in done.stderr


@pytest.mark.parametrize("arguments", [("feed",), ("rules", "explain"), ("badges",)])
def test_a_closed_stdin_is_named(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    command = shlex.join([sys.executable, "-m", "zsf_plugin", *arguments, "-"])
    done = subprocess.run(
        ["sh", "-c", f"{command} <&-"], env=zsf.environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("zsf: stdin: it is closed; give a ")


def test_badges_name_the_line_that_is_not_json(zsf: Zsf) -> None:
    done = zsf("badges", "-", stdin='[\n{"id": 1},\n]')
    assert "stdin:3: not JSON; give a JSON list" in done.stderr
    assert "stdin: not a list; give a JSON list" in zsf("badges", "-", stdin="{}").stderr


def test_explain_takes_another_workspace_than_the_events_own(zsf: Zsf) -> None:
    zsf.write("config/workspaces/acme/rules/10.toml", 'mode = "contact"\n')
    explained = zsf("rules", "explain", "-", "--workspace", "acme", "--json", stdin=EVENT)
    assert json.loads(explained.stdout)["plan"]["mode"] == "contact"
    own = zsf("rules", "explain", "-", "--json", stdin=EVENT)
    assert json.loads(own.stdout)["plan"]["mode"] == "lead"


@pytest.mark.parametrize(
    "org",
    [
        "",
        "not json",
        "[1]",
        '{"users": 5}',
        '{"users": ["x"]}',
        '{"records": {"Nope": [{}]}}',
        '{"latency_ms": -1}',
        "[" * 100_000,
        '{"records": {"Lead": 7}}',
        '{"fields": [{"object": "Lead"}]}',
        '{"latency_ms": "slow"}',
        '{"name": 1}',
        '{"no_such_key": 1}',
    ],
)
def test_an_org_that_cannot_be_emulated_is_one_line(zsf: Zsf, org: str) -> None:
    done = zsf("emulator", "--org", zsf.write("org.json", org))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("; correct --org\n")
    assert not re.search(r"object has no|iterable|codec|recursion|element #", done.stderr)


def test_rules_check_names_its_folders_and_counts_rules_in_force(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", 'mode = "contact"\n')
    shipped = json.loads(zsf("rules", "check", "--json").stdout)["rules"] - 1
    zsf.write("config/rules/20.toml", "mode = contact\n")
    zsf.write("config/workspaces/default/rules/30.toml", 'mode = "lead"\n')
    report = json.loads(zsf("rules", "check", "--json").stdout)
    config = zsf.folder / "config"
    assert report["folders"] == [
        str(config / "rules"),
        str(config / "workspaces" / "default" / "rules"),
    ]
    assert report["rules"] == shipped + 2
    (finding,) = report["findings"]
    keys = {"code", "file", "line", "column", "pointer", "message", "severity"}
    assert set(finding) == keys
    assert (finding["file"], finding["severity"]) == ("rules/20.toml", "error")
    assert f"Read {config / 'rules'}" in zsf("rules", "check").stdout


def test_rules_check_refuses_a_config_folder_that_does_not_exist(zsf: Zsf) -> None:
    done = zsf("rules", "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no config folder" in done.stderr
    assert "zsf init" in done.stderr


@pytest.mark.parametrize("link", ["", "nowhere"], ids=["a file", "a dangling link"])
def test_rules_that_are_no_folder_are_a_finding(zsf: Zsf, link: str) -> None:
    rules = zsf.folder / "config" / "rules"
    rules.parent.mkdir()
    if link:
        rules.symlink_to(link)
    else:
        rules.write_text('mode = "contact"')
    done = zsf("rules", "check")
    assert done.returncode == 1
    assert done.stdout.startswith("rules: the folder cannot be read (")
    assert zsf("init").stderr.startswith(f"zsf: {rules}: File exists; make it a folder")


def test_a_config_folder_that_cannot_be_named_does_not_exist(zsf: Zsf) -> None:
    zsf.environment["ZSF_CONFIG_DIR"] = f"/{'y' * 300}"
    assert "there is no config folder" in zsf("rules", "check").stderr


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("arguments", [("feed",), ("rules", "explain"), ("badges",)])
def test_utf_16_is_named_and_nothing_of_it_is_taken(
    zsf: Zsf, encoding: str, arguments: tuple[str, ...]
) -> None:
    content = f"\ufeff{EVENT}\n{EVENT}\n".encode(encoding)
    done = zsf(*arguments, write_file(zsf, "file", content))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "UTF-16, not UTF-8; save the file as UTF-8" in line


@pytest.mark.parametrize(
    "text",
    [
        f"{EVENT}\r\n\r\n{EVENT}",
        f"\ufeff{EVENT}\r\n  \n{EVENT}\n\n",
        f"\n\n{EVENT}\n{EVENT}",
        f"\ufeff\n{EVENT}\n{EVENT}",
    ],
    ids=["CRLF without an end", "mark and blanks", "blank first", "mark alone"],
)
def test_line_ends_and_blank_lines_are_no_part_of_an_event(zsf: Zsf, text: str) -> None:
    report = json.loads(
        zsf("feed", write_file(zsf, "events.jsonl", text.encode()), "--json").stdout
    )
    assert (report["accepted"], report["duplicate"], report["refused"]) == (1, 1, 0)


def test_a_key_file_may_begin_with_a_mark(zsf: Zsf) -> None:
    plain = write_file(zsf, "key.pem", BOM + b"-----BEGIN PRIVATE KEY-----\r\nAAAA\r\n")
    words = ("connect", "--login-url", "http://127.0.0.1:1", "--username", "u", "--jwt-key")
    assert "not an RSA private key" in zsf(*words, plain).stderr
    other = write_file(zsf, "other.pem", "\ufeffkey".encode("utf-16-le"))
    assert "UTF-16, not UTF-8" in zsf(*words, other).stderr
    assert "No such file" in zsf(*words, str(zsf.folder / "gone.pem")).stderr


def test_rules_check_reads_files_before_they_are_in_force(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", 'mode = "contact"\n')
    zsf.write("new/10.toml", "[switches]\nsync_prospect = true\n")
    zsf.write("new/20.yaml", "mode: lead\n")
    new = zsf.folder / "new"
    checked = zsf("rules", "check", str(new), "--json")
    assert checked.returncode == 1
    report = json.loads(checked.stdout)
    codes = [(one["file"], one["code"]) for one in report["findings"]]
    assert codes == [
        (str(new / "10.toml"), "INVALID"),
        (str(new / "20.yaml"), "RULE_FILE_ENDING"),
    ]
    assert report["folders"] == [str(new)]
    assert report["absent"] == []
    assert report["org"] is None
    assert "Not checked against an org" in zsf("rules", "check", str(new)).stdout


@pytest.mark.parametrize("action", ["check", "test", "fmt", "migrate", "diff"])
def test_a_path_that_is_not_there_ends_each_command_before_it_does_anything(
    zsf: Zsf, action: str
) -> None:
    rule = zsf.write("new/10.toml", 'mode="contact"\n')
    zsf.write("new/a.test.toml", case('mode = "contact"'))
    gone = str(zsf.folder / "gone")
    done = zsf("rules", action, str(zsf.folder / "new"), gone)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"zsf: there is no (folder or file ')?{gone}'?; give .*\n", done.stderr)
    assert Path(rule).read_text(encoding="utf-8") == 'mode="contact"\n'


def test_a_rule_that_others_override_is_a_warning(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", 'mode = "contact"\n')
    zsf.write("config/rules/20.toml", 'mode = "lead"\n')
    assert zsf("rules", "check").returncode == 0
    strict = zsf("rules", "check", "--strict")
    assert strict.returncode == 1
    assert "10.toml: warning: has no effect: all that it sets is set again by" in strict.stdout
