"""Each command as a person or a script meets it: exit codes, one JSON document, errors in one
line."""

from __future__ import annotations

import argparse
import json
import re

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from tests.fakes.events import prospect, purchase
from tests.forked_commands import ReadCommand
from zsf_plugin.cli.entry_report import EntryReport
from zsf_plugin.cli.outbox import add_outbox
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import PlannedField
from zsf_plugin.ports import Entry, JournalLine


def test_init_writes_a_rule_file_of_comments_and_keeps_existing_files(zsf: Zsf) -> None:
    assert zsf("init").returncode == 0
    rule = zsf.folder / "config" / "rules" / "10-rules.toml"
    assert all(line.startswith("#") for line in rule.read_text().splitlines())
    rule.write_text('mode = "contact"\n')
    assert zsf("init").returncode == 0
    assert rule.read_text() == 'mode = "contact"\n'
    assert zsf("rules", "check").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("init",),
        ("status",),
        ("outbox", "list"),
        ("rules", "check"),
        ("rules", "show"),
        ("drain",),
        ("disconnect",),
    ],
)
def test_json_is_exactly_one_document(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    json.loads(zsf(*arguments, "--json").stdout)


def test_status_has_the_keys_that_scripts_rely_on(zsf: Zsf) -> None:
    document = json.loads(zsf("status", "--json").stdout)
    assert {"pending", "writing", "held", "done", "skipped", "paused", "api", "connection"} <= set(
        document
    )
    assert {"reason", "until"} <= set(document["paused"])
    assert {"used", "limit", "calls_by_purpose", "resting"} <= set(document["api"])
    assert {"state", "environment", "instance_url", "org_id", "org_name"} <= set(
        document["connection"]
    )


def test_drain_names_its_next_moments_as_scripts_read_them(zsf: Zsf) -> None:
    zsf("feed", zsf.write("events.jsonl", json.dumps({**PURCHASE, "prospect": {}})))
    document = json.loads(zsf("drain", "--json").stdout)
    assert document["wakes_at"] is None
    assert isinstance(document["looks_at"], float)
    assert not {"next_due_at", "recheck_at"} & set(document)


def test_a_typo_in_a_rule_file_keeps_the_last_valid_version_in_later_processes(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", 'mode = "contact"\n')
    assert zsf("rules", "check").returncode == 0
    zsf.write("config/rules/10.toml", "mode = contact\n")
    assert json.loads(zsf("rules", "show", "--json").stdout)["mode"] == "contact"
    status = json.loads(zsf("status", "--json").stdout)
    assert status["rules"]["findings"] == 1
    assert status["rules"]["wrong_files"] == ["rules/10.toml"]
    assert json.loads(zsf("drain", "--json").stdout)["findings"] == 1
    assert "rules/10.toml" in zsf("status").stdout
    assert "1 finding in the rules: run `zsf rules check`" in zsf("drain").stderr


def test_status_says_which_rules_are_in_force(zsf: Zsf) -> None:
    before = json.loads(zsf("status", "--json").stdout)["rules"]
    assert re.fullmatch("[0-9a-f]{16,}", before["digest"])
    assert before["files"][0] == "shipped/10-switches.toml"
    shown = f"{before['digest'][:12]} ({len(before['files'])} files)"
    assert shown in zsf("status").stdout
    assert json.loads(zsf("status", "--json").stdout)["rules"] == before
    zsf.write("config/rules/10.toml", 'mode = "contact"\n')
    after = json.loads(zsf("status", "--json").stdout)["rules"]
    assert after["files"] == [*before["files"], "rules/10.toml"]
    assert after["digest"] != before["digest"]


def test_feed_counts_and_refuses_by_line(zsf: Zsf) -> None:
    lines = [
        json.dumps(PURCHASE),
        "not json",
        json.dumps(PURCHASE),
        '{"hook": "on_moon"}',
        json.dumps({**PURCHASE, "event_id": "e2", "prospect": {}}),
    ]
    done = zsf("feed", zsf.write("events.jsonl", "\n".join(lines)), "--json")
    counts = json.loads(done.stdout)
    assert done.returncode == 1
    assert {
        name: counts[name] for name in ("accepted", "duplicate", "skipped", "held", "refused")
    } == {
        "accepted": 1,
        "duplicate": 1,
        "skipped": 0,
        "held": 1,
        "refused": 2,
    }
    assert [refusal["line"] for refusal in counts["refusals"]] == [2, 4]


@pytest.mark.parametrize(
    "line", ['{"hook": []}', '{"hook": {}}', '{"hook": null}', "[]", "7", "{}"]
)
def test_feed_refuses_lines_that_are_no_hook_call_and_continues(zsf: Zsf, line: str) -> None:
    done = zsf("feed", zsf.write("events.jsonl", f"{line}\n{json.dumps(PURCHASE)}"), "--json")
    counts = json.loads(done.stdout)
    assert (counts["refused"], counts["accepted"]) == (1, 1)


@pytest.mark.parametrize("host_id", ["half \ud800 a pair", "a\x1b[31mred\x9b1m", "nul\0"])
def test_odd_ids_are_shown_without_being_obeyed_by_the_terminal(zsf: Zsf, host_id: str) -> None:
    event = {**PURCHASE, "prospect": {"id": host_id, "last_name": "Byron"}}
    zsf("feed", zsf.write("events.jsonl", json.dumps(event)))
    for arguments in (("outbox", "list"), ("outbox", "show", "e1")):
        done = zsf(*arguments)
        assert done.returncode == 0, done.stderr
        assert not set(done.stdout) & {"\x1b", "\x9b", "\0"}
    (listed,) = json.loads(zsf("outbox", "list", "--json").stdout)
    assert listed["prospect"] == host_id


def test_json_is_valid_on_a_terminal_without_unicode(zsf: Zsf) -> None:
    zsf(
        "feed",
        zsf.write("events.jsonl", json.dumps({**PURCHASE, "prospect": {"id": "Zoë 小龍 🐉"}})),
    )
    zsf.environment["PYTHONIOENCODING"] = "ascii"
    (listed,) = json.loads(zsf("outbox", "list", "--json").stdout)
    assert listed["prospect"] == "Zoë 小龍 🐉"
    assert zsf("outbox", "list").returncode == 0


def test_an_entry_that_cannot_be_put_back_or_dropped_is_a_finding(zsf: Zsf) -> None:
    zsf("feed", zsf.write("events.jsonl", json.dumps(PURCHASE)))
    assert zsf("outbox", "retry", "e1").returncode == 1
    assert zsf("outbox", "drop", "e1", "--yes").returncode == 0
    assert zsf("outbox", "drop", "e1").returncode == 1
    assert zsf("outbox", "retry", "--all").returncode == 0


def test_feed_reads_standard_input(zsf: Zsf) -> None:
    done = zsf("feed", "-", "--json", stdin=json.dumps(PURCHASE))
    assert json.loads(done.stdout)["accepted"] == 1


def test_draining_without_a_connection_says_what_to_do(zsf: Zsf) -> None:
    zsf("feed", zsf.write("events.jsonl", json.dumps(PURCHASE)))
    done = zsf("drain")
    assert done.returncode == 1
    assert "zsf connect" in done.stdout
    assert "waiting 1" in done.stdout


def test_explain_names_the_parts_of_a_match_key_in_json(zsf: Zsf) -> None:
    event = zsf.write("event.json", json.dumps(PURCHASE))
    plan = json.loads(zsf("rules", "explain", event, "--json").stdout)["plan"]
    parts = [part for target in plan["targets"].values() for key in target["keys"] for part in key]
    assert parts
    assert all(set(part) == {"field", "compare", "value"} for part in parts)


def test_explain_names_the_parts_of_a_planned_field_in_json(zsf: Zsf) -> None:
    event = zsf.write("event.json", json.dumps(PURCHASE))
    plan = json.loads(zsf("rules", "explain", event, "--json").stdout)["plan"]
    fields = {field["field"]: field for field in plan["targets"]["Lead"]["fields"]}
    assert set(fields["LastName"]) == set(PlannedField._fields)
    assert fields["LastName"]["value"] == "Byron"
    assert fields["LastName"]["origin"].endswith("30-lead.toml")


def with_person(**changes: object) -> dict[str, object]:
    """The purchase with other values of its person."""
    person = PURCHASE["prospect"]
    assert isinstance(person, dict)
    return {**PURCHASE, "prospect": {**person, **changes}}


def test_a_wrong_value_that_nothing_is_matched_by_is_accepted_and_explained_as_ignored(
    zsf: Zsf,
) -> None:
    wrong = json.dumps(with_person(title=["x"], custom="x"))
    done = zsf("rules", "explain", "-", stdin=wrong)
    assert done.returncode == 0
    assert "/prospect/custom ignored: must be a table or null, not text" in done.stdout
    assert "/prospect/title ignored: must be text or null, not a list" in done.stdout
    assert json.loads(zsf("feed", "-", "--json", stdin=wrong).stdout)["accepted"] == 1


def test_a_wrong_value_to_match_by_is_held_and_cannot_be_explained(zsf: Zsf) -> None:
    wrong = json.dumps(with_person(email=["x"]))
    done = zsf("rules", "explain", "-", stdin=wrong)
    assert done.returncode == 2
    assert "/prospect/email: must be text or null, not a list" in done.stderr
    assert json.loads(zsf("feed", "-", "--json", stdin=wrong).stdout)["held"] == 1


def test_explain_shows_the_plan_with_its_rule_files(zsf: Zsf) -> None:
    zsf.write("config/rules/20-mine.toml", '[fields.Lead]\nRating = { value = "Warm" }\n')
    done = zsf("rules", "explain", zsf.write("event.json", json.dumps(PURCHASE)))
    assert done.returncode == 0
    assert "Warm" in done.stdout
    assert "20-mine.toml" in done.stdout


def test_a_wrong_rule_file_is_one_line_with_its_place_and_a_hint(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", "[switches]\nsync_prospect = true\n")
    done = zsf("rules", "check")
    assert done.returncode == 1
    assert "10.toml:2: /switches/sync_prospect: " in done.stdout
    assert "did you mean 'sync_prospects'?" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("connect", "--login-url", "http://evil.example", "--client-id=x", "--redirect-port=0"),
            "must start with https://",
        ),
        (
            (
                "connect",
                "--login-url",
                "https://evil.example",
                "--client-id=x",
                "--redirect-port=0",
            ),
            "is not a Salesforce address",
        ),
        (("connect",), "--client-id"),
        (("feed", "/nonexistent.jsonl"), "No such file"),
        (("outbox", "show", "e99"), "there is no entry e99"),
        (("outbox", "retry", "e99"), "there is no entry e99"),
        (("outbox", "drop", "e1", "e99"), "there is no entry e1, e99"),
        (("outbox", "retry"), "nothing to retry was named"),
        (("rules", "explain", "/nonexistent.json"), "No such file"),
        (("connect", "--redirect-port", "99999"), "between 0 and 65535"),
        (("connect", "--redirect-port", "none"), "--redirect-port"),
        (("no-such-command",), "see `zsf --help`"),
        (("badges",), "see `zsf badges --help`"),
        (("badges", "/nonexistent.json"), "No such file"),
        (("feed",), "see `zsf feed --help`"),
    ],
)
def test_an_error_is_one_line_on_stderr_with_exit_code_two(
    zsf: Zsf, arguments: tuple[str, ...], words: str
) -> None:
    done = zsf(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_corrupt_database_is_one_line_not_a_traceback(zsf: Zsf) -> None:
    zsf.write(
        "data/zsf.sqlite3", "this is no database, and long enough to be looked at as one" * 50
    )
    done = zsf("status")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "zsf.sqlite3" in done.stderr


def test_a_refused_consent_is_reported_in_plain_words(zsf: Zsf) -> None:
    import requests

    with Emulator(OrgSpec.stock()) as emulator:
        command = ["connect", "--login-url", emulator.url, "--no-browser", "--redirect-port", "0"]
        process = ReadCommand(command, zsf.environment)
        url = process.stdout.readline().strip()
        query = dict(part.split("=") for part in url.partition("?")[2].split("&"))
        back = requests.utils.unquote(query["redirect_uri"])
        requests.get(f"{back}?error=access_denied&state={query['state']}", timeout=60)
        code, _, errors = process.read_to_end()
    assert code == 2
    assert "access was denied" in errors


def test_the_demo_shows_the_whole_job_and_writes_nothing_the_second_time(zsf: Zsf) -> None:
    done = zsf("demo", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    states = {entry["state"] for entry in document["first"]["entries"]}
    assert states == {"done", "skipped", "held"}
    assert document["first"]["writes"] > 0
    assert document["second"]["writes"] == 0


def test_piped_output_has_no_control_codes(zsf: Zsf) -> None:
    done = zsf("demo")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stderr


def test_the_demo_sums_up_what_was_matched_created_owned_and_logged(zsf: Zsf) -> None:
    shown = zsf("demo").stdout
    totals = _demo_totals(shown)
    (found, created), (_, new_companies) = totals["People"], totals["Companies"]
    (logged,) = totals["Activities"]
    assert all((found, created, new_companies, logged))
    assert totals["Records"][0] == created + new_companies + logged
    assert found + created == len(re.findall(r" (?:Lead|Contact) (?:found|created)", shown))


def _demo_totals(text: str) -> dict[str, list[int]]:
    """The numbers of the demo's totals, by what they count."""
    totals: dict[str, list[int]] = {}
    for line in text[text.index("\nTotals\n") :].splitlines()[2:9]:
        name, counted = re.split(r"  +", line.strip(), maxsplit=1)
        totals[name] = [int(number) for number in re.findall(r"\d+", counted)]
    return totals


def test_the_demo_fits_eighty_columns_with_one_line_for_each_prospect(zsf: Zsf) -> None:
    zsf.environment["COLUMNS"] = "80"
    lines = zsf("demo").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    start = next(number for number, line in enumerate(lines) if "Lead or Contact" in line) + 2
    names = [re.split(r"  +", line.strip())[0] for line in lines[start : lines.index("", start)]]
    assert names[:4] == ["Maja Lindgren", "Erik Dahl", "Otto Weber", "Aiko Tanabe"]
    assert len(names) == 12


def test_the_demo_names_people_and_shows_no_record_id(zsf: Zsf) -> None:
    shown = zsf("demo").stdout
    assert not re.search(r"\b(00[135Q]|00T)\w{12,15}\b", shown)
    assert "● Maja Lindgren" in shown


def test_a_rule_file_that_is_not_read_is_named_wherever_rules_are_shown(zsf: Zsf) -> None:
    zsf.write("config/rules/60-a.toml.txt", 'mode = "contact"\n')
    event = zsf.write("event.json", json.dumps(PURCHASE))
    name = "rules/60-a.toml.txt"
    checked = zsf("rules", "check")
    assert (checked.returncode, name in checked.stdout) == (1, True)
    finding = json.loads(zsf("rules", "check", "--json").stdout)["findings"][0]
    assert (finding["file"], finding["code"], finding["severity"]) == (
        name,
        "RULE_FILE_ENDING",
        "error",
    )
    assert name in zsf("status").stdout
    assert json.loads(zsf("status", "--json").stdout)["rules"]["wrong_files"] == [name]
    assert name in zsf("rules", "explain", event).stderr
    explained = json.loads(zsf("rules", "explain", event, "--json").stdout)
    assert [found["file"] for found in explained["findings"]] == [name]
    assert json.loads(zsf("drain", "--json").stdout)["findings"] == 1


def test_rules_check_finds_a_condition_that_is_never_true(zsf: Zsf) -> None:
    zsf.write("config/rules/60.toml", "name = 'x'\nwhen = \"prospect.company.employees > '100'\"\n")
    checked = zsf("rules", "check")
    assert checked.returncode == 1
    assert (
        "rules/60.toml:2: /when: prospect.company.employees > '100' is never true" in checked.stdout
    )
    assert "`100`" in checked.stdout
    assert "1 finding" in checked.stdout


def test_a_warning_makes_rules_check_fail_only_if_asked_to(zsf: Zsf) -> None:
    zsf.write("config/rules/60.toml", "when = \"prospect.emial == 'x'\"\n")
    checked = zsf("rules", "check")
    assert (checked.returncode, "0 findings, 1 warning" in checked.stdout) == (0, True)
    assert "rules/60.toml:1: warning: prospect.emial" in checked.stdout
    strict = zsf("rules", "check", "--strict", "--json")
    assert strict.returncode == 1
    (finding,) = json.loads(strict.stdout)["findings"]
    assert (finding["severity"], finding["code"]) == ("warning", "UNKNOWN_PLACE")


def test_a_write_in_another_org_than_the_entry_was_settled_in_names_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = argparse.ArgumentParser()
    add_outbox(parser)
    show = parser.parse_args(["show", "e1"]).run.show
    here, there = "00D5g0000000002EAA", "00D5g0000000001EAA"
    lines = [
        JournalLine("e1", "Lead", "00Q1", "create", {}, {}, 1.0, there),
        JournalLine("e1", "Lead", "00Q2", "create", {}, {}, 2.0, here[:15]),
        JournalLine("e1", "Lead", "00Q3", "create", {}, {}, 3.0),
    ]
    entry = Entry("e1", purchase(prospect(1)), "p1", "done", 1.0, org_id=here)
    show(EntryReport(entry, lines))
    said = capsys.readouterr().out
    assert said.count("in org") == 1
    assert f"Created Lead 00Q1 in org {there}" in said


@pytest.mark.parametrize(
    ("in_force", "words"), [("c0ffee", "in force now"), ("babe", "not those in force now")]
)
def test_an_entry_names_the_rules_by_which_it_was_written(
    capsys: pytest.CaptureFixture[str], in_force: str, words: str
) -> None:
    parser = argparse.ArgumentParser()
    add_outbox(parser)
    show = parser.parse_args(["show", "e1"]).run.show
    line = JournalLine("e1", "Lead", "00Q1", "create", {}, {}, 1.0, rules="c0ffee")
    entry = Entry("e1", purchase(prospect(1)), "p1", "done", 1.0)
    show(EntryReport(entry, [line, line], in_force=in_force))
    assert capsys.readouterr().out.count(f"Decided by the rules c0ffee, {words}\n") == 1
