"""Rules that are not in force yet are read as they would be if they were dropped in."""

from __future__ import annotations

from pathlib import Path

from zsf_plugin.rulebook.drafts import read_drafts


def test_a_folder_lies_over_the_shipped_rules_and_a_later_path_over_an_earlier_one(
    tmp_path: Path,
) -> None:
    low, high = tmp_path / "low", tmp_path / "high.toml"
    low.mkdir()
    (low / "10.toml").write_text('mode = "contact"\n[limits]\ncalls_per_second = 3\n')
    high.write_text('mode = "lead"\n')
    read = read_drafts([low, high])
    rules = read.in_force.rules_for({})
    assert (rules.mode, rules.limits.calls_per_second) == ("lead", 3.0)
    assert rules.origins["/mode"] == str(high)
    assert read.findings == ()
    assert read.files == {f"{low}/10.toml": low / "10.toml", str(high): high}


def test_all_that_is_wrong_is_found_at_once(tmp_path: Path) -> None:
    (tmp_path / "10.toml").write_text('mod = "contact"\n')
    (tmp_path / "20.toml.txt").write_text('mode = "contact"\n')
    (tmp_path / "30.toml").write_text("when = \"prospect.company.employees > '9'\"\n")
    (tmp_path / "40.toml").write_text('[match]\nLead = ["Fax"]\n')
    found = read_drafts([tmp_path]).findings
    assert [Path(finding.file).name for finding in found] == [
        "10.toml",
        "20.toml.txt",
        "40.toml",
        "30.toml",
    ]


def test_a_file_is_refused_by_its_name_as_in_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "20.yaml"
    file.write_text("mode: contact\n")
    read = read_drafts([file])
    assert [finding.code for finding in read.findings] == ["RULE_FILE_ENDING"]
    assert "20.toml" in read.findings[0].message


def test_an_invalid_file_keeps_message_contents_off(tmp_path: Path) -> None:
    on, invalid = tmp_path / "10.toml", tmp_path / "20.toml"
    on.write_text("[switches]\ninclude_contents = true\n")
    invalid.write_text("mode = 1\n")
    assert read_drafts([on]).in_force.switches_for({}).include_contents
    assert not read_drafts([on, invalid]).in_force.switches_for({}).include_contents


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "rulse"
    assert read_drafts([missing]).missing == (missing,)


def test_a_workspaces_own_folder_may_override_the_shared_one(tmp_path: Path) -> None:
    shared, own = tmp_path / "rules", tmp_path / "workspaces" / "us" / "rules"
    for folder, mode in ((shared, "lead"), (own, "contact")):
        folder.mkdir(parents=True)
        (folder / "10.toml").write_text(f'mode = "{mode}"\n')
    read = read_drafts([shared, own])
    assert (read.findings, read.in_force.rules_for({}).mode) == ((), "contact")
