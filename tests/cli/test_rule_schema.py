"""`zsf rules schema` and the files of `zsf init`: editors check rules against the org, offline."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from tests.cli.test_provision import connected
from tests.cli.zsf import Zsf
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.rulebook.schema import schema_document


def lead_fields(text: str) -> set[str]:
    return set(json.loads(text)["properties"]["fields"]["properties"]["Lead"]["properties"])


def test_without_an_org_the_plain_schema_is_printed_and_said_to_be_so(zsf: Zsf) -> None:
    done = zsf("rules", "schema")
    assert (done.returncode, json.loads(done.stdout)) == (0, schema_document("rule"))
    assert "No fields of an org are known for workspace default" in done.stderr
    assert json.loads(zsf("rules", "schema", "--json").stdout) == schema_document("rule")


def test_with_an_org_it_has_its_fields_and_is_found_beside_the_rules(tmp_path: Path) -> None:
    with Emulator(OrgSpec.stock()) as emulator:
        zsf = connected(tmp_path, emulator)
        zsf("fields")
    folder = tmp_path / "config" / "rules"
    zsf("init")
    done = zsf("rules", "schema", "--write", str(folder), "--json")
    written = json.loads(done.stdout)
    assert done.stderr.startswith(f"With the fields of org {written['org_id']}, as read ")
    assert written["file"] == str(folder / "rule.schema.json")
    assert written["first_line"] == "#:schema ./rule.schema.json"
    text = (folder / "rule.schema.json").read_text(encoding="utf-8")
    assert "Industry" in lead_fields(text)
    assert lead_fields(zsf("rules", "schema").stdout) == lead_fields(text)
    assert zsf("rules", "check").returncode == 0
    assert {path.name for path in folder.iterdir()} == {"10-rules.toml", "rule.schema.json"}


def test_it_is_not_written_to_what_is_no_folder(zsf: Zsf) -> None:
    done = zsf("rules", "schema", "--write", str(zsf.folder / "none"), "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "no_folder")


def test_init_writes_the_schema_that_its_rule_file_names(zsf: Zsf) -> None:
    written = json.loads(zsf("init", "--json").stdout)
    first, *_ = Path(written["rule"]).read_text(encoding="utf-8").splitlines()
    schema = Path(written["rule"]).parent / first.removeprefix("#:schema ")
    assert schema.samefile(written["schema"])
    assert json.loads(schema.read_text(encoding="utf-8")) == schema_document("rule")
    assert zsf("rules", "check").returncode == 0


def test_init_without_an_org_keeps_a_schema_that_knows_one(zsf: Zsf) -> None:
    schema = Path(zsf.write("config/rules/rule.schema.json", '{"title": "of an org"}'))
    zsf("init")
    assert schema.read_text() == '{"title": "of an org"}'


def test_init_for_a_workspace_writes_to_its_own_folder(zsf: Zsf) -> None:
    zsf("init", "--workspace", "acme")
    folder = zsf.folder / "config" / "workspaces" / "acme" / "rules"
    assert {path.name for path in folder.iterdir()} == {"10-rules.toml", "rule.schema.json"}
    assert not (zsf.folder / "config" / "rules").exists()
    assert json.loads(zsf("rules", "check", "--workspace", "acme", "--json").stdout)["folders"] == [
        str(folder)
    ]
    assert "not safe in a path" in zsf("init", "--workspace", "../x").stderr


def test_a_file_that_is_written_again_keeps_its_mode_and_its_link(zsf: Zsf) -> None:
    kept = Path(zsf.write("elsewhere/schema.json", '{"title": "A rule of zsf-plugin"}'))
    kept.chmod(0o640)
    (zsf.folder / "rules").mkdir()
    link = zsf.folder / "rules" / "rule.schema.json"
    link.symlink_to(kept)
    zsf("rules", "schema", "--write", str(zsf.folder / "rules"))
    assert link.is_symlink()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert json.loads(kept.read_text(encoding="utf-8")) == schema_document("rule")
    assert [path.name for path in kept.parent.iterdir()] == ["schema.json"]
